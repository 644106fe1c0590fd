# -*- coding: utf-8 -*-
"""Whatever comes in, each parser succeeds or raises the project's own error, in good time.

Hypothesis makes up the input, the same at each run.  Where more can be said of what came out than
that it came, a test says it.
"""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.jws import b64url, make_jws, new_key
from trac_unit._compat import PY2, text_type, to_bytes, to_text, unquote
from trac_unit.errors import (BadRequest, IdentityError, ProviderError, SignInError, TokenError,
                              TransactionError)
from trac_unit.gateway.remote_user import without_trac_auth
from trac_unit.oidc.browser.base_url import BaseURL
from trac_unit.oidc.browser.cookies import CookieJar, SessionCookie
from trac_unit.oidc.browser.transaction import TransactionCookies
from trac_unit.oidc.provider.provider import Provider
from trac_unit.oidc.provider.signatures import MAX_TOKEN, claims_of_verified, verify
from trac_unit.oidc.rules import id_token, logout_token
from trac_unit.oidc.rules.authorization_response import parse_authorization_response
from trac_unit.oidc.rules.identity import ClaimNames, Identity, identify, remarks
from trac_unit.oidc.rules.redirects import MAX_LENGTH, safe_path
from trac_unit.oidc.rules.strict_json import load_object
from trac_unit.settings import parsers

NOW = 1700000000
ISSUER = u'https://id.example.org'
EVENT = u'http://schemas.openid.net/event/backchannel-logout'
KEY, OTHER, CURVE = new_key('key-1'), new_key('key-2', number=1), new_key('key-3', 'ES256')
ALGORITHMS = ('RS256', 'PS256', 'ES256')


def holds(examples=60):
    """Settings: the same input at each run, and five seconds for each, on any machine."""
    return settings(max_examples=examples, derandomize=True, database=None, deadline=5000,
                    suppress_health_check=[HealthCheck.too_slow])


def outcome(expected, call, *arguments):
    """What `call` returns, or the error of an expected kind that it raises; no other passes."""
    try:
        return call(*arguments)
    except expected as e:
        if not isinstance(e, ValueError):
            assert e.reason and len(str(e).splitlines()) == 1 and len(str(e)) < 1000
        return e


# What comes in

characters = st.sampled_from(u'aA0 \t\n\x00"\\.,;=%/?&+-_ž山\U0001f600\ud800\udfff\u202e')
text = st.text(characters, max_size=8)
#: A native string as WSGI has it.
wsgi = st.binary(max_size=40) if PY2 else st.text(st.characters(max_codepoint=255), max_size=40)
numbers = st.integers() | st.floats() | st.sampled_from(
    [NOW, NOW - 120, NOW + 120, 0, -1, 2 ** 53, 10 ** 30, 1e300])
scalars = st.none() | st.booleans() | numbers | text
members = st.lists(st.tuples(text, scalars), max_size=3).map(dict)
anything = scalars | st.lists(scalars, max_size=3) | members | st.lists(members, max_size=2)


def json_objects(names, likely, right=None):
    """Dicts of JSON values, most of them among `names` and `likely`.

    right: a dict; then they are that, but for a member or two that differ or are gone.
    """
    member = st.tuples(st.sampled_from(names + [u'strange']), st.sampled_from(likely) | anything)
    if right is None:
        return st.lists(member, max_size=6).map(dict)
    return st.builds(lambda changed, gone: dict(
        (name, value) for name, value in list(right.items()) + changed if name not in gone),
        st.lists(member, max_size=2), st.just([]) | st.lists(st.sampled_from(names), max_size=1))


def repeated(*parts):
    """Native strings that cost a careless reader time: the same again and again."""
    return st.builds(lambda part, count, end: part * count + end, st.sampled_from(parts),
                     st.integers(0, 30000), st.sampled_from(parts))


CLAIMS = ([u'iss', u'sub', u'aud', u'azp', u'exp', u'iat', u'nbf', u'nonce', u'at_hash',
           u'auth_time', u'acr', u'jti', u'sid', u'events'],
          [ISSUER, u'trac', [u'trac'], u'1', u'n', u'', NOW, NOW + 60, {EVENT: {}}])
claims = json_objects(*CLAIMS)
headers = json_objects([u'alg', u'kid', u'typ', u'crit', u'jwk', u'x5c', u'b64'],
                       [u'RS256', u'ES256', u'none', u'HS256', u'key-1', u'JWT', u'logout+jwt'])
KEYS = ([u'kty', u'n', u'e', u'crv', u'x', u'y', u'use', u'alg', u'kid', u'key_ops'],
        [u'RSA', u'EC', u'P-256', u'AQAB', u'AQ', u'AA', u'RS256', u'sig', [u'verify']])
jwks = st.sampled_from([KEY.jwk(), OTHER.jwk(), CURVE.jwk()]) | anything \
    | json_objects(*KEYS, right=KEY.jwk()) | json_objects(*KEYS, right=CURVE.jwk())


def as_json(value):
    return to_bytes(json.dumps(value))


# JSON

@holds()
@given(st.binary(max_size=200) | text.map(lambda value: value.encode('utf-8', 'ignore')))
def test_json_is_an_object_or_a_value_error(data):
    assert isinstance(outcome(ValueError, load_object, data), (dict, ValueError))


@holds()
@given(json_objects([u'a', u'b'], [1, u'x']))
def test_json_that_is_written_is_read_back_or_refused(value):
    read = outcome(ValueError, load_object, as_json(value))
    assert isinstance(read, ValueError) or read == value


@holds(30)
@given(repeated('{"a":', '[', '"', '\\', '\\"', '1', '{', '}', ' ', ',', 'e1', '-'))
def test_json_of_any_size_is_judged_in_good_time(data):
    outcome(ValueError, load_object, b'{"a":' + to_bytes(data))


# Tokens

@holds()
@given(text | st.binary(max_size=30) | scalars | repeated('.', 'e30.', 'A', '=', 'e30').map(
    to_text), st.lists(jwks, max_size=3))
def test_what_is_no_token_is_a_token_error(token, keys):
    assert isinstance(outcome(TokenError, verify, token, keys, ALGORITHMS), TokenError)
    # That one asks for the form alone, which e30.e30. has.
    assert isinstance(outcome(TokenError, claims_of_verified, token), (TokenError, dict))


@holds()
@given(headers, claims, st.binary(max_size=80), st.lists(jwks, max_size=3))
def test_what_nobody_signed_is_a_token_error(header, payload, signature, keys):
    token = u'.'.join([b64url(as_json(header)), b64url(as_json(payload)), b64url(signature)])
    assert isinstance(outcome(TokenError, verify, token, keys, ALGORITHMS), TokenError)


@holds()
@given(headers, claims, st.lists(jwks, max_size=3))
def test_what_the_provider_signed_is_read_as_it_is_or_a_token_error(header, payload, keys):
    token = make_jws(dict(header, alg=u'RS256'), payload, KEY)
    found = outcome(TokenError, verify, token, keys + [KEY.jwk()], ALGORITHMS)
    assert isinstance(found, TokenError) or found == (dict(header, alg=u'RS256'), payload)
    assert len(token) <= MAX_TOKEN or isinstance(found, TokenError)


SIGNED = make_jws({'alg': 'RS256', 'kid': 'key-1'}, {'sub': 'alice'}, KEY)


@holds()
@given(st.integers(0, len(SIGNED) - 1), st.sampled_from(u'AQgw_-.=+/ \n\x00é'))
def test_a_signed_token_with_one_other_character_is_a_token_error(place, character):
    token = SIGNED[:place] + character + SIGNED[place + 1:]
    found = outcome(TokenError, verify, token, [KEY.jwk()], ALGORITHMS)
    # Two spare bits of the last character are not part of the signature.
    assert isinstance(found, TokenError) or token == SIGNED or place == len(SIGNED) - 1


@holds()
@given(st.lists(jwks, max_size=4),
       st.sampled_from(ALGORITHMS + ('none', 'HS256', 'RS1', 'ES256K')))
def test_no_key_set_makes_another_error(keys, algorithm):
    key = CURVE if algorithm.startswith('ES') else KEY
    for header in ({'alg': algorithm}, {'alg': algorithm, 'kid': key.kid}):
        outcome(TokenError, verify, make_jws(header, {}, key), keys, (algorithm,))


# Claims

EXPECTED = id_token.Expectation(ISSUER, u'trac', u'n', u'access', 60, (u'1',))
ALWAYS = {u'iss': ISSUER, u'aud': u'trac', u'exp': NOW + 60, u'iat': NOW, u'sub': u'1'}
SIGN_IN = dict(ALWAYS, nonce=u'n', auth_time=NOW, acr=u'1')
LOGOUT = dict(ALWAYS, jti=u'1', sid=u'1', events={EVENT: {}})
sign_ins = json_objects(*CLAIMS, right=SIGN_IN)
plain_headers = st.sampled_from([{u'alg': u'RS256'}] * 3) | headers


@holds(120)
@given(plain_headers, sign_ins)
def test_the_claims_of_an_id_token_are_right_or_a_token_error(header, payload):
    for expected in (EXPECTED, id_token.Expectation(ISSUER, u'trac', u'n')):
        if outcome(TokenError, id_token.validate, header, payload, expected, NOW) is None:
            assert payload[u'iss'] == ISSUER and payload[u'nonce'] == u'n' and payload[u'sub']
            assert payload[u'aud'] in (u'trac', [u'trac']) and payload[u'exp'] > NOW - 120


@holds(120)
@given(plain_headers, sign_ins, sign_ins)
def test_the_claims_after_a_refresh_are_right_or_a_token_error(header, payload, original):
    if outcome(TokenError, id_token.validate_refreshed, header, payload, original, EXPECTED,
               NOW) is None:
        assert (payload[u'iss'], payload[u'sub']) == (original[u'iss'], original[u'sub'])
        assert payload.get(u'nonce') in (None, original.get(u'nonce'))


@holds(120)
@given(plain_headers, json_objects(*CLAIMS, right=LOGOUT))
def test_the_claims_of_a_logout_token_are_right_or_a_token_error(header, payload):
    found = outcome(TokenError, logout_token.validate, header, payload, ISSUER, u'trac', NOW)
    if not isinstance(found, TokenError):
        assert found.jti and (found.subject or found.sid) and u'nonce' not in payload
        assert NOW < found.expires <= NOW + 1000


PEOPLE = (
    [u'preferred_username', u'name', u'email', u'groups', u'realm_access', u'_claim_names',
     u'_claim_sources', u'hasgroups', u'realm_access.roles'],
    [u'alice', u'TRAC_ADMIN', u'anonymous', [u'a'], {u'roles': [u'a', 1]}, {u'groups': u'src1'}])


@holds(120)
@given(json_objects(*PEOPLE, right={u'preferred_username': u'alice'}), json_objects(*PEOPLE),
       st.sampled_from([u'groups', u'realm_access.roles', u'a.b.c']))
def test_claims_make_an_identity_or_an_identity_error(payload, userinfo, groups):
    names = ClaimNames(groups=(groups,))
    found = outcome(IdentityError, identify, dict(payload, iss=ISSUER, sub=u'1'), userinfo, names)
    if isinstance(found, Identity):
        assert all(isinstance(value, text_type) for value in found[:5] + found.groups)
        assert found.username.strip() and found.username.lower() not in (
            u'anonymous', u'authenticated')
        assert found.groups_known or not found.groups
        assert all(isinstance(remark.text, str) for remark in remarks(payload, userinfo, names))
    else:
        assert u'preferred_username' in to_text(str(found))


# Discovery and keys

class Response(object):
    def __init__(self, status, content, control):
        self.status_code = status
        self.content = content
        self.headers = {} if control is None else {'Cache-Control': control}


class Web(object):
    def __init__(self, discovery, keys):
        self.answers = {True: keys, False: discovery}

    def get(self, url, auth=None):
        return self.answers[url.endswith('/jwks')]


METADATA = {u'issuer': ISSUER, u'authorization_endpoint': ISSUER + u'/authorize',
            u'token_endpoint': ISSUER + u'/token', u'jwks_uri': ISSUER + u'/jwks'}
controls = st.none() | st.sampled_from(['max-age=0', 'max-age="1"', 'no-store']) | st.builds(
    'max-age={}'.format, numbers) | wsgi
statuses = st.sampled_from([200] * 8 + [404, 500])
ENDPOINTS = [u'authorization_endpoint', u'token_endpoint', u'jwks_uri', u'userinfo_endpoint',
             u'end_session_endpoint']
DOCUMENTS = (ENDPOINTS + [u'issuer', u'mtls_endpoint_aliases'],
             [None, ISSUER, ISSUER + u'/x?y=z', u'http://evil.example', u'http://127.0.0.1:1',
              u'//x', u'https://', u'javascript:x', {u'token_endpoint': u'http://evil.example'}])
documents = json_objects(*DOCUMENTS, right=METADATA)


@holds(120)
@given(statuses, documents | st.binary(max_size=60), controls)
def test_a_discovery_document_is_usable_or_a_provider_error(status, document, control):
    content = document if isinstance(document, bytes) else as_json(document)
    provider = Provider(ISSUER, Web(Response(status, content, control), None), lambda: NOW)
    found = outcome(ProviderError, provider.metadata)
    if not isinstance(found, ProviderError):
        assert status == 200 and found[u'issuer'] == ISSUER
        assert all(found[name] for name in ENDPOINTS[:3])
        aliases = found.get(u'mtls_endpoint_aliases') or {}
        for name in ENDPOINTS:
            for url in (found.get(name), aliases.get(name)):
                assert url is None or re.match(u'(?i)https://.|http://127', url)


@holds(100)
@given(statuses, st.binary(max_size=60) | st.lists(jwks, max_size=3).map(
    lambda keys: {u'keys': keys}), controls)
def test_a_key_set_verifies_a_token_or_is_the_projects_own_error(status, document, control):
    content = document if isinstance(document, bytes) else as_json(document)
    provider = Provider(ISSUER, Web(Response(200, as_json(METADATA), None),
                                    Response(status, content, control)), lambda: NOW)
    found = outcome((ProviderError, TokenError), provider.verify, SIGNED, ALGORITHMS)
    if not isinstance(found, SignInError):
        assert status == 200 and any(key.get('n') == KEY.jwk()['n'] for key in document[u'keys']
                                     if isinstance(key, dict))


# Cookies and queries

pairs = st.sampled_from(['trac_auth=1', 'a=b', 'Trac_Auth=x', 'trac_auth="x"', 'a="b', '=', ';',
                         ' trac_auth=1', 'a=b,trac_auth=1', '"', '\t'])
cookies = wsgi | st.lists(pairs | wsgi, max_size=6).map(lambda found: '; '.join(found)) | repeated(
    'a=b;', 'a', ';', '"', '=', ' ', '\t', 'a="', 'trac_auth=1;', '\\', '!')


@holds(100)
@given(cookies)
def test_no_cookie_header_hides_a_cookie_of_tracs_own(header):
    left = without_trac_auth(header)
    assert not re.search('(?i)(^|[;, ])trac_auth', left.replace('"', ' '))
    assert without_trac_auth(left) == left


@holds(100)
@given(cookies)
def test_a_cookie_header_is_read_in_any_case(header):
    jar = CookieJar(header, True, '__Host-name')
    assert all(type(name) is type(value) is str for name, value in jar.all.items())
    assert SessionCookie(jar.name).value(header) is None
    header += '; %s=secret' % jar.name
    mine = CookieJar(header, True, jar.name)
    assert SessionCookie(jar.name).value(header) == mine.all[jar.name] == 'secret'


class Keys(object):
    """As much of a store as keeps a key."""

    def keys(self, name, now, make, age):
        return [u'A' * 43 + u'=']


class Jar(object):
    """A browser that has this very cookie, by whatever name."""

    name = 'trac_oidc'

    def __init__(self, sealed):
        self.all = self
        self._sealed = sealed

    def get(self, name):
        return self._sealed


@holds()
@given(wsgi | repeated('A', 'gAAAAA', '='), wsgi)
def test_a_cookie_that_we_did_not_seal_is_a_transaction_error(sealed, state):
    found = outcome(TransactionError, TransactionCookies(Keys()).open, Jar(sealed), state, NOW)
    assert found.reason == 'state_forged'


STATE = 'A' * 43
parameters = st.sampled_from(['state=' + STATE, 'state=', 'code=x', 'iss=x', 'error=x', 'a=%00',
                              'a=%ff', 'code', '&', ';', '=', '%', '+'])
queries = wsgi | st.lists(parameters | wsgi, max_size=6).map(lambda found: '&'.join(found)) \
    | repeated('a=b&', '&', '=', '%', '%41', ';', '+', 'state=' + STATE + '&')


@holds(100)
@given(queries)
def test_a_query_is_an_answer_or_the_projects_own_error(query):
    for each in (query, 'state=%s&%s' % (STATE, query)):
        found = outcome((BadRequest, TransactionError), parse_authorization_response, each)
        if isinstance(found, dict):
            assert re.match(r'[A-Za-z0-9_-]{43}\Z', found['state'])
            assert all(type(name) is type(value) is str for name, value in found.items())


# Addresses and settings

BASE_URLS = [BaseURL('https://trac.example'), BaseURL('https://trac.example/a%20b')]
beginnings = st.sampled_from(['', '/', '//', '/%2f', 'https://trac.example', '/a%20b',
                              'https://trac.example/a%20b'])
addresses = wsgi | st.tuples(beginnings, st.lists(st.sampled_from(
    ['https:', 'http:', '//', '/', '\\', 'trac.example', 'evil.example', '@', ':', '?', '#', '%2f',
     '%5c', '..', '%2e', '%00', '%0a', '\t', '\n', ' ', '/a%20b', '/a b', '[', ']', ';', 'x']
) | wsgi, max_size=5).map(lambda found: ''.join(found))).map(''.join) | repeated(
    '/', '%', '%2f', '../', 'a', '?', '@', '[', ':')


@holds(120)
@given(addresses, st.sampled_from(BASE_URLS))
def test_an_address_is_a_path_of_this_site_or_nothing(address, site):
    path = safe_path(address, site)
    if path is not None:
        assert re.match(r'/(?![/\\])[\x21-\x5b\x5d-\x7e]*\Z', path) and len(path) <= MAX_LENGTH
        assert not unquote(path.split('?')[0]).startswith('//')
        assert (unquote(path.split('?')[0]) + '/').startswith(unquote(site.prefix) + '/')
        assert safe_path(path, site) == path


PARSERS = [getattr(parsers, name) for name in (
    'text', 'locale_name', 'path', 'template_vars', 'base_url', 'issuer', 'duration', 'switch',
    'words', 'scope', 'algorithms', 'claim_paths', 'prompt', 'url_path', 'store')] + [
    parsers.choice('a', 'b')]
setting = st.binary(max_size=40) if PY2 else st.text(characters, max_size=20)
texts = setting | st.sampled_from(
    ['12h', '9' * 30 + 's', 'openid', 'RS256 ES256', 'a.b,c', 'https://[::1]:80/x',
     'https://h/' + '../' * 9, '/a/b', 'sqlite:///x', 'login', 'a=b,c=d']) | repeated(
    'a', '.', ',', ' ', '/', '[', ':', '%', 'https://', '1', '=')


@pytest.mark.parametrize('parse', PARSERS, ids=lambda parse: parse.__name__)
def test_a_setting_is_a_value_or_a_value_error_that_says_what_was_expected(parse):
    @holds()
    @given(texts)
    def check(raw):
        found = outcome(ValueError, parse, raw)
        if isinstance(found, ValueError):
            # Not one of Python's own, such as UnicodeDecodeError
            assert type(found) is ValueError and str(found) and len(str(found)) < 400
    check()

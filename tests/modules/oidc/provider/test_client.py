# -*- coding: utf-8 -*-
"""What the relying party sends: credentials, PKCE, and nothing more."""
import base64
import hashlib
import logging

import pytest

from support.jws import b64url
from support.provider import Provider as Counterpart, form_decode
from support.relying_party import BACK, VERIFIER, client_at, code_of
from trac_unit.errors import ProviderError, SignInError
from trac_unit.oidc.provider.client import Tokens

SECRETS = [u'secret', u'with:colon', u'100%', u'a+b c', u'p\xe4ss\u20ac', u'%3A', u'a&b=c',
           u'"\\\'',
           u'a/b?c#d', u'~-._', u'x' * 300]


@pytest.fixture
def counterpart():
    with Counterpart() as running:
        yield running


def token_request(counterpart):
    request = counterpart.requests[-1]
    assert request.path == '/token'
    return request


@pytest.mark.parametrize('method', ['client_secret_basic', 'client_secret_post'])
@pytest.mark.parametrize('secret', SECRETS)
def test_any_secret_arrives(method, secret, counterpart):
    client = client_at(counterpart, secret, method)
    tokens = client.exchange(code_of(counterpart, client)[0], BACK, VERIFIER)
    assert tokens.id_token.count('.') == 2


@pytest.mark.parametrize('client_id', [u'a:b', u'a%b', u'\u017eofie', u'https://trac.example/#x'])
def test_any_client_id_arrives(client_id, counterpart):
    client = client_at(counterpart, client_id=client_id)
    assert client.exchange(code_of(counterpart, client)[0], BACK, VERIFIER)


def test_basic_sends_the_secret_in_the_header_alone(counterpart):
    client = client_at(counterpart, u'a:b%c\xe4')
    client.exchange(code_of(counterpart, client)[0], BACK, VERIFIER)
    request = token_request(counterpart)
    pair = base64.b64decode(request.headers['authorization'][len('Basic '):])
    # RFC 6749 section 2.3.1: form-encoded first.
    assert pair == b'trac:a%3Ab%25c%C3%A4'
    assert 'client_secret' not in request.params


def test_post_sends_the_secret_in_the_body_alone(counterpart):
    client = client_at(counterpart, u'a:b%c\xe4', 'client_secret_post')
    client.exchange(code_of(counterpart, client)[0], BACK, VERIFIER)
    request = token_request(counterpart)
    assert request.params['client_secret'] == u'a:b%c\xe4'
    assert request.params['client_id'] == u'trac'
    assert 'authorization' not in request.headers


def test_a_public_client_sends_its_id_and_no_secret(counterpart):
    client = client_at(counterpart, None, 'none')
    client.exchange(code_of(counterpart, client)[0], BACK, VERIFIER)
    request = token_request(counterpart)
    assert request.params['client_id'] == u'trac'
    assert 'client_secret' not in request.params
    assert 'authorization' not in request.headers


@pytest.mark.parametrize('method, secret', [('client_secret_basic', u'x'),
                                            ('client_secret_post', u'x'), ('none', None)])
def test_no_netrc_takes_part(method, secret, counterpart, tmpdir, monkeypatch):
    netrc = tmpdir.join('.netrc')
    netrc.write('default login mallory password netrc-secret\n')
    netrc.chmod(0o600)
    monkeypatch.setenv('NETRC', str(netrc))
    monkeypatch.setenv('HOME', str(tmpdir))
    client = client_at(counterpart, secret, method)
    # The test's own browser would take it too.
    url = client.authorization_url(BACK, 's' * 43, 'n' * 43, VERIFIER)
    assert url.startswith(counterpart.issuer)
    with pytest.raises(SignInError):
        client.exchange('code', BACK, VERIFIER)
    client_tokens = 'access'
    with pytest.raises(ProviderError):
        client.userinfo(client_tokens, ('RS256',))
    sent = [request.headers.get('authorization', '') for request in counterpart.requests]
    mallory = base64.b64encode(b'mallory:netrc-secret').decode('ascii')
    assert not any(mallory in header for header in sent)
    assert sent[-1] == 'Bearer access'


def test_pkce_binds_the_code_to_the_verifier(counterpart):
    client = client_at(counterpart)
    code, asked = code_of(counterpart, client)
    challenge = b64url(hashlib.sha256(VERIFIER.encode('ascii')).digest())
    assert (asked['code_challenge'], asked['code_challenge_method']) == (challenge, 'S256')
    assert VERIFIER not in str(asked)
    with pytest.raises(SignInError) as caught:
        client.exchange(code, BACK, 'w' * 43)
    assert caught.value.reason == 'invalid_grant'


def test_the_authorization_request_says_what_it_must_and_no_secret(counterpart):
    client = client_at(counterpart, u'hidden')
    _, asked = code_of(counterpart, client, prompt='login', max_age='60', acr_values=None)
    assert set(asked) == set(['response_type', 'client_id', 'redirect_uri', 'scope', 'state',
                              'nonce', 'code_challenge', 'code_challenge_method', 'prompt',
                              'max_age'])
    assert asked['response_type'] == 'code'
    assert asked['redirect_uri'] == BACK
    assert asked['scope'] == 'openid profile email'
    assert (asked['state'], asked['nonce']) == ('s' * 43, 'n' * 43)


def test_the_token_request_says_what_it_must_and_no_more(counterpart):
    client = client_at(counterpart)
    code, _ = code_of(counterpart, client)
    client.exchange(code, BACK, VERIFIER)
    assert token_request(counterpart).params == {
        'grant_type': 'authorization_code', 'code': code, 'redirect_uri': BACK,
        'code_verifier': VERIFIER}


def test_a_code_is_sent_as_it_came(counterpart):
    client = client_at(counterpart)
    for code in ('a b', 'a+b', 'a%20b', 'a&b=c', 'a;b', '<>"'):
        with pytest.raises(SignInError):
            client.exchange(code, BACK, VERIFIER)
        assert token_request(counterpart).params['code'] == code


def test_userinfo_gets_the_token_in_the_header_alone(counterpart):
    client = client_at(counterpart)
    tokens = client.exchange(code_of(counterpart, client)[0], BACK, VERIFIER)
    assert client.userinfo(tokens.access_token, ('RS256',))['sub'] == 'alice'
    request = counterpart.requests[-1]
    assert request.headers['authorization'] == 'Bearer ' + tokens.access_token
    assert request.params == {}


def test_an_endpoints_own_query_stays(counterpart):
    counterpart.hooks['discovery'] = lambda document: dict(
        document, authorization_endpoint=document['authorization_endpoint'] + u'?tenant=1',
        end_session_endpoint=document['end_session_endpoint'] + u'?tenant=1')
    client = client_at(counterpart)
    url = client.authorization_url(BACK, 's' * 43, 'n' * 43, VERIFIER)
    assert url.startswith(counterpart.issuer + '/authorize?tenant=1&')
    url = client.end_session_url(u'a.b.c', 'http://trac/x?y=1&z', 's')
    assert url.startswith(counterpart.issuer + '/end_session?tenant=1&')
    assert dict(form_decode(url.partition('?')[2])) == {
        'tenant': '1', 'id_token_hint': 'a.b.c', 'client_id': 'trac', 'state': 's',
        'post_logout_redirect_uri': 'http://trac/x?y=1&z'}


def test_without_an_end_session_endpoint_there_is_no_url(counterpart):
    counterpart.hooks['discovery'] = lambda document: dict(document, end_session_endpoint=None)
    assert client_at(counterpart).end_session_url(u'a.b.c', BACK, 's') is None


def test_nothing_secret_shows_in_a_repr_or_in_the_log(counterpart, caplog):
    caplog.set_level(logging.DEBUG)
    client = client_at(counterpart, u'hidden-secret')
    code, _ = code_of(counterpart, client)
    tokens = client.exchange(code, BACK, VERIFIER)
    client.userinfo(tokens.access_token, ('RS256',))
    shown = repr(client) + repr(tokens) + repr(Tokens(u'x-id', u'x-access')) + ''.join(
        record.getMessage() for record in caplog.records
        if '/authorize' not in record.getMessage())  # the test's own browser
    for hidden in ('hidden-secret', code, tokens.id_token, tokens.access_token, 'x-id',
                   'x-access', VERIFIER):
        assert hidden not in shown

# -*- coding: utf-8 -*-
"""The sign-in itself: what is asked of the provider, and what its answer has to hold."""
import pytest

from support.store_kinds import sqlite_kind  # noqa: F401 (a fixture)
from trac_unit.errors import (ProviderError, SignInError, SignInRefused, TokenError,
                              TransactionError)
from trac_unit.oidc.browser.transaction import Transaction
from trac_unit.oidc.flows.sign_in import SignIn, claims_of_userinfo, identity_of, sid_of
from trac_unit.oidc.rules.identity import ClaimNames
from trac_unit.oidc.session.tokens import Tokens

NOW = 1700000000
ISSUER = u'https://id.example.org'
STATE = 's' * 43
NAMES = ClaimNames((u'preferred_username',), (u'name',), (u'email',), (u'groups',))


class Provider(object):
    issuer = ISSUER

    def __init__(self, claims, metadata):
        self.claims, self._metadata = claims, metadata

    def metadata(self):
        return self._metadata

    def verify(self, token, algorithms):
        assert (token, algorithms) == (u'id-token', ('RS256',))
        return {u'alg': u'RS256'}, self.claims


class Client(object):
    """A client whose provider says `claims` and `userinfo`; notes what it is asked."""

    client_id = 'trac'

    def __init__(self, claims=None, userinfo=None, metadata=()):
        self.provider = Provider(claims, dict(metadata))
        self._userinfo = userinfo
        self.asked, self.exchanged = [], []

    def authorization_url(self, redirect_uri, state, nonce, code_verifier, **parameters):
        self.asked.append((redirect_uri, state, nonce, code_verifier, parameters))
        return 'https://id.example.org/authorize'

    def exchange(self, code, redirect_uri, code_verifier):
        self.exchanged.append((code, redirect_uri, code_verifier))
        return Tokens(u'id-token', u'access-token', u'refresh-token')

    def userinfo(self, access_token, algorithms):
        assert (access_token, algorithms) == (u'access-token', ('RS256',))
        if isinstance(self._userinfo, Exception):
            raise self._userinfo
        return self._userinfo


@pytest.fixture
def store(sqlite_kind):  # noqa: F811
    return sqlite_kind.open()


def sign_in(client, store=None, **settings):
    return SignIn(client, store, lambda: NOW, ('RS256',), NAMES, **settings)


# The request

def test_a_sign_in_begins_with_fresh_secrets_that_are_remembered():
    client = Client()
    begun = [sign_in(client).begin('/wiki', '/login', 'https://trac.example.org/oidc/callback')
             for _ in range(2)]
    for (url, transaction), asked in zip(begun, client.asked):
        assert url == 'https://id.example.org/authorize'
        assert asked[:4] == ('https://trac.example.org/oidc/callback', transaction.state,
                             transaction.nonce, transaction.code_verifier)
        assert (transaction.return_to, transaction.login_path) == ('/wiki', '/login')
    secrets = [secret for asked in client.asked for secret in asked[1:4]]
    assert len(set(secrets)) == 6 and all(len(secret) >= 43 for secret in secrets)


@pytest.mark.parametrize('settings, hint, expected', [
    ({}, None, {}), ({'prompt': 'login'}, None, {'prompt': 'login'}),
    ({'max_age': 0}, None, {'max_age': '0'}), ({'max_age': 600}, None, {'max_age': '600'}),
    ({'acr_values': (u'gold', u'silver')}, None, {'acr_values': u'gold silver'}),
    ({'response_mode': 'form_post'}, None, {'response_mode': 'form_post'}),
    ({}, u'\u017eofie', {'login_hint': u'\u017eofie'})])
def test_what_is_set_is_asked_for_and_nothing_else(settings, hint, expected):
    client = Client()
    sign_in(client, **settings).begin('/', '/login', 'https://trac.example.org/x', hint)
    assert dict((name, value) for name, value in client.asked[0][4].items()
                if value is not None) == expected


CLAIMS = {u'iss': ISSUER, u'sub': u'sub-1', u'aud': u'trac', u'exp': NOW + 60, u'iat': NOW,
          u'preferred_username': u'alice'}


@pytest.fixture
def complete(store):
    """A function that completes a sign-in with an answer; returns the session and the client."""
    def complete(parameters, claims=(), userinfo=None, metadata=(), transaction=None, **settings):
        transaction = transaction or Transaction('/', '/login', 'https://trac.example.org/x')
        claims = dict(dict(CLAIMS, nonce=u'%s' % transaction.nonce), **dict(claims))
        complete.client = client = Client(claims, userinfo, metadata)
        return sign_in(client, store, **settings).complete(
            dict({'state': transaction.state}, **parameters), transaction), transaction
    return complete


def test_a_good_answer_becomes_a_session(complete):
    session, transaction = complete({'code': 'the-code'}, {u'sid': u'sid-1'})
    assert complete.client.exchanged == [
        ('the-code', 'https://trac.example.org/x', transaction.code_verifier)]
    assert (session.identity.subject, session.identity.username) == (u'sub-1', u'alice')
    assert (session.sid, session.created, session.checked) == (u'sid-1', NOW, NOW)
    assert session.tokens.refresh_token == u'refresh-token'


def test_an_answer_is_taken_once_even_if_it_was_refused(complete):
    for first in ({'code': 'x'}, {'error': 'access_denied'}, {'code': ''}):
        transaction = Transaction('/', '/login', 'https://trac.example.org/x')
        try:
            complete(first, transaction=transaction)
        except SignInError as e:
            assert e.reason in ('access_denied', 'code')
        with pytest.raises(TransactionError) as caught:
            complete({'code': 'y'}, transaction=transaction)
        assert caught.value.reason == 'state_used'
        assert complete.client.exchanged == []


PROMISED = {'authorization_response_iss_parameter_supported': True}


@pytest.mark.parametrize('parameters, metadata, reason', [
    ({}, {}, None), ({'iss': 'https://id.example.org'}, {}, None),
    ({'iss': 'https://id.example.org'}, PROMISED, None), ({}, PROMISED, 'response_iss'),
    ({}, {'authorization_response_iss_parameter_supported': u'true'}, None),
    ({'iss': 'https://evil.example'}, {}, 'response_iss'), ({'iss': ''}, {}, 'response_iss'),
    ({'iss': 'https://id.example.org/'}, {}, 'response_iss'),
    ({'iss': 'https://evil.example', 'error': 'access_denied'}, {}, 'response_iss')])
def test_an_answer_of_another_issuer_is_refused_before_its_code_goes_anywhere(
        parameters, metadata, reason, complete):
    if reason is None:
        assert complete(dict(parameters, code='x'), metadata=metadata)[0].sid is None
        return
    with pytest.raises(TokenError) as caught:
        complete(dict(parameters, code='x'), metadata=metadata)
    assert caught.value.reason == reason
    assert complete.client.exchanged == []


@pytest.mark.parametrize('code', ['', ' ', 'a b', 'x\n', '\x7f', '\xff', 'x' * 4097])
def test_what_is_no_code_is_not_exchanged(code, complete):
    for parameters in ({'code': code}, {}):
        with pytest.raises(SignInError) as caught:
            complete(parameters)
        assert caught.value.reason == 'code'
        assert complete.client.exchanged == []


def test_an_error_of_the_provider_is_a_refusal_in_one_short_line(complete):
    for error, reason in (('access_denied', 'access_denied'), ('x\ny' * 999, 'provider_error'),
                          ('', 'provider_error')):
        with pytest.raises(SignInRefused) as caught:
            complete({'error': error, 'code': 'x'})
        assert caught.value.reason == reason
        assert '\n' not in str(caught.value) and len(str(caught.value)) < 150


@pytest.mark.parametrize('claims, settings, reason', [
    ({u'nonce': u'x'}, {}, 'nonce'), ({u'aud': u'other'}, {}, 'aud'), ({u'iss': u'x'}, {}, 'iss'),
    ({u'exp': NOW - 600}, {}, 'exp'), ({u'at_hash': u'x'}, {}, 'at_hash'),
    ({}, {'max_age': 0}, 'auth_time'), ({}, {'acr_values': (u'gold',)}, 'acr')])
def test_a_token_that_breaks_a_rule_signs_nobody_in(claims, settings, reason, complete):
    with pytest.raises(TokenError) as caught:
        complete({'code': 'x'}, claims, **settings)
    assert caught.value.reason == reason


# Claims

def test_userinfo_of_the_right_person_counts():
    info = {u'sub': u'sub-1', u'email': u'a@b'}
    assert claims_of_userinfo(Client(userinfo=info), u'access-token', u'sub-1', ('RS256',)) == info
    assert claims_of_userinfo(Client(), u'access-token', u'sub-1', ('RS256',)) == {}


@pytest.mark.parametrize('subject', [None, u'', u'sub-2', u'SUB-1', u'sub-1 ', [u'sub-1'], True])
def test_userinfo_of_another_is_refused(subject):
    for info in ({u'sub': subject}, {}):
        with pytest.raises(TokenError) as caught:
            claims_of_userinfo(Client(userinfo=info), u'access-token', u'sub-1', ('RS256',))
        assert caught.value.reason == 'userinfo_sub'


def test_userinfo_that_cannot_be_had_is_no_empty_one():
    client = Client(userinfo=ProviderError('status', 'expected status 200, got 500'))
    with pytest.raises(ProviderError):
        claims_of_userinfo(client, u'access-token', u'sub-1', ('RS256',))


def test_what_an_identity_lacks_is_logged_without_what_it_has(log):
    identity = identity_of({u'iss': ISSUER, u'sub': u'x\ny', u'preferred_username': u'alice'},
                           {u'email': u'marked@example.org'}, NAMES)
    assert identity.email == u'marked@example.org'
    assert 'expected the claim name, got none' in log()
    assert 'marked' not in log() and 'alice' not in log()
    assert all(line.startswith('subject=') for line in log().splitlines())


@pytest.mark.parametrize('claims, sid', [
    ({}, None), ({u'sid': u'x'}, u'x'), ({u'sid': None}, None), ({u'sid': 7}, None),
    ({u'sid': [u'x']}, None), ({u'sid': True}, None), ({u'sid': u''}, u'')])
def test_the_providers_name_of_its_session_is_text_or_none(claims, sid):
    assert sid_of(claims) == sid

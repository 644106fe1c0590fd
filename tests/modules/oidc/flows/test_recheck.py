# -*- coding: utf-8 -*-
"""Asking the provider again: who may stay, who may not, and what a provider that fails changes."""
import os
import re
import threading

import pytest

from support.browser import Browser
from support.hostile import (CLOCK, HTML, MISSING, all_of, claims, discovery, header, id_token,
                             json_answer, lines, raw, secrets_of, signed, table, token_response,
                             userinfo)
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.journey import Journey
from support.jws import make_jws, new_key, read_jws
from support.misbehaviour import misbehaviours
from support.serving import TracServer, wait_for
from support.visitor import press_login, user
from trac_unit._compat import to_text
from trac_unit.errors import StoreError
from trac_unit.oidc.relying_party import default_store
from trac_unit.oidc.session.limits import Limits
from trac_unit.oidc.session.stores.sqlite import SQLiteStore

INTERVAL = 600


@pytest.fixture
def signed_in(visitor, hostile):  # noqa: F811
    """A function that signs alice in, and forgets what the provider was asked for that."""
    def sign_in(**settings):
        journey = visitor(TRAC_OIDC_RECHECK='10m', **settings)
        assert journey.sign_in().status_int == 303
        assert journey.user() == 'alice'
        del hostile.requests[:]
        return journey
    return sign_in


def refreshes(provider):
    return [request for request in provider.requests
            if request.path == '/token' and request.params['grant_type'] == 'refresh_token']


def wait(seconds=INTERVAL):
    CLOCK.offset += seconds


def sessions(journey, provider):
    """The live sessions of alice in the store of a journey."""
    namespace = u'%s trac' % to_text(provider.issuer)
    path = default_store(journey.settings['TRAC_ENV'])[len('sqlite://'):]
    return SQLiteStore(path, Limits(43200, 604800), namespace).sessions(CLOCK(), u'alice')


def outcomes(caplog):
    """What became of rechecks, by the log: pairs of a reason and "ended" or "goes on"."""
    found = [re.match(r'reason=(\S+) (?:the session of .* (goes on)|(ended) the session)', line)
             for line in lines(caplog)]
    return [(match.group(1), match.group(2) or match.group(3)) for match in found if match]


# When

def test_without_the_setting_the_provider_is_asked_once(visitor, hostile):  # noqa: F811
    journey = visitor()
    journey.sign_in()
    hostile.withdraw(u'alice')
    for _ in range(3):
        wait(36000)
        assert journey.user() == 'alice'
    assert refreshes(hostile) == []


def test_the_provider_is_asked_once_an_interval(signed_in, hostile):  # noqa: F811
    journey = signed_in()
    for number in range(1, 6):
        wait(INTERVAL - 10)
        assert (journey.user(), len(refreshes(hostile))) == ('alice', number - 1)
        wait(10)
        assert (journey.user(), journey.user(), len(refreshes(hostile))) == (
            'alice', 'alice', number)
    # A provider that takes each refresh token once took five.
    assert len(set(request.params['refresh_token'] for request in refreshes(hostile))) == 5


def test_the_client_says_who_it_is(signed_in, hostile):  # noqa: F811
    journey = signed_in()
    wait()
    journey.user()
    request, = refreshes(hostile)
    assert set(request.params) == {'grant_type', 'refresh_token'}
    assert request.headers['authorization'].startswith('Basic ')


def test_an_interval_of_a_second_is_one(visitor, hostile):  # noqa: F811
    journey = visitor(TRAC_OIDC_RECHECK='1s')
    journey.sign_in()
    for _ in range(3):
        wait(1)
        assert journey.user() == 'alice'
    assert len(refreshes(hostile)) == 3


def test_only_a_request_that_goes_to_trac_asks(signed_in, hostile):  # noqa: F811
    journey = signed_in()
    wait()
    assert journey.web.get('/oidc/health', status=200)
    assert 'You are still signed in' in journey.web.get('/oidc/signed-out', status=200).text
    assert journey.web.get('/login', status=303)
    assert journey.web.get('/oidc/nothing', status=404)
    assert hostile.requests == []
    journey.web.get('/chrome/common/css/trac.css', status='*')
    assert len(refreshes(hostile)) == 1


def test_who_is_anonymous_is_not_asked_about(signed_in, hostile):  # noqa: F811
    journey = signed_in()
    wait()
    assert journey.another_browser().user() is None
    assert hostile.requests == []


def test_each_session_is_asked_about_by_itself(signed_in, hostile):  # noqa: F811
    first, second = signed_in(), signed_in()
    grant = hostile.grants[0]
    hostile._withdraw(grant)
    wait()
    assert (first.user(), second.user()) == (None, 'alice')
    assert len(refreshes(hostile)) == 2


# What it brings

def change_alice(provider):
    provider.users['alice'].update(name=u'Alice Žofie', email=u'new@example.org',
                                   groups=[u'guests', u'překladatelé'])


def assert_changed(journey, provider):
    session, = sessions(journey, provider)
    identity = session.identity
    assert (identity.name, identity.email) == (u'Alice Žofie', u'new@example.org')
    assert identity.groups == (u'guests', u'překladatelé')


SOURCES = table(
    ('userinfo', lambda provider: None),
    ('the ID token', lambda provider: (
        setattr(provider, 'claims_in_id_token', True),
        discovery(userinfo_endpoint=MISSING)(provider))),
    ('both', lambda provider: setattr(provider, 'claims_in_id_token', True)),
    # What userinfo says now is newer than the ID token of the sign-in.
    ('userinfo against an old ID token', lambda provider: (
        setattr(provider, 'claims_in_id_token', True),
        provider.hooks.update(token_response=without_id_token_on_refresh(provider)))),
    ('userinfo of a provider that keeps the refresh token', lambda provider:
        provider.hooks.update(token_response=without_rotation(provider))),
)


def refreshing(provider):
    """Whether the request under way is a refresh; the refresh token."""
    request = provider.requests[-1]
    return request.params['grant_type'] == 'refresh_token' and request.params['refresh_token']


def without_id_token_on_refresh(provider):
    def answer(tokens):
        return dict((name, value) for name, value in tokens.items()
                    if name != 'id_token' or not refreshing(provider))
    return answer


def without_rotation(provider):
    def answer(tokens):
        used = refreshing(provider)
        if used:
            provider._refresh_tokens[used] = provider._refresh_tokens.pop(
                tokens.pop('refresh_token'))
        return tokens
    return answer


@SOURCES
def test_groups_and_profile_follow_the_provider(case, signed_in, hostile, caplog):  # noqa: F811
    case[0](hostile)
    journey = signed_in()
    change_alice(hostile)
    for number in (1, 2):
        wait()
        assert (journey.user(), len(refreshes(hostile))) == ('alice', number)
        assert_changed(journey, hostile)
    assert outcomes(caplog) == []


def test_groups_that_became_too_many_to_send_are_unknown_not_none(
        signed_in, hostile, caplog):  # noqa: F811
    journey = signed_in()
    assert sessions(journey, hostile)[0].identity.groups_known
    hostile.hooks['userinfo'] = lambda document: dict(
        (name, value) for name, value in list(document.items())
        + [('_claim_names', {'groups': 'src1'})] if name != 'groups')
    wait()
    assert journey.user() == 'alice'
    identity = sessions(journey, hostile)[0].identity
    assert (identity.groups, identity.groups_known) == ((), False)
    assert 'expected the claim groups itself, got a reference' in '\n'.join(lines(caplog))


def test_the_user_name_follows_the_provider(signed_in, hostile):  # noqa: F811
    journey = signed_in()
    hostile.users['alice']['preferred_username'] = u'žalice'
    assert journey.user() == 'alice'
    wait()
    assert journey.user() == u'žalice'


def test_without_new_claims_the_old_ones_hold(signed_in, hostile):  # noqa: F811
    hostile.claims_in_id_token = True
    all_of(discovery(userinfo_endpoint=MISSING), lambda provider: provider.hooks.update(
        token_response=without_id_token_on_refresh(provider)))(hostile)
    journey = signed_in()
    change_alice(hostile)
    wait()
    assert journey.user() == 'alice'
    session, = sessions(journey, hostile)
    assert session.identity.name == u'Alice Liddell'


def test_sign_out_uses_the_newest_tokens(signed_in, hostile):  # noqa: F811
    journey = signed_in()
    wait()
    journey.user()
    refresh_token = [value for value in hostile.issued if value.startswith('refresh')][-1]
    id_token_now = [value for value in hostile.issued if value.startswith('eyJ')][-1]
    location = journey.logout().location
    assert 'id_token_hint=' + id_token_now in location
    assert hostile.revoked == [refresh_token]


def test_a_sid_that_changed_is_the_one_that_ends_the_session(signed_in, hostile):  # noqa: F811
    journey = signed_in()
    claims(sid=u'another-sid')(hostile)
    wait()
    journey.user()
    for sid, expected in ((hostile.grants[-1].sid, 'alice'), (u'another-sid', None)):
        journey.web.post('/oidc/backchannel-logout', {
            'logout_token': hostile.logout_token(sid=sid)}, status=200)
        assert journey.user() == expected


# What ends the session

def refusal(code, status=400):
    return raw('/token', json_answer({'error': code, 'error_description': u'evilmark'}, status))


def another_persons_id_token(provider):
    provider.hooks['id_token_claims'] = lambda claims: dict(claims, sub=u'bob')


REFUSED = misbehaviours(
    'Refresh that ends a session',
    ('the person is withdrawn', lambda provider: provider.withdraw(u'alice'), 'invalid_grant'),
    ('invalid_grant', refusal('invalid_grant'), 'invalid_grant'),
    ('invalid_grant with 401', refusal('invalid_grant', 401), 'invalid_grant'),
    ('invalid_grant with 403', refusal('invalid_grant', 403), 'invalid_grant'),
    ('invalid_request', refusal('invalid_request'), 'invalid_request'),
    ('access_denied', refusal('access_denied'), 'access_denied'),
    ('access_denied with 403', refusal('access_denied', 403), 'access_denied'),
    ('login_required', refusal('login_required'), 'login_required'),
    ('interaction_required', refusal('interaction_required'), 'interaction_required'),
    ('consent_required', refusal('consent_required'), 'consent_required'),
    ('token_type mac', token_response(token_type=u'mac'), 'token_type'),
    ('token_type missing', token_response(token_type=MISSING), 'token_type'),
    ('no access token', token_response(access_token=MISSING), 'access_token'),
    ('an access token with a line break', token_response(access_token=u'a\r\nb'), 'access_token'),
    ('an ID token in a list', token_response(id_token=lambda token: [token]), 'id_token'),
    ('an empty ID token', token_response(id_token=u''), 'id_token'),
    ('an ID token of junk', id_token(lambda _: u'evilmark'), 'token_form'),
    ('iss of another', claims(iss=u'https://evil.example'), 'iss'),
    ('aud of another', claims(aud=u'other'), 'aud'),
    ('aud of two', claims(aud=[u'trac', u'other'], azp=u'trac'), 'aud'),
    ('azp that was not there', claims(azp=u'trac'), 'azp'),
    ('sub of another', another_persons_id_token, 'sub'),
    ('sub in capitals', claims(sub=u'ALICE'), 'sub'),
    ('sub missing', claims(sub=MISSING), 'sub'),
    ('sub a list', claims(sub=[u'alice']), 'sub'),
    ('exp over', claims(exp=lambda exp: exp - 600), 'exp'),
    ('iat of before the sign-in', claims(iat=lambda now: now - 3600), 'iat'),
    ('iat in the future', claims(iat=lambda now: now + 600), 'iat'),
    ('iat missing', claims(iat=MISSING), 'iat'),
    ('another nonce', claims(nonce=u'evilmark'), 'nonce'),
    ('an earlier auth_time', claims(auth_time=lambda time: time - 1), 'auth_time'),
    ('auth_time in the future', claims(auth_time=lambda time: time + 3600), 'auth_time'),
    ('at_hash of another token', claims(at_hash=u'AAAAAAAAAAAAAAAAAAAAAA'), 'at_hash'),
    ('alg none', signed(lambda provider, header, claims: make_jws(
        dict(header, alg='none'), claims)), 'alg'),
    ('signature of another key', signed(lambda provider, header, claims: make_jws(
        header, claims, new_key('key-1', number=7))), 'signature'),
    ('typ of an access token', header(typ=u'at+jwt'), 'typ'),
    ('userinfo of another', userinfo(sub=u'bob'), 'userinfo_sub'),
    ('userinfo of nobody', userinfo(sub=MISSING), 'userinfo_sub'),
    ('no user name', userinfo(preferred_username=MISSING), 'username_missing'),
    ('a user name that Trac has', userinfo(preferred_username=u'anonymous'), 'username_reserved'),
    ('a user name of lists', userinfo(preferred_username=[u'alice']), 'username_form'),
)


@REFUSED
def test_what_the_provider_refuses_ends_the_session(
        case, signed_in, hostile, caplog):  # noqa: F811
    misbehave, reason = case
    journey = signed_in()
    misbehave(hostile)
    assert journey.user() == 'alice'
    wait()
    assert journey.user() is None
    assert outcomes(caplog) == [(reason, 'ended')]
    assert sessions(journey, hostile) == []
    # For good, and the provider is not asked about it again.
    asked = len(hostile.requests)
    hostile.hooks.clear()
    wait()
    assert journey.user() is None
    assert len(hostile.requests) == asked
    assert journey.sign_in().status_int == 303 and journey.user() == 'alice'
    log = '\n'.join(lines(caplog))
    assert 'evilmark' not in log or reason in ('token_form',)
    assert not any(secret in log for secret in secrets_of(hostile))


def test_the_acr_that_was_asked_for_is_asked_for_again(signed_in, hostile, caplog):  # noqa: F811
    journey = signed_in(TRAC_OIDC_ACR_VALUES='gold')
    wait()
    assert journey.user() == 'alice'
    claims(acr=u'silver')(hostile)
    wait()
    assert journey.user() is None
    assert outcomes(caplog) == [('acr', 'ended')]


def test_without_a_refresh_token_a_session_ends_after_the_interval(
        visitor, hostile, caplog):  # noqa: F811
    token_response(refresh_token=MISSING)(hostile)
    journey = visitor(TRAC_OIDC_RECHECK='10m')
    journey.sign_in()
    warning, = [line for line in lines(caplog) if 'offline_access' in line]
    assert 'TRAC_OIDC_SCOPE' in warning and 'TRAC_OIDC_PROMPT' in warning and "'alice'" in warning
    wait(INTERVAL - 10)
    assert journey.user() == 'alice'
    wait(10)
    assert journey.user() is None
    assert outcomes(caplog) == [('refresh_token_missing', 'ended')]
    assert refreshes(hostile) == []


def test_with_a_refresh_token_or_without_the_setting_nothing_is_warned_of(
        visitor, hostile, caplog):  # noqa: F811
    visitor(TRAC_OIDC_RECHECK='10m').sign_in()
    token_response(refresh_token=MISSING)(hostile)
    visitor().sign_in()
    assert 'offline_access' not in '\n'.join(lines(caplog))


def test_a_post_of_a_refused_person_is_an_anonymous_one(signed_in, hostile):  # noqa: F811
    journey = signed_in()
    form = journey.web.get('/newticket', status=200).forms['propertyform']
    form['field_summary'] = u'Too late'
    hostile.withdraw(u'alice')
    wait()
    assert form.submit('submit', status='*').status_int in (400, 403)
    assert journey.user() is None


# What does not end the session

def silence(handler):
    handler.server.provider.stopping.wait(4)
    return []


GOES_ON = misbehaviours(
    'Refresh that ends no session',
    ('status 500', raw('/token', (500, [], b'')), 'token_endpoint'),
    ('status 503', raw('/token', json_answer({'error': 'temporarily_unavailable'}, 503)),
     'token_endpoint'),
    ('invalid_grant with 500', refusal('invalid_grant', 500), 'token_endpoint'),
    ('invalid_request with 500', refusal('invalid_request', 500), 'token_endpoint'),
    ('status 404', raw('/token', (404, [], b'')), 'token_endpoint'),
    ('status 429', refusal('slow_down', 429), 'token_endpoint'),
    ('HTML', raw('/token', HTML), 'not_json'),
    ('a list', raw('/token', json_answer([])), 'not_json'),
    ('a redirect', raw('/token', (302, [('Location', '/token')], b'')), 'redirect'),
    ('closed', raw('/token', []), 'unreachable'),
    ('silent', raw('/token', silence), 'timeout'),
    ('invalid_client', refusal('invalid_client', 401), 'token_endpoint'),
    ('unauthorized_client', refusal('unauthorized_client'), 'token_endpoint'),
    ('unsupported_grant_type', refusal('unsupported_grant_type'), 'token_endpoint'),
    ('invalid_scope', refusal('invalid_scope'), 'token_endpoint'),
    ('an unknown error', refusal('evilmark'), 'token_endpoint'),
    ('an error in a list', raw('/token', json_answer({'error': ['invalid_grant']}, 400)),
     'token_endpoint'),
    ('userinfo 500', raw('/userinfo', (500, [], b'')), 'status'),
    ('userinfo 401', raw('/userinfo', (401, [], b'')), 'status'),
    ('userinfo HTML', raw('/userinfo', HTML), 'not_json'),
    ('userinfo closed', raw('/userinfo', []), 'unreachable'),
    ('userinfo silent', raw('/userinfo', silence), 'timeout'),
    ('a new key that cannot be had', lambda provider: (
        provider.rotate_keys(), raw('/jwks', (500, [], b''))(provider)), 'status'),
    ('a key that nobody has', header(kid=u'evil'), 'key_unknown'),
)


@GOES_ON
def test_a_provider_that_does_not_answer_ends_no_session(
        case, signed_in, hostile, caplog):  # noqa: F811
    misbehave, reason = case
    journey = signed_in(TRAC_OIDC_TIMEOUT='1s')
    change_alice(hostile)
    wait()
    misbehave(hostile)
    assert journey.user() == 'alice'
    assert outcomes(caplog) == [(reason, 'goes on')]
    # Not each request asks: with the provider away, all of them would be slow.
    for _ in range(3):
        wait(18)
        assert journey.user() == 'alice'
    assert len(refreshes(hostile)) == 1
    hostile.hooks.clear()
    wait(10)
    assert journey.user() == 'alice'
    # A refresh token that was replaced before the failure was not lost.
    assert len(refreshes(hostile)) == 2
    assert_changed(journey, hostile)
    assert len(outcomes(caplog)) == 1


def test_a_short_interval_is_also_the_pause_after_a_failure(visitor, hostile):  # noqa: F811
    journey = visitor(TRAC_OIDC_RECHECK='30s', TRAC_OIDC_TIMEOUT='1s')
    journey.sign_in()
    raw('/token', (500, [], b''))(hostile)
    for number in (1, 2, 3):
        wait(30)
        assert (journey.user(), len(refreshes(hostile))) == ('alice', number)


@pytest.mark.parametrize('misbehave, asked', [
    (raw('/token', silence), 1), (raw('/userinfo', silence), 1), (raw('/token', []), 1),
    # That answer takes no time: it is no reason to ask about nobody.
    (raw('/token', (500, [], b'')), 3)])
def test_a_provider_that_is_silent_once_is_not_asked_about_others_for_a_minute(
        misbehave, asked, signed_in, hostile):  # noqa: F811
    """Else one that hangs would take all threads, if only enough people are signed in."""
    journeys = [signed_in(TRAC_OIDC_TIMEOUT='1s') for _ in range(3)]
    wait()
    misbehave(hostile)
    assert [journey.user() for journey in journeys] == ['alice'] * 3
    assert len(refreshes(hostile)) == asked
    hostile.hooks.clear()
    hostile.withdraw(u'alice')
    wait(61)
    assert [journey.user() for journey in journeys] == [None] * 3


def test_with_the_provider_gone_a_session_has_its_own_limits(signed_in, hostile):  # noqa: F811
    journey = signed_in(TRAC_OIDC_SESSION_IDLE='1h', TRAC_OIDC_SESSION_LIFETIME='2h')
    hostile.stop()
    for _ in range(3):
        wait(2000)
        assert journey.user() == 'alice'
    wait(1300)
    assert journey.user() is None


def test_after_a_failure_a_refusal_counts(signed_in, hostile, caplog):  # noqa: F811
    journey = signed_in()
    raw('/userinfo', (500, [], b''))(hostile)
    wait()
    assert journey.user() == 'alice'
    hostile.hooks.clear()
    hostile.withdraw(u'alice')
    wait(61)
    assert journey.user() is None
    assert outcomes(caplog) == [('status', 'goes on'), ('invalid_grant', 'ended')]


# Several at once

class Gate(object):
    """Holds a provider's answers to refreshes until it is opened."""

    def __init__(self, provider):
        self.reached, self.open = threading.Event(), threading.Event()
        self._provider = provider
        provider.hooks['raw:/token'] = self

    def __call__(self, handler):
        if handler.record.params['grant_type'] == 'refresh_token':
            self.reached.set()
            assert self.open.wait(20)
        return self._provider.answer(handler.record)


def in_thread(function):
    """Begin to call a function in a thread; return what waits for its result."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()

    def result():
        thread.join(30)
        assert not thread.is_alive() and results, 'the call did not return'
        return results[0]
    return result


def another_tab(journey, application=None):
    """The same browser, at another process if no application is given."""
    other = Journey(journey.settings, CLOCK, application)
    other.web.cookiejar = journey.web.cookiejar
    return other


def test_one_asks_and_the_others_go_on(signed_in, hostile, caplog):  # noqa: F811
    journey = signed_in(TRAC_OIDC_TIMEOUT='15s')
    tabs = [another_tab(journey), another_tab(journey, journey.application)]
    gate = Gate(hostile)
    wait()
    asking = in_thread(journey.user)
    assert gate.reached.wait(20)
    # Neither a lock nor a transaction is held: others read and write the same store.
    assert [tab.user() for tab in tabs] == ['alice'] * 2
    hostile.login_as = u'bob'
    bob = journey.another_browser()
    assert bob.sign_in().status_int == 303 and bob.user() == 'bob'
    assert bob.logout().status_int == 303
    assert len(refreshes(hostile)) == 1
    gate.open.set()
    assert asking() == 'alice'
    assert [tab.user() for tab in tabs] == ['alice'] * 2
    assert len(refreshes(hostile)) == 1 and outcomes(caplog) == []


def end_by_provider(journey, provider):
    journey.another_browser().web.post('/oidc/backchannel-logout', {
        'logout_token': provider.logout_token(u'alice')}, status=200)


def end_by_person(journey, provider):
    # The other tab's request does not wait for the one that asks.
    another_tab(journey, journey.application).logout()


@pytest.mark.parametrize('end', [end_by_provider, end_by_person])
def test_a_session_that_was_ended_while_the_provider_was_asked_stays_ended(
        end, signed_in, hostile):  # noqa: F811
    journey = signed_in(TRAC_OIDC_TIMEOUT='15s')
    gate = Gate(hostile)
    wait()
    asking = in_thread(journey.user)
    assert gate.reached.wait(20)
    end(journey, hostile)
    known = set(hostile.issued)
    gate.open.set()
    assert asking() is None
    assert sessions(journey, hostile) == [] and journey.user() is None
    # Nobody has the new tokens: the provider is told to forget them.
    new = [value for value in hostile.issued
           if value not in known and value.startswith('refresh')]
    assert hostile.revoked[-1:] == new or end is end_by_person and new == []


def test_a_session_that_was_ended_while_userinfo_was_asked_stays_ended(
        signed_in, hostile):  # noqa: F811
    journey = signed_in()

    def ends(document):
        end_by_provider(journey, hostile)
        return document
    hostile.hooks['userinfo'] = ends
    wait()
    assert journey.user() is None
    assert sessions(journey, hostile) == []


def test_a_failure_does_not_hide_that_a_session_was_ended(signed_in, hostile):  # noqa: F811
    journey = signed_in()

    def ends_and_fails(handler):
        end_by_provider(journey, hostile)
        return 500, [], b''
    hostile.hooks['raw:/token'] = ends_and_fails
    wait()
    assert journey.user() is None


def test_who_looked_before_another_process_asked_does_not_use_the_spent_token(
        signed_in, hostile, monkeypatch, caplog):  # noqa: F811
    journey = signed_in()
    tab = another_tab(journey)
    real, late = SQLiteStore.once, []

    def once(store, kind, value, now, expires):
        if kind == 'recheck' and not late:
            late.append(kind)
            assert tab.user() == 'alice'  # asks, and is done, before this one goes on
            return True
        return real(store, kind, value, now, expires)
    monkeypatch.setattr(SQLiteStore, 'once', once)
    wait()
    assert journey.user() == 'alice'
    assert late and len(refreshes(hostile)) == 1
    assert outcomes(caplog) == []


# The store

@pytest.mark.parametrize('method', ['once', 'update'])
def test_with_the_store_away_a_person_gets_a_503_and_nothing_worse(
        method, signed_in, hostile, monkeypatch, caplog):  # noqa: F811
    journey = signed_in()
    wait()
    with monkeypatch.context() as patch:
        def fails(*arguments):
            raise StoreError('store', 'expected a store, got none')
        patch.setattr(SQLiteStore, method, fails)
        page = journey.web.get('/wiki', status=503)
        assert page.headers['Retry-After'] == '60'
    # The pause of whoever began to ask is over.
    wait(61)
    # A refresh token that could not be kept is lost: then the person signs in again.
    assert journey.user() == ('alice' if method == 'once' else None)
    assert outcomes(caplog) == ([] if method == 'once' else [('invalid_grant', 'ended')])


def test_no_token_is_in_the_log(signed_in, hostile, caplog):  # noqa: F811
    journey = signed_in()
    for misbehave in (lambda provider: None, raw('/userinfo', HTML), userinfo(sub=u'bob')):
        misbehave(hostile)
        wait()
        journey.user()
    assert len(outcomes(caplog)) == 2
    log = '\n'.join(lines(caplog))
    assert len(secrets_of(hostile)) > 8
    assert not any(secret in log for secret in secrets_of(hostile))


def test_the_refreshed_id_token_is_one_without_a_nonce(signed_in, hostile):  # noqa: F811
    """The tests' provider keeps to Core section 12.2: it would prove nothing with one."""
    signed_in()
    wait()
    first = [value for value in hostile.issued if value.startswith('eyJ')][-1]
    assert 'nonce' in read_jws(first)[1]


# Over sockets

def test_a_person_who_was_withdrawn_is_out_in_every_process(settings, provider):
    settings = dict(settings, TRAC_OIDC_RECHECK='1s')
    with TracServer(settings) as here, TracServer(settings) as there:
        browser = Browser()
        assert user(press_login(browser, here.url)) == 'alice'
        wait_for(lambda: user(browser.get(there.url + '/wiki')) == 'alice'
                 and refreshes(provider), 'a refresh')
        provider.withdraw(u'alice')
        wait_for(lambda: user(browser.get(here.url + '/wiki')) is None, 'the end of the session')
        assert user(browser.get(there.url + '/wiki')) is None
        logs = here.log() + there.log()
        assert logs.count('reason=invalid_grant ended') == 1 and 'Traceback' not in logs
        assert os.path.exists(settings['TRAC_ENV'])

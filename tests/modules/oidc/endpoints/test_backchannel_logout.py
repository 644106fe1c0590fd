# -*- coding: utf-8 -*-
"""Logout tokens at the back-channel endpoint: what ends sessions, and what must not."""
import json
import os

import pytest
from webob import Request

from support.browser import Browser
from support.hostile import CLOCK, MARK, MISSING, changed, lines, raw, table
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.journey import BASE, Journey
from support.jws import b64url, make_jws, new_key, public_pem
from support.misbehaviour import misbehaviours
from support.provider import LOGOUT_EVENT
from support.serving import TracServer, unit_server
from support.visitor import press_login, user
from trac_unit.errors import StoreError
from trac_unit.oidc.session.stores.sqlite import SQLiteStore

ADDRESS = '/oidc/backchannel-logout'
FORM = 'application/x-www-form-urlencoded'


def signed_in(visitor, provider, sub=u'alice', **settings):  # noqa: F811
    """A browser in which this person is signed in, and the provider's name of that session."""
    provider.login_as = sub
    journey = visitor(**settings)
    assert journey.sign_in().status_int == 303
    return journey, provider.grants[-1].sid


def send(application, body, content_type=FORM, method='POST', query='', **environ):
    """What the endpoint answers to a request of the provider's: no cookie, no user agent."""
    body = body if isinstance(body, bytes) else body.encode('utf-8')
    request = Request.blank(BASE + ADDRESS + query, method=method, body=body)
    request.environ.update(CONTENT_TYPE=content_type, **environ)
    return request.get_response(application)


def send_token(journey, token):
    return send(journey.application, 'logout_token=' + token)


def assert_done(response):
    assert (response.status_int, response.body) == (200, b'')
    assert response.headers['Cache-Control'] == 'no-store'


def assert_refused(response, caplog, reason, hidden=()):
    """It answers 400 with a fixed text, and the log has the reason, once."""
    assert response.status_int == 400, response.status
    assert response.content_type == 'application/json'
    assert response.headers['Cache-Control'] == 'no-store'
    assert json.loads(response.text) == {
        'error': 'invalid_request', 'error_description':
        'Expected one logout token of this client that is valid now and was not used before.'}
    assert reasons(caplog) == [reason]
    log = '\n'.join(lines(caplog))
    assert not any(value in log for value in hidden)


def reasons(caplog):
    """Why logout requests were refused, by the log."""
    return [line.split(' ')[0].partition('=')[2] for line in lines(caplog)
            if 'back-channel logout refused' in line]


# Tokens that are wrong: a function takes the provider, and the token that would have been right

def claims(**changes):
    def misbehave(provider):
        provider.hooks['logout_token_claims'] = lambda claims: changed(claims, changes)
    return misbehave


def header(**changes):
    def misbehave(provider):
        provider.hooks['logout_token_header'] = lambda header: changed(header, changes)
    return misbehave


def token(change):
    def misbehave(provider):
        provider.hooks['logout_token'] = change
    return misbehave


def signed(sign):
    def misbehave(provider):
        provider.hooks['sign'] = lambda header, claims: sign(provider, header, claims)
    return misbehave


def event(value):
    return claims(events={LOGOUT_EVENT: value})


def hmac_with(secret):
    return signed(lambda provider, header, claims: make_jws(
        dict(header, alg='HS256'), claims, secret(provider)))


def payload(data):
    return signed(lambda provider, header, claims: make_jws(header, data, provider.keys[0]))


def other_claims_under_the_signature(text):
    head, _, signature = text.split('.')
    return '.'.join([head, b64url(json.dumps({'sub': MARK}).encode('ascii')), signature])


def id_token_in_its_place(provider):
    id_token = [value for value in provider.issued if value.startswith('eyJ')][-1]
    provider.hooks['logout_token'] = lambda _: id_token


def access_token_in_its_place(provider):
    access_token = [value for value in provider.issued if value.startswith('access')][-1]
    provider.hooks['logout_token'] = lambda _: access_token


LATER = 10 ** 6

WRONG = misbehaviours(
    'Logout tokens',
    ('wrong signature', signed(lambda provider, header, claims: make_jws(
        header, claims, new_key('key-1', number=7))), 'signature'),
    ('no signature', token(lambda text: text.rpartition('.')[0] + '.'), 'signature'),
    ('claims changed after signing', token(other_claims_under_the_signature), 'signature'),
    ('alg none', signed(lambda provider, header, claims: make_jws(
        dict(header, alg='none'), claims)), 'alg'),
    ('alg None', header(alg='None'), 'alg'),
    ('alg missing', header(alg=MISSING), 'alg'),
    ('alg a list', header(alg=['RS256']), 'alg'),
    ('HS256 with the public key', hmac_with(lambda provider: public_pem(provider.keys[0])), 'alg'),
    ('HS256 with the client secret', hmac_with(lambda _: b'provider-test-secret'), 'alg'),
    ('an algorithm that is not allowed', signed(lambda provider, header, claims: make_jws(
        dict(header, alg='PS256'), claims, new_key('key-1', 'PS256'))), 'alg'),
    ('unknown kid', header(kid=u'evil'), 'key_unknown'),
    ('kid a number', header(kid=1), 'header'),
    ('an embedded key', lambda provider: header(jwk=provider.keys[0].jwk())(provider), 'header'),
    ('a URL of keys', header(jku=u'https://evil.example/jwks'), 'header'),
    ('unknown crit', header(crit=[u'exp']), 'header'),
    ('typ of an access token', header(typ=u'at+jwt'), 'typ'),
    ('typ of another event', header(typ=u'secevent+jwt'), 'typ'),
    ('typ a number', header(typ=1), 'typ'),
    ('iss of another', claims(iss=u'https://evil.example'), 'iss'),
    ('iss with a slash', claims(iss=lambda issuer: issuer + u'/'), 'iss'),
    ('iss missing', claims(iss=MISSING), 'iss'),
    ('iss a list', claims(iss=lambda issuer: [issuer]), 'iss'),
    ('aud of another', claims(aud=u'other'), 'aud'),
    ('aud missing', claims(aud=MISSING), 'aud'),
    ('aud empty', claims(aud=[]), 'aud'),
    ('aud of two', claims(aud=[u'trac', u'other'], azp=u'trac'), 'aud'),
    ('aud an object', claims(aud={u'trac': 1}), 'aud'),
    ('azp of another', claims(azp=u'other'), 'azp'),
    ('iat missing', claims(iat=MISSING), 'iat'),
    ('iat old', claims(iat=lambda now: now - 800, exp=lambda now: now + LATER), 'iat'),
    ('iat in the future', claims(iat=lambda now: now + 200), 'iat'),
    ('iat text', claims(iat=lambda now: u'%d' % now), 'iat'),
    ('iat true', claims(iat=True), 'iat'),
    ('iat endless', claims(iat=10 ** 300), 'iat'),
    ('exp missing', claims(exp=MISSING), 'exp'),
    ('exp over', claims(iat=lambda now: now - 400, exp=lambda now: now - 400), 'exp'),
    ('exp null', claims(exp=None), 'exp'),
    ('exp a list', claims(exp=lambda exp: [exp]), 'exp'),
    ('nbf in the future', claims(nbf=lambda _: CLOCK() + 200), 'nbf'),
    ('jti missing', claims(jti=MISSING), 'jti'),
    ('jti empty', claims(jti=u''), 'jti'),
    ('jti a number', claims(jti=1), 'jti'),
    ('jti a list', claims(jti=[u'x']), 'jti'),
    ('jti long', claims(jti=u'x' * 2000), 'jti'),
    ('nonce', claims(nonce=u'n'), 'nonce'),
    ('nonce empty', claims(nonce=u''), 'nonce'),
    ('nonce null', claims(nonce=None), 'nonce'),
    ('events missing', claims(events=MISSING), 'events'),
    ('events null', claims(events=None), 'events'),
    ('events a list', claims(events=[LOGOUT_EVENT]), 'events'),
    ('events text', claims(events=LOGOUT_EVENT), 'events'),
    ('events empty', claims(events={}), 'events'),
    ('another event', claims(events={u'https://evil.example/event': {}}), 'events'),
    ('the event with a slash', claims(events={LOGOUT_EVENT + u'/': {}}), 'events'),
    ('the event null', event(None), 'events'),
    ('the event true', event(True), 'events'),
    ('the event a list', event([]), 'events'),
    ('neither sub nor sid', claims(sub=MISSING, sid=MISSING), 'sub'),
    ('sub empty', claims(sub=u''), 'sub'),
    ('sub null', claims(sub=None), 'sub'),
    ('sub null alone', claims(sub=None, sid=MISSING), 'sub'),
    ('sub a list', claims(sub=[u'alice']), 'sub'),
    ('sub a number', claims(sub=1), 'sub'),
    ('sub long', claims(sub=u'x' * 256), 'sub'),
    ('sid a list', claims(sid=lambda sid: [sid]), 'sid'),
    ('sid null', claims(sid=None), 'sid'),
    ('sid empty', claims(sid=u''), 'sid'),
    ('sid a number', claims(sid=1), 'sid'),
    ('sid an object', claims(sid={}), 'sid'),
    ('sid long', claims(sid=u'x' * 2000), 'sid'),
    ('an ID token', id_token_in_its_place, 'events'),
    ('an ID token with the event', claims(nonce=u'n', at_hash=u'h'), 'nonce'),
    ('an access token', access_token_in_its_place, 'token_form'),
    ('empty', token(lambda _: u''), 'token_form'),
    ('two parts', token(lambda text: text.rpartition('.')[0]), 'token_form'),
    ('five parts', token(lambda text: text + u'.a.b'), 'token_form'),
    ('not base64', token(lambda text: u'%' + text), 'token_form'),
    ('a line break behind it', token(lambda text: text + u'%0a'), 'token_form'),
    ('not ASCII', token(lambda text: text + u'%C5%BE'), 'token_form'),
    ('not UTF-8', token(lambda text: text + u'%FF'), 'token_form'),
    ('too long', claims(padding=u'x' * 17000), 'token_size'),
    ('claims a list', payload(b'[1]'), 'token_form'),
    ('claims no JSON', payload(b'evilmark'), 'token_form'),
    ('claims NaN', payload(b'{"iat":NaN}'), 'token_form'),
    ('claims deep', payload(b'{"a":' * 500 + b'1' + b'}' * 500), 'token_form'),
)


@WRONG
def test_a_token_that_breaks_a_rule_ends_nothing(case, visitor, hostile, caplog):  # noqa: F811
    misbehave, reason = case
    journey, sid = signed_in(visitor, hostile)
    misbehave(hostile)
    sent = hostile.logout_token(u'alice', sid)
    response = send_token(journey, sent)
    assert_refused(response, caplog, reason, [sid] + [sent] * (len(sent) > 20))
    assert journey.user() == 'alice'
    # The same person, and a token that is right: it was the case that was refused.
    hostile.hooks.clear()
    assert_done(send_token(journey, hostile.logout_token(u'alice', sid)))
    assert journey.user() is None


RIGHT = table(
    ('sub and sid', claims()),
    ('sub alone', claims(sid=MISSING)),
    ('sid alone', claims(sub=MISSING)),
    ('typ JWT', header(typ=u'JWT')),
    ('no typ', header(typ=MISSING)),
    ('typ in full', header(typ=u'application/logout+jwt')),
    ('typ in capitals', header(typ=u'LOGOUT+JWT')),
    ('no kid', header(kid=MISSING)),
    ('aud in a list', claims(aud=[u'trac'])),
    ('azp ours', claims(azp=u'trac')),
    ('one more event', claims(events={LOGOUT_EVENT: {}, u'urn:more': {}})),
    ('members in the event', event({u'more': 1})),
    ('further claims', claims(more=[{}])),
    ('a clock ahead', claims(iat=lambda now: now + 100, exp=lambda exp: exp + 100)),
    ('a clock behind', claims(iat=lambda now: now - 230, exp=lambda exp: exp - 230)),
    ('a long life', claims(exp=2 ** 40)),
    ('times with fractions', claims(iat=lambda now: now + .5, exp=lambda exp: exp + .5)),
)


@RIGHT
def test_a_token_that_keeps_to_the_rules_ends_the_session(
        case, visitor, hostile, caplog):  # noqa: F811
    journey, sid = signed_in(visitor, hostile)
    case[0](hostile)
    sent = hostile.logout_token(u'alice', sid)
    assert_done(send_token(journey, sent))
    assert journey.user() is None
    told = [line for line in lines(caplog) if 'the provider ended 1 sessions' in line]
    assert len(told) == 1 and sid not in told[0]
    caplog.clear()
    # Once and no more, whatever its claims.
    assert_refused(send_token(journey, sent), caplog, 'jti_used')


# Requests

@pytest.mark.parametrize('method', ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
def test_only_post_is_answered(method, visitor, hostile):  # noqa: F811
    journey, sid = signed_in(visitor, hostile)
    sent = hostile.logout_token(u'alice', sid)
    for body, query in (('logout_token=' + sent, ''), ('', '?logout_token=' + sent)):
        response = send(journey.application, body, method=method, query=query)
        assert (response.status_int, response.headers['Allow']) == (405, 'POST')
        assert response.headers['Cache-Control'] == 'no-store'
    assert journey.user() == 'alice'


def test_the_way_there_needs_no_more_than_a_form(visitor, hostile):  # noqa: F811
    for content_type in (FORM, FORM.upper(), FORM + '; charset=UTF-8', FORM + ' ;x=y'):
        journey, sid = signed_in(visitor, hostile)
        body = 'x=1&logout_token=%s&y' % hostile.logout_token(sid=sid)
        assert_done(send(journey.application, body, content_type))
        assert journey.user() is None


REQUESTS = table(
    ('JSON', lambda sent: {'content_type': 'application/json',
                           'body': json.dumps({'logout_token': sent})}, 'form_type'),
    ('multipart', lambda sent: {'content_type': 'multipart/form-data; boundary=x'}, 'form_type'),
    ('text', lambda sent: {'content_type': 'text/plain'}, 'form_type'),
    ('a JWT', lambda sent: {'content_type': 'application/logout+jwt', 'body': sent}, 'form_type'),
    ('no type', lambda sent: {'content_type': ''}, 'form_type'),
    ('nearly the type', lambda sent: {'content_type': FORM + 'x'}, 'form_type'),
    ('two tokens', lambda sent: {'body': 'logout_token=%s&logout_token=%s' % (sent, sent)},
     'duplicate'),
    ('a token and an empty one', lambda sent: {
        'body': 'logout_token=%s&logout_token=' % sent}, 'duplicate'),
    ('no token', lambda sent: {'body': 'token=' + sent}, 'logout_token'),
    ('no body', lambda sent: {'body': ''}, 'logout_token'),
    ('the token in the address', lambda sent: {'body': '', 'query': '?logout_token=' + sent},
     'logout_token'),
    ('the name in capitals', lambda sent: {'body': 'LOGOUT_TOKEN=' + sent}, 'logout_token'),
    ('the name with brackets', lambda sent: {'body': 'logout_token[]=' + sent}, 'logout_token'),
    ('too large', lambda sent: {'body': 'x=%s&logout_token=%s' % ('x' * 65536, sent)},
     'form_size'),
    ('no length', lambda sent: {'CONTENT_LENGTH': ''}, 'form_length'),
    ('a length of text', lambda sent: {'CONTENT_LENGTH': 'many'}, 'form_length'),
    ('a negative length', lambda sent: {'CONTENT_LENGTH': '-1'}, 'form_length'),
    ('a length with a sign', lambda sent: {'CONTENT_LENGTH': '+5'}, 'form_length'),
    ('an endless length', lambda sent: {'CONTENT_LENGTH': '9' * 5000}, 'form_length'),
    ('a great length', lambda sent: {'CONTENT_LENGTH': '9' * 18}, 'form_size'),
    ('cut short', lambda sent: {'CONTENT_LENGTH': '5000'}, 'form_cut'),
    ('a length of zero', lambda sent: {'CONTENT_LENGTH': '0'}, 'logout_token'),
    ('bytes that are no form', lambda sent: {'body': b'\xff\xfe\x00' + sent.encode('ascii')},
     'logout_token'),
    ('many fields', lambda sent: {'body': '&'.join('%d=' % n for n in range(8000))},
     'logout_token'),
)


@REQUESTS
def test_a_request_that_is_none_ends_nothing(case, visitor, hostile, caplog):  # noqa: F811
    request, reason = case
    journey, sid = signed_in(visitor, hostile)
    sent = hostile.logout_token(u'alice', sid)
    asked = dict({'body': 'logout_token=' + sent}, **request(sent))
    assert_refused(send(journey.application, **asked), caplog, reason, [sent, sid])
    assert journey.user() == 'alice'
    assert_done(send_token(journey, sent))


def test_no_header_of_a_browser_is_needed_or_believed(visitor, hostile):  # noqa: F811
    journey, sid = signed_in(visitor, hostile)
    body = 'logout_token=' + hostile.logout_token(sid=sid)
    assert_done(send(journey.application, body, HTTP_HOST='', SERVER_NAME='', SERVER_PORT='',
                     REMOTE_ADDR='unix:', HTTP_REMOTE_USER='alice',
                     HTTP_ORIGIN='https://evil.example'))
    assert journey.user() is None


# Whose sessions

def test_by_subject_all_of_the_person_and_nobody_elses(visitor, hostile):  # noqa: F811
    browsers = [signed_in(visitor, hostile)[0] for _ in range(3)]
    bob, _ = signed_in(visitor, hostile, u'bob')
    assert_done(send_token(bob, hostile.logout_token(u'alice')))
    assert [journey.user() for journey in browsers] == [None] * 3
    assert bob.user() == 'bob'


def test_by_sid_the_one_session(visitor, hostile):  # noqa: F811
    here, sid = signed_in(visitor, hostile)
    there, _ = signed_in(visitor, hostile)
    bob, _ = signed_in(visitor, hostile, u'bob')
    assert_done(send_token(bob, hostile.logout_token(sid=sid)))
    assert (here.user(), there.user(), bob.user()) == (None, 'alice', 'bob')


def test_a_sid_of_another_person_ends_nothing(visitor, hostile):  # noqa: F811
    alice, _ = signed_in(visitor, hostile)
    bob, sid = signed_in(visitor, hostile, u'bob')
    assert_done(send_token(bob, hostile.logout_token(u'alice', sid)))
    assert (alice.user(), bob.user()) == ('alice', 'bob')


@pytest.mark.parametrize('sub', [u'ALICE', u'alice ', u'alic', u'%', u'alice%', u'', u'žofie'])
def test_another_spelling_is_another_person(sub, visitor, hostile):  # noqa: F811
    alice, _ = signed_in(visitor, hostile)
    response = send_token(alice, hostile.logout_token(sub, u'sid' if not sub else None))
    assert_done(response)
    assert alice.user() == 'alice'


def test_a_session_that_is_gone_is_no_mistake(visitor, hostile, caplog):  # noqa: F811
    journey, sid = signed_in(visitor, hostile)
    journey.logout()
    assert_done(send_token(journey, hostile.logout_token(u'alice', sid)))
    assert_done(send_token(journey, hostile.logout_token(u'nobody')))
    assert 'the provider ended 0 sessions' in '\n'.join(lines(caplog))


def test_what_another_client_of_the_provider_signed_in_stays(visitor, hostile):  # noqa: F811
    ours, _ = signed_in(visitor, hostile)
    hostile.clients['other'] = dict(hostile.clients['trac'])
    theirs, _ = signed_in(visitor, hostile, TRAC_OIDC_CLIENT_ID='other')
    assert_done(send_token(ours, hostile.logout_token(u'alice')))
    assert (ours.user(), theirs.user()) == (None, 'alice')
    assert send_token(theirs, hostile.logout_token(u'alice')).status_int == 400
    assert_done(send_token(theirs, hostile.logout_token(u'alice', client_id=u'other')))
    assert theirs.user() is None


def test_one_address_is_for_all_environments(many_settings, provider, clock):
    journey = Journey(many_settings, clock)
    journey.sign_in('/one/login')
    assert journey.user('/one/wiki') == journey.user('/two/wiki') == 'alice'
    assert_done(send_token(journey, provider.logout_token(u'alice')))
    assert journey.user('/one/wiki') is journey.user('/two/wiki') is None


# Replay

def test_a_replayed_token_does_not_end_a_later_session(visitor, hostile, caplog):  # noqa: F811
    journey, sid = signed_in(visitor, hostile)
    sent = hostile.logout_token(u'alice')
    assert_done(send_token(journey, sent))
    again, _ = signed_in(visitor, hostile)
    for seconds in (0, 60, 200):
        CLOCK.offset += seconds
        caplog.clear()
        assert send_token(journey, sent).status_int == 400
        assert reasons(caplog) in (['jti_used'], ['exp'])
    assert again.user() == 'alice'


def test_a_token_is_forgotten_only_when_it_is_believed_no_more(
        visitor, hostile, caplog):  # noqa: F811
    """Whatever its times: at every second it is used, too old, or over."""
    journey, sid = signed_in(visitor, hostile)
    claims(iat=lambda now: now + 100, exp=lambda now: now + LATER)(hostile)
    sent = hostile.logout_token(u'alice')
    assert_done(send_token(journey, sent))
    found = []
    for seconds in (1, 100, 600, 110, 5, 3, 1, 1, 1, 1, 1, 60):
        CLOCK.offset += seconds
        caplog.clear()
        assert send_token(journey, sent).status_int == 400
        found += reasons(caplog)
    assert set(found) == {'jti_used', 'iat'} and found == sorted(found, reverse=True)


def test_another_process_refuses_the_replay_too(visitor, hostile, caplog):  # noqa: F811
    journey, sid = signed_in(visitor, hostile)
    sent = hostile.logout_token(u'alice')
    assert_done(send_token(journey, sent))
    assert_refused(send_token(Journey(journey.settings, CLOCK), sent), caplog, 'jti_used')


def test_a_refused_token_is_not_used_up(visitor, hostile, caplog):  # noqa: F811
    """Else who guesses a jti could spoil the logout that bears it."""
    journey, sid = signed_in(visitor, hostile)
    claims(jti=u'known', aud=u'other')(hostile)
    assert_refused(send_token(journey, hostile.logout_token(u'alice')), caplog, 'aud')
    claims(jti=u'known')(hostile)
    assert_done(send_token(journey, hostile.logout_token(u'alice')))
    assert journey.user() is None


# What is not there

@pytest.mark.parametrize('method', ['seen', 'end_by_subject', 'once'])
def test_with_the_store_away_the_provider_may_try_the_same_token_again(
        method, visitor, hostile, caplog, monkeypatch):  # noqa: F811
    journey, sid = signed_in(visitor, hostile)
    sent = hostile.logout_token(u'alice')
    with monkeypatch.context() as patch:
        def fails(*arguments, **named):
            raise StoreError('store', 'expected a store, got none')
        patch.setattr(SQLiteStore, method, fails)
        assert_busy(send_token(journey, sent))
        assert reasons(caplog) == ['store']
    assert_done(send_token(journey, sent))
    assert journey.user() is None


def assert_busy(response):
    assert (response.status_int, response.headers['Retry-After']) == (400, '60')
    assert response.headers['Cache-Control'] == 'no-store'
    assert json.loads(response.text) == {
        'error': 'temporarily_unavailable',
        'error_description': 'The sessions could not be ended now. Please try again.'}


def test_without_keys_the_provider_may_try_the_same_token_again(
        visitor, hostile, caplog):  # noqa: F811
    journey, sid = signed_in(visitor, hostile)
    fresh = Journey(journey.settings, CLOCK)
    sent = hostile.logout_token(u'alice')
    raw('/jwks', (500, [], b''))(hostile)
    assert_busy(send_token(fresh, sent))
    assert reasons(caplog) == ['status'] and journey.user() == 'alice'
    hostile.hooks.clear()
    CLOCK.offset += 11
    assert_done(send_token(fresh, sent))
    assert journey.user() is None


def test_a_new_key_that_cannot_be_had_is_no_verdict_on_the_token(
        visitor, hostile, caplog):  # noqa: F811
    journey, sid = signed_in(visitor, hostile)
    hostile.rotate_keys()
    sent = hostile.logout_token(u'alice', sid)
    raw('/jwks', (500, [], b''))(hostile)
    for seconds in (1, 30):  # within the minute it is not even asked again
        assert_busy(send_token(journey, sent))
        CLOCK.offset += seconds
    assert reasons(caplog) == ['status'] * 2 and journey.user() == 'alice'
    hostile.hooks.clear()
    CLOCK.offset += 30
    assert_done(send_token(journey, sent))
    assert journey.user() is None


def test_a_new_key_is_fetched_once_a_minute(visitor, hostile, caplog):  # noqa: F811
    """What the provider did not publish in the last minute is none of its keys: section 2.6."""
    journey, sid = signed_in(visitor, hostile)
    asked = hostile.count('/jwks')
    header(kid=u'evil')(hostile)
    for _ in range(4):
        assert send_token(journey, hostile.logout_token(u'alice')).status_int == 400
    assert reasons(caplog) == ['key_unknown'] * 4
    assert hostile.count('/jwks') == asked + 1
    hostile.hooks.clear()
    hostile.rotate_keys()
    CLOCK.offset += 61
    assert_done(send_token(journey, hostile.logout_token(u'alice')))
    assert hostile.count('/jwks') == asked + 2
    assert journey.user() is None


# Over sockets

def post(server, sent):
    return Browser().post(server.url + ADDRESS, {'logout_token': sent})


def enter(browser, server):
    assert user(press_login(browser, server.url)) == 'alice'


def visits(browser, server):
    return user(browser.get(server.url + '/wiki'))


def test_a_session_is_gone_in_another_process_at_once(settings, provider):
    with TracServer(settings) as here, TracServer(settings) as there:
        browser, bystander = Browser(), Browser()
        enter(browser, here)
        sid = provider.grants[-1].sid
        enter(bystander, there)
        # The cookie is of the host: both processes know it.
        assert visits(browser, there) == visits(bystander, here) == 'alice'
        answer = post(there, provider.logout_token(sid=sid))
        assert (answer.status, answer.body) == (200, b'')
        assert answer.header('Cache-Control') == 'no-store'
        assert visits(browser, here) is visits(browser, there) is None
        assert visits(bystander, here) == visits(bystander, there) == 'alice'

        sent = provider.logout_token(u'alice')
        assert [post(here, sent).status, post(there, sent).status] == [200, 400]
        assert visits(bystander, here) is visits(bystander, there) is None
        assert [page.status for page in (Browser().get(here.url + ADDRESS),)] == [405]
        assert 'reason=jti_used' in there.log() and 'Traceback' not in there.log() + here.log()


@pytest.mark.unit
def test_a_session_is_gone_in_every_process_of_unit(settings, provider):
    with unit_server(settings) as server:
        browser = Browser()
        enter(browser, server)
        assert set(visits(browser, server) for _ in range(8)) == {'alice'}
        assert post(server, provider.logout_token(u'alice')).status == 200
        assert set(visits(browser, server) for _ in range(8)) == {None}
        assert post(server, u'x' * 70000).status == 400
        assert os.path.basename(settings['TRAC_ENV']) not in post(server, u'x').text

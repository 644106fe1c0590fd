# -*- coding: utf-8 -*-
"""A browser that lies: about its state, its session, its user name and where it came from."""
import hashlib
import re

import pytest

from support.hostile import (CLOCK, assert_refused, assert_tells_nothing, cookie_header, links,
                             secrets_of, session_name, table, user_of, with_cookies)
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.journey import BASE

STATE = re.compile(r'(?<=[?&]state=)[^&]*')


def under_way(journey):
    """The cookies of sign-ins under way: name -> value."""
    return dict((name, value) for name, value in journey.cookies.items()
                if re.match(r'trac_oidc_[0-9a-f]{8}_', name))


# State

def test_an_answer_without_a_sign_in_under_way_is_refused(visitor, hostile, caplog):  # noqa: F811
    journey = visitor()
    target = journey.authorize(journey.login())
    journey.web.reset()
    assert_refused(journey, journey.callback(target), caplog, 'state_unknown', secrets_of(hostile))
    assert hostile.count('/token') == 0


def test_an_answer_works_once_though_the_cookie_is_kept(visitor, hostile, caplog):  # noqa: F811
    journey = visitor()
    target = journey.authorize(journey.login())
    kept = cookie_header(under_way(journey))
    assert journey.callback(target).status_int == 303
    attacker = journey.another_browser()
    response = with_cookies(attacker, kept, target)
    assert_refused(attacker, response, caplog, 'state_used', secrets_of(hostile))
    assert hostile.count('/token') == 1
    assert journey.user() == 'alice'


def test_a_failed_answer_is_used_up_too(visitor, hostile, caplog):  # noqa: F811
    journey = visitor()
    target = journey.authorize(journey.login())
    kept = cookie_header(under_way(journey))
    journey.callback(re.sub('code=[^&]*', 'code=wrong', target))
    assert_refused(journey, with_cookies(journey, kept, target), caplog, 'state_used')


def test_an_answer_in_another_browser_is_refused(visitor, hostile, caplog):  # noqa: F811
    attacker = visitor()
    victim = attacker.another_browser()
    target = attacker.authorize(attacker.login())
    victim.login()  # it has a sign-in of its own under way
    assert_refused(victim, victim.callback(target), caplog, 'state_unknown', secrets_of(hostile))


def test_an_answer_with_the_state_of_another_attempt_is_refused(
        visitor, hostile, caplog):  # noqa: F811
    journey = visitor()
    first, second = [journey.authorize(journey.login()) for _ in range(2)]
    mixed = STATE.sub(STATE.search(second).group(), first)
    # The code was made for another PKCE challenge and nonce.
    assert_refused(journey, journey.callback(mixed), caplog, 'invalid_grant', secrets_of(hostile))


def test_a_cookie_under_the_name_of_another_attempt_is_refused(
        visitor, hostile, caplog):  # noqa: F811
    journey = visitor()
    targets, names = [], []
    for _ in range(2):
        before = set(under_way(journey))
        targets.append(journey.authorize(journey.login()))
        names += set(under_way(journey)) - before
    cookies = under_way(journey)
    crossed = '%s=%s' % (names[0], cookies[names[1]])
    assert_refused(journey, with_cookies(journey, crossed, targets[0]), caplog, 'state_unknown')


FORGERIES = table(
    ('empty', lambda value: '', 'state_forged'),
    ('junk', lambda value: 'junk', 'state_forged'),
    ('one letter changed', lambda value: value[:30] + ('A' if value[30] != 'A' else 'B')
     + value[31:], 'state_forged'),
    ('another time', lambda value: 'gAAAAABo' + value[8:], 'state_forged'),
    ('the version alone', lambda value: 'gA==', 'state_forged'),
    ('cut', lambda value: value[:-4], 'state_forged'),
    ('longer', lambda value: 'AAAA' + value, 'state_forged'),
    ('of 7000 letters', lambda value: 'A' * 7000, 'state_forged'),
    ('quoted', lambda value: '"%s"' % value, None),
)


@FORGERIES
def test_a_forged_cookie_of_a_sign_in_is_refused(case, visitor, hostile, caplog):  # noqa: F811
    forge, reason = case
    journey = visitor()
    target = journey.authorize(journey.login())
    (name, value), = under_way(journey).items()
    response = with_cookies(journey, '%s=%s' % (name, forge(value)), target)
    if reason is None:
        assert response.status_int == 303
    else:
        assert_refused(journey, response, caplog, reason, secrets_of(hostile))


def test_a_sign_in_takes_ten_minutes_at_most(visitor, hostile, caplog):  # noqa: F811
    journey = visitor()
    in_time, late = [journey.authorize(journey.login()) for _ in range(2)]
    kept = cookie_header(under_way(journey))
    for grant in hostile._codes.values():
        grant.expires += 3600
    CLOCK.offset += 590
    assert with_cookies(journey, kept, in_time).status_int == 303
    CLOCK.offset += 20
    assert_refused(journey, with_cookies(journey, kept, late), caplog, 'state_expired')


def test_the_cookie_of_a_sign_out_is_none_of_a_sign_in(visitor, hostile, caplog):  # noqa: F811
    journey = visitor()
    journey.sign_in()
    farewell = journey.logout().location
    state = STATE.search(farewell).group()
    response = journey.callback('/oidc/callback?code=code-1&state=' + state + '&iss='
                                + hostile.issuer)
    assert_refused(journey, response, caplog, 'redirect_uri')
    assert hostile.count('/token') == 1


# Tabs

def test_two_tabs_sign_in_in_any_order(visitor, hostile):  # noqa: F811
    journey = visitor()
    first, second = [journey.authorize(journey.login('/login?referer=/wiki/Tab%d' % number))
                     for number in (1, 2)]
    assert journey.callback(second).location == BASE + '/wiki/Tab2'
    assert journey.callback(first).location == BASE + '/wiki/Tab1'
    assert journey.user() == 'alice'


def test_of_six_tabs_the_oldest_gives_way(visitor, hostile, caplog):  # noqa: F811
    journey = visitor()
    targets = []
    for _ in range(6):
        targets.append(journey.authorize(journey.login()))
        CLOCK.offset += 2
    assert len(under_way(journey)) == 5
    assert_refused(journey, journey.callback(targets[0]), caplog, 'state_unknown')
    assert all(journey.callback(target).status_int == 303 for target in targets[1:])


def test_sign_ins_under_way_never_fill_a_request_header(visitor, hostile):  # noqa: F811
    journey = visitor()
    for number in range(12):
        journey.login('/login?referer=/wiki/' + 'x' * (1400 - number))
        assert sum(len(value) for value in under_way(journey).values()) <= 6000
        CLOCK.offset += 2
    target = journey.authorize(journey.login('/login?referer=/wiki/' + 'y' * 1400))
    assert journey.callback(target).location == BASE + '/wiki/' + 'y' * 1400


# Sessions

SESSIONS = table(
    ('forged', lambda value: 'A' * 43),
    ('empty', lambda value: ''),
    ('changed', lambda value: value[:-1] + ('A' if value[-1] != 'A' else 'B')),
    ('in other case', lambda value: value.swapcase()),
    ('longer', lambda value: value + 'A'),
    ('an SQL injection', lambda value: "'OR'1'='1"),
    ('a wildcard', lambda value: '%'),
    ('its hash', lambda value: hashlib.sha256(value.encode('ascii')).hexdigest()),
    ('of 6000 letters', lambda value: 'A' * 6000),
    ('not ASCII', lambda value: '\xff\xfe'),
)


@SESSIONS
def test_a_forged_session_is_nobodys(case, visitor, hostile):  # noqa: F811
    journey = visitor()
    journey.sign_in()
    name = session_name(journey)
    value = journey.cookies[name]
    assert user_of(with_cookies(journey, '%s=%s' % (name, value))) == 'alice'
    response = with_cookies(journey, '%s=%s' % (name, case[0](value)))
    assert response.status_int == 200
    assert user_of(response) is None


def test_a_session_ends_when_it_lies_idle(visitor, hostile):  # noqa: F811
    journey = visitor(TRAC_OIDC_SESSION_IDLE='1h', TRAC_OIDC_SESSION_LIFETIME='3h')
    journey.sign_in()
    kept = cookie_header(journey.cookies)
    CLOCK.offset += 3500
    assert user_of(with_cookies(journey, kept)) == 'alice'
    CLOCK.offset += 3500  # that request counted
    assert user_of(with_cookies(journey, kept)) == 'alice'
    CLOCK.offset += 3700
    assert user_of(with_cookies(journey, kept)) is None


def test_a_session_ends_after_its_lifetime_though_it_is_used(visitor, hostile):  # noqa: F811
    journey = visitor(TRAC_OIDC_SESSION_IDLE='1h', TRAC_OIDC_SESSION_LIFETIME='3h')
    journey.sign_in()
    kept = cookie_header(journey.cookies)
    for _ in range(5):
        CLOCK.offset += 2100
        assert user_of(with_cookies(journey, kept)) == 'alice'
    CLOCK.offset += 2100
    assert user_of(with_cookies(journey, kept)) is None


def signed_in_with(journey, planted):
    """Sign in with a session cookie that somebody planted; return the session id after it."""
    target = journey.authorize(journey.login())
    name = 'trac_oidc_' + re.search('trac_oidc_([0-9a-f]{8})', str(journey.cookies)).group(1)
    response = with_cookies(journey, cookie_header(dict(under_way(journey), **{name: planted})),
                            target)
    assert response.status_int == 303
    value = re.search(name + '=([^;]*)', str(response.headers.getall('Set-Cookie'))).group(1)
    assert user_of(with_cookies(journey, '%s=%s' % (name, value))) == 'alice'
    assert user_of(with_cookies(journey, '%s=%s' % (name, planted))) is None
    return value


def test_a_planted_session_id_is_not_taken_over(visitor, hostile):  # noqa: F811
    assert signed_in_with(visitor(), 'A' * 43) != 'A' * 43


def test_a_session_that_was_given_away_ends_at_the_next_sign_in(visitor, hostile):  # noqa: F811
    attacker = visitor()
    attacker.sign_in()
    given = attacker.cookies[session_name(attacker)]
    assert signed_in_with(attacker.another_browser(), given) != given
    assert attacker.user() is None


def test_the_session_cookie_cannot_be_read_by_scripts_or_sent_by_other_sites(
        visitor, hostile):  # noqa: F811
    for settings, prefix, secure in (({}, 'trac_oidc_', False), (
            {'TRAC_BASE_URL': 'https://trac.example.org'}, '__Host-trac_oidc_', True)):
        journey = visitor(**settings)
        response = journey.web.get('/login', status=303)
        cookie, = response.headers.getall('Set-Cookie')
        attributes = [part.strip().lower() for part in cookie.split(';')]
        assert cookie.startswith(prefix)
        assert ('secure' in attributes) == secure
        assert set(['httponly', 'samesite=lax', 'path=/']) <= set(attributes)
        assert not any(part.startswith('domain') for part in attributes)


# Sign-out

def test_a_wrong_form_token_keeps_the_session(visitor, hostile):  # noqa: F811
    journey = visitor()
    journey.sign_in()
    assert journey.logout(token='0' * 24).status_int == 400
    assert journey.user() == 'alice'


@pytest.mark.parametrize('content_type', [
    'text/plain', 'APPLICATION/X-WWW-FORM-URLENCODED', 'application/json', '',
    'application/x-www-form-urlencodedx', 'multipart/form-data',
    'Multipart/Form-Data; boundary=x'])
def test_no_content_type_spares_the_form_token(content_type, visitor, hostile):  # noqa: F811
    # Trac asks for it only in what it takes for a form, and any site can send text/plain.
    journey = visitor()
    journey.sign_in()
    journey.web.post('/logout', 'x=1', headers={'Content-Type': content_type}, status='*')
    assert journey.user() == 'alice'


@pytest.mark.parametrize('method', ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
def test_only_post_signs_out(method, visitor, hostile):  # noqa: F811
    journey = visitor()
    journey.sign_in()
    response = journey.web.request('/logout', method=method, status='*')
    assert response.status_int < 500 or response.status_int == 501
    assert journey.user() == 'alice'


def test_after_sign_out_the_old_cookie_is_dead(visitor, hostile):  # noqa: F811
    journey = visitor()
    journey.sign_in()
    kept = cookie_header(journey.cookies)
    assert user_of(with_cookies(journey, kept)) == 'alice'
    response = journey.logout()
    assert any(re.match(r'trac_oidc_[0-9a-f]{8}=;', cookie) and 'Max-Age=0' in cookie
               for cookie in response.headers.getall('Set-Cookie'))
    assert user_of(with_cookies(journey, kept)) is None


def test_sign_out_works_while_the_provider_is_down(visitor, hostile):  # noqa: F811
    journey = visitor()
    journey.sign_in()
    kept = cookie_header(journey.cookies)
    hostile.stop()
    CLOCK.offset += 7200  # its metadata must be asked for again
    assert journey.logout().status_int == 303
    CLOCK.offset += 20
    assert user_of(with_cookies(journey, kept)) is None


def test_sign_out_without_metadata_says_that_the_provider_remembers(
        visitor, hostile):  # noqa: F811
    journey = visitor(TRAC_OIDC_SESSION_IDLE='2d')
    journey.sign_in()
    hostile.stop()
    CLOCK.offset += 86400 + 10
    response = journey.logout()
    assert response.location == BASE + '/oidc/signed-out'
    page = journey.web.get('/oidc/signed-out')
    assert 'You may still be signed in at your identity provider' in page.text
    assert links(page) == ['/']


def test_a_forged_state_at_the_end_of_a_sign_out_shows_the_plain_page(
        visitor, hostile):  # noqa: F811
    journey = visitor()
    for query in ('', '?state=' + 'x' * 43, '?state=x&state=y', '?state=%ff', '?' + 'x' * 9000):
        page = journey.web.get('/oidc/signed-out' + query, status=200)
        assert 'You may still be signed in' in page.text
        assert_tells_nothing(page)


def test_a_signed_in_person_is_not_told_that_they_are_signed_out(visitor, hostile):  # noqa: F811
    journey = visitor()
    journey.sign_in()
    page = journey.web.get('/oidc/signed-out', status=200)
    assert 'You are still signed in' in page.text


def test_login_while_signed_in_goes_straight_back(visitor, hostile):  # noqa: F811
    journey = visitor()
    journey.sign_in()
    asked = len(hostile.requests)
    response = journey.web.get('/login?referer=/wiki/Here', status=303)
    assert response.location == BASE + '/wiki/Here'
    assert len(hostile.requests) == asked

# -*- coding: utf-8 -*-
"""Signing out: what the provider is told, what is revoked, and what keeps nobody signed in."""
import re
import time

import pytest

from support.hostile import (CLOCK, HTML, MISSING, all_of, assert_tells_nothing, claims, discovery,
                             json_answer, lines, links, raw, secrets_of, table, token_response)
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.journey import BASE
from support.misbehaviour import misbehaviours
from support.provider import form_decode
from trac_unit.errors import StoreError
from trac_unit.oidc.provider.client import MAX_URL, Client
from trac_unit.oidc.provider.client_authentication import ClientAuth
from trac_unit.oidc.session.stores.sqlite import SQLiteStore

DISCOVERY = '/.well-known/openid-configuration'


@pytest.fixture
def signed_in(visitor, hostile):  # noqa: F811
    """A function that signs alice in, and forgets what the provider was asked for that."""
    def sign_in(**settings):
        journey = visitor(**settings)
        assert journey.sign_in().status_int == 303
        del hostile.requests[:]
        return journey
    return sign_in


def issued(provider, prefix):
    return [value for value in provider.issued if value.startswith(prefix)]


def revocations(provider):
    return [request for request in provider.requests if request.path == '/revoke']


def reason_of(caplog):
    """Why tokens were not revoked, by the log."""
    line, = [line for line in lines(caplog) if 'are not revoked' in line]
    return re.match(r"reason=(\S+) the tokens of the subject u?'alice' ", line).group(1)


# What the provider is told: RP-Initiated Logout 1.0 section 2

def test_the_request_says_whose_session_and_where_to_come_back(signed_in, hostile):  # noqa: F811
    journey = signed_in()
    address, _, query = journey.logout().location.partition('?')
    parameters = dict(form_decode(query))
    state = parameters.pop('state')
    assert address == hostile.url + '/end_session'
    assert parameters == {'id_token_hint': issued(hostile, 'eyJ')[0], 'client_id': 'trac',
                          'post_logout_redirect_uri': BASE + '/oidc/signed-out'}
    assert re.match(r'[A-Za-z0-9_-]{43}\Z', state)


def test_the_way_back_is_believed_with_the_state_alone(signed_in, hostile):  # noqa: F811
    """Section 3: without it anybody could show a person that they are signed out there."""
    journey = signed_in()
    begun = journey.login('/login?referer=/wiki')  # straight back, since alice is signed in
    assert begun == BASE + '/wiki'
    target = journey.authorize(journey.logout().location)
    assert target.startswith('/oidc/signed-out?state=')
    for other in ('/oidc/signed-out', target[:-1] + 'x', target + '&state=y',
                  target.replace('state=', 'State=')):
        page = journey.web.get(other, status=200)
        assert 'You may still be signed in at your identity provider' in page.text
    page = journey.web.get(target, status=200)
    assert 'You are signed out of this Trac and at your identity provider' in page.text
    assert links(page) == ['/', '/login']
    assert_tells_nothing(page, secrets_of(hostile))
    # Another browser has no such sign-out under way.
    page = journey.another_browser().web.get(target, status=200)
    assert 'You may still be signed in' in page.text


def test_the_state_of_a_sign_in_is_none_of_a_sign_out(visitor, hostile):  # noqa: F811
    journey = visitor()
    target = journey.authorize(journey.login())
    state = dict(form_decode(target.partition('?')[2]))['state']
    page = journey.web.get('/oidc/signed-out?state=' + state, status=200)
    assert 'You may still be signed in' in page.text


def test_without_an_endpoint_it_is_local_and_the_page_says_so(signed_in, hostile):  # noqa: F811
    discovery(end_session_endpoint=MISSING)(hostile)
    journey = signed_in()
    response = journey.logout()
    assert response.location == BASE + '/oidc/signed-out'
    page = journey.web.get('/oidc/signed-out', status=200)
    assert 'You are signed out of this Trac.' in page.text
    assert 'You may still be signed in at your identity provider' in page.text
    assert journey.user() is None
    assert len(hostile.revoked) == 1


def test_local_leaves_the_providers_session_and_revokes_our_tokens(
        signed_in, hostile):  # noqa: F811
    journey = signed_in(TRAC_OIDC_LOGOUT='local')
    assert journey.logout().location == BASE + '/oidc/signed-out'
    assert hostile.revoked == issued(hostile, 'refresh')
    assert [request.path for request in hostile.requests] == ['/revoke']
    page = journey.web.get('/oidc/signed-out', status=200)
    assert 'You may still be signed in at your identity provider' in page.text
    assert journey.user() is None and hostile.logouts == []


def test_local_needs_no_provider(signed_in, hostile, caplog):  # noqa: F811
    journey = signed_in(TRAC_OIDC_LOGOUT='local')
    hostile.stop()
    assert journey.logout().location == BASE + '/oidc/signed-out'
    assert journey.user() is None
    assert reason_of(caplog) == 'unreachable'


def test_a_hint_that_makes_the_address_too_long_is_left_out(signed_in, hostile):  # noqa: F811
    claims(padding=u'x' * 7500)(hostile)
    journey = signed_in()
    assert len(issued(hostile, 'eyJ')[0]) > 10000
    location = journey.logout().location
    assert len(location) < 1000
    assert set(dict(form_decode(location.partition('?')[2]))) == {
        'client_id', 'post_logout_redirect_uri', 'state'}
    assert journey.user() is None


class Known(object):
    """A provider whose metadata is known."""

    issuer = 'https://provider.example'

    def metadata(self):
        return {'end_session_endpoint': 'https://provider.example/logout?tenant=1'}


def test_the_longest_address_is_one_that_everybody_takes():
    client = Client(Known(), None, ClientAuth('trac', 'none'))

    def url(length):
        return client.end_session_url(u'a' * length, 'https://trac.example/signed-out', 's' * 43)
    room = MAX_URL - len(url(0))
    assert len(url(room)) == MAX_URL == 8000 and 'id_token_hint=aa' in url(room)
    assert len(url(room + 1)) < 300 and 'id_token_hint' not in url(room + 1)
    assert url(room + 1).startswith('https://provider.example/logout?tenant=1&client_id=trac&')


# Revocation: RFC 7009

def test_the_refresh_token_is_revoked_by_the_client(signed_in, hostile):  # noqa: F811
    journey = signed_in()
    assert journey.logout().status_int == 303
    request, = revocations(hostile)
    assert request.method == 'POST'
    assert request.params == {'token': issued(hostile, 'refresh')[0],
                              'token_type_hint': 'refresh_token'}
    assert request.headers['authorization'].startswith('Basic ')
    assert hostile.revoked == issued(hostile, 'refresh')


def test_without_a_refresh_token_the_access_token_is_revoked(signed_in, hostile):  # noqa: F811
    token_response(refresh_token=MISSING)(hostile)
    journey = signed_in()
    assert journey.logout().status_int == 303
    assert revocations(hostile)[0].params == {'token': issued(hostile, 'access')[0],
                                              'token_type_hint': 'access_token'}


def test_a_provider_that_cannot_is_not_asked(signed_in, hostile, caplog):  # noqa: F811
    discovery(revocation_endpoint=MISSING)(hostile)
    journey = signed_in()
    assert journey.logout().status_int == 303
    assert hostile.requests == []
    assert 'revoked' not in '\n'.join(lines(caplog))


def test_the_session_has_ended_before_anything_is_revoked(signed_in, hostile):  # noqa: F811
    journey = signed_in()
    cookies = '; '.join('%s=%s' % pair for pair in journey.cookies.items())
    seen = []

    def revoke(handler):
        page = journey.another_browser().web.get('/wiki', extra_environ={'HTTP_COOKIE': cookies})
        seen.append('logged in as' in page.text)
        return 200, [], b''
    assert 'logged in as' in journey.another_browser().web.get(
        '/wiki', extra_environ={'HTTP_COOKIE': cookies}).text
    hostile.hooks['raw:/revoke'] = revoke
    assert journey.logout().status_int == 303
    assert seen == [False]


def test_nothing_is_revoked_without_the_form_token(signed_in, hostile):  # noqa: F811
    journey = signed_in()
    assert journey.logout(token='0' * 24).status_int == 400
    assert journey.user() == 'alice' and hostile.requests == []


def silence(handler):
    handler.server.provider.stopping.wait(4)
    return []


FAILS = misbehaviours(
    'Revocation',
    ('status 500', raw('/revoke', (500, [], b'')), 'revocation'),
    ('status 503', raw('/revoke', json_answer({'error': u'evilmark'}, 503)), 'revocation'),
    ('invalid_client', raw('/revoke', json_answer({'error': 'invalid_client'}, 401)),
     'revocation'),
    ('unsupported_token_type', raw('/revoke', json_answer(
        {'error': 'unsupported_token_type'}, 400)), 'revocation'),
    ('a redirect', raw('/revoke', (302, [('Location', 'https://evil.example/')], b'')),
     'redirect'),
    ('closed', raw('/revoke', []), 'unreachable'),
    ('not HTTP', raw('/revoke', [b'SSH-2.0-evilmark\r\n']), 'unreachable'),
    ('10 MB', raw('/revoke', (200, [], [b'x' * 1048576] * 10)), 'too_large'),
    ('silent', raw('/revoke', silence), 'timeout'),
)


@FAILS
def test_a_revocation_that_fails_keeps_nobody_signed_in(
        case, signed_in, hostile, caplog):  # noqa: F811
    misbehave, reason = case
    misbehave(hostile)
    journey = signed_in(TRAC_OIDC_TIMEOUT='1s')
    begun = time.time()
    response = journey.logout()
    assert time.time() - begun < 2.5
    assert response.status_int == 303
    assert response.location.startswith(hostile.url + '/end_session?id_token_hint=')
    assert any(re.match(r'trac_oidc_[0-9a-f]{8}=;', cookie)
               for cookie in response.headers.getall('Set-Cookie'))
    assert journey.user() is None
    assert reason_of(caplog) == reason
    log = '\n'.join(lines(caplog))
    assert 'evil' not in log and not any(secret in log for secret in secrets_of(hostile))


@table(('HTML', HTML), ('nothing', (200, [], b'')), ('JSON', json_answer({'error': u'x'})))
def test_the_body_of_an_answer_does_not_matter(case, signed_in, hostile, caplog):  # noqa: F811
    raw('/revoke', case[0])(hostile)
    journey = signed_in()
    assert journey.logout().status_int == 303
    assert 'revoked' not in '\n'.join(lines(caplog))


def test_a_provider_that_is_silent_altogether_costs_two_timeouts(
        signed_in, hostile, caplog):  # noqa: F811
    """One for its metadata, which are due, and one for the revocation."""
    journey = signed_in(TRAC_OIDC_TIMEOUT='1s')
    CLOCK.offset += 7200
    all_of(raw(DISCOVERY, silence), raw('/revoke', silence))(hostile)
    begun = time.time()
    assert journey.logout().location.startswith(hostile.url + '/end_session?')
    assert time.time() - begun < 3.5
    assert reason_of(caplog) == 'timeout'
    assert journey.user() is None


def test_a_store_that_fails_signs_nobody_out_by_halves(
        signed_in, hostile, monkeypatch):  # noqa: F811
    journey = signed_in()
    with monkeypatch.context() as patch:
        def fails(*arguments):
            raise StoreError('store', 'expected a store, got none')
        patch.setattr(SQLiteStore, 'end', fails)
        response = journey.logout()
        assert (response.status_int, response.headers['Retry-After']) == (503, '60')
    # Still signed in, here and there; the next try signs out.
    assert journey.user() == 'alice' and hostile.requests == []
    assert journey.logout().status_int == 303
    assert journey.user() is None and len(hostile.revoked) == 1

# -*- coding: utf-8 -*-
"""What anybody, not signed in, can have us ask the provider: no more than they ask us."""
import re

import pytest

from support.hostile import CLOCK, table
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.jws import make_jws, new_key

TIMES = 5


def own_answer(journey):
    """A callback with a state of the browser's own, and a code that it made up."""
    return re.sub('code=[^&]*', 'code=evilmark', journey.authorize(journey.login()))


def bring(journey):
    journey.callback(own_answer(journey))


def bring_again(journey):
    target = own_answer(journey)
    cookies = '; '.join('%s=%s' % pair for pair in journey.cookies.items())
    for _ in range(3):
        journey.web.get(target, extra_environ={'HTTP_COOKIE': cookies}, status='*')


def forged_logout(journey):
    token = make_jws({'alg': 'RS256', 'kid': 'evil'}, {'sub': 'alice'}, new_key('evil', number=7))
    for _ in range(3):
        journey.web.post('/oidc/backchannel-logout', {'logout_token': token}, status=400)


def get(path, **environ):
    return lambda journey: journey.web.get(path, extra_environ=environ, status='*')


# What is asked, that many times, once the provider's documents are there
ASKED = table(
    ('a page', get('/wiki'), []),
    ('a forged session', get('/wiki', HTTP_COOKIE='trac_oidc_01234567=' + 'A' * 43), []),
    ('the login', get('/login'), []),
    ('a sign-in by a third party that is not the provider', get('/oidc/login?iss=x'), []),
    ('an answer to no sign-in', get('/oidc/callback?code=x&state=' + 'x' * 43), []),
    ('an answer with a code that was made up', bring, ['/token'] * TIMES),
    ('the same again and again', bring_again, ['/token'] * TIMES),
    ('forged logout tokens', forged_logout, ['/jwks']),
    ('the end of a sign-out', get('/oidc/signed-out?state=' + 'x' * 43), []),
    ('the health', get('/oidc/health'), []))


@ASKED
def test_an_anonymous_request_has_one_call_made_at_most(case, visitor, hostile):  # noqa: F811
    ask, expected = case
    journey = visitor()
    assert journey.sign_in().status_int == 303
    CLOCK.offset += 61
    del hostile.requests[:]
    for _ in range(TIMES):
        ask(journey.another_browser())
    assert [request.path for request in hostile.requests
            if request.path != '/authorize'] == expected


@pytest.mark.parametrize('method', ['GET', 'HEAD'])
def test_a_login_has_one_request_pushed_and_stores_nothing(
        method, visitor, hostile, monkeypatch):  # noqa: F811
    """Where the provider takes those: limits on requests of /login are the proxy's, see README."""
    from trac_unit.oidc.session.stores.sqlite import SQLiteStore
    hostile.par = 'required'
    journey = visitor()
    assert journey.sign_in().status_int == 303
    del hostile.requests[:]
    kept = []
    for name in ('add', 'once', 'update'):
        monkeypatch.setattr(SQLiteStore, name, lambda *arguments: kept.append(arguments))
    for _ in range(TIMES):
        response = journey.another_browser().web.request('/login', method=method, status=303)
        assert 'request_uri=' in response.location
    assert [request.path for request in hostile.requests] == ['/par'] * TIMES
    assert kept == []


def test_a_login_that_the_provider_has_enough_of_is_a_page(
        visitor, hostile, caplog):  # noqa: F811
    hostile.par = 'required'
    hostile.hooks['raw:/par'] = lambda _: (429, [('Retry-After', '60')], b'')
    journey = visitor()
    page = journey.web.get('/login', status=502)
    assert 'reason=pushed_request' in caplog.text
    assert 'Try again' in page.text and 'Go on without signing in' in page.text
    assert journey.user() is None


# Trac logs the address of a page that it does not have, query and all

@pytest.mark.parametrize('path', [
    '/oidc/callback', '/oidc/callback/', '/oidc/callbackx', '/oidc/callback/x', '/oidc/Callback',
    '/oidc/callback;x', '/oidc/callback%20', '/oidc//callback', '/oidc', '/oidc/', '/oidc/login',
    '/oidc/signed-out', '/oidc/backchannel-logout', '/oidc/health'])
def test_no_log_has_the_query_of_an_address_below_the_endpoints(
        path, visitor, hostile, caplog):  # noqa: F811
    journey = visitor()
    journey.web.get(path + '?code=secret-code&state=secret-state', status='*')
    assert 'secret-' not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith('Trac.')]
    # It would be, had it reached Trac.
    journey.web.get('/oidcx?code=secret-code', status=404)
    assert 'secret-code' in caplog.text


def test_a_code_goes_to_the_callback_alone(visitor, hostile):  # noqa: F811
    """The provider sends it where the request said, and no request says another address."""
    journey = visitor()
    for path in ('/login', '/login?referer=/oidc/x', '/login/', '/oidc/login?iss='
                 + hostile.issuer):
        assert journey.authorize(journey.login(path)).startswith('/oidc/callback?')

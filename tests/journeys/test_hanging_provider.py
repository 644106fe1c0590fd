# -*- coding: utf-8 -*-
"""A provider that hangs: who waits for it holds neither a lock nor a transaction meanwhile.

Nothing is timed.  The provider answers those who wait when the others are served, not before.
"""
import json

import pytest

from support.browser import Browser
from support.crowd import Calls, Hang
from support.hostile import CLOCK, table
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.journey import Journey
from support.serving import TracServer, Unavailable, UnitServer, skip_unless_required, wait_for
from support.store_kinds import (kind, redis_kind, redis_server,  # noqa: F401 (fixtures)
                                 sqlite_kind)
from support.store_worker import worker
from support.visitor import press_login, user

WAITING = 3
PATIENCE = {'TRAC_OIDC_TIMEOUT': '90s'}  # the test ends the hanging, no deadline does
DISCOVERY = '/.well-known/openid-configuration'


# What leads to a request for the provider: a function makes it of the application's browsers

def begun(browsers, provider):
    return [lambda browser=browser: browser.web.get('/login').status_int for browser in browsers]


def pushed(browsers, provider):
    provider.par = 'required'
    return begun(browsers, provider)


def answered(browsers, provider):
    answers = [(browser, browser.authorize(browser.login())) for browser in browsers]
    return [lambda browser=browser, target=target: browser.callback(target).status_int
            for browser, target in answers]


def rechecked(browsers, provider):
    for browser in browsers:
        assert browser.sign_in().status_int == 303
    CLOCK.offset += 600
    return [browser.user for browser in browsers]


def signed_out(browsers, provider):
    for browser in browsers:
        assert browser.sign_in().status_int == 303
    return [lambda browser=browser: browser.logout().status_int for browser in browsers]


def ended_by_provider(browsers, provider):
    return [lambda browser=browser: browser.web.post('/oidc/backchannel-logout', {
        'logout_token': provider.logout_token(u'nobody')}).status_int for browser in browsers]


# One thread fetches a document that several need.
@table(('discovery', DISCOVERY, begun, 1, 303),
       ('a pushed request', '/par', pushed, WAITING, 303),
       ('the token endpoint', '/token', answered, WAITING, 303),
       ('the keys', '/jwks', answered, 1, 303),
       ('userinfo', '/userinfo', answered, WAITING, 303),
       ('a refresh', '/token', rechecked, WAITING, 'alice'),
       ('userinfo after a refresh', '/userinfo', rechecked, WAITING, 'alice'),
       ('a revocation', '/revoke', signed_out, WAITING, 303),
       ('the keys for a logout token', '/jwks', ended_by_provider, 1, 200))
def test_who_is_signed_in_goes_on_and_the_store_is_free(
        case, kind, visitor, hostile):  # noqa: F811
    path, prepare, held, expected = case
    settings = dict(PATIENCE, TRAC_OIDC_SESSION_STORE=kind.url, TRAC_OIDC_RECHECK='10m')
    elsewhere = visitor(**settings)
    # An application that knows nothing of the provider yet.
    here = Journey(elsewhere.settings, CLOCK)
    calls = prepare([here.another_browser() for _ in range(WAITING)], hostile)
    assert elsewhere.sign_in().status_int == 303
    here.web.cookiejar = elsewhere.web.cookiejar
    with Hang(hostile, path, WAITING) as hang:
        waiting = Calls(calls)
        wait_for(lambda: hang.held == held, 'requests that hang')
        for _ in range(3):
            assert (here.user(), elsewhere.user()) == ('alice', 'alice')
        assert here.another_browser().user() is None
        # Another process begins, changes and ends sessions; another process signs bob in.
        output = json.loads(worker('busy', kind).communicate()[0].decode('ascii'))
        assert output == 'done'
        if held == WAITING:  # else he would have to wait for the document too
            hostile.login_as = u'bob'
            bob = elsewhere.another_browser()
            assert bob.sign_in().status_int == 303 and bob.user() == 'bob'
            assert bob.logout().status_int == 303
        assert waiting.results == [], 'they did not hang for so long'
    assert waiting.ended() == [expected] * WAITING


# Over sockets, with as many threads as hang and one more

def waitress(settings):
    return TracServer(settings, threads=WAITING + 1)


class OneProcess(UnitServer):
    processes, threads = 1, WAITING + 1


def unit(settings):
    try:
        return OneProcess(settings)
    except Unavailable as e:
        skip_unless_required(e)


@pytest.mark.parametrize('serve', [waitress, pytest.param(unit, marks=pytest.mark.unit)])
@pytest.mark.parametrize('path', ['/token', '/userinfo'])
def test_a_server_with_a_thread_to_spare_goes_on(path, serve, settings, provider):
    with serve(dict(settings, **PATIENCE)) as server:
        browser = Browser()
        assert user(press_login(browser, server.url)) == 'alice'
        with Hang(provider, path, WAITING) as hang:
            waiting = Calls([lambda: user(press_login(Browser(), server.url))] * WAITING)
            wait_for(lambda: hang.held == WAITING, 'requests that hang')
            assert [user(browser.get(server.url + '/wiki')) for _ in range(8)] == ['alice'] * 8
            assert waiting.results == [], 'they did not hang for so long'
        assert waiting.ended() == ['alice'] * WAITING

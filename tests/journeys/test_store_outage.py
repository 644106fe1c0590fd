# -*- coding: utf-8 -*-
"""What visitors see when the session store is out, and when it is back."""
import os
import re
import sys

import pytest
import webtest

from support.journey import Journey
from support.redis_server import RedisServer
from support.serving import Unavailable, free_port, skip_unless_required
from trac_unit.app import from_environ
from trac_unit.oidc.session import stores


class SQLiteOutage(object):
    """The file of sessions goes, as when a disk is not mounted, and comes back."""

    def __init__(self, folder):
        self._folder = str(folder.mkdir('store'))
        self.url = 'sqlite://' + os.path.join(self._folder, 'sessions.db')

    def begin(self):
        os.rename(self._folder, self._folder + '-away')
        open(self._folder, 'w').close()

    def end(self):
        os.remove(self._folder)
        os.rename(self._folder + '-away', self._folder)

    def stop(self):
        pass


class RedisOutage(object):
    """The server ends, and starts again with what it had."""

    def __init__(self, folder):
        self._place = str(folder.mkdir('redis'))
        self._port = free_port()
        self.url = 'redis://127.0.0.1:%d/0' % self._port
        self.end()

    def begin(self):
        assert self._server.ask('SAVE') == b'+OK\r\n'
        self._server.stop()

    def end(self):
        self._server = RedisServer(['--dir', self._place], self._port)

    def stop(self):
        self._server.stop()


@pytest.fixture(params=[SQLiteOutage, RedisOutage])
def outage(request, tmpdir):
    try:
        outage = request.param(tmpdir)
    except Unavailable as e:
        skip_unless_required(e)
    yield outage
    outage.stop()


@pytest.fixture
def journey(settings, clock, outage):
    return Journey(dict(settings, TRAC_OIDC_SESSION_STORE=outage.url), clock)


def assert_is_the_page(response, log):
    """The page that says it plainly, whose reference is in the log."""
    assert response.status == '503 Service Unavailable'
    assert int(response.headers['Retry-After']) > 0
    assert 'no-store' in response.headers['Cache-Control']
    assert 'Sign-in is not available' in response.text
    assert 'Set-Cookie' not in response.headers, 'the cookie is good for later'
    assert 'logged in as' not in response.text and 'alice' not in response.text
    for hidden in ('redis', 'sqlite', 'sessions.db', 'Traceback', 'Error:'):
        assert hidden not in response.text
    assert any(found in log() for found in re.findall('[0-9a-f]{8}', response.text))
    assert 'expected a session store that works' in log()


def test_whoever_is_not_signed_in_reads_on(journey, outage):
    outage.begin()
    assert journey.user() is None
    assert journey.web.get('/timeline', status='*').status_int == 200
    outage.end()


def test_whoever_is_signed_in_sees_a_page_and_is_signed_in_again(journey, outage, log):
    journey.sign_in()
    assert journey.user() == 'alice'
    before = journey.cookies
    outage.begin()
    for path in ('/wiki', '/newticket', '/'):
        assert_is_the_page(journey.web.get(path, status='*'), log)
    assert_is_the_page(journey.web.post('/logout', status='*'), log)
    assert journey.cookies == before
    outage.end()
    assert journey.user() == 'alice'
    assert journey.logout().status_int == 303
    assert journey.user() is None


def test_nobody_becomes_another(journey, outage):
    alice, bob, nobody = journey, journey.another_browser(), journey.another_browser()
    alice.sign_in()
    bob.callback(bob.authorize(bob.login(), login_hint='bob'))
    assert (alice.user(), bob.user(), nobody.user()) == ('alice', 'bob', None)
    for _ in range(2):
        outage.begin()
        for browser in (alice, bob):
            assert browser.web.get('/wiki', status='*').status_int == 503
        assert nobody.user() is None
        outage.end()
        assert (bob.user(), alice.user(), nobody.user()) == ('bob', 'alice', None)


def test_a_sign_in_cannot_begin_and_the_page_has_ways_on(journey, outage, log):
    outage.begin()
    for browser in (journey, journey.another_browser()):
        response = browser.web.get('/login?referer=/timeline', status='*')
        assert_is_the_page(response, log)
        assert 'Location' not in response.headers
        assert re.findall('href="([^"]*)"', response.text) == ['/login', '/timeline']
        assert browser.web.get('/timeline', status='*').status_int == 200
    outage.end()
    journey.sign_in()
    assert journey.user() == 'alice'


def test_a_sign_in_of_someone_with_a_session_sees_a_page_too(journey, outage, log):
    journey.sign_in()
    outage.begin()
    response = journey.web.get('/login', status='*')
    assert_is_the_page(response, log)
    outage.end()
    assert journey.user() == 'alice'


def test_a_sign_in_under_way_can_be_begun_again(journey, outage, log):
    target = journey.authorize(journey.login())
    outage.begin()
    response = journey.callback(target)
    assert response.status_int == 503 and 'Location' not in response.headers
    assert '/login' in re.findall('href="([^"]*)"', response.text)
    assert journey.user() is None
    outage.end()
    journey.sign_in()
    assert journey.user() == 'alice'


def test_a_monitor_is_told(journey, outage):
    assert journey.web.get('/oidc/health', status='*').status_int == 200
    outage.begin()
    assert journey.web.get('/oidc/health', status='*').status_int == 503
    outage.end()
    assert journey.web.get('/oidc/health', status='*').status_int == 200


def test_a_library_that_is_missing_is_a_page_and_a_line_in_the_log(
        settings, monkeypatch, log):
    monkeypatch.setitem(sys.modules, 'trac_unit.oidc.session.stores.redis', None)
    monkeypatch.delattr(stores, 'redis', raising=False)
    application = from_environ(dict(
        settings, TRAC_OIDC_SESSION_STORE='redis://:marked-password@127.0.0.1'))
    response = webtest.TestApp(application).get('/wiki', status='*')
    assert response.status_int == 503 and 'redis' not in response.text
    assert 'pip install "trac-unit[redis]"' in log() and 'marked' not in log()

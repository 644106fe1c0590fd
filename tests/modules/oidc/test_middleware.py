# -*- coding: utf-8 -*-
"""The sign-in layer by itself: what it drops, where it sends a request, whom it lets Trac know."""
import re

import pytest
from support.exchange import Exchange
from support.store_kinds import LIFETIME, NOW, session
from support.store_kinds import sqlite_kind  # noqa: F401 (a fixture)

from trac_unit._compat import to_bytes
from trac_unit.errors import ProviderError, StoreError
from trac_unit.oidc.browser.cookies import session_cookie_name
from trac_unit.oidc.middleware import OIDCMiddleware

HOST = 'trac.example.org'


class Nothing(object):
    """A relying party whose provider is away."""

    class provider(object):
        issuer = u'https://id.example.org'

    client_id = 'trac'
    response_mode = 'query'

    def begin(self, *args):
        raise ProviderError('unreachable', 'expected an answer, got none')

    revoke = begin


class Trac(object):
    """Says whom it was told of, and where."""

    def __init__(self):
        self.seen = []

    def __call__(self, environ, start_response):
        self.seen.append(environ)
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [to_bytes(environ.get('REMOTE_USER', 'nobody'))]


@pytest.fixture
def store(sqlite_kind):  # noqa: F811
    return sqlite_kind.open()


@pytest.fixture
def trac():
    return Trac()


def layer(trac, store, **options):
    return OIDCMiddleware(trac, Nothing(), Nothing(), store, LIFETIME, ('RS256',),
                          clock=lambda: NOW, **options)


def ask(application, path='/wiki', method='GET', **environ):
    """The status, the headers as a dict, and the body as text."""
    environ = dict({'PATH_INFO': path, 'HTTP_HOST': HOST, 'SCRIPT_NAME': ''}, **environ)
    exchange = Exchange(application, method, **environ)
    body = exchange.rest()
    (status, headers), = exchange.started
    return status, dict(headers), body.decode('utf-8')


COOKIE_NAME = session_cookie_name(u'https://id.example.org trac ', False)


@pytest.fixture
def cookie(store):
    """The Cookie header of alice's browser."""
    store.add('secret', session())
    return COOKIE_NAME + '=secret'


IDENTITIES = ['REMOTE_USER', 'HTTP_REMOTE_USER', 'HTTP_REMOTE-USER', 'AUTH_TYPE']


@pytest.mark.parametrize('path', ['/', '/wiki', '/logout', '/login/x', '//login', '/OIDC/health'])
@pytest.mark.parametrize('method', ['GET', 'POST'])
def test_who_has_no_session_is_nobody_whatever_is_claimed(path, method, trac, store):
    status, _, body = ask(layer(trac, store), path, method, HTTP_COOKIE='trac_auth=x; a=b',
                          **dict((name, 'mallory') for name in IDENTITIES))
    assert (status, body) == ('200 OK', 'nobody')
    assert not set(IDENTITIES) & set(trac.seen[0])
    assert trac.seen[0]['HTTP_COOKIE'] == 'a=b'


def test_who_has_a_session_is_told_to_trac_whatever_is_claimed(trac, store, cookie):
    body = ask(layer(trac, store), HTTP_COOKIE=cookie, REMOTE_USER='mallory',
               HTTP_REMOTE_USER='mallory')[2]
    assert body == 'alice'
    assert 'HTTP_REMOTE_USER' not in trac.seen[0]


def test_a_session_of_another_relying_party_is_nobodys(trac, store, cookie):
    class Other(Nothing):
        client_id = 'wiki'

    other = OIDCMiddleware(trac, Nothing(), Other(), store, LIFETIME, ('RS256',),
                           clock=lambda: NOW)
    assert ask(other, HTTP_COOKIE=cookie)[2] == 'nobody'


@pytest.mark.parametrize('path', ['/oidc', '/oidc/', '/oidc/x', '/oidc/callback/x', '/oidc//login',
                                  '/oidc/health;x', '/oidc/%68ealth'])
def test_below_the_layers_path_nothing_reaches_trac(path, trac, store, cookie):
    status, headers, body = ask(layer(trac, store), path, HTTP_COOKIE=cookie)
    assert status == '404 Not Found' and 'There is nothing here' in body
    assert re.findall('href="([^"]*)"', body) == ['/']
    assert trac.seen == []


@pytest.mark.parametrize('path, status', [
    ('/oidc/health', '200 OK'), ('/oidc/health/', '200 OK'), ('/oidc/signed-out', '200 OK'),
    ('/oidc/callback', '400 Bad Request'), ('/oidc/login', '400 Bad Request'),
    ('/oidc/backchannel-logout', '405 Method Not Allowed'), ('/login', '502 Bad Gateway')])
def test_each_endpoint_answers_at_its_address(path, status, trac, store):
    assert ask(layer(trac, store), path)[0] == status
    assert trac.seen == []


def test_the_endpoints_can_be_elsewhere(trac, store):
    moved = layer(trac, store, path='/sso/x')
    assert ask(moved, '/sso/x/health')[0] == '200 OK'
    assert ask(moved, '/oidc/health')[2] == 'nobody'


@pytest.mark.parametrize('path', ['/logout\n', '/login\r', '/wiki\0', '/\x1f', '/\x7fwiki'])
def test_a_path_with_a_control_character_reaches_nobody(path, trac, store, cookie, log):
    status = ask(layer(trac, store), path, 'POST', HTTP_COOKIE=cookie)[0]
    assert status == '400 Bad Request' and trac.seen == []
    assert 'reason=path ' in log() and path not in log()


@pytest.mark.parametrize('host', ['evil.example/x', 'a b', '<script>', 'x\r\ny', '\xff', ':80'])
def test_a_host_that_is_none_reaches_nobody(host, trac, store, log):
    assert ask(layer(trac, store), HTTP_HOST=host)[0] == '400 Bad Request'
    assert trac.seen == [] and 'reason=host ' in log()
    assert ask(layer(trac, store, base_url='https://trac.example.org'), HTTP_HOST=host)[2] == \
        'nobody'


def test_however_many_hosts_are_named_each_visitor_is_at_the_right_one(trac, store):
    application = layer(trac, store)
    for number in list(range(250)) + [0, 249]:
        host = 'host-%d.example' % number
        status, _, body = ask(application, '/oidc/nothing', HTTP_HOST=host,
                              SCRIPT_NAME='/at-%d' % number)
        assert status == '404 Not Found' and 'href="/at-%d/"' % number in body


def test_among_many_environments_each_has_a_door(trac, store, cookie):
    application = layer(trac, store, many=True)
    status, _, body = ask(application, '/one/login')
    assert status == '502 Bad Gateway'
    assert re.findall('href="([^"]*)"', body) == ['/one/login', '/one/']
    assert ask(application, '/login')[2] == 'nobody'
    assert ask(application, '/two/wiki', HTTP_COOKIE=cookie)[2] == 'alice'


class Broken(object):
    def __getattr__(self, name):
        def fails(*args):
            raise StoreError('store', 'expected a store, got none: marked-path')
        return fails


def test_with_the_store_out_whoever_has_a_cookie_sees_a_page_and_the_others_trac(trac, log):
    application = layer(trac, Broken())
    assert ask(application)[2] == 'nobody'
    status, headers, body = ask(application, HTTP_COOKIE=COOKIE_NAME + '=secret')
    assert status == '503 Service Unavailable' and headers['Retry-After'] == '60'
    assert 'marked' not in body and 'secret' not in log()
    assert len(trac.seen) == 1


def test_a_signed_in_person_signs_out_by_post_alone(trac, store, cookie):
    application = layer(trac, store, provider_logout=False)
    form = {'CONTENT_TYPE': 'application/x-www-form-urlencoded', 'CONTENT_LENGTH': '0'}
    assert ask(application, '/logout', HTTP_COOKIE=cookie)[2] == 'alice'
    assert ask(application, '/logout', 'POST', HTTP_COOKIE=cookie)[0] == '400 Bad Request'
    # This Trac does not redirect: it did not agree.
    assert ask(application, '/logout', 'POST', HTTP_COOKIE=cookie, **form)[2] == 'alice'
    assert store.get('secret', NOW) is not None


def test_signing_out_ends_the_session_whatever_trac_makes_of_the_environ(store, cookie):
    def forgetful(environ, start_response):
        environ['HTTP_COOKIE'] = COOKIE_NAME + '=other'
        start_response('302 Found', [('Location', '/')])
        return []

    store.add('other', session(u'bob'))
    form = {'CONTENT_TYPE': 'application/x-www-form-urlencoded', 'CONTENT_LENGTH': '0'}
    status = ask(layer(forgetful, store, provider_logout=False), '/logout', 'POST',
                 HTTP_COOKIE=cookie, **form)[0]
    assert status == '303 See Other'
    assert store.get('secret', NOW) is None and store.get('other', NOW)

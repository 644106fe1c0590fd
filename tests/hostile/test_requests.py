# -*- coding: utf-8 -*-
"""Requests that lie: headers that name a user, stale cookies, addresses, sizes, methods, hosts."""
import re
import time

import pytest
from trac.env import open_environment

from support.clock import Clock
from support.hostile import (assert_tells_nothing, cookie_header, reason_of, session_name, table,
                             user_of, with_cookies)
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.journey import BASE, Journey
from trac_unit._compat import wsgi_bytes

PATHS = ['/', '/login', '/wiki', '/wiki/', '/logout', '/oidc', '/oidc/callback',
         '/oidc/signed-out', '/oidc/health', '//wiki', '//login', '/prefs', '/nothing-here']

IDENTITIES = ['REMOTE_USER', 'REMOTE-USER', 'remote_user', 'Remote_User', 'RemoteUser',
              'HTTP_REMOTE_USER', 'HTTP_REMOTE-USER', 'http_remote_user', 'HTTP_Remote_User',
              'HTTP_REMOTEUSER', 'HTTP_REMOTE__USER', 'HTTP_HTTP_REMOTE_USER',
              'HTTP_X_REMOTE_USER', 'REDIRECT_REMOTE_USER', 'AUTH_TYPE']


def numbered(rows):
    return [str(number) for number in range(len(rows))]


def without_sign_in(path):
    return Journey({'TRAC_ENV': path}, Clock())


@pytest.fixture(scope='module')
def open_trac(served):  # noqa: F811
    """A browser at a Trac whose sign-in is off."""
    return without_sign_in(served)


@pytest.fixture
def any_trac(request, visitor, hostile, open_trac):  # noqa: F811
    """A browser at a Trac with sign-in on, or off."""
    return visitor() if request.param == 'on' else open_trac.another_browser()


both = pytest.mark.parametrize('any_trac', ['on', 'off'], indirect=True)


@both
@pytest.mark.parametrize('path', PATHS)
def test_nobody_is_a_user_by_a_header(any_trac, path):
    names = dict((name, 'mallory') for name in IDENTITIES)
    response = any_trac.web.get(path, extra_environ=names, status='*')
    assert user_of(response) is None
    assert 'mallory' not in response.text
    assert 'trac_auth' not in str(response.headers)


@both
@pytest.mark.parametrize('name', IDENTITIES)
def test_no_spelling_of_the_header_makes_a_user(any_trac, name):
    response = any_trac.web.get('/wiki', extra_environ={name: 'mallory'}, status=200)
    assert user_of(response) is None


@pytest.mark.parametrize('name', IDENTITIES)
def test_no_header_makes_another_of_who_is_signed_in(
        name, visitor, hostile):  # noqa: F811
    journey = visitor()
    journey.sign_in()
    response = journey.web.get('/wiki', extra_environ={name: 'mallory'}, status=200)
    assert user_of(response) == 'alice'


# Trac's own cookie

COOKIE = 'f' * 32


@pytest.fixture
def stale(served):  # noqa: F811
    """A trac_auth cookie that Trac's own login once gave to mallory."""
    environment = open_environment(served, use_cache=True)
    environment.db_transaction("DELETE FROM auth_cookie")
    environment.db_transaction(
        "INSERT INTO auth_cookie (cookie, name, ipnr, time) VALUES (%s, 'mallory', '', %s)",
        (COOKIE, int(time.time())))
    return COOKIE


def test_the_stale_cookie_is_one_that_trac_believes(served, stale):  # noqa: F811
    from trac.web.main import dispatch_request
    from webtest import TestApp
    plain = TestApp(dispatch_request, extra_environ={
        'trac.env_path': served, 'trac.locale': 'C', 'REMOTE_ADDR': '192.0.2.1'})
    response = plain.get('/wiki', extra_environ={'HTTP_COOKIE': 'trac_auth=' + stale})
    assert user_of(response) == 'mallory'


STALE = table(*[(str(number), header) for number, header in enumerate((
    'trac_auth=%s', 'trac_auth="%s"', ' trac_auth=%s', 'trac_auth =%s', 'trac_auth= %s',
    'trac_auth\t=\t%s', ';trac_auth=%s', 'trac_auth=%s;', 'trac_auth=%s; trac_auth=x',
    'trac_auth=x; trac_auth=%s', 'a=b; trac_auth=%s; c=d', 'a=b trac_auth=%s', 'a=b,trac_auth=%s',
    'a="b; trac_auth=%s', 'a="b trac_auth=%s"; c="d', 'a=b\t;\ttrac_auth=%s', '=; trac_auth=%s',
    'a; trac_auth=%s', 'a=[]{}@,;trac_auth=%s', '\xff=\xfe; trac_auth=%s', 'a=\x01; trac_auth=%s',
    '$Version=1; trac_auth=%s; $Path=/', 'a="\\"; trac_auth=%s', 'a="\\";trac_auth="%s"',
    'trac_auth=%s\x00', 'trac_auth==%s', 'trac_auth=%s=', 'Trac_Auth=%s', 'TRAC_AUTH=%s',
    'path=/; trac_auth=%s', 'expires=Wed, 01 Jan 2031 00:00:00 GMT; trac_auth=%s',
    'trac_auth=%s; path=/', 'a="b"trac_auth=%s', 'a=b\x0btrac_auth=%s', 'a=b\ntrac_auth=%s',
    'a=b\r\ntrac_auth=%s', 'a=\xa0trac_auth=%s', 'a\x85trac_auth=%s', '"trac_auth"=%s',
    'trac_auth="\\146' + 'f' * 31 + '"', 'a=' + 'x' * 5000 + '; trac_auth=%s'))])


@both
@STALE
def test_a_stale_cookie_of_tracs_own_login_is_worth_nothing(any_trac, stale, case):
    header = case[0] % stale if '%s' in case[0] else case[0]
    response = with_cookies(any_trac, header)
    assert user_of(response) is None
    assert 'mallory' not in response.text


def test_the_stale_cookie_does_not_hide_the_others(visitor, hostile, stale):  # noqa: F811
    journey = visitor()
    journey.sign_in()
    cookies = cookie_header(journey.cookies)
    for header in ('trac_auth=%s; %s', '%s; %s', 'a=b; trac_auth="%s"; %s'):
        assert user_of(with_cookies(journey, header % (stale, cookies))) == 'alice'


def test_login_gives_no_cookie_of_tracs_own(visitor, hostile):  # noqa: F811
    journey = visitor()
    journey.sign_in()
    for path in ('/login', '/login/', '//login', '/wiki'):
        response = journey.web.get(path, status='*')
        assert 'trac_auth' not in str(response.headers.getall('Set-Cookie')), path


# Sizes

SIZES = table(
    ('a session cookie of 60 KB', {'HTTP_COOKIE': '%s=' + 'A' * 60000}),
    ('no equals sign', {'HTTP_COOKIE': '%s' + 'A' * 30000}),
    ('five hundred cookies', {'HTTP_COOKIE': '; '.join('c%d=x' % n for n in range(500))}),
    ('five hundred sign-ins', {'HTTP_COOKIE': '; '.join('%%s_%016d=x' % n for n in range(500))}),
    ('quotes', {'HTTP_COOKIE': '%s=' + '"\\' * 10000}),
    ('spaces', {'HTTP_COOKIE': '%s' + ' ' * 30000 + '=x'}),
    ('semicolons', {'HTTP_COOKIE': '%s=x' + ';' * 30000}),
    ('a trac_auth among spaces', {'HTTP_COOKIE': 'trac_auth' + ' ' * 30000 + '=x'}),
    ('a query of 60 KB', {'QUERY_STRING': 'x=' + 'y' * 60000}),
    ('ten thousand parameters', {'QUERY_STRING': '&'.join(['a=b'] * 10000)}),
    ('a query of escapes', {'QUERY_STRING': '%%ff' * 15000}),
    ('a referer of 60 KB', {'HTTP_REFERER': BASE + '/' + 'x' * 60000}),
    ('a host of 60 KB', {'HTTP_HOST': 'x' * 60000}),
)


@SIZES
@pytest.mark.parametrize('path', ['/login', '/oidc/callback', '/oidc/signed-out', '/wiki'])
def test_what_is_too_large_costs_little_and_breaks_nothing(
        case, path, visitor, hostile):  # noqa: F811
    journey = visitor()
    journey.sign_in()
    name = session_name(journey)
    environ = dict((key, value.replace('%s', name).replace('%%', '%'))
                   for key, value in case[0].items())
    query = environ.pop('QUERY_STRING', '')
    begun = time.time()
    response = journey.another_browser().web.get(
        path + ('?' + query if query else ''), extra_environ=environ, status='*')
    assert time.time() - begun < 3
    assert response.status_int in (200, 303, 400)
    assert sum(len(value) for value in response.headers.getall('Set-Cookie')) < 8000


# Return addresses

AWAY = ['http://evil.example/', '//evil.example/', '///evil.example/', '/\\evil.example/',
        '\\\\evil.example/', '/%09/evil.example', '/%2f/evil.example/', '/%5cevil.example',
        'http:evil.example', 'http:/evil.example', 'http:///evil.example', 'HTTP://evil.example/',
        'https://trac.example.org@evil.example/', 'https://trac.example.org.evil.example/',
        'http://trac.example.org:80@evil.example/', 'http://evil.example\\@trac.example.org/',
        'http://trac.example.org\\.evil.example/', 'javascript:alert(1)', 'data:text/html,x',
        'vbscript:x', '/.//evil.example', '/..//evil.example', '/wiki/../..//evil.example',
        '/%2e%2e//evil.example', 'evil.example', '?//evil.example', '#//evil.example',
        'http://[::1]/', 'http://trac.example.org:8080/', ' http://evil.example',
        '\thttp://evil.example',
        '/\t/evil.example', '/\r\nLocation: http://evil.example', '/%0d%0aSet-Cookie:%20a=b',
        '//trac.example.org//evil.example', 'http://trac.example.org//evil.example/',
        '%2f%2fevil.example', '/%252f%252fevil.example', '/;@evil.example',
        '//evil%E3%80%82example',
        'http://trac.example.org%2eevil.example/', '//%65vil.example', 'ftp://trac.example.org/',
        '/login', '/logout', '/oidc/callback', '/%6cogin', '/login?referer=//evil.example',
        'x' * 5000, '/' + 'x' * 5000, '//\xc3\xa9vil.example']


def stays(location):
    """Whether a browser at our site stays there."""
    return re.match(r'http://trac\.example\.org/(?![/\\])[!-\[\]-~]*$', location)


@pytest.mark.parametrize('address', AWAY, ids=numbered(AWAY))
@pytest.mark.parametrize('way', ['parameter', 'header', 'signed in'])
def test_no_return_address_leaves_the_site(address, way, visitor, hostile):  # noqa: F811
    journey = visitor()
    if way == 'header':
        response = journey.web.get('/login', extra_environ={'HTTP_REFERER': address}, status=303)
    else:
        if way == 'signed in':
            journey.sign_in()
        response = journey.web.get('/login', {'referer': wsgi_bytes(address)}, status=303)
    if way != 'signed in':
        response = journey.callback(journey.authorize(response.location))
    location = response.location
    assert response.status_int == 303
    assert stays(location), location
    assert not re.search(r'/(login|logout|oidc)', location)


GOOD = ['/wiki/Page?action=edit&x=1', '/', '/wiki/%C5%BDofie', '/query?order=priority&col=id',
        '/ticket/1', '/browser/trunk/a%20b', '/wiki/A%2FB', '/search?q=a+b%26c']


@pytest.mark.parametrize('address', GOOD)
def test_a_page_of_this_trac_is_returned_to(address, visitor, hostile):  # noqa: F811
    assert visitor().sign_in(Referer=BASE + address).location == BASE + address


# Methods, paths, hosts

@pytest.mark.parametrize('method', ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'JUNK',
                                    'get', 'B\xffD'])
@pytest.mark.parametrize('path, allowed', [
    ('/login', 'GET, HEAD'), ('/oidc/callback', 'GET'), ('/oidc/signed-out', 'GET, HEAD'),
    ('/oidc/health', 'GET, HEAD')])
def test_another_method_is_refused_and_the_right_one_named(
        method, path, allowed, visitor, hostile, caplog):  # noqa: F811
    response = visitor().web.get(path, extra_environ={'REQUEST_METHOD': method}, status='*')
    assert (response.status_int, response.headers['Allow']) == (405, allowed)
    assert reason_of(response, caplog) == 'method'
    assert 'Set-Cookie' not in response.headers
    assert_tells_nothing(response)


def test_head_of_the_callback_uses_no_code_up(visitor, hostile):  # noqa: F811
    journey = visitor()
    target = journey.authorize(journey.login())
    assert journey.web.head(target, status='*').status_int == 405
    assert journey.callback(target).status_int == 303
    assert journey.user() == 'alice'


@pytest.mark.parametrize('path', ['/login', '/oidc/signed-out', '/oidc/health'])
def test_head_answers_like_get(path, visitor, hostile):  # noqa: F811
    head, get = [getattr(visitor().web, method)(path, status='*') for method in ('head', 'get')]
    assert head.status == get.status
    assert head.body == b''


SPELLED = table(*[(path, path, ours) for path, ours in (
    ('/oidc/callback/', True), ('/oidc/callback', True), ('//oidc/callback', False),
    ('/OIDC/callback', False), ('/oidc/CALLBACK', False), ('/oidc%2fcallback', True),
    ('/oidc/callback;x', False), ('/oidc;x/callback', False), ('/oidc//callback', False),
    ('/./oidc/callback', False), ('/x/../oidc/callback', False), ('/oidc/callback%00', False),
    ('/oidc/callback%0a', False), ('/oidc/callback%20', False), ('/oidccallback', False),
    ('/oidc/callback/x', False), ('/oidcx/callback', False), ('/one/oidc/callback', False))])


@SPELLED
def test_only_the_callbacks_own_address_signs_in(case, visitor, hostile):  # noqa: F811
    path, ours = case
    journey = visitor()
    target = journey.authorize(journey.login())
    response = journey.callback(target.replace('/oidc/callback', path))
    assert response.status_int == (303 if ours else 400 if path.endswith(('%00', '%0a')) else 404)
    assert (journey.user() == 'alice') == ours
    assert hostile.count('/token') == (1 if ours else 0)


@pytest.mark.parametrize('path', ['/login%0a', '/login;x', '/LOGIN', '//login', '/logout%0a',
                                  '/x/login', '/login/x', '/login%00', '/login%20'])
def test_what_is_not_quite_the_login_begins_no_sign_in(path, visitor, hostile):  # noqa: F811
    response = visitor().web.get(path, status='*')
    assert 'location' not in response.headers
    assert response.status_int in (400, 404), response.status
    assert_tells_nothing(response)


HOSTS = ['evil.example/path', 'evil.example?x', 'evil.example#x', 'a b', 'a@b', '<script>', '"',
         'trac.example.org\n', 'trac.example.org\r\nX: y', 'a\tb', '[::1', '::1', ':80', 'a:b',
         'a:123456', '\xff', 'a\\b', 'a,b', '%41', '\0', 'a;b', '..//..', 'x' * 5000 + '/']


@pytest.mark.parametrize('host', HOSTS, ids=numbered(HOSTS))
@pytest.mark.parametrize('path', ['/login', '/wiki', '/oidc/callback'])
def test_a_junk_host_is_refused(host, path, visitor, hostile, caplog):  # noqa: F811
    response = visitor().web.get(path, extra_environ={'HTTP_HOST': host}, status='*')
    assert response.status_int == 400
    assert reason_of(response, caplog) == 'host'
    assert_tells_nothing(response)


@pytest.mark.parametrize('host', ['evil.example'] + HOSTS, ids=numbered(HOSTS + ['']))
def test_with_a_base_url_no_host_counts(host, visitor, hostile):  # noqa: F811
    journey = visitor(TRAC_BASE_URL=BASE)
    response = journey.web.get('/login', extra_environ={'HTTP_HOST': host}, status=303)
    assert 'redirect_uri=http%3A%2F%2Ftrac.example.org%2Foidc%2Fcallback' in response.location
    assert 'evil' not in response.location


FORWARDED = ['HTTP_X_FORWARDED_HOST', 'HTTP_X_FORWARDED_PROTO', 'HTTP_X_FORWARDED_PREFIX',
             'HTTP_FORWARDED', 'HTTP_X_FORWARDED_SERVER', 'HTTP_X_ORIGINAL_URL',
             'HTTP_X_REWRITE_URL', 'HTTP_X_SCRIPT_NAME', 'HTTP_X_HTTP_METHOD_OVERRIDE']


@pytest.mark.parametrize('name', FORWARDED)
def test_what_proxies_say_is_not_believed(name, visitor, hostile):  # noqa: F811
    value = 'host=evil.example;proto=https' if name == 'HTTP_FORWARDED' else 'evil.example'
    response = visitor().web.get('/login', extra_environ={name: value}, status=303)
    assert 'redirect_uri=http%3A%2F%2Ftrac.example.org%2Foidc%2Fcallback' in response.location

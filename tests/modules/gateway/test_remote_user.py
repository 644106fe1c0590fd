"""Nobody becomes a user by what a browser sends."""

import pytest

from trac_unit.gateway.remote_user import RemoteUserGuard, scrub, without_trac_auth

CLAIMS = [
    'REMOTE_USER', 'Remote_User', 'remote_user', 'REMOTE-USER', 'REMOTEUSER', 'HTTP_REMOTE_USER',
    'HTTP_REMOTE-USER', 'HTTP_REMOTEUSER', 'HTTP_Remote_User', 'http_remote_user',
    'HTTP__REMOTE_USER', 'HTTP_REMOTE__USER', 'HTTP_REMOTE_USER_', 'HTTP_X_REMOTE_USER',
    'HTTP_X_REMOTEUSER', 'HTTP_OIDC_REMOTE_USER', 'REDIRECT_REMOTE_USER', 'ORIG_REMOTE_USER',
    'AUTH_TYPE']

OTHERS = [
    'REMOTE_ADDR', 'REMOTE_HOST', 'REMOTE_PORT', 'HTTP_USER_AGENT', 'HTTP_HOST', 'PATH_INFO',
    'QUERY_STRING', 'SCRIPT_NAME', 'wsgi.input', 'trac.env_path', 'HTTP_REMOTE_USERS',
    'HTTP_AUTHORIZATION', 'HTTP_X_USER']


@pytest.mark.parametrize('key', CLAIMS)
@pytest.mark.parametrize('path', ['/', '/login', '/wiki', '/oidc/callback'])
def test_no_claim_of_an_identity_reaches_the_application(key, path):
    seen = []
    guard = RemoteUserGuard(lambda environ, start_response: seen.append(dict(environ)) or ['body'])
    assert guard({key: 'admin', 'PATH_INFO': path}, None) == ['body']
    assert seen == [{'PATH_INFO': path}]


@pytest.mark.parametrize('key', OTHERS)
def test_what_is_no_claim_stays(key):
    environ = {key: 'value', 'REMOTE_USER': 'admin'}
    scrub(environ)
    assert environ == {key: 'value'}


@pytest.mark.parametrize('header, left', [
    ('trac_auth=x', ''),
    ('trac_auth=', ''),
    ('trac_auth', ''),
    ('TRAC_AUTH=x', ''),
    ('Trac_Auth=x', ''),
    ('trac_auth=x; trac_auth=y', ''),
    ('trac_session=a; trac_auth=x; trac_form_token=b', 'trac_session=a; trac_form_token=b'),
    ('trac_auth=x;trac_session=a', 'trac_session=a'),
    ('trac_session=a;  \ttrac_auth=x', 'trac_session=a'),
    ('trac_session="a b"; trac_auth=x', ''),
    ('trac_session="ab"; trac_auth="x"', 'trac_session="ab"'),
    ('my_trac_auth=x; trac_auth_2=y', 'my_trac_auth=x; trac_auth_2=y'),
    ('a=trac_auth; b=trac_auth=x', 'a=trac_auth; b=trac_auth=x'),
    # What one parser skips and another one reads:
    ('trac_auth =x', ''),
    ('trac_auth = x', ''),
    ('"trac_auth"=x', ''),
    ('$Version=1; trac_auth=x; $Path=/', '$Version=1; $Path=/'),
    ('a=1, trac_auth=x', ''),
    ('a=1,trac_auth=x', ''),
    ('a="1; trac_auth=x"', ''),
    ('a="1\\"; trac_auth=x; b=2', 'b=2'),
    ('a=1 trac_auth=x', ''),
    ('a=1\ttrac_auth=x', ''),
    ('a=1\ntrac_auth=x', ''),
    ('a=1\r\ntrac_auth=x', ''),
    ('a=1\x0btrac_auth=x', ''),
    ('a=1;\x0ctrac_auth=x', 'a=1'),
    ('a=1;\xa0trac_auth=x', 'a=1'),
    ('a=1;\x85trac_auth=x', 'a=1'),
    ('a=1;\x00trac_auth=x', 'a=1'),
    ('trac_auth=x\n; a=1', 'a=1'),
    ('a=1\n; trac_auth=x', ''),
    ('a[]=1; trac_auth=x; b=2', 'b=2'),
    (';;; trac_auth=x ;;;', ''),
])
def test_a_trac_auth_cookie_is_dropped_however_it_is_written(header, left):
    environ = {'HTTP_COOKIE': header}
    scrub(environ)
    assert environ == {'HTTP_COOKIE': left}
    assert without_trac_auth(left) == left


@pytest.mark.parametrize('header', ['', 'a=1', 'a="x y"; b[]=\xe9;; c', 'auth=trac'])
def test_other_cookies_are_left_as_they_are_even_if_malformed(header):
    environ = {'HTTP_COOKIE': header}
    scrub(environ)
    assert environ == {'HTTP_COOKIE': header}

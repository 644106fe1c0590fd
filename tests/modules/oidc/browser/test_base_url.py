# -*- coding: utf-8 -*-
"""The address of this Trac, as browsers see it."""

import pytest

from trac_unit._compat import wsgi_string
from trac_unit.errors import BadRequest
from trac_unit.oidc.browser.base_url import BaseURL


def environ(host='trac.example.org', **others):
    return dict({'HTTP_HOST': host, 'wsgi.url_scheme': 'http', 'SCRIPT_NAME': ''}, **others)


@pytest.mark.parametrize('url, netloc, prefix, secure', [
    ('http://Trac.Example.org', 'trac.example.org', '', False),
    ('https://trac.example.org:8443/a/b', 'trac.example.org:8443', '/a/b', True),
    ('http://[::1]:8080/trac', '[::1]:8080', '/trac', False)])
def test_a_site_knows_the_parts_of_its_url(url, netloc, prefix, secure):
    site = BaseURL(url)
    assert (site.url, site.netloc, site.prefix, site.secure) == (url, netloc, prefix, secure)


@pytest.mark.parametrize('host', [
    'trac.example.org', 'trac.example.org:8080', 'localhost', '127.0.0.1:80', '[::1]',
    '[::1]:8080', '[2001:db8::1]', 'TRAC.example.org', 'my_host',
    'xn--bcher-kva.example', 'trac.example.org.'])
def test_without_a_base_url_the_host_header_is_believed(host):
    assert BaseURL.of_request(environ(host)).url == 'http://' + host


@pytest.mark.parametrize('host', [
    ' ', 'a b', 'a/b', 'a\\b', 'a?b', 'a#b', 'user@host', '@host', 'a,b', 'a;b', 'a\nb', 'a\n',
    'a\r\nX: y', 'a\x00', '\ta', 'a%2fb', 'http://a', '//a', 'a:', 'a:b', 'a:80:80', ':80',
    'a:123456', 'a:-1', '[::1', '::1', '[]', '[::1]x', '[::::]', '[1]', '[1.2.3.4]', '[v1.x]',
    '[::1%25eth0]', '<script>', '"', "'", 'caf\xe9', wsgi_string(u'žofie'), 'a\x7f', '*'])
@pytest.mark.parametrize('name', ['HTTP_HOST', 'SERVER_NAME'])
def test_a_host_that_is_no_host_name_is_a_bad_request(host, name):
    with pytest.raises(BadRequest) as caught:
        BaseURL.of_request(dict(environ('', SERVER_NAME='x'), **{name: host}))
    assert caught.value.reason == 'host'
    assert len(str(caught.value).splitlines()) == 1


def test_a_configured_base_url_holds_whatever_the_browser_sends():
    site = BaseURL.of_request(environ('evil.example/\n', SCRIPT_NAME='/evil',
                                      HTTP_X_FORWARDED_HOST='evil.example'),
                              'https://trac.example.org/trac')
    assert site.url == 'https://trac.example.org/trac'


@pytest.mark.parametrize('name', ['HTTP_X_FORWARDED_HOST', 'HTTP_X_FORWARDED_PROTO',
                                  'HTTP_X_FORWARDED_PREFIX', 'HTTP_FORWARDED', 'HTTP_X_SCHEME',
                                  'HTTP_X_FORWARDED_SSL', 'HTTP_X_ORIGINAL_URL'])
def test_no_forwarding_header_is_believed(name):
    assert BaseURL.of_request(environ(**{name: 'https'})).url == 'http://trac.example.org'


@pytest.mark.parametrize('scheme, secure', [
    ('https', True), ('http', False), ('HTTPS', False), ('javascript', False), ('', False)])
def test_only_https_is_secure(scheme, secure):
    site = BaseURL.of_request(environ(**{'wsgi.url_scheme': scheme}))
    assert site.secure is secure
    assert site.url.startswith('https://' if secure else 'http://')


@pytest.mark.parametrize('script_name, prefix', [
    ('', ''), ('/', ''), ('/trac', '/trac'), ('/trac/', '/trac'), ('/a b', '/a%20b'),
    (wsgi_string(u'/žofie'), '/%C5%BEofie'), ('/a?b#c', '/a%3Fb%23c'), ('/\xff', '/%FF')])
def test_the_place_where_the_server_has_us_is_escaped(script_name, prefix):
    assert BaseURL.of_request(environ(SCRIPT_NAME=script_name)).prefix == prefix


def test_http_1_0_without_a_host_header_gets_the_name_of_the_server():
    site = BaseURL.of_request({'SERVER_NAME': 'trac.example.org', 'wsgi.url_scheme': 'http'})
    assert site.url == 'http://trac.example.org'

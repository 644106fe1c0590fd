# -*- coding: utf-8 -*-
"""Return addresses: what stays in this Trac is kept, what leaves it is refused."""

import pytest

from trac_unit._compat import unquote, wsgi_string
from trac_unit.oidc.browser.base_url import BaseURL
from trac_unit.oidc.rules.redirects import MAX_LENGTH, safe_path

ROOT = BaseURL('https://trac.example.org')
PORT = BaseURL('http://trac.example.org:8080')
BELOW = BaseURL('https://trac.example.org/trac')
BELOW_NON_ASCII = BaseURL('https://trac.example.org/%C5%BEofie')

LEAVES_ANY_SITE = [
    # No address, or none with a meaning of its own
    '', ' ', 'wiki', './wiki', '../wiki', 'evil.example', 'evil.example/wiki', ':',
    '@evil.example',
    # Another host
    'https://evil.example', 'https://evil.example/trac/wiki', 'http://evil.example:443/trac',
    'https://trac.example.org.evil.example/trac', 'https://eviltrac.example.org/trac',
    'https://trac.example.org@evil.example/trac', 'https://trac.example.org:x@evil.example/trac',
    'https://trac.example.org%2eevil.example/trac', 'https://evil.example#trac.example.org/trac',
    'https://evil.example?trac.example.org/trac', 'https://evil.example;trac.example.org/trac',
    'https://trac.example.org%00.evil.example/trac',
    'https://trac.example.org%2f@evil.example/trac',
    'https://user@trac.example.org/trac', 'https://user:secret@trac.example.org/trac',
    'https://trac.example.org:81/trac', 'https://trac.example.org:99999/trac',
    'https://trac.example.org:/trac', 'https://trac.example.org:https/trac',
    'https://trac.example.org./trac', 'https://[::1]/trac', 'https://[::1/trac',
    'https://[trac.example.org]/trac', 'https://trac.example.org[::1]/trac',
    'https://xn--trac-example.org/trac', wsgi_string(u'https://trac.example.org／evil/trac'),
    wsgi_string(u'https://trаc.example.org/trac'), wsgi_string(u'https://trac.example。org/trac'),
    # Another scheme
    'ftp://trac.example.org/trac', 'javascript:alert(1)', 'JavaScript:alert(1)//trac',
    'javascript://trac.example.org/%0aalert(1)', 'data:text/html,x', 'vbscript:x',
    'file:///etc/passwd', 'view-source:https://trac.example.org/trac', 'mailto:a@trac.example.org',
    'https:trac.example.org/trac', 'https:/trac.example.org/trac',
    'https:///trac.example.org/trac', 'https:////evil.example/trac', 'https:/\\evil.example/trac',
    'https:', 'https://', '://',
    'x://trac.example.org/trac', 'http+x://trac.example.org/trac',
    # A host without a scheme, in every disguise
    '//evil.example', '//evil.example/trac', '//trac.example.org/trac', '////evil.example/trac',
    '/////evil.example/trac', '//evil.example%2ftrac', '//user@evil.example', '//', '///',
    '///evil.example', '///trac/wiki', '//[::1]', '//?x', '//#x',
    '/\\evil.example', '\\/evil.example', '\\\\evil.example', '/\\/evil.example',
    '\\evil.example', '/trac\\..\\evil', '/trac/wiki\\', '/trac?x=\\',
    '/%2fevil.example', '/%2Fevil.example/trac', '%2f%2fevil.example', '/%2F%2Fevil.example',
    '/%5cevil.example', '/%5C/evil.example', '/trac/%5c%5cevil.example',
    # Characters that parsers and browsers skip
    '/\tevil.example', '/\t/evil.example', '/\n/evil.example', '/\r/evil.example',
    '/\r\n/evil.example', '\t//evil.example', '\n//evil.example', ' //evil.example',
    '\x00//evil.example', '\x0b//evil.example', '/\x00/evil.example', '/ /evil.example',
    '/\x7f/evil.example', 'java\tscript:alert(1)', 'https://trac.example.org\t@evil.example/trac',
    'ht\ntps://evil.example', '/trac\n', '/trac/wiki ', '\x1f/trac', '/trac?a=\x00',
    '/%09/evil.example', '/%0a/evil.example', '/%0d%0aLocation:https://evil.example',
    '/trac%0d%0aSet-Cookie:x=y', '/trac/%00', '/trac/%7f', '/trac/%1f',
    # Steps upwards
    '/..', '/.', '/../evil', '/trac/../evil', '/trac/..', '/trac/./wiki', '/trac/%2e%2e/evil',
    '/trac/%2E./evil', '/trac/.%2e', '/trac/..%2fevil', '/trac%2f..%2fevil', '/trac/%2e',
    '/..//evil.example', '/.//evil.example', '/%2e%2e//evil.example', '/trac/..//evil.example',
    # More than a cookie holds
    '/trac/' + 'x' * MAX_LENGTH,
]

LEAVES_A_SITE_BELOW = [
    '/', '/?trac', '/#trac', '/tracker', '/trac2/wiki', '/tra', '/TRAC', '/Trac/wiki',
    '/evil/trac', '/trac.evil', '/trac;x', '/trac%20', '/trac@evil', '/trac:80',
    '/%74rac2', '/trac%3fx=1',
    '?x=1', '#x', 'https://trac.example.org', 'https://trac.example.org/',
    'https://trac.example.org?/trac', 'https://trac.example.org#/trac', '/evil/..;/trac',
    '/%2574rac', '/trac%252fwiki',
]

KEPT = [
    (ROOT, '/', '/'),
    (ROOT, '/wiki', '/wiki'),
    (ROOT, '/wiki/', '/wiki/'),
    (ROOT, '/ticket/1?action=edit&x=%20#comment:3', '/ticket/1?action=edit&x=%20'),
    (ROOT, '/wiki?q=https://evil.example//..', '/wiki?q=https://evil.example//..'),
    (ROOT, '/query?status=!closed&order=id', '/query?status=!closed&order=id'),
    (ROOT, "/search?q=a+b&x=$'()*,;:@~[1]|", "/search?q=a+b&x=$'()*,;:@~[1]|"),
    (ROOT, '/wiki/a//b', '/wiki/a//b'),
    (ROOT, '/wiki/..a/b..', '/wiki/..a/b..'),
    (ROOT, '/wiki/%E2%82%AC%2F', '/wiki/%E2%82%AC%2F'),
    (ROOT, '/wiki/a%20b', '/wiki/a%20b'),
    (ROOT, '/@evil.example', '/@evil.example'),
    (ROOT, '/;@evil.example', '/;@evil.example'),
    (ROOT, '/https://evil.example', '/https://evil.example'),
    (ROOT, '/x:80', '/x:80'),
    (ROOT, '/wiki?', '/wiki'),
    (ROOT, '?x=1', '/?x=1'),
    (ROOT, 'https://trac.example.org', '/'),
    (ROOT, 'https://trac.example.org/wiki?a=1#b', '/wiki?a=1'),
    (ROOT, 'http://trac.example.org/wiki', '/wiki'),  # a proxy may speak https for us
    (ROOT, 'HTTPS://TRAC.Example.ORG/wiki', '/wiki'),
    (ROOT, '/' + 'x' * (MAX_LENGTH - 1), '/' + 'x' * (MAX_LENGTH - 1)),
    (PORT, 'http://trac.example.org:8080/wiki', '/wiki'),
    (BELOW, '/trac', '/trac'),
    (BELOW, '/trac?x=1', '/trac?x=1'),
    (BELOW, '/trac/', '/trac/'),
    (BELOW, '/trac/wiki?a=1', '/trac/wiki?a=1'),
    (BELOW, '/trac/trac/..x', '/trac/trac/..x'),
    (BELOW, 'https://trac.example.org/trac/wiki', '/trac/wiki'),
    (BELOW_NON_ASCII, '/%C5%BEofie/wiki', '/%C5%BEofie/wiki'),
    (BELOW_NON_ASCII, '/%c5%beofie/wiki', '/%c5%beofie/wiki'),
    # What a browser may leave out, we escape.
    (ROOT, wsgi_string(u'/wiki/Žofie?q=č'), '/wiki/%C5%BDofie?q=%C4%8D'),
    (ROOT, wsgi_string(u'/／evil.example'), '/%EF%BC%8Fevil.example'),
    (ROOT, '/\xff', '/%FF'),
    (ROOT, '/wiki?x="<>{}^`', '/wiki?x=%22%3C%3E%7B%7D%5E%60'),
    (ROOT, '/100%', '/100%'),
]


@pytest.mark.parametrize('site', [ROOT, BELOW, BELOW_NON_ASCII], ids=lambda site: site.url)
@pytest.mark.parametrize('address', LEAVES_ANY_SITE)
def test_an_address_that_leaves_the_site_is_refused(address, site):
    assert safe_path(address, site) is None


@pytest.mark.parametrize('address', LEAVES_A_SITE_BELOW)
def test_an_address_beside_the_place_of_this_trac_is_refused(address):
    assert safe_path(address, BELOW) is None


@pytest.mark.parametrize('address', [
    'http://trac.example.org/', 'http://trac.example.org:80/', 'http://trac.example.org:808/',
    'http://trac.example.org:80800/', 'http://trac.example.org:8080@evil.example/'])
def test_another_port_is_another_site(address):
    assert safe_path(address, PORT) is None


def test_nothing_is_refused():
    assert safe_path(None, ROOT) is None


@pytest.mark.parametrize('site, address, path', KEPT)
def test_path_and_query_of_this_trac_are_kept(site, address, path):
    assert safe_path(address, site) == path
    assert type(safe_path(address, site)) is str
    assert safe_path(path, site) == path, 'what was found safe once must be so again'


@pytest.mark.parametrize('character', ['"', '{', '\xff'])
def test_an_address_that_grows_too_long_by_escaping_is_refused(character):
    short, long = ('/' + character * length for length in (10, MAX_LENGTH // 3 + 1))
    assert unquote(safe_path(short, ROOT)).startswith('/')
    assert safe_path(long, ROOT) is None

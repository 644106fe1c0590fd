# -*- coding: utf-8 -*-
"""How the text of one setting becomes a value."""

import os

import pytest

from trac_unit._compat import PY2, text_type
from trac_unit.settings import parsers


def environ_string(data):
    """Bytes as os.environ has them on this Python."""
    return data if PY2 else os.fsdecode(data)


ACCEPTED = [
    (parsers.text, 'plain', u'plain'),
    (parsers.text, environ_string(u'žofie'.encode('utf-8')), u'žofie'),
    (parsers.text, u'already text', u'already text'),
    (parsers.text, ' spaces stay ', u' spaces stay '),
    (parsers.locale_name, 'de_DE.UTF-8', 'de_DE.UTF-8'),
    (parsers.path, '/srv/trac', '/srv/trac'),
    (parsers.path, '/srv/with space?#', '/srv/with space?#'),
    (parsers.template_vars, 'a=1', 'a=1'),
    (parsers.template_vars, 'a=1,b=', 'a=1,b='),
    (parsers.base_url, 'https://example.org', 'https://example.org'),
    (parsers.base_url, 'https://example.org/', 'https://example.org'),
    (parsers.base_url, 'https://example.org/trac/', 'https://example.org/trac'),
    (parsers.base_url, 'http://[::1]:8080/trac', 'http://[::1]:8080/trac'),
    (parsers.issuer, 'https://example.org', u'https://example.org'),
    (parsers.issuer, 'https://example.org/', u'https://example.org/'),
    (parsers.issuer, 'https://example.org:8443/realms/x', u'https://example.org:8443/realms/x'),
    (parsers.duration, '1s', 1),
    (parsers.duration, '90s', 90),
    (parsers.duration, '30m', 1800),
    (parsers.duration, '12h', 43200),
    (parsers.duration, '7d', 604800),
    (parsers.off_or(parsers.duration), 'off', None),
    (parsers.off_or(parsers.duration), '10m', 600),
    (parsers.switch, 'on', True),
    (parsers.switch, 'off', False),
    (parsers.choice('a', 'b', 'c'), 'b', 'b'),
    (parsers.words, 'one  two', (u'one', u'two')),
    (parsers.scope, 'openid', u'openid'),
    (parsers.scope, ' profile  openid ', u'profile openid'),
    (parsers.algorithms, 'RS256', (u'RS256',)),
    (parsers.algorithms, 'ES256, PS512 RS256', (u'ES256', u'PS512', u'RS256')),
    (parsers.claim_paths, 'sub', (u'sub',)),
    (parsers.claim_paths, 'upn, email', (u'upn', u'email')),
    (parsers.claim_paths, 'realm_access.roles', (u'realm_access.roles',)),
    (parsers.claim_paths, 'https://example.org/groups', (u'https://example.org/groups',)),
    (parsers.prompt, 'login', u'login'),
    (parsers.prompt, 'login consent', u'login consent'),
    (parsers.url_path, '/oidc', '/oidc'),
    (parsers.url_path, '/auth/open-id_2', '/auth/open-id_2'),
] + [(parsers.store, url, url) for url in (
    'sqlite:///var/lib/trac/sessions.db', 'redis://localhost', 'redis://localhost:6379/',
    'redis://10.0.0.1:6380/15', 'redis://[::1]:6379/0', 'redis://user:p%40ss%2F@redis.example/1',
    'redis://:password@localhost', 'rediss://localhost:6379/0',
    'rediss://user:x@redis.example:6379/0?ssl_ca_certs=/etc/ssl/redis.pem')]

A_URL = 'a URL like https://host/path, without query, fragment or user name'
A_DURATION = 'a duration like 90s, 30m, 12h or 7d'
AN_ALGORITHM = 'some of RS256, '
A_CLAIM = 'names of claims, separated by commas'
A_PATH = 'a path like /oidc, of letters, digits, - and _'
A_FILE = 'an absolute path, without control characters'
A_STORE = 'sqlite:///PATH with an absolute path'
PAIRS = 'name=value pairs, separated by commas'
NO_CONTROLS = 'text without control characters'

NO_URLS = [
    '', 'example.org', '/path', '//example.org', 'ftp://example.org', 'javascript:alert(1)',
    'https://', 'https:///path', 'https:example.org', 'https://user@example.org',
    'https://user:secret@example.org', 'https://@example.org', 'https://example.org?x=1',
    'https://example.org/?', 'https://example.org/#f', 'https://example.org/a b',
    'https://example.org:99999', 'https://example.org:0', 'https://example.org:http',
    'https://example.org:-1', 'https://example.org:+80', 'https://example.org:8_0',
    'https://[::1', 'https://::1]', 'https://[::1].example.org', 'https://example.org[::1]',
    'https://[example.org]', 'https://exa\\mple.org', 'https://example.org\\@evil.example',
    'https://ex<ample.org', 'https://ex%61mple.org',
    environ_string(u'https://žofie.example'.encode('utf-8')),
]

REFUSED = [
    (parsers.text, environ_string(b'\xff\xfe'), 'text in UTF-8'),
    (parsers.text, 'a\nb', NO_CONTROLS),
    (parsers.text, 'a\x00b', NO_CONTROLS),
    (parsers.text, 'a\n', NO_CONTROLS),
    (parsers.text, 'a\x7f', NO_CONTROLS),
    (parsers.locale_name, 'C\n', NO_CONTROLS),
    (parsers.path, 'relative', A_FILE), (parsers.path, './x', A_FILE),
    (parsers.path, '~/trac', A_FILE), (parsers.path, '/trac\n/etc', A_FILE),
    (parsers.path, '/trac\0', A_FILE),
    (parsers.template_vars, 'a', PAIRS),
    (parsers.template_vars, 'a=1,', PAIRS),
    (parsers.template_vars, 'a=1=2', PAIRS),
    (parsers.switch, 'ON', 'on or off'),
    (parsers.switch, 'true', 'on or off'),
    (parsers.switch, '1', 'on or off'),
    (parsers.choice('a', 'b', 'c'), 'A', 'a, b or c'),
    (parsers.choice('a', 'b'), 'c', 'a or b'),
    (parsers.scope, 'profile email', 'words separated by spaces, openid among them'),
    (parsers.scope, 'openid,profile', 'words separated by spaces, openid among them'),
    (parsers.algorithms, 'none', AN_ALGORITHM),
    (parsers.algorithms, 'HS256', AN_ALGORITHM),
    (parsers.algorithms, 'RS256 HS256', AN_ALGORITHM),
    (parsers.algorithms, 'rs256', AN_ALGORITHM),
    (parsers.algorithms, ' , ', AN_ALGORITHM),
    (parsers.claim_paths, ',', A_CLAIM),
    (parsers.claim_paths, 'a,', A_CLAIM),
    (parsers.claim_paths, '.a', A_CLAIM),
    (parsers.claim_paths, 'a..b', A_CLAIM),
    (parsers.prompt, 'none', 'some of login, consent, select_account'),
    (parsers.prompt, 'login none', 'some of login, consent, select_account'),
    (parsers.prompt, ' ', 'some of login, consent, select_account'),
    (parsers.url_path, 'oidc', A_PATH),
    (parsers.url_path, '/', A_PATH),
    (parsers.url_path, '/oidc/', A_PATH),
    (parsers.url_path, '//oidc', A_PATH),
    (parsers.url_path, '/a/../b', A_PATH),
    (parsers.url_path, '/oidc\n', A_PATH),
    (parsers.url_path, '/oi%64c', A_PATH),
    (parsers.store, 'sqlite://relative', A_STORE),
    (parsers.store, 'sqlite:////host/share', A_STORE),
    (parsers.store, 'sqlite:///', A_STORE),
    (parsers.store, 'sqlite:///x?mode=ro', A_STORE),
    (parsers.store, '/var/lib/x.db', A_STORE),
    (parsers.store, 'redis://', A_STORE),
    (parsers.store, 'redis:///0', A_STORE),
    (parsers.store, 'redis://localhost:0', A_STORE),
    (parsers.store, 'redis://localhost:65536', A_STORE),
    (parsers.store, 'redis://localhost/x', A_STORE),
    (parsers.store, 'redis://localhost/0/1', A_STORE),
    (parsers.store, 'redis://a@b@localhost', A_STORE),
    (parsers.store, 'redis://user:p/w@localhost', A_STORE),
    (parsers.store, 'redis://local host', A_STORE),
    (parsers.store, 'redis://localhost\n', A_STORE),
    (parsers.store, 'redis://localhost#x', A_STORE),
    (parsers.store, 'redis://[::1', A_STORE),
    (parsers.store, 'redis://[1:2:3]', A_STORE),
    (parsers.store, 'redis://localhost?ssl_ca_certs=/etc/x.pem', A_STORE),  # where no TLS is
    (parsers.store, 'rediss://localhost?ssl_cert_reqs=none', A_STORE),
    (parsers.store, 'rediss://localhost?ssl_ca_certs=relative', A_STORE),
    (parsers.store, 'rediss://localhost?ssl_ca_certs=/x&ssl_cert_reqs=none', A_STORE),
    (parsers.store, 'unix:///run/redis.sock', A_STORE),
    (parsers.store, 'REDIS://localhost', A_STORE),
]
REFUSED += [(parser, url, A_URL) for parser in (parsers.issuer, parsers.base_url)
            for url in NO_URLS]
REFUSED += [(parsers.base_url, url, A_URL) for url in (
    'https://example.org//evil.example', 'https://example.org/a/../b', 'https://example.org/.')]
REFUSED += [(parsers.duration, raw, A_DURATION) for raw in (
    '', '5', 's', '0s', '-1s', '+1s', '1.5h', '1 h', '1S', '1w', '1h30m', '01h', '1s\n',
    # Later arithmetic with dates would overflow.
    '999999999d')]


def _id(value):
    return value.__name__ if callable(value) else None


@pytest.mark.parametrize('parser, raw, value', ACCEPTED, ids=_id)
def test_a_right_value_is_parsed(parser, raw, value):
    parsed = parser(raw)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize('parser, raw, expected', REFUSED, ids=_id)
def test_a_wrong_value_is_refused_and_the_message_says_what_was_expected(parser, raw, expected):
    with pytest.raises(ValueError) as caught:
        parser(raw)
    assert str(caught.value).startswith(expected)


@pytest.mark.parametrize('algorithm', parsers.SIGNING_ALGORITHMS)
def test_every_algorithm_that_is_offered_is_a_public_key_one(algorithm):
    assert algorithm[:2] in ('RS', 'PS', 'ES')
    assert parsers.algorithms(algorithm) == (text_type(algorithm),)


@pytest.mark.parametrize('url, answer', [
    ('http://localhost', True),
    ('http://LOCALHOST:8080/x', True),
    ('http://127.0.0.1:9000', True),
    ('http://127.255.255.254/', True),
    ('http://[::1]:8080/', True),
    ('http://localhost.example.org', False),
    ('http://127.0.0.1.example.org', False),
    ('http://127.1', False),
    ('http://1270.0.0.1', False),
    ('http://128.0.0.1', False),
    ('http://0.0.0.0', False),
    ('http://[::]', False),
    ('http://example.org/localhost', False),
    ('http://example.org?localhost', False),
    ('http://example.org#localhost', False),
    ('http://localhost@example.org', False),
    ('http://[::1].example.org', False),
    ('http:///localhost', False),
])
def test_loopback_is_this_machine_alone(url, answer):
    assert parsers.is_loopback(url) is answer


@pytest.mark.parametrize('url, answer', [
    ('https://id.example.org', True), ('HTTPS://id.example.org', True), ('https:', True),
    ('http://localhost:8080', True), ('http://127.0.0.1', True), ('http://[::1]:1', True),
    ('http://id.example.org', False), ('http://https:80', False), ('http://localhost.evil', False),
    (' https://id.example.org', False), ('httpsx://id.example.org', False), ('', False)])
def test_nobody_listens_in_on_https_and_on_this_machine(url, answer):
    assert parsers.is_secure(url) is answer

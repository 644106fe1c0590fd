# -*- coding: utf-8 -*-
"""How the text of one setting becomes a value."""

import os

import pytest

from trac_unit.settings import parsers as values
from trac_unit._compat import PY2, text_type


def environ_string(data):
    """Bytes as os.environ has them on this Python."""
    return data if PY2 else os.fsdecode(data)


ACCEPTED = [
    (values.text, 'plain', u'plain'),
    (values.text, environ_string(u'žofie'.encode('utf-8')), u'žofie'),
    (values.text, u'already text', u'already text'),
    (values.text, ' spaces stay ', u' spaces stay '),
    (values.locale_name, 'de_DE.UTF-8', 'de_DE.UTF-8'),
    (values.path, '/srv/trac', '/srv/trac'),
    (values.path, '/srv/with space?#', '/srv/with space?#'),
    (values.template_vars, 'a=1', 'a=1'),
    (values.template_vars, 'a=1,b=', 'a=1,b='),
    (values.base_url, 'https://example.org', 'https://example.org'),
    (values.base_url, 'https://example.org/', 'https://example.org'),
    (values.base_url, 'https://example.org/trac/', 'https://example.org/trac'),
    (values.base_url, 'http://[::1]:8080/trac', 'http://[::1]:8080/trac'),
    (values.issuer, 'https://example.org', u'https://example.org'),
    (values.issuer, 'https://example.org/', u'https://example.org/'),
    (values.issuer, 'https://example.org:8443/realms/x', u'https://example.org:8443/realms/x'),
    (values.duration, '1s', 1),
    (values.duration, '90s', 90),
    (values.duration, '30m', 1800),
    (values.duration, '12h', 43200),
    (values.duration, '7d', 604800),
    (values.off_or(values.duration), 'off', None),
    (values.off_or(values.duration), '10m', 600),
    (values.switch, 'on', True),
    (values.switch, 'off', False),
    (values.choice('a', 'b', 'c'), 'b', 'b'),
    (values.words, 'one  two', (u'one', u'two')),
    (values.scope, 'openid', u'openid'),
    (values.scope, ' profile  openid ', u'profile openid'),
    (values.algorithms, 'RS256', (u'RS256',)),
    (values.algorithms, 'ES256, PS512 RS256', (u'ES256', u'PS512', u'RS256')),
    (values.claim_paths, 'sub', (u'sub',)),
    (values.claim_paths, 'upn, email', (u'upn', u'email')),
    (values.claim_paths, 'realm_access.roles', (u'realm_access.roles',)),
    (values.claim_paths, 'https://example.org/groups', (u'https://example.org/groups',)),
    (values.prompt, 'login', u'login'),
    (values.prompt, 'login consent', u'login consent'),
    (values.url_path, '/oidc', '/oidc'),
    (values.url_path, '/auth/open-id_2', '/auth/open-id_2'),
] + [(values.store, url, url) for url in (
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
    (values.text, environ_string(b'\xff\xfe'), 'text in UTF-8'),
    (values.text, 'a\nb', NO_CONTROLS),
    (values.text, 'a\x00b', NO_CONTROLS),
    (values.text, 'a\n', NO_CONTROLS),
    (values.text, 'a\x7f', NO_CONTROLS),
    (values.locale_name, 'C\n', NO_CONTROLS),
    (values.path, 'relative', A_FILE), (values.path, './x', A_FILE),
    (values.path, '~/trac', A_FILE), (values.path, '/trac\n/etc', A_FILE),
    (values.path, '/trac\0', A_FILE),
    (values.template_vars, 'a', PAIRS),
    (values.template_vars, 'a=1,', PAIRS),
    (values.template_vars, 'a=1=2', PAIRS),
    (values.switch, 'ON', 'on or off'),
    (values.switch, 'true', 'on or off'),
    (values.switch, '1', 'on or off'),
    (values.choice('a', 'b', 'c'), 'A', 'a, b or c'),
    (values.choice('a', 'b'), 'c', 'a or b'),
    (values.scope, 'profile email', 'words separated by spaces, openid among them'),
    (values.scope, 'openid,profile', 'words separated by spaces, openid among them'),
    (values.algorithms, 'none', AN_ALGORITHM),
    (values.algorithms, 'HS256', AN_ALGORITHM),
    (values.algorithms, 'RS256 HS256', AN_ALGORITHM),
    (values.algorithms, 'rs256', AN_ALGORITHM),
    (values.algorithms, ' , ', AN_ALGORITHM),
    (values.claim_paths, ',', A_CLAIM),
    (values.claim_paths, 'a,', A_CLAIM),
    (values.claim_paths, '.a', A_CLAIM),
    (values.claim_paths, 'a..b', A_CLAIM),
    (values.prompt, 'none', 'some of login, consent, select_account'),
    (values.prompt, 'login none', 'some of login, consent, select_account'),
    (values.prompt, ' ', 'some of login, consent, select_account'),
    (values.url_path, 'oidc', A_PATH),
    (values.url_path, '/', A_PATH),
    (values.url_path, '/oidc/', A_PATH),
    (values.url_path, '//oidc', A_PATH),
    (values.url_path, '/a/../b', A_PATH),
    (values.url_path, '/oidc\n', A_PATH),
    (values.url_path, '/oi%64c', A_PATH),
    (values.store, 'sqlite://relative', A_STORE),
    (values.store, 'sqlite:////host/share', A_STORE),
    (values.store, 'sqlite:///', A_STORE),
    (values.store, 'sqlite:///x?mode=ro', A_STORE),
    (values.store, '/var/lib/x.db', A_STORE),
    (values.store, 'redis://', A_STORE),
    (values.store, 'redis:///0', A_STORE),
    (values.store, 'redis://localhost:0', A_STORE),
    (values.store, 'redis://localhost:65536', A_STORE),
    (values.store, 'redis://localhost/x', A_STORE),
    (values.store, 'redis://localhost/0/1', A_STORE),
    (values.store, 'redis://a@b@localhost', A_STORE),
    (values.store, 'redis://user:p/w@localhost', A_STORE),
    (values.store, 'redis://local host', A_STORE),
    (values.store, 'redis://localhost\n', A_STORE),
    (values.store, 'redis://localhost#x', A_STORE),
    (values.store, 'redis://[::1', A_STORE),
    (values.store, 'redis://[1:2:3]', A_STORE),
    (values.store, 'redis://localhost?ssl_ca_certs=/etc/x.pem', A_STORE),  # where no TLS is
    (values.store, 'rediss://localhost?ssl_cert_reqs=none', A_STORE),
    (values.store, 'rediss://localhost?ssl_ca_certs=relative', A_STORE),
    (values.store, 'rediss://localhost?ssl_ca_certs=/x&ssl_cert_reqs=none', A_STORE),
    (values.store, 'unix:///run/redis.sock', A_STORE),
    (values.store, 'REDIS://localhost', A_STORE),
]
REFUSED += [(parser, url, A_URL) for parser in (values.issuer, values.base_url) for url in NO_URLS]
REFUSED += [(values.base_url, url, A_URL) for url in (
    'https://example.org//evil.example', 'https://example.org/a/../b', 'https://example.org/.')]
REFUSED += [(values.duration, raw, A_DURATION) for raw in (
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


@pytest.mark.parametrize('algorithm', values.SIGNING_ALGORITHMS)
def test_every_algorithm_that_is_offered_is_a_public_key_one(algorithm):
    assert algorithm[:2] in ('RS', 'PS', 'ES')
    assert values.algorithms(algorithm) == (text_type(algorithm),)


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
    assert values.is_loopback(url) is answer


@pytest.mark.parametrize('url, answer', [
    ('https://id.example.org', True), ('HTTPS://id.example.org', True), ('https:', True),
    ('http://localhost:8080', True), ('http://127.0.0.1', True), ('http://[::1]:1', True),
    ('http://id.example.org', False), ('http://https:80', False), ('http://localhost.evil', False),
    (' https://id.example.org', False), ('httpsx://id.example.org', False), ('', False)])
def test_nobody_listens_in_on_https_and_on_this_machine(url, answer):
    assert values.is_secure(url) is answer

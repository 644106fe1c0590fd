"""What `trac-unit check` says of an OpenID provider: right, wrong and hostile ones."""

import time

import pytest
from support.checking import context, found
from support.provider import new_key

from support.asked_provider import ask, settings  # noqa: F401 (fixtures)
from support.asked_provider import hooked, marks
from trac_unit.cli.checks import provider as theme, themes


def test_a_provider_that_fits_is_ok_throughout(ask, provider):  # noqa: F811
    told = ask()
    assert marks(told) == {'ok'}
    assert set(told) == {'clock', 'discovery', 'endpoints', 'sign-out', 'back-channel logout',
                         'client authentication', 'signing algorithms', 'PKCE', 'keys'}
    assert provider.issuer in told['discovery'][1]
    assert provider.issuer + '/token' in told['endpoints'][1]


@pytest.mark.parametrize('algorithms, fetches', [
    ('RS256', 1), ('ES256', 1), ('RS256,ES256,PS256', 2)])
def test_the_discovery_document_is_fetched_once_and_the_keys_twice_at_most(
        algorithms, fetches, ask, provider):  # noqa: F811
    ask(TRAC_OIDC_SIGNING_ALGS=algorithms)
    assert provider.count('/.well-known/openid-configuration') == 1
    # No key has signed the empty tokens that ask for one, which is worth one more look.
    assert provider.count('/jwks') == fetches
    assert len(provider.requests) == 1 + fetches


def test_the_secret_is_not_sent(ask, provider):  # noqa: F811
    ask()
    for request in provider.requests:
        assert 'authorization' not in request.headers


def test_a_provider_that_is_down(ask, provider):  # noqa: F811
    provider.stop()
    told = ask()
    mark, text, mend = told['discovery']
    assert mark == 'error' and 'expected an answer of' in text
    assert 'curl -sS -i %s/.well-known/openid-configuration' % ask_issuer(mend) in mend
    assert set(told) == {'discovery'}


def ask_issuer(mend):
    return mend.split(' ')[3].split('/.well-known')[0]


def test_a_provider_that_is_slow(ask, provider):  # noqa: F811
    provider.hooks['discovery'] = lambda document: provider.stopping.wait(5) or document
    mark, text, mend = ask(TRAC_OIDC_TIMEOUT='1s')['discovery']
    assert mark == 'error' and 'within 1 s' in text
    assert 'TRAC_OIDC_TIMEOUT' in mend


def test_the_name_of_another_issuer(ask, provider):  # noqa: F811
    provider.hooks['discovery'] = hooked(issuer=u'https://other.example.org')
    mark, text, mend = ask()['discovery']
    assert mark == 'error' and 'https://other.example.org' in text
    assert mend.startswith('set TRAC_OIDC_ISSUER')


HTML = (200, [('Content-Type', 'text/html')], b'<html><body>Welcome!</body></html>')


@pytest.mark.parametrize('answer, told', [
    (HTML, 'as a JSON object'),
    ((200, [], b''), 'as a JSON object'),
    ((200, [], b'[]'), 'as a JSON object'),
    ((200, [], b'"issuer"'), 'as a JSON object'),
    ((200, [], b'\xff\xfe{}'), 'as a JSON object'),
    ((200, [], b'{"a":' * 50000), 'as a JSON object'),
    ((200, [], b'{"issuer": NaN}'), 'as a JSON object'),
    ((200, [], b'x' * 2000000), 'at most'),
    ((404, [], b'\x1b[2J'), 'got 404'),
    ((500, [], b'<html>'), 'got 500'),
    ((302, [('Location', 'http://evil.example/')], b''), 'redirect'),
])
@pytest.mark.parametrize('where', ['discovery', 'keys'])
def test_a_hostile_answer_is_an_error_line(
        ask, provider, monkeypatch, answer, told, where):  # noqa: F811
    method = {'discovery': '_discovery', 'keys': '_jwks'}[where]
    monkeypatch.setattr(provider, method, lambda request: answer)
    mark, text, mend = ask()[where]
    assert mark == 'error' and told in text
    assert 'curl' in mend and '\x1b' not in text + mend


@pytest.mark.parametrize('name', ['authorization_endpoint', 'token_endpoint', 'jwks_uri',
                                  'userinfo_endpoint', 'end_session_endpoint'])
@pytest.mark.parametrize('value', [
    17, [], {}, u'', u'http://example.org/x', u'ftp://127.0.0.1/', u'//x', u'http://[/',
    u'https://h/\n', u'javascript:alert(1)'])
def test_an_endpoint_that_is_none_is_an_error_line(ask, provider, name, value):  # noqa: F811
    provider.hooks['discovery'] = hooked(**{name: value})
    mark, text, _ = ask()['discovery']
    assert mark == 'error' and name in text


def test_what_the_provider_writes_never_reaches_the_terminal_raw(settings, provider):  # noqa: F811
    provider.hooks['discovery'] = hooked(
        token_endpoint_auth_methods_supported=[u'\x1b[2J\u202e' * 500],
        id_token_signing_alg_values_supported=[u'\n\x07'])
    for _, _, text, mend in found(theme.asked, settings):
        assert not set('\x1b\n\x07') & set(text + (mend or '')) and len(text) < 500


def test_keys_for_another_algorithm(ask, provider):  # noqa: F811
    provider.keys = [new_key('ec', 'ES256')]
    told = ask()
    assert told['keys'][0] == told['signing algorithms'][0] == 'error'
    assert 'expected a key for RS256' in told['keys'][1]
    assert ask(TRAC_OIDC_SIGNING_ALGS='ES256')['keys'] == ('ok', 'there for ES256', None)
    assert ask(TRAC_OIDC_SIGNING_ALGS='RS256,ES256')['keys'] == ('ok', 'there for ES256', None)


@pytest.mark.parametrize('keys', [
    [], [17, None, [], u'x'], [{}], [{u'kty': u'RSA'}], [{u'kty': u'RSA', u'n': 3}],
    [{u'kty': u'RSA', u'n': u'AQAB', u'e': u'AQAB'}], [{u'kty': [u'RSA']}],
    [{u'kty': u'OKP', u'crv': u'Ed25519'}], [{u'kty': u'oct', u'k': u'x' * 400}]])
def test_keys_that_fit_nothing(ask, provider, keys):  # noqa: F811
    provider.hooks['jwks'] = lambda document: {'keys': keys}
    mark, text, mend = ask()['keys']
    assert mark == 'error' and 'expected a key for RS256' in text and mend


@pytest.mark.parametrize('document', [{}, {'keys': None}, {'keys': {}}, {'keys': u'x'}])
def test_a_key_set_that_is_none(ask, provider, document):  # noqa: F811
    provider.hooks['jwks'] = lambda _: document
    mark, text, _ = ask()['keys']
    assert mark == 'error' and 'expected a list of keys' in text


def test_keys_meant_for_encryption_do_not_count(ask, provider):  # noqa: F811
    provider.hooks['jwks'] = lambda document: {'keys': [
        dict(key, use=u'enc') for key in document['keys']]}
    assert ask()['keys'][0] == 'error'


@pytest.mark.parametrize('offset, mark, told', [
    (0, 'ok', 's from'), (-55, 'ok', '5'), (55, 'ok', '5'), (65, 'warning', 'ahead of'),
    (-65, 'warning', 'behind'), (115, 'warning', 'ahead of'), (125, 'error', 'ahead of'),
    (-125, 'error', 'behind'), (86400 * 400, 'error', 'ahead of')])
def test_the_difference_of_the_clocks(ask, offset, mark, told):  # noqa: F811
    result = ask(clock=lambda: time.time() + offset)['clock']
    assert result[0] == mark and told in result[1]
    assert (result[2] == 'timedatectl set-ntp true') == (mark != 'ok')


def test_the_clocks_are_compared_also_if_the_document_is_unusable(
        ask, provider, monkeypatch):  # noqa: F811
    monkeypatch.setattr(provider, '_discovery', lambda request: HTML)
    assert ask()['clock'][0] == 'ok'


@pytest.mark.parametrize('headers, seconds', [
    ({'Date': 'Thu, 01 Jan 1970 00:01:40 GMT'}, 100),
    ({'Date': 'Thu, 01 Jan 1970 00:01:40 GMT', 'Age': '20'}, 120),
    ({'Date': 'Thu, 01 Jan 1970 01:01:40 +0100'}, 100),
    ({'Date': 'Thu, 01 Jan 1970 00:01:40 GMT', 'Age': '-20'}, 100),
    ({'Date': 'Thu, 01 Jan 1970 00:01:40 GMT', 'Age': '9' * 400}, 100),
    ({}, None), ({'Date': ''}, None), ({'Date': 'yesterday'}, None), ({'Date': '\x00' * 99}, None),
    ({'Date': 'Thu, 99 Jan 99999999999 99:99:99 GMT'}, None)])
def test_what_time_a_response_is_from(headers, seconds):
    assert theme._date(headers) == seconds


def test_a_provider_that_does_not_say_the_time(monkeypatch, ask):  # noqa: F811
    monkeypatch.setattr(theme, '_date', lambda headers: None)
    assert ask()['clock'][0] == 'note'


@pytest.mark.parametrize('settings, more, told', [
    ({'TRAC_ENV': '/x'}, {}, 'sign-in is off'),
    ({'TRAC_ENV': '/x', 'TRAC_OIDC_ISSUER': 'http://127.0.0.1:1'}, {}, 'settings'),
    ({'TRAC_ENV': '/x', 'TRAC_OIDC_ISSUER': 'http://127.0.0.1:1', 'TRAC_OIDC_CLIENT_ID': 'x'},
     {'offline': True}, '--offline')])
def test_when_the_provider_is_not_asked(settings, more, told):  # noqa: F811
    (mark, subject, text, _), = found(theme.asked, settings, **more)
    assert (mark, subject) == ('note', 'provider') and told in text


def test_offline_no_call_is_made(settings, provider):  # noqa: F811
    for _ in themes.run_all(context(settings, offline=True)):
        pass
    assert provider.requests == []


@pytest.mark.parametrize('more, callback', [
    ({'TRAC_BASE_URL': 'https://trac.example.org'}, 'https://trac.example.org/oidc/callback'),
    ({'TRAC_BASE_URL': 'https://example.org/trac/'}, 'https://example.org/trac/oidc/callback'),
    ({'TRAC_BASE_URL': 'https://example.org', 'TRAC_OIDC_PATH': '/sso'},
     'https://example.org/sso/callback'),
    ({}, 'https://YOUR-HOST/oidc/callback'),
    ({'TRAC_OIDC_CLIENT_ID': ''}, 'https://YOUR-HOST/oidc/callback')])
def test_the_addresses_to_register_can_be_copied(settings, more, callback):  # noqa: F811
    results = found(theme.addresses, dict(settings, **more))
    assert [(mark, subject, text) for mark, subject, text, _ in results] == [
        ('note', 'redirect URI', callback),
        ('note', 'post-logout redirect URI', callback.replace('callback', 'signed-out')),
        ('note', 'back-channel logout URI', callback.replace('callback', 'backchannel-logout'))]


@pytest.mark.parametrize('base, start', [
    ('', 'https://YOUR-HOST/trac/oidc/'),
    ('https://example.org/wiki', 'https://example.org/wiki/oidc/')])
def test_the_prefix_that_unit_has_is_in_the_addresses_unless_the_base_url_says_all(
        settings, base, start):  # noqa: F811
    results = found(theme.addresses, dict(settings, TRAC_BASE_URL=base),
                    application={'prefix': u'/trac'})
    assert len(results) == 3
    assert [text for _, _, text, _ in results if not text.startswith(start)] == []


def test_a_secret_that_cannot_be_read_is_not_called_missing_by_the_provider(
        ask, settings):  # noqa: F811
    settings['TRAC_OIDC_CLIENT_SECRET'] = ''
    assert 'client authentication' in ask()
    assert 'client authentication' not in ask(TRAC_OIDC_CLIENT_SECRET_FILE='/nowhere/secret')


def test_without_sign_in_there_is_nothing_to_register():
    assert found(theme.addresses, {'TRAC_ENV': '/x'}) == []

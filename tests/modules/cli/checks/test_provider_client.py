"""What `trac-unit check` says of the client's key, and of what goes with it at the provider."""

import os

import pytest
from support.checking import found
from support.jws import new_key
from support.scripted_server import make_certificate

from trac_unit.cli.checks import provider as provider_theme, settings as settings_theme

RSA, EC = new_key(None), new_key(None, 'ES256')


@pytest.fixture
def settings(provider):
    # No environment is looked at here.
    return {'TRAC_ENV': '/nowhere/trac', 'TRAC_OIDC_ISSUER': provider.issuer,
            'TRAC_OIDC_CLIENT_ID': 'trac'}


@pytest.fixture
def with_key(settings, tmpdir):
    """A function that returns settings with a key in a file, and a certificate if there is one."""
    def write(key_pem, certificate=None, method='private_key_jwt'):
        more = {'TRAC_OIDC_CLIENT_AUTH': method}
        for name, content in (('KEY', key_pem), ('CERT', certificate)):
            if content is not None:
                path = tmpdir.join(name.lower() + '.pem')
                path.write_binary(content)
                path.chmod(0o600)
                more['TRAC_OIDC_CLIENT_%s_FILE' % name] = str(path)
        return dict(settings, **more)
    return write


def told(check, settings):
    return dict((result[1], (result[0],) + result[2:]) for result in found(check, settings))


@pytest.mark.parametrize('key', [RSA, EC], ids=['RS256', 'ES256'])
def test_a_good_key_is_named_with_its_id_and_the_way_to_register_it(key, with_key):
    settings = with_key(key.pem())
    (mark, subject, text, _), = found(settings_theme.client_key, settings)
    assert (mark, subject) == ('ok', 'client key')
    assert text == 'key id %s, algorithm %s; to register it: openssl pkey -in %s -pubout' % (
        key.thumbprint(), key.alg, settings['TRAC_OIDC_CLIENT_KEY_FILE'])


def test_without_a_key_there_is_nothing_to_say(settings):
    assert found(settings_theme.client_key, settings) == []


def test_each_file_that_is_no_good_is_an_error(with_key):
    results = told(settings_theme.client_key, with_key(b'hush-hush', b'hush-hush'))
    assert set(results) == {'TRAC_OIDC_CLIENT_KEY_FILE', 'TRAC_OIDC_CLIENT_CERT_FILE'}
    for mark, text, mend in results.values():
        assert mark == 'error' and 'holds none that can be read' in text
        assert mend and 'hush-hush' not in text + mend


def test_the_certificate_of_another_key_is_an_error(with_key):
    settings = with_key(RSA.pem(), make_certificate(EC.private, u'trac.example'),
                        'tls_client_auth')
    (mark, subject, text, _), = found(settings_theme.client_key, settings)
    assert (mark, subject) == ('error', 'TRAC_OIDC_CLIENT_CERT_FILE')
    assert 'that of another key' in text


def test_a_key_that_is_open_to_all_is_a_warning(with_key):
    settings = with_key(RSA.pem(), make_certificate(RSA.private, u'trac.example'))
    assert found(settings_theme.files, settings) == []
    for name in ('KEY', 'CERT'):
        os.chmod(settings['TRAC_OIDC_CLIENT_%s_FILE' % name], 0o644)
    (mark, subject, text, mend), = found(settings_theme.files, settings)
    assert (mark, subject) == ('warning', 'TRAC_OIDC_CLIENT_KEY_FILE')
    assert 'can be read by every user' in text and 'chmod o-rwx' in mend


def announce(provider, **changes):
    provider.hooks['discovery'] = lambda document: dict(document, **changes)


@pytest.mark.parametrize('key, announced, mark', [
    (RSA, [u'RS256'], None), (EC, [u'RS256', u'ES256'], None), (RSA, None, None),
    (EC, [u'RS256'], 'error'), (RSA, [u'PS256'], 'error'), (RSA, [], 'error')])
def test_the_algorithm_of_assertions_has_to_be_one_that_is_announced(
        key, announced, mark, with_key, provider):
    announce(provider, token_endpoint_auth_signing_alg_values_supported=announced)
    results = told(provider_theme.asked, with_key(key.pem()))
    assert results.get('client assertions', (None,))[0] == mark
    assert results['client authentication'] == ('ok', 'private_key_jwt', None)
    if mark:
        assert 'turn on %s' % key.alg in results['client assertions'][2]


@pytest.mark.parametrize('announced, mark', [([u'HS256'], None), ([u'RS256'], 'error')])
def test_so_has_that_of_a_shared_secret(announced, mark, settings, provider):
    announce(provider, token_endpoint_auth_signing_alg_values_supported=announced)
    results = told(provider_theme.asked, dict(
        settings, TRAC_OIDC_CLIENT_AUTH='client_secret_jwt', TRAC_OIDC_CLIENT_SECRET='x' * 32))
    assert results.get('client assertions', (None,))[0] == mark


def test_a_key_that_cannot_be_read_does_not_end_the_check_of_the_provider(with_key):
    results = told(provider_theme.asked, with_key(b'hush-hush'))
    assert 'client assertions' not in results and results['keys'][0] == 'ok'


@pytest.mark.parametrize('method', ['private_key_jwt', 'tls_client_auth'])
def test_a_method_that_is_not_announced_is_an_error(method, with_key, provider):
    announce(provider, token_endpoint_auth_methods_supported=[u'client_secret_post'])
    settings = with_key(RSA.pem(), make_certificate(RSA.private, u'trac.example'), method)
    mark, text, mend = told(provider_theme.asked, settings)['client authentication']
    assert mark == 'error' and method in text
    # There is no secret for the method that is announced.
    assert mend == 'turn on %s for this client at the provider' % method


@pytest.mark.parametrize('mode, modes, mark, mend', [
    ('query', None, None, None), ('query', [u'query'], None, None),
    ('query', [u'form_post'], 'error', 'set TRAC_OIDC_RESPONSE_MODE=form_post'),
    ('form_post', [u'query', u'form_post'], 'ok', None),
    ('form_post', None, 'error', 'set TRAC_OIDC_RESPONSE_MODE=query'),
    ('form_post', [u'query'], 'error', 'set TRAC_OIDC_RESPONSE_MODE=query'),
    ('form_post', [u'fragment'], 'error', 'turn on form_post at the provider'),
    ('query', u'query', 'error', 'correct it at the provider')])
def test_the_response_mode_has_to_be_one_that_is_announced(
        mode, modes, mark, mend, settings, provider):
    announce(provider, response_modes_supported=modes)
    results = told(provider_theme.asked, dict(settings, TRAC_OIDC_RESPONSE_MODE=mode))
    subject = 'discovery' if isinstance(modes, type(u'')) else 'response mode'
    result = results.get(subject, (None, None, None))
    assert result[0] == mark
    assert result[2] is mend is None or mend in result[2]


@pytest.mark.parametrize('par, word', [('offered', 'offered'), ('required', 'required')])
def test_pushed_requests_are_told(par, word, settings, provider):
    provider.par = par
    mark, text, _ = told(provider_theme.asked, settings)['pushed requests']
    assert mark == 'ok' and text.startswith(word) and '/par' in text


def test_pushed_requests_that_are_required_and_impossible_are_an_error(settings, provider):
    announce(provider, require_pushed_authorization_requests=True)
    assert told(provider_theme.asked, settings)['pushed requests'][0] == 'error'

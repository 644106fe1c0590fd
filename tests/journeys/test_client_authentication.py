# -*- coding: utf-8 -*-
"""The whole way of a sign-in with each way of proving who the client is, from the settings on."""
import binascii

import pytest

from support.everything_logged import logged  # noqa: F401 (fixture)
from support.form_post import HTTPS, post
from support.hostile import CLOCK, assert_refused, attempt
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.hostile_endpoints import silence
from support.journey import SECRET
from support.jws import new_key
from support.scripted_server import authority, make_certificate, no_proxy  # noqa: F401 (fixtures)

LONG = u'a shared secret: ž%+ and so on, long'
RSA, EC = new_key(None), new_key(None, 'ES256')
CERTIFICATE = make_certificate(EC.private, u'trac.example')


def with_secret(method, secret):
    def register(provider, tmpdir, authority):  # noqa: F811
        provider.clients['trac'].update(auth=method, secret=secret)
        tmpdir.join('secret').write_binary(secret.encode('utf-8') + b'\n')
        return {'TRAC_OIDC_CLIENT_SECRET': '', 'TRAC_OIDC_CLIENT_AUTH': method,
                'TRAC_OIDC_CLIENT_SECRET_FILE': str(tmpdir.join('secret'))}
    return register


def with_key(key, certificate=None):
    def register(provider, tmpdir, authority):  # noqa: F811
        provider.clients['trac'].update(auth='private_key_jwt', secret=None, key=key)
        return dict(files(tmpdir, key, certificate), TRAC_OIDC_CLIENT_AUTH='private_key_jwt')
    return register


def with_tls(provider, tmpdir, authority):  # noqa: F811
    settings = files(tmpdir, EC, CERTIFICATE)
    provider.start_tls(authority.context(settings['TRAC_OIDC_CLIENT_CERT_FILE']))
    provider.clients['trac'].update(
        auth='tls_client_auth', secret=None,
        certificate=binascii.a2b_base64(b''.join(CERTIFICATE.splitlines()[1:-1])))
    return dict(settings, TRAC_OIDC_CLIENT_AUTH='tls_client_auth',
                TRAC_OIDC_CA_FILE=authority.path)


def files(tmpdir, key, certificate=None):
    tmpdir.join('client.key').write_binary(key.pem())
    settings = {'TRAC_OIDC_CLIENT_SECRET': '',
                'TRAC_OIDC_CLIENT_KEY_FILE': str(tmpdir.join('client.key'))}
    if certificate is not None:
        tmpdir.join('client.pem').write_binary(certificate)
        settings['TRAC_OIDC_CLIENT_CERT_FILE'] = str(tmpdir.join('client.pem'))
    return settings


def public(provider, tmpdir, authority):  # noqa: F811
    provider.clients['trac'].update(auth='none', secret=None)
    return {'TRAC_OIDC_CLIENT_SECRET': ''}


METHODS = [
    ('client_secret_basic', with_secret('client_secret_basic', SECRET + u': ž%+')),
    ('client_secret_post', with_secret('client_secret_post', SECRET + u': ž%+')),
    ('client_secret_jwt', with_secret('client_secret_jwt', LONG)),
    ('private_key_jwt RS256', with_key(RSA)), ('private_key_jwt ES256', with_key(EC)),
    ('private_key_jwt with a certificate', with_key(EC, CERTIFICATE)),
    ('tls_client_auth', with_tls), ('none', public)]
each_method = pytest.mark.parametrize('register', [row[1] for row in METHODS],
                                      ids=[row[0].replace(' ', '-') for row in METHODS])


@pytest.fixture
def stopped_tls(hostile):  # noqa: F811
    yield
    if hostile._tls_server is not None:
        hostile._tls_server.shutdown()
        hostile._tls_server.server_close()
        hostile._tls_server = None


@each_method
@pytest.mark.parametrize('par', [None, 'required'], ids=['plain', 'pushed'])
def test_each_method_signs_in_and_shows_its_secrets_to_nobody(
        register, par, visitor, hostile, tmpdir, authority, stopped_tls, logged):  # noqa: F811
    settings = register(hostile, tmpdir, authority)
    hostile.par = par
    journey = visitor(**settings)
    response = attempt(journey)
    assert response.status_int == 303
    assert journey.user() == 'alice'
    assert len(hostile.pushed) == (par is not None)
    lines = ''.join(text for _, text in logged.lines
                    if '/authorize?' not in text)  # the test's own browser
    hidden = [request.params[name] for request in hostile.requests
              for name in ('client_assertion', 'client_secret', 'code_verifier')
              if name in request.params] + [
                  line for line in RSA.pem().decode('ascii').splitlines()[1:-1]]
    hidden += hostile.issued
    assert len(hidden) > 20
    assert [value for value in hidden if value in lines] == []


@each_method
def test_a_method_that_was_not_agreed_on_is_refused(
        register, visitor, hostile, tmpdir, authority, stopped_tls, caplog):  # noqa: F811
    settings = register(hostile, tmpdir, authority)
    method = settings.get('TRAC_OIDC_CLIENT_AUTH')
    hostile.clients['trac'].update(
        auth='client_secret_post' if method == 'client_secret_basic' else 'client_secret_basic',
        secret=hostile.clients['trac']['secret'] or u'the secret')
    journey = visitor(**settings)
    assert_refused(journey, attempt(journey), caplog, 'token_endpoint', [LONG])
    assert 'got the error u\'invalid_client\'' in caplog.text.replace(" 'inv", " u'inv")


def test_a_pushed_request_and_a_form_together(visitor, hostile):  # noqa: F811
    hostile.par = 'required'
    journey = visitor(TRAC_OIDC_RESPONSE_MODE='form_post', TRAC_BASE_URL=HTTPS,
                      TRAC_OIDC_PROMPT='login', TRAC_OIDC_MAX_AGE='1h',
                      TRAC_OIDC_ACR_VALUES='gold silver')
    _, fields = journey.authorize_by_form(journey.login())
    assert post(journey, fields).status_int == 303
    assert journey.user() == 'alice'
    pushed, = hostile.pushed
    assert (pushed['response_mode'], pushed['prompt'], pushed['max_age'],
            pushed['acr_values']) == ('form_post', 'login', '3600', 'gold silver')


def test_a_push_that_fails_is_a_page_and_the_next_one_works(
        visitor, hostile, caplog):  # noqa: F811
    hostile.par = 'offered'
    journey = visitor()
    hostile.hooks['raw:/par'] = lambda _: (500, [], b'evilmark')
    response = journey.web.get('/login', status=502)
    assert_refused(journey, response, caplog, 'pushed_request')
    assert 'Set-Cookie' not in response.headers
    del hostile.hooks['raw:/par']
    CLOCK.offset += 1
    assert attempt(journey).status_int == 303
    assert journey.user() == 'alice'


def test_a_push_that_hangs_ends_in_time(visitor, hostile, caplog):  # noqa: F811
    hostile.par = 'required'
    hostile.hooks['raw:/par'] = silence
    journey = visitor(TRAC_OIDC_TIMEOUT='1s')
    assert_refused(journey, journey.web.get('/login', status='*'), caplog, 'timeout')

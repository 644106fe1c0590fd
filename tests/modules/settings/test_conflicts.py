# -*- coding: utf-8 -*-
"""Which settings do not fit together, though each is right by itself."""

import pytest

from trac_unit.settings.conflicts import find
from trac_unit.settings.table import SETTINGS

SECRET = 'marked-secret-7f3a'
ENV = {'TRAC_ENV': '/srv/trac'}
SIGN_IN = dict(ENV, TRAC_OIDC_ISSUER='https://id.example.org', TRAC_OIDC_CLIENT_ID='trac')
WITH_SECRET = dict(SIGN_IN, TRAC_OIDC_CLIENT_SECRET=SECRET)


def without(settings, *names):
    return dict((name, value) for name, value in settings.items() if name not in names)


def found(environ, wrong=()):
    """The contradictions of settings that are right but for the `wrong` ones, a list of text."""
    parsed = {}
    for setting in SETTINGS:
        raw = environ.get(setting.variable, setting.default)
        parsed[setting.variable] = None if raw is None or setting.variable in wrong \
            else setting.parse(raw)
    return [str(problem) for problem in find(environ, parsed, set(wrong))]


CONTRADICTIONS = [
    ({}, 'TRAC_ENV: expected it or TRAC_ENV_PARENT_DIR to be set, found neither'),
    (dict(ENV, TRAC_ENV_PARENT_DIR='/srv'),
     'TRAC_ENV: expected either it or TRAC_ENV_PARENT_DIR, found both'),
    (without(SIGN_IN, 'TRAC_OIDC_ISSUER'),
     'TRAC_OIDC_ISSUER: expected the issuer of the provider, since other TRAC_OIDC_ settings '
     'are there, found nothing'),
    (dict(ENV, TRAC_OIDC_USERNAME_CLAIM='email', TRAC_OIDC_CLIENT_ID='trac'),
     'TRAC_OIDC_ISSUER: expected the issuer of the provider, since other TRAC_OIDC_ settings '
     'are there, found nothing'),
    (without(SIGN_IN, 'TRAC_OIDC_CLIENT_ID'),
     'TRAC_OIDC_CLIENT_ID: expected the client id that the provider gave, found nothing'),
    (dict(SIGN_IN, TRAC_OIDC_ISSUER='http://id.example.org'),
     'TRAC_OIDC_ISSUER: expected an https URL (TRAC_OIDC_INSECURE_HTTP=on allows http), found '),
    (dict(SIGN_IN, TRAC_OIDC_ISSUER='HTTP://id.example.org'),
     'TRAC_OIDC_ISSUER: expected an https URL (TRAC_OIDC_INSECURE_HTTP=on allows http), found '),
    (dict(WITH_SECRET, TRAC_OIDC_CLIENT_AUTH='none'),
     "TRAC_OIDC_CLIENT_AUTH: expected a method that sends the secret, found 'none'"),
    (dict(SIGN_IN, TRAC_OIDC_CLIENT_AUTH='client_secret_post'),
     'TRAC_OIDC_CLIENT_SECRET: expected a secret, since TRAC_OIDC_CLIENT_AUTH is '
     'client_secret_post, found nothing'),
    (dict(WITH_SECRET, TRAC_OIDC_CLIENT_AUTH='client_secret_jwt'),
     'TRAC_OIDC_CLIENT_SECRET: expected at least 32 bytes, since TRAC_OIDC_CLIENT_AUTH is '
     'client_secret_jwt, found fewer'),
    (dict(SIGN_IN, TRAC_OIDC_CLIENT_AUTH='client_secret_jwt'),
     'TRAC_OIDC_CLIENT_SECRET: expected a secret, since TRAC_OIDC_CLIENT_AUTH is '
     'client_secret_jwt, found nothing'),
    (dict(SIGN_IN, TRAC_OIDC_CLIENT_AUTH='private_key_jwt'),
     'TRAC_OIDC_CLIENT_KEY_FILE: expected the path of a PEM file, since TRAC_OIDC_CLIENT_AUTH is '
     'private_key_jwt, found nothing'),
    (dict(SIGN_IN, TRAC_OIDC_CLIENT_AUTH='tls_client_auth', TRAC_OIDC_CLIENT_KEY_FILE='/key'),
     'TRAC_OIDC_CLIENT_CERT_FILE: expected the path of a PEM file, since TRAC_OIDC_CLIENT_AUTH '
     'is tls_client_auth, found nothing'),
    (dict(WITH_SECRET, TRAC_OIDC_CLIENT_AUTH='private_key_jwt', TRAC_OIDC_CLIENT_KEY_FILE='/key'),
     "TRAC_OIDC_CLIENT_AUTH: expected a method that sends the secret, found 'private_key_jwt'"),
    (dict(WITH_SECRET, TRAC_OIDC_CLIENT_KEY_FILE='/key'),
     'TRAC_OIDC_CLIENT_AUTH: expected private_key_jwt or tls_client_auth, since '
     'TRAC_OIDC_CLIENT_KEY_FILE is set, found nothing'),
    (dict(WITH_SECRET, TRAC_OIDC_CLIENT_AUTH='client_secret_post',
          TRAC_OIDC_CLIENT_CERT_FILE='/cert'),
     'TRAC_OIDC_CLIENT_AUTH: expected private_key_jwt or tls_client_auth, since '
     "TRAC_OIDC_CLIENT_CERT_FILE is set, found 'client_secret_post'"),
    (dict(SIGN_IN, TRAC_OIDC_RESPONSE_MODE='form_post', TRAC_BASE_URL='http://trac.example.org'),
     "TRAC_OIDC_RESPONSE_MODE: expected query, since TRAC_BASE_URL is http, found 'form_post'"),
    (dict(SIGN_IN, TRAC_OIDC_SESSION_IDLE='8d'),
     'TRAC_OIDC_SESSION_IDLE: expected at most TRAC_OIDC_SESSION_LIFETIME (604800s), '
     'found 691200s'),
    (dict(SIGN_IN, TRAC_OIDC_SESSION_LIFETIME='1h'),
     'TRAC_OIDC_SESSION_IDLE: expected at most TRAC_OIDC_SESSION_LIFETIME (3600s), found 43200s')]


@pytest.mark.parametrize('settings, expected', CONTRADICTIONS)
def test_a_contradiction_is_one_problem(settings, expected):
    problem, = found(settings)
    assert problem.startswith(expected)
    assert SECRET not in problem


@pytest.mark.parametrize('settings', [
    ENV, {'TRAC_ENV_PARENT_DIR': '/srv'}, SIGN_IN, WITH_SECRET,
    dict(ENV, TRAC_BASE_URL='http://trac.example.org', TRAC_UNIT_TUNING='off'),
    dict(ENV, TRAC_OIDC_ISSUER='', TRAC_OIDC_CLIENT_ID=''),
    dict(SIGN_IN, TRAC_OIDC_CLIENT_AUTH='none'),
    dict(SIGN_IN, TRAC_OIDC_CLIENT_SECRET='x' * 32, TRAC_OIDC_CLIENT_AUTH='client_secret_jwt'),
    dict(SIGN_IN, TRAC_OIDC_CLIENT_SECRET=u'\u017e' * 16,
         TRAC_OIDC_CLIENT_AUTH='client_secret_jwt'),  # bytes count
    dict(SIGN_IN, TRAC_OIDC_CLIENT_AUTH='private_key_jwt', TRAC_OIDC_CLIENT_KEY_FILE='/key'),
    dict(SIGN_IN, TRAC_OIDC_CLIENT_AUTH='tls_client_auth', TRAC_OIDC_CLIENT_KEY_FILE='/key',
         TRAC_OIDC_CLIENT_CERT_FILE='/cert'),
    dict(SIGN_IN, TRAC_OIDC_ISSUER='http://id.example.org', TRAC_OIDC_INSECURE_HTTP='on'),
    dict(SIGN_IN, TRAC_OIDC_SESSION_IDLE='7d')])
def test_what_fits_together_is_none(settings):
    settings = dict((name, value) for name, value in settings.items() if value)
    assert found(settings) == []


@pytest.mark.parametrize('issuer', ['http://localhost:9000', 'http://127.0.0.1', 'http://[::1]:1'])
def test_http_is_good_enough_on_loopback(issuer):
    assert found(dict(SIGN_IN, TRAC_OIDC_ISSUER=issuer)) == []


@pytest.mark.parametrize('base', ['https://trac.example.org', 'HTTPS://trac.example.org/x',
                                  'http://localhost:8080', 'http://127.0.0.1', 'http://[::1]:1'])
def test_answers_can_come_as_forms_where_a_browser_keeps_the_cookie(base):
    assert found(dict(SIGN_IN, TRAC_OIDC_RESPONSE_MODE='form_post', TRAC_BASE_URL=base)) == []


@pytest.mark.parametrize('settings, wrong', [
    ({}, 'TRAC_ENV'), ({}, 'TRAC_ENV_PARENT_DIR'),
    (dict(SIGN_IN, TRAC_OIDC_ISSUER='nonsense'), 'TRAC_OIDC_ISSUER'),
    (dict(SIGN_IN, TRAC_OIDC_CLIENT_ID='x'), 'TRAC_OIDC_CLIENT_ID'),
    (dict(WITH_SECRET, TRAC_OIDC_CLIENT_AUTH='nonsense'), 'TRAC_OIDC_CLIENT_AUTH'),
    (dict(SIGN_IN, TRAC_OIDC_CLIENT_AUTH='client_secret_post'), 'TRAC_OIDC_CLIENT_SECRET'),
    (dict(SIGN_IN, TRAC_OIDC_CLIENT_AUTH='client_secret_post'), 'TRAC_OIDC_CLIENT_SECRET_FILE'),
    (dict(SIGN_IN, TRAC_OIDC_CLIENT_AUTH='private_key_jwt'), 'TRAC_OIDC_CLIENT_KEY_FILE'),
    (dict(SIGN_IN, TRAC_OIDC_SESSION_IDLE='9d'), 'TRAC_OIDC_SESSION_IDLE'),
    (dict(SIGN_IN, TRAC_OIDC_SESSION_IDLE='9d'), 'TRAC_OIDC_SESSION_LIFETIME')])
def test_of_what_is_wrong_by_itself_nothing_more_is_said(settings, wrong):
    assert found(settings, [wrong]) == []


def test_contradictions_do_not_hide_each_other():
    problems = found({'TRAC_OIDC_CLIENT_AUTH': 'none', 'TRAC_OIDC_CLIENT_SECRET': SECRET,
                      'TRAC_OIDC_SESSION_IDLE': '8d'})
    assert [problem.partition(':')[0] for problem in problems] == [
        'TRAC_ENV', 'TRAC_OIDC_ISSUER', 'TRAC_OIDC_CLIENT_ID', 'TRAC_OIDC_CLIENT_AUTH',
        'TRAC_OIDC_SESSION_IDLE']

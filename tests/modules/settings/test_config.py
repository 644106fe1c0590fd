# -*- coding: utf-8 -*-
"""The settings as a whole: names, defaults, secrets, and all problems at once."""

import pytest

from trac_unit.errors import ConfigurationError, Problem
from trac_unit.settings.config import Config
from trac_unit.settings.table import SETTINGS, attribute

SECRET = 'marked-secret-7f3a'
ENV = {'TRAC_ENV': '/srv/trac'}
SIGN_IN = dict(ENV, TRAC_OIDC_ISSUER='https://id.example.org', TRAC_OIDC_CLIENT_ID='trac')
WITH_SECRET = dict(SIGN_IN, TRAC_OIDC_CLIENT_SECRET=SECRET)


def problems(settings, **options):
    """The problems of `settings`, a list of text."""
    with pytest.raises(ConfigurationError) as caught:
        Config.from_environ(settings, **options)
    return [str(problem) for problem in caught.value.problems]


def test_the_defaults_are_those_of_the_design():
    settings = Config.from_environ(WITH_SECRET)
    found = dict((setting.variable, getattr(settings, attribute(setting.variable)))
                 for setting in SETTINGS if setting.variable not in WITH_SECRET)
    assert found == {
        'TRAC_ENV_PARENT_DIR': None, 'TRAC_ENV_INDEX_TEMPLATE': None, 'TRAC_TEMPLATE_VARS': None,
        'TRAC_BASE_URL': None, 'PYTHON_EGG_CACHE': None, 'TRAC_LOCALE': None,
        'TRAC_OIDC_CLIENT_AUTH': 'client_secret_basic',
        'TRAC_OIDC_CLIENT_KEY_FILE': None, 'TRAC_OIDC_CLIENT_CERT_FILE': None,
        'TRAC_OIDC_RESPONSE_MODE': 'query',
        'TRAC_OIDC_SCOPE': 'openid profile email', 'TRAC_OIDC_SIGNING_ALGS': ('RS256',),
        'TRAC_OIDC_USERNAME_CLAIM': ('preferred_username',), 'TRAC_OIDC_NAME_CLAIM': ('name',),
        'TRAC_OIDC_EMAIL_CLAIM': ('email',), 'TRAC_OIDC_GROUPS_CLAIM': ('groups',),
        'TRAC_OIDC_SESSION_STORE': None, 'TRAC_OIDC_SESSION_IDLE': 12 * 3600,
        'TRAC_OIDC_SESSION_LIFETIME': 7 * 86400, 'TRAC_OIDC_RECHECK': None,
        'TRAC_OIDC_PATH': '/oidc',
        'TRAC_OIDC_PROMPT': None, 'TRAC_OIDC_MAX_AGE': None, 'TRAC_OIDC_ACR_VALUES': None,
        'TRAC_OIDC_LOGOUT': 'provider', 'TRAC_OIDC_CA_FILE': None, 'TRAC_OIDC_TIMEOUT': 5,
        'TRAC_OIDC_INSECURE_HTTP': False, 'TRAC_UNIT_TUNING': True}


@pytest.mark.parametrize('setting', [s for s in SETTINGS if s.default is not None],
                         ids=lambda setting: setting.variable)
def test_an_empty_variable_is_as_good_as_none(setting):
    settings = Config.from_environ(dict(WITH_SECRET, **{setting.variable: ''}))
    assert getattr(settings, attribute(setting.variable)) == setting.parse(setting.default)


def test_sign_in_is_on_with_an_issuer_only():
    assert Config.from_environ(SIGN_IN).sign_in is True
    assert Config.from_environ(ENV).sign_in is False


@pytest.mark.parametrize('settings, home', [
    (ENV, '/srv/trac'), ({'TRAC_ENV_PARENT_DIR': '/srv/all'}, '/srv/all')])
def test_home_is_the_environment_or_the_folder_of_them(settings, home):
    assert Config.from_environ(settings).home == home


@pytest.mark.parametrize('settings, method', [
    (SIGN_IN, 'none'), (WITH_SECRET, 'client_secret_basic'),
    (dict(WITH_SECRET, TRAC_OIDC_CLIENT_AUTH='client_secret_post'), 'client_secret_post'),
    (dict(SIGN_IN, TRAC_OIDC_CLIENT_AUTH='none'), 'none'),
    (dict(SIGN_IN, TRAC_OIDC_CLIENT_AUTH='client_secret_jwt', TRAC_OIDC_CLIENT_SECRET='x' * 32),
     'client_secret_jwt'),
    (dict(SIGN_IN, TRAC_OIDC_CLIENT_AUTH='private_key_jwt', TRAC_OIDC_CLIENT_KEY_FILE='/key'),
     'private_key_jwt'),
    (dict(SIGN_IN, TRAC_OIDC_CLIENT_AUTH='tls_client_auth', TRAC_OIDC_CLIENT_KEY_FILE='/key',
          TRAC_OIDC_CLIENT_CERT_FILE='/cert'), 'tls_client_auth')])
def test_the_way_of_authentication_follows_the_secret_unless_it_is_set(settings, method):
    assert Config.from_environ(settings).oidc_client_auth == method


@pytest.mark.parametrize('name, nearest', [
    ('TRAC_OIDC_ISUER', 'TRAC_OIDC_ISSUER'),
    ('TRAC_OIDC_CLIENTID', 'TRAC_OIDC_CLIENT_ID'),
    ('TRAC_OIDC_CLIENT_SECRT', 'TRAC_OIDC_CLIENT_SECRET'),
    ('TRAC_OIDC_CLIENT_SECRET_FIEL', 'TRAC_OIDC_CLIENT_SECRET_FILE'),
    ('TRAC_OIDC_SESSION_TIMEOUT', 'TRAC_OIDC_SESSION_'),
    ('TRAC_OIDC_ACR_VALUES_FILE', 'TRAC_OIDC_ACR_VALUES'),  # no secret, so no file
    ('TRAC_OIDC_', 'TRAC_'),
    ('TRAC_UNIT_ISSUER', 'TRAC_')])
def test_a_name_that_is_not_known_is_reported_with_the_nearest(name, nearest):
    problem, = problems(dict(WITH_SECRET, **{name: SECRET}))
    assert problem.startswith('%s: expected a name that is known, such as %s' % (name, nearest))
    assert SECRET not in problem


@pytest.mark.parametrize('name', ['TRAC_FOO', 'TRAC_ENVIRONMENT', 'OIDC_ISSUER', 'PATH',
                                  'trac_oidc_issuer'])
def test_a_name_that_is_none_of_ours_is_left_alone(name):
    assert Config.from_environ(dict(ENV, **{name: 'x'})).sign_in is False


@pytest.mark.parametrize('mode', ['fragment', 'query.jwt', 'FORM_POST', 'form_post ', 'post'])
def test_there_are_two_response_modes(mode):
    problem, = problems(dict(SIGN_IN, TRAC_OIDC_RESPONSE_MODE=mode))
    assert problem.startswith('TRAC_OIDC_RESPONSE_MODE: expected query or form_post')


@pytest.mark.parametrize('value', [SECRET, '-----BEGIN PRIVATE KEY-----\n' + SECRET])
def test_a_key_in_place_of_its_path_is_not_shown(value):
    problem, = problems(dict(SIGN_IN, TRAC_OIDC_CLIENT_AUTH='private_key_jwt',
                             TRAC_OIDC_CLIENT_KEY_FILE=value))
    assert problem == ('TRAC_OIDC_CLIENT_KEY_FILE: expected an absolute path, without control '
                       'characters, found something '
                       'else')


def test_a_further_look_adds_its_problems_to_the_others():
    seen = []

    def look(parsed):
        seen.append(parsed)
        return [Problem('X', 'this', 'that')]
    assert problems(dict(SIGN_IN, TRAC_OIDC_TIMEOUT='5'), further=[look]) == [
        "TRAC_OIDC_TIMEOUT: expected a duration like 90s, 30m, 12h or 7d, found '5'",
        'X: expected this, found that']
    assert seen[0]['TRAC_OIDC_TIMEOUT'] is None
    assert seen[0]['TRAC_OIDC_CLIENT_ID'] == 'trac'


def test_all_problems_are_reported_together():
    found = problems({'TRAC_ENV': 'relative', 'TRAC_BASE_URL': 'nonsense',
                      'TRAC_OIDC_ISSUER': 'https://id.example.org',
                      'TRAC_OIDC_TIMEOUT': '5', 'TRAC_OIDC_PATH': 'oidc', 'TRAC_OIDC_SCOP': 'x',
                      'TRAC_OIDC_CLIENT_SECRET': SECRET + '\n'})
    assert sorted(problem.split(':')[0] for problem in found) == [
        'TRAC_BASE_URL', 'TRAC_ENV', 'TRAC_OIDC_CLIENT_ID', 'TRAC_OIDC_CLIENT_SECRET',
        'TRAC_OIDC_PATH', 'TRAC_OIDC_SCOP', 'TRAC_OIDC_TIMEOUT']
    assert SECRET not in ''.join(found)


def test_a_wrong_issuer_does_not_hide_the_missing_client_id():
    found = problems(dict(ENV, TRAC_OIDC_ISSUER='nonsense', TRAC_OIDC_CLIENT_AUTH='none'))
    assert sorted(problem.split(':')[0] for problem in found) == [
        'TRAC_OIDC_CLIENT_ID', 'TRAC_OIDC_ISSUER']


def test_a_problem_names_variable_expectation_and_value():
    problem, = problems(dict(SIGN_IN, TRAC_OIDC_TIMEOUT='5'))
    assert problem == "TRAC_OIDC_TIMEOUT: expected a duration like 90s, 30m, 12h or 7d, found '5'"


def test_a_huge_or_multiline_value_makes_one_short_line():
    problem, = problems(dict(SIGN_IN, TRAC_OIDC_TIMEOUT='forged\nline' + 'x' * 10000))
    assert '\n' not in problem and len(problem) < 300


def test_a_secret_is_in_one_place():
    problem, = problems(dict(WITH_SECRET, TRAC_OIDC_CLIENT_SECRET_FILE='/x'))
    assert problem == ('TRAC_OIDC_CLIENT_SECRET: expected either it or '
                       'TRAC_OIDC_CLIENT_SECRET_FILE, found both')


def fails(error):
    def read_file(path):
        raise error
    return read_file


@pytest.mark.parametrize('read_file, expected', [
    (fails(IOError(2, 'No such file or directory')),
     "expected a readable text file, found '/run/s' (No such file or directory)"),
    (fails(IOError(13, 'Permission denied')), 'found \'/run/s\' (Permission denied)'),
    (fails(UnicodeDecodeError('utf-8', SECRET.encode('ascii'), 0, 1, SECRET)),
     "found '/run/s' (UnicodeDecodeError)"),
    (lambda path: u'', 'expected a file with a secret in it, found an empty one')])
def test_a_secret_file_that_is_no_good_is_a_problem(read_file, expected):
    problem, = problems(dict(SIGN_IN, TRAC_OIDC_CLIENT_SECRET_FILE='/run/s',
                             TRAC_OIDC_CLIENT_AUTH='client_secret_basic'), read_file=read_file)
    assert problem.startswith('TRAC_OIDC_CLIENT_SECRET_FILE: ') and expected in problem
    assert SECRET not in problem


@pytest.mark.parametrize('content, secret', [
    (b'plain', u'plain'), (b'one line\n', u'one line'), (b'windows\r\n', u'windows'),
    (b' spaces stay ', u' spaces stay '), (u'žluťoučký\n'.encode('utf-8'), u'žluťoučký')])
def test_a_secret_can_be_in_a_file(tmpdir, content, secret):
    tmpdir.join('secret').write_binary(content)
    settings = Config.from_environ(
        dict(SIGN_IN, TRAC_OIDC_CLIENT_SECRET_FILE=str(tmpdir.join('secret'))))
    assert settings.oidc_client_secret == secret
    assert settings.oidc_client_auth == 'client_secret_basic'


@pytest.mark.parametrize('content', [b'\xff\xfe\x00', b'two\nlines', b'a\x00b'])
def test_a_secret_file_that_is_no_line_of_text_is_refused(tmpdir, content):
    tmpdir.join('secret').write_binary(content)
    problem, = problems(dict(SIGN_IN, TRAC_OIDC_CLIENT_SECRET_FILE=str(tmpdir.join('secret'))))
    assert problem.startswith('TRAC_OIDC_CLIENT_SECRET')


def test_the_url_of_a_store_can_be_in_a_file_and_is_not_shown_when_it_is_wrong(tmpdir):
    file = tmpdir.join('store')
    file.write('redis://:%s@redis.example\n' % SECRET)
    settings = dict(SIGN_IN, TRAC_OIDC_SESSION_STORE_FILE=str(file))
    assert Config.from_environ(settings).oidc_session_store.endswith(SECRET + '@redis.example')
    for wrong in ('redis:/:%s@redis.example', 'redis://:%s@redis.example/x'):
        file.write(wrong % SECRET)
        problem, = problems(settings)
        assert problem.startswith('TRAC_OIDC_SESSION_STORE: expected sqlite:///PATH')
        assert SECRET not in problem


def test_the_secret_is_not_in_the_repr():
    text = repr(Config.from_environ(WITH_SECRET))
    assert 'TRAC_OIDC_CLIENT_SECRET=***' in text and 'https://id.example.org' in text
    assert SECRET not in text

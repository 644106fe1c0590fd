# -*- coding: utf-8 -*-
"""The application always loads; what is wrong is told to the log, and a kind page to the rest."""

import importlib
import logging
import os
import re
import subprocess
import sys

import pytest
from webob import Request

from trac_unit import app
from trac_unit._compat import PY2
from trac_unit.app import default_store, from_environ
from trac_unit.config import SETTINGS

SECRET = 'marked-secret-7f3a'
PLACE = '/marked/place'
NOT_UTF8 = b'\xff\xfe' if PY2 else os.fsdecode(b'\xff\xfe')
GOOD = {'TRAC_ENV': PLACE, 'TRAC_OIDC_ISSUER': 'https://id.example.org',
        'TRAC_OIDC_CLIENT_ID': 'trac', 'TRAC_OIDC_CLIENT_SECRET': SECRET}

#: For each setting a value that is no good.
BROKEN = {
    'TRAC_ENV': 'marked/relative', 'TRAC_ENV_PARENT_DIR': 'marked', 'TRAC_ENV_INDEX_TEMPLATE': 'x',
    'TRAC_TEMPLATE_VARS': 'marked', 'TRAC_BASE_URL': 'marked', 'PYTHON_EGG_CACHE': 'marked',
    'TRAC_LOCALE': 'C\n', 'TRAC_OIDC_ISSUER': 'marked', 'TRAC_OIDC_CLIENT_ID': NOT_UTF8,
    'TRAC_OIDC_CLIENT_SECRET': SECRET + '\n', 'TRAC_OIDC_CLIENT_AUTH': 'marked',
    'TRAC_OIDC_CLIENT_KEY_FILE': 'marked', 'TRAC_OIDC_CLIENT_CERT_FILE': 'marked',
    'TRAC_OIDC_RESPONSE_MODE': 'fragment', 'TRAC_OIDC_SCOPE': 'marked',
    'TRAC_OIDC_SIGNING_ALGS': 'none', 'TRAC_OIDC_RECHECK': 'hourly',
    'TRAC_OIDC_USERNAME_CLAIM': ',', 'TRAC_OIDC_NAME_CLAIM': 'a..b', 'TRAC_OIDC_EMAIL_CLAIM': '.',
    'TRAC_OIDC_GROUPS_CLAIM': NOT_UTF8, 'TRAC_OIDC_SESSION_STORE': 'marked',
    'TRAC_OIDC_SESSION_IDLE': '12', 'TRAC_OIDC_SESSION_LIFETIME': '0d', 'TRAC_OIDC_PATH': 'marked',
    'TRAC_OIDC_PROMPT': 'none', 'TRAC_OIDC_MAX_AGE': '-1s', 'TRAC_OIDC_ACR_VALUES': NOT_UTF8,
    'TRAC_OIDC_LOGOUT': 'marked', 'TRAC_OIDC_CA_FILE': 'marked', 'TRAC_OIDC_TIMEOUT': 'marked',
    'TRAC_OIDC_INSECURE_HTTP': 'yes', 'TRAC_UNIT_TUNING': 'yes'}


@pytest.fixture(autouse=True)
def egg_cache(monkeypatch):
    """What an application does to PYTHON_EGG_CACHE is undone."""
    monkeypatch.setenv('PYTHON_EGG_CACHE', '')


def page(application, path='/wiki', **environ):
    """The response to a GET."""
    return Request.blank(path, environ).get_response(application)


def reference(response):
    """The reference id of an error page."""
    return str(re.search(u'Reference: <code>([0-9a-f]{8})</code>', response.text).group(1))


def assert_a_kind_page(response, log):
    """Assert that a response is the 503 page, and the log has its reference."""
    assert response.status == '503 Service Unavailable'
    assert '<h1>This Trac is not set up yet</h1>' in response.text
    assert 'reference=%s reason=configuration' % reference(response) in log()
    assert 'marked' not in response.text and 'TRAC_' not in response.text
    assert SECRET not in log()


def test_there_is_a_broken_value_for_each_setting():
    assert set(BROKEN) == set(setting.variable for setting in SETTINGS)


@pytest.mark.parametrize('variable', sorted(BROKEN))
def test_importing_the_module_with_a_broken_setting_gives_an_application_that_answers_503(
        variable, monkeypatch, log):
    for name in os.environ:
        if name.startswith('TRAC_'):
            monkeypatch.delenv(name)
    settings = dict(GOOD, **{variable: BROKEN[variable]})
    if variable == 'TRAC_ENV_PARENT_DIR':
        del settings['TRAC_ENV']
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, 'trac_unit.trac_wsgi', raising=False)
    module = importlib.import_module('trac_unit.trac_wsgi')
    assert '%s: expected ' % variable in log()
    assert_a_kind_page(page(module.application), log)


def test_what_is_wrong_with_the_clients_key_is_said_with_all_the_rest(tmpdir, log):
    tmpdir.join('key').write('hush-hush')
    settings = dict(GOOD, TRAC_OIDC_CLIENT_AUTH='private_key_jwt', TRAC_OIDC_CLIENT_SECRET='',
                    TRAC_OIDC_CLIENT_KEY_FILE=str(tmpdir.join('key')), TRAC_OIDC_TIMEOUT='soon',
                    TRAC_OIDC_CLIENT_CERT_FILE=str(tmpdir.join('marked')))
    application = from_environ(settings)
    for said in ('TRAC_OIDC_CLIENT_KEY_FILE: expected a private key in PEM',
                 'TRAC_OIDC_CLIENT_CERT_FILE: expected a readable file',
                 'TRAC_OIDC_TIMEOUT: expected a duration'):
        assert said in log()
    assert 'hush-hush' not in log()
    assert_a_kind_page(page(application), log)


@pytest.mark.parametrize('variable', ['TRAC_OIDC_CA_FILE', 'TRAC_ENV_INDEX_TEMPLATE'])
def test_a_file_that_is_not_there_is_said_with_all_the_rest(variable, tmpdir, log):
    application = from_environ(dict(GOOD, TRAC_OIDC_TIMEOUT='soon',
                                    **{variable: str(tmpdir.join('marked'))}))
    assert '%s: expected a readable file, found ' % variable in log()
    assert '(No such file or directory)' in log()
    assert 'TRAC_OIDC_TIMEOUT: expected a duration' in log()
    assert_a_kind_page(page(application), log)


BROKEN_PROCESSES = [
    {}, {'TRAC_ENV': ''}, dict(GOOD, TRAC_ENV='relative'), dict(GOOD, TRAC_OIDC_ISSUER=NOT_UTF8),
    dict(GOOD, TRAC_OIDC_ISUER='mistyped'), dict(GOOD, **{'TRAC_OIDC_' + NOT_UTF8: NOT_UTF8}),
    dict(GOOD, TRAC_OIDC_CLIENT_ID='x' * 100000 + '\n'),
    dict(GOOD, TRAC_OIDC_CLIENT_SECRET='', TRAC_OIDC_CLIENT_SECRET_FILE='/marked/nowhere'),
    dict(GOOD, TRAC_OIDC_CLIENT_SECRET='', TRAC_OIDC_CLIENT_SECRET_FILE='/'), BROKEN]

IMPORT = '''
import sys
from trac_unit.trac_wsgi import application
from webob import Request
response = Request.blank("/wiki").get_response(application)
getattr(sys.stdout, "buffer", sys.stdout).write(response.status.encode() + b" " + response.body)
'''


@pytest.mark.parametrize('settings', BROKEN_PROCESSES, ids=lambda value: '%d-set' % len(value))
def test_a_process_with_broken_settings_starts_and_answers_503(settings):
    environ = dict((name, value) for name, value in os.environ.items()
                   if not name.startswith('TRAC_'))
    process = subprocess.Popen([sys.executable, '-c', IMPORT], env=dict(environ, **settings),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = (stream.decode('utf-8', 'replace') for stream in process.communicate())
    assert process.returncode == 0, err
    assert out.startswith('503 Service Unavailable <!DOCTYPE html>')
    ref = re.search(u'<code>(.*?)</code>', out).group(1)
    assert 'reference=%s reason=configuration' % ref in err
    assert ' ERROR [' in err and 'Traceback' not in err
    assert SECRET not in out + err and 'marked' not in out


@pytest.mark.parametrize('environ', [
    None, 1, {'TRAC_ENV': None}, {'TRAC_ENV': 1}, {'TRAC_ENV': '/a\0b'}, {'TRAC_ENV': b'/\xff'},
    {1: 2}, {'TRAC_OIDC_ISSUER': []}, dict(GOOD, TRAC_OIDC_CLIENT_SECRET_FILE=1),
    dict(GOOD, TRAC_OIDC_CLIENT_SECRET='', TRAC_OIDC_CLIENT_SECRET_FILE='a\0b')])
def test_no_settings_whatever_raise(environ, log):
    assert page(from_environ(environ)).status_int == 503
    assert log()


def test_a_mistyped_name_is_in_the_log_with_the_nearest(log):
    settings = dict(GOOD, TRAC_OIDC_CLIENT_SECRT=SECRET, TRAC_UNIT_TUNNING='on')
    assert_a_kind_page(page(from_environ(settings)), log)
    lines = log().splitlines()
    assert ('TRAC_OIDC_CLIENT_SECRT: expected a name that is known, such as '
            'TRAC_OIDC_CLIENT_SECRET, found this one') in lines
    assert ('TRAC_UNIT_TUNNING: expected a name that is known, such as '
            'TRAC_UNIT_TUNING, found this one') in lines


def test_all_problems_are_logged_at_start_a_line_each_and_again_with_a_reference(caplog, log):
    application = from_environ(dict(BROKEN, TRAC_OIDC_ISUER='x'))
    lines = log().splitlines()
    assert [line.split(':')[0] for line in lines] == ['TRAC_OIDC_ISUER'] + [
        setting.variable for setting in SETTINGS]
    assert set(record.levelno for record in caplog.records) == {logging.ERROR}
    assert_a_kind_page(page(application), log)
    assert log().splitlines()[-1].count(': expected ') == len(lines)


def test_each_page_has_a_reference_of_its_own(log):
    application = from_environ({})
    assert reference(page(application)) != reference(page(application))


@pytest.mark.parametrize('module', ['trac.env', 'trac.web.main', 'trac_unit.tuning',
                                    'trac_unit.oidc.middleware'])
def test_an_installation_without_all_its_parts_answers_503(module, monkeypatch, log):
    monkeypatch.setitem(sys.modules, module, None)
    response = page(from_environ(GOOD))
    assert_a_kind_page(response, log)
    assert 'expected an installation that works, got ' in log()


@pytest.mark.parametrize('error', [
    KeyError('marked'), OSError(13, 'marked'),
    UnicodeDecodeError('utf-8', b'\xff', 0, 1, 'marked'),
    Exception(u'marked ž'), Exception(u'marked ž'.encode('utf-8')), Exception()])
def test_whatever_goes_wrong_while_starting_is_a_503(error, monkeypatch, log):
    def fail(config):
        raise error

    monkeypatch.setattr(app, 'make_application', fail)
    assert_a_kind_page(page(from_environ(GOOD)), log)


@pytest.mark.parametrize('settings', [
    {'TRAC_ENV': PLACE}, {'TRAC_ENV_PARENT_DIR': PLACE}, GOOD])
@pytest.mark.parametrize('path', ['/', '/login', '/wiki/x?y=z'])
def test_an_environment_that_is_missing_is_a_503_and_the_log_tells_what_mends_it(
        settings, path, log):
    response = page(from_environ(settings), path)
    assert response.status_int == 503
    assert 'marked' not in response.text
    assert 'reference=%s reason=environment_missing' % reference(response) in log()
    assert ('run: trac-admin %s initenv' if 'TRAC_ENV' in settings else 'run: mkdir -p %s'
            ) % PLACE in log()


def test_an_unknown_locale_is_warned_of_and_trac_is_served(environment, log):
    application = from_environ({'TRAC_ENV': environment, 'TRAC_LOCALE': 'xx_XX.nonsense',
                                'TRAC_UNIT_TUNING': 'off'})
    assert page(application).status_int == 200
    assert "found 'xx_XX.nonsense'; using C" in log()


@pytest.mark.parametrize('claim', [
    {'REMOTE_USER': 'admin'}, {'HTTP_REMOTE_USER': 'admin'}, {'HTTP_COOKIE': 'trac_auth=x'}])
def test_without_an_issuer_trac_runs_and_nobody_becomes_a_user(environment, claim, log):
    application = from_environ({'TRAC_ENV': environment, 'TRAC_UNIT_TUNING': 'off'})
    assert 'TRAC_OIDC_ISSUER is not set: nobody can sign in' in log()
    response = page(application, **claim)
    assert response.status_int == 200
    assert 'logged in as' not in response.text


def test_a_template_of_ones_own_lists_the_environments_and_gets_its_variables(parent_dir, tmpdir):
    template = tmpdir.join('list.html')
    template.write('<p>${greeting}, ${place}</p>\n# for project in projects:\n'
                   '<a href="${project.href}">${project.name}</a>\n# endfor\n')
    response = page(from_environ({
        'TRAC_ENV_PARENT_DIR': parent_dir, 'TRAC_ENV_INDEX_TEMPLATE': str(template),
        'TRAC_TEMPLATE_VARS': 'greeting=Welcome,place=here', 'TRAC_UNIT_TUNING': 'off'}), '/')
    assert response.status_int == 200
    assert '<p>Welcome, here</p>' in response.text
    found = re.findall('<a href="([^"]*)">Test Project</a>', response.text)
    assert sorted(found) == ['/one', '/two']


def test_the_egg_cache_is_in_the_environment_and_the_process_knows_it(environment):
    from_environ({'TRAC_ENV': environment, 'TRAC_UNIT_TUNING': 'off'})
    assert os.environ['PYTHON_EGG_CACHE'] == os.path.join(environment, '.egg-cache')


def test_the_session_store_is_a_hidden_file_in_the_environment():
    assert default_store('/srv/trac') == 'sqlite:///srv/trac/.trac-unit-sessions.db'


@pytest.mark.parametrize('elsewhere, added', [([], 1), ([logging.NullHandler()], 0)])
def test_the_log_goes_to_standard_error_once_unless_it_goes_somewhere(
        elsewhere, added, monkeypatch):
    # Not in a fixture: pytest adds handlers of its own before each phase of a test.
    logger = logging.getLogger('trac_unit')
    monkeypatch.setattr(logger, 'handlers', [])
    monkeypatch.setattr(logger, 'level', logging.NOTSET)
    monkeypatch.setattr(logging.getLogger(), 'handlers', elsewhere)
    for _ in range(2):
        app.log_to_stderr()
    assert [handler.stream for handler in logger.handlers] == [sys.stderr] * added
    assert logger.level == (logging.INFO if added else logging.NOTSET)

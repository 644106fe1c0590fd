# -*- coding: utf-8 -*-
"""The application always loads; what is wrong is told to the log, and a kind page to the rest."""

import logging
import os
import re
import sys

import pytest

from support.broken_settings import (BROKEN, GOOD, PLACE, SECRET, assert_a_kind_page, page,
                                     reference)
from trac_unit import app
from trac_unit.app import from_environ
from trac_unit.settings.table import SETTINGS


@pytest.fixture(autouse=True)
def egg_cache(monkeypatch):
    """What an application does to PYTHON_EGG_CACHE is undone."""
    monkeypatch.setenv('PYTHON_EGG_CACHE', '')


def test_there_is_a_broken_value_for_each_setting():
    assert set(BROKEN) == set(setting.variable for setting in SETTINGS)


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


@pytest.mark.parametrize('module', ['trac.env', 'trac.web.main', 'trac_unit.tuning.middleware',
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

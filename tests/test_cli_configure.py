# -*- coding: utf-8 -*-
"""trac-unit config and settings: what they print, and what they refuse to."""
import argparse
import io
import json
import os
import sys

import pytest
from trac.config import Configuration

from trac_unit._compat import PY2
from trac_unit.cli import layout, main, settings
from trac_unit.cli.errors import CommandError
from trac_unit.cli.unit import address, machine, masking, static_files, upload_limit
from trac_unit.cli.unit import configuration as unit_configuration
from trac_unit.cli.unit import options as unit_options
from trac_unit.config import SETTINGS
from trac_unit.reference import rst_table

SECRET = 'hidden-9Qz'
THIS = '%d.%d' % sys.version_info[:2]
SIGN_IN = {'TRAC_OIDC_ISSUER': 'https://login.example.org', 'TRAC_OIDC_CLIENT_ID': 'trac'}


@pytest.fixture(autouse=True)
def variables(monkeypatch):
    """Set environment variables; none of Trac's is there before."""
    for name in list(os.environ):
        if name.startswith('TRAC_') or name == 'PYTHON_EGG_CACHE':
            monkeypatch.delenv(name)

    def set_all(**values):
        for name, value in values.items():
            monkeypatch.setenv(name, value)
    return set_all


@pytest.fixture
def config(capsys):
    """Run `trac-unit config` and return its configuration and its notes."""
    def run(*arguments):
        status = main(('config',) + arguments)
        captured = capsys.readouterr()
        assert status == 0, captured.err
        return json.loads(captured.out), captured.err
    return run


@pytest.fixture
def refused(capsys):
    """Run `trac-unit config`, which has to refuse, and return the sentence."""
    def run(*arguments):
        status = main(('config',) + arguments)
        captured = capsys.readouterr()
        assert (status, captured.out) == (2, '')
        assert 'Traceback' not in captured.err
        return captured.err
    return run


def application(configuration):
    return configuration['applications']['trac']


# What is in it

def test_one_environment_on_loopback(config, environment):
    configuration, _ = config(environment)
    assert configuration['listeners'] == {'127.0.0.1:8080': {'pass': 'routes/trac'}}
    trac = application(configuration)
    assert (trac['type'], trac['module']) == ('python ' + THIS, 'trac_unit.trac_wsgi')
    assert trac['environment']['TRAC_ENV'] == environment
    assert trac['processes'] >= 1 and trac['threads'] == machine.THREADS
    assert trac['limits'] == {'timeout': 120}


def test_the_environment_may_come_from_the_settings(config, environment, variables):
    variables(TRAC_ENV=environment)
    assert application(config()[0])['environment']['TRAC_ENV'] == environment


def test_the_command_line_wins_over_the_settings(config, parent_dir, variables):
    variables(TRAC_ENV='/srv/another')
    environ = application(config('--parent', parent_dir)[0])['environment']
    assert environ['TRAC_ENV_PARENT_DIR'] == parent_dir and 'TRAC_ENV' not in environ


def test_a_relative_path_becomes_absolute(config, environment, monkeypatch):
    monkeypatch.chdir(os.path.dirname(environment))
    environ = application(config(os.path.basename(environment))[0])['environment']
    assert environ['TRAC_ENV'] == environment


def test_the_first_step_refuses_whoever_names_a_user(config, environment):
    step = config(environment)[0]['routes']['trac'][0]
    assert step == {'match': {'headers': [{'Remote-User': '*'}, {'Remote_User': '*'}]},
                    'action': {'return': 400}}


def test_static_files_fall_back_to_trac(config, environment):
    step = config(environment)[0]['routes']['trac'][1]
    assert step == {'match': {'uri': '/chrome/*'},
                    'action': {'share': layout.static_folder(environment) + '$uri',
                               'fallback': {'pass': 'applications/trac'}}}


def test_each_environment_of_a_folder_has_static_files_of_its_own(config, parent_dir):
    configuration, notes = config('--parent', parent_dir)
    shares = [(step['match']['uri'], step['action']['share'])
              for step in configuration['routes']['trac'][1:-1]]
    assert shares == [('/%s/chrome/*' % name, '%s/%s/static$uri' % (parent_dir, name))
                      for name in ('one', 'two')]
    assert configuration['routes']['trac'][-1] == {'action': {'pass': 'applications/trac'}}
    assert 'trac-unit init %s/one --prefix /one' % parent_dir in notes


def test_a_folder_of_static_files_for_all_environments(config, parent_dir, tmpdir):
    configuration, _ = config('--parent', parent_dir, '--static', str(tmpdir))
    step = configuration['routes']['trac'][1]
    assert step['match'] == {'uri': '/*/chrome/*'}
    assert step['action']['share'] == str(tmpdir) + '$uri'


def test_no_note_once_the_static_files_are_there(config, environment):
    os.makedirs(layout.common_folder(layout.static_folder(environment)))
    assert config(environment)[1] == ''
    assert '--prefix /trac' in config(environment, '--prefix', '/trac')[1]
    link, target = layout.prefix_link(layout.static_folder(environment), '/trac')
    os.symlink(target, link)
    assert config(environment, '--prefix', '/trac')[1] == ''


def test_a_path_that_unit_would_take_for_a_variable_is_not_shared(config, environment):
    configuration, notes = config(environment, '--static', '/srv/$host')
    assert not [step for step in configuration['routes']['trac'] if 'share' in step['action']]
    assert '/srv/$host' in notes


def test_an_environment_whose_name_would_be_a_pattern_is_not_shared(parent_dir):
    os.rename(os.path.join(parent_dir, 'one'), os.path.join(parent_dir, 'o*'))

    class Settings(object):
        trac_env, trac_env_parent_dir = None, parent_dir
    shares = static_files.shares(Settings, static_files.places(Settings), '', None, lambda note: 0)
    assert [pattern for pattern, _ in shares] == ['/two/chrome/*']


def test_a_prefix_is_trac_s_and_everything_else_is_nothing(config, environment):
    configuration, _ = config(environment, '--prefix', '/team/trac/')
    assert application(configuration)['prefix'] == '/team/trac'
    steps = configuration['routes']['trac']
    assert steps[1]['match'] == {'uri': '/team/trac/chrome/*'}
    assert steps[2]['match'] == {'uri': ['/team/trac', '/team/trac/*']}
    assert steps[3] == {'action': {'return': 404}}


def test_forwarded_addresses_are_believed_of_named_proxies_only(config, environment):
    listener, = config(environment)[0]['listeners'].values()
    assert 'forwarded' not in listener
    listener, = config(environment, '--proxy', '10.0.0.0/8',
                       '--proxy', '::1')[0]['listeners'].values()
    assert listener['forwarded'] == {
        'client_ip': 'X-Forwarded-For', 'protocol': 'X-Forwarded-Proto',
        'source': ['10.0.0.0/8', '::1']}


def test_tls_names_a_bundle(config, environment):
    configuration, _ = config(environment, '--listen', '*:443', '--tls', 'example.org')
    assert configuration['listeners'] == {
        '*:443': {'pass': 'routes/trac', 'tls': {'certificate': 'example.org'}}}


def test_names_and_numbers_that_were_asked_for(config, environment):
    configuration, _ = config(environment, '--name', 'wiki', '--processes', '3', '--threads', '7')
    assert list(configuration['routes']) == list(configuration['applications']) == ['wiki']
    wiki = configuration['applications']['wiki']
    assert (wiki['processes'], wiki['threads']) == (3, 7)


def test_every_setting_goes_in_and_nothing_else(config, environment, variables, tmpdir):
    file = tmpdir.join('secret')
    file.write(SECRET)
    variables(TRAC_OIDC_CLIENT_SECRET_FILE=str(file), TRAC_OIDC_SESSION_IDLE='1h', LANG='C',
              TRAC_OIDC_SCOPE='', **SIGN_IN)
    environ = application(config(environment)[0])['environment']
    environ.pop('PATH', None)
    assert environ == dict(SIGN_IN, TRAC_ENV=environment, TRAC_OIDC_SESSION_IDLE='1h',
                           TRAC_OIDC_CLIENT_SECRET_FILE=str(file))


def test_python_2_finds_its_virtual_environment_by_the_path(config, environment, tmpdir):
    home = tmpdir.mkdir('venv')
    home.mkdir('lib').mkdir('python2.7').mkdir('site-packages')
    trac = application(config(environment, '--home', str(home))[0])
    assert (trac['type'], trac['home']) == ('python 2.7', str(home))
    assert trac['environment']['PATH'].startswith(str(home.join('bin')) + ':')


# Secrets

def test_a_plain_secret_is_refused_with_the_way_out(refused, environment, variables):
    variables(TRAC_OIDC_CLIENT_SECRET=SECRET, **SIGN_IN)
    err = refused(environment)
    assert 'TRAC_OIDC_CLIENT_SECRET_FILE' in err and '--with-secrets' in err
    assert SECRET not in err


def test_a_plain_secret_is_in_it_when_asked_for(config, environment, variables):
    variables(TRAC_OIDC_CLIENT_SECRET=SECRET, **SIGN_IN)
    environ = application(config(environment, '--with-secrets')[0])['environment']
    assert environ['TRAC_OIDC_CLIENT_SECRET'] == SECRET


def test_a_secret_that_only_unit_may_read_is_no_hindrance(tmpdir):
    notes = []

    def denied(path):
        raise EnvironmentError(13, 'Permission denied', path)
    before, unit_options.read_file = unit_options.read_file, denied
    try:
        unit_options._config(dict(SIGN_IN, TRAC_ENV='/srv/env',
                                  TRAC_OIDC_CLIENT_SECRET_FILE='/srv/secret'), notes.append)
    finally:
        unit_options.read_file = before
    assert notes == ['The secret in /srv/secret could not be checked: Permission denied.']


# What is refused

def test_all_problems_of_the_settings_are_told(refused, environment, variables):
    variables(TRAC_OIDC_ISSUR='x', TRAC_UNIT_TUNING='perhaps')
    err = refused(environment)
    assert 'TRAC_OIDC_ISSUR' in err and 'TRAC_UNIT_TUNING' in err and err.count('\n') == 1


def test_a_secret_s_file_that_is_missing_is_told(refused, environment, variables):
    variables(TRAC_OIDC_CLIENT_SECRET_FILE='/nowhere/secret', **SIGN_IN)
    assert '/nowhere/secret' in refused(environment)


def test_no_trac_at_all_is_a_question(refused):
    assert 'Which Trac?' in refused()


@pytest.mark.parametrize('arguments, word', [
    (['--listen', '8080'], '--listen'), (['--listen', 'example.org:80'], '--listen'),
    (['--listen', '127.0.0.1:0'], '--listen'), (['--listen', '127.0.0.1:65536'], '--listen'),
    (['--listen', '::1:80'], '--listen'), (['--listen', '[127.0.0.1]:80'], '--listen'),
    (['--listen', 'unix:relative'], '--listen'), (['--listen', '127.0.0.1:80\n'], '--listen'),
    (['--prefix', 'trac'], '--prefix'), (['--prefix', '/a/../b'], '--prefix'),
    (['--prefix', '/a//b'], '--prefix'), (['--prefix', '/*'], '--prefix'),
    (['--prefix', '/chrome'], '--prefix'), (['--prefix', '/$host'], '--prefix'),
    (['--proxy', 'proxy.example.org'], '--proxy'), (['--proxy', '10.0.0.0/33'], '--proxy'),
    (['--proxy', '10.0.0.0/'], '--proxy'), (['--proxy', '*'], '--proxy'),
    (['--processes', '0'], '--processes'), (['--threads', '-1'], '--threads'),
    (['--python', '3'], '--python'), (['--name', 'a/b'], '--name'), (['--name', ''], '--name'),
    (['--tls', 'a/b'], '--tls'), (['--upload-limit', '1.5M'], '--upload-limit'),
    (['--upload-limit', '9999G'], '--upload-limit')])
def test_arguments_that_unit_would_misunderstand(refused, environment, arguments, word):
    assert 'argument %s: ' % word in refused(environment, *arguments)


def test_path_and_parent_exclude_each_other(refused, environment):
    assert '--parent' in refused(environment, '--parent', environment)


@pytest.mark.parametrize('base, arguments', [
    ('https://example.org', ['--prefix', '/trac']),
    ('http://example.org', ['--tls', 'example.org'])])
def test_a_base_url_that_contradicts_the_options(refused, environment, variables, base, arguments):
    variables(TRAC_BASE_URL=base)
    assert base in refused(environment, *arguments)


def test_a_proxy_may_add_to_the_prefix_and_may_cut_it(config, environment, variables):
    variables(TRAC_BASE_URL='https://example.org/team/trac')
    config(environment, '--prefix', '/trac')
    config(environment)


@pytest.mark.parametrize('arguments', [['--listen', '*:80'], ['--proxy', '10.0.0.1']])
def test_a_note_where_the_host_header_is_believed(config, environment, arguments):
    assert 'TRAC_BASE_URL' in config(environment, *arguments)[1]


def test_a_setting_that_is_no_text(environment):
    with pytest.raises(CommandError) as caught:
        unit_options._text('TRAC_ENV', b'/srv/\xff' if PY2 else '/srv/\udcff')
    assert caught.value.reason == 'settings'


# Addresses

@pytest.mark.parametrize('text', ['*:80', '127.0.0.1:8080', '[::1]:8080', 'unix:/run/trac.sock'])
def test_listeners(text):
    assert address.listener(text) == text


@pytest.mark.parametrize('text', ['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', 'unix'])
def test_proxies(text):
    assert address.proxy(text) == text


# The machine

@pytest.mark.parametrize('cpus, gib, expected', [
    (1, 4, 2), (2, 4, 2), (4, 16, 4), (64, 256, 8), (16, 1, 3), (4, .25, 1), (4, None, 4)])
def test_as_many_processes_as_processors_that_fit(cpus, gib, expected):
    assert machine.processes(cpus, gib and int(gib * 1024 ** 3)) == expected


def test_this_machine_has_processors_and_memory():
    assert machine.cpus() >= 1
    assert machine.memory() is None or machine.memory() > 2 ** 26


def test_a_virtual_environment_of_another_python_is_refused(refused, environment, tmpdir):
    tmpdir.join('lib', 'python3.9', 'site-packages').ensure(dir=True)
    err = refused(environment, '--home', str(tmpdir), '--python', '3.10')
    assert 'is of Python 3.9, not 3.10' in err


def test_a_folder_without_python_is_no_virtual_environment(refused, environment, tmpdir):
    assert 'no virtual environment' in refused(environment, '--home', str(tmpdir))


# Attachments

@pytest.mark.parametrize('text, size', [
    ('1', 1), ('512K', 524288), ('20M', 20971520), ('20MiB', 20971520), ('1g', 1073741824)])
def test_sizes(text, size):
    assert upload_limit.size(text) == size


def limit(environment, value):
    configuration = Configuration(os.path.join(environment, 'conf', 'trac.ini'))
    configuration.set('attachment', 'max_size', value)
    configuration.save()


@pytest.mark.parametrize('value, expected', [
    ('262144', 8 * 2 ** 20), ('31457280', 31 * 2 ** 20), ('-1', 1025 * 2 ** 20)])
def test_the_attachments_that_trac_takes_fit_through_unit(environment, value, expected, config):
    limit(environment, value)
    configuration, notes = config(environment)
    assert configuration['settings']['http']['max_body_size'] == expected
    assert ('limits no attachment' in notes) == (value == '-1')


def test_the_largest_of_several_environments_counts(parent_dir, config):
    limit(os.path.join(parent_dir, 'two'), '20971520')
    http = config('--parent', parent_dir)[0]['settings']['http']
    assert http['max_body_size'] == 21 * 2 ** 20


def test_a_limit_that_differs_from_trac_s_is_told(environment, config):
    configuration, notes = config(environment, '--upload-limit', '50M')
    assert configuration['settings']['http']['max_body_size'] == 51 * 2 ** 20
    assert '262144 bytes' in notes


def test_a_trac_ini_that_is_none_is_told(environment, config):
    with io.open(os.path.join(environment, 'conf', 'trac.ini'), 'w') as file:
        file.write(u'no section\n')
    assert 'could not be read' in config(environment)[1]


# Showing

def test_secrets_are_masked_wherever_they_are():
    shown = masking.as_text(masking.masked({'applications': {
        'trac': {'environment': {'TRAC_OIDC_CLIENT_SECRET': SECRET,
                                 'TRAC_OIDC_CLIENT_SECRET_FILE': '/srv/secret'}},
        'other': {'environment': {'DJANGO_SECRET_KEY': SECRET, 'DB_PASSWORD': SECRET,
                                  'DATABASE_URL': 'postgres://me:%s@db/x' % SECRET,
                                  'API_TOKEN': SECRET, 'TOKEN_FILE': '/srv/token'}}}}))
    assert SECRET not in shown
    assert '/srv/secret' in shown and '/srv/token' in shown and '://***@db/x' in shown


def test_a_secret_that_changes_is_seen_to_change():
    def configuration(secret):
        return {'applications': {'trac': {'environment': {'TRAC_OIDC_CLIENT_SECRET': secret}}}}
    lines = masking.difference(configuration('old' + SECRET), configuration('new' + SECRET))
    assert lines and SECRET not in '\n'.join(lines)
    assert masking.difference(configuration(SECRET), configuration(SECRET)) == []


# The builder

def test_the_builder_looks_at_nothing_but_its_options():
    options = unit_configuration.Options(
        name='n', listen='*:1', tls=None, prefix='', proxies=(), python='3.11', home=None,
        path=(), processes=1, threads=1, static=(), max_body_size=1, environment=())
    assert unit_configuration.build(options) == unit_configuration.build(options)
    assert set(unit_configuration.build(options)['applications']['n']) == {
        'type', 'module', 'processes', 'threads', 'limits', 'environment'}


# settings

def test_settings_lists_every_variable(capsys, monkeypatch):
    monkeypatch.setenv('COLUMNS', '60')
    assert main(['settings']) == 0
    out = capsys.readouterr().out
    for setting in SETTINGS:
        assert setting.variable in out
        assert not setting.secret or setting.variable + '_FILE' in out
    assert 'Default: openid profile email' in out
    assert max(len(line) for line in out.splitlines()) <= 60


def test_settings_as_restructuredtext(capsys):
    assert main(['settings', '--rst']) == 0
    assert capsys.readouterr().out == rst_table()


@pytest.mark.parametrize('columns, expected', [
    ('72', 72), ('', 80), ('x', 80), ('0', 80), ('10', 40), ('500', 100)])
def test_the_width_is_the_terminal_s_within_reason(columns, expected):
    assert settings.width({'COLUMNS': columns}, io.BytesIO()) == expected


def test_a_type_of_an_argument_raises_what_argparse_wants():
    for function in (address.listener, address.proxy, address.url_prefix,
                     address.bundle, upload_limit.size, unit_options.name):
        with pytest.raises(argparse.ArgumentTypeError):
            function('\0')

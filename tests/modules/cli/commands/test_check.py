# -*- coding: utf-8 -*-
"""``trac-unit check`` as a command: where it reads from, what it prints, its exit status."""

import io
import json
import os
import re
import shutil
import sys

import pytest

from trac_unit._compat import PY2, to_text
from trac_unit.cli.checks import provider as provider_theme
from trac_unit.cli.commands import check, init
from trac_unit.cli.main import main

SECRET = 'hush-hush-7d1f'


@pytest.fixture(scope='module')
def made(tmpdir_factory):
    """An environment as `trac-unit init` makes it."""
    path = str(tmpdir_factory.mktemp('made').join('trac'))
    assert main(['init', path, '--admin', 'alice'], (init,)) == 0
    return path


@pytest.fixture
def env(made, tmpdir):
    path = str(tmpdir.join('trac'))
    shutil.copytree(made, path)
    return path


@pytest.fixture
def modules(tmpdir):
    """A folder with a module for this Python."""
    folder = tmpdir.mkdir('modules')
    folder.join('python%d.%d.unit.so' % sys.version_info[:2]).write('')
    return str(folder)


@pytest.fixture
def run(process, modules, capsys):
    def run_it(*arguments, **variables):
        for name, value in variables.items():
            process(name, value)
        status = main(['check', '--unit-modules', modules] + list(arguments), (check,))
        output, errors = capsys.readouterr()
        return status, to_text(output), to_text(errors)
    return run_it


@pytest.fixture
def unit_file(tmpdir, env):
    """Write a Unit configuration; returns its path."""
    def write(**parts):
        application = dict({
            'type': 'python %d.%d' % sys.version_info[:2], 'module': 'trac_unit.trac_wsgi',
            'home': sys.prefix, 'environment': {
                'TRAC_ENV': env, 'TRAC_BASE_URL': 'http://localhost:8080',
                'PATH': os.path.join(sys.prefix, 'bin')}}, **parts)
        file = tmpdir.join('unit.json')
        file.write(json.dumps({
            'listeners': {'*:8080': {'pass': 'routes'}},
            'routes': [{'match': {'uri': '/chrome/*'},
                        'action': {'share': env + '/static$uri',
                                   'fallback': {'pass': 'applications/trac'}}}],
            'applications': {'other': {'type': 'php'}, 'trac': application}}))
        return str(file)
    return write


@pytest.fixture
def signed_in(env, provider):
    return {'TRAC_ENV': env, 'TRAC_OIDC_ISSUER': provider.issuer, 'TRAC_OIDC_CLIENT_ID': 'trac',
            'TRAC_OIDC_CLIENT_SECRET': SECRET, 'TRAC_BASE_URL': 'http://localhost:8080'}


def test_a_trac_made_by_init_with_sign_in_is_fine(run, signed_in):
    status, output, errors = run(**signed_in)
    assert (status, errors) == (0, '')
    assert output.splitlines()[-1] == u'All is fine.'


def test_so_is_one_of_a_unit_configuration(run, unit_file, signed_in):
    variables = dict(signed_in, PATH=os.path.join(sys.prefix, 'bin'))
    status, output, _ = run('--config', unit_file(environment=variables))
    assert (status, output.splitlines()[-1]) == (0, u'All is fine.')
    assert u'the application trac of' in output
    assert u'/chrome/* is answered from' in output


def test_warnings_are_exit_status_1(run, env):
    status, output, _ = run(TRAC_ENV=env, TRAC_BASE_URL='http://localhost:8080')
    assert (status, output.splitlines()[-1]) == (1, u'1 warning.')
    assert u'sign-in: off: nobody can sign in' in output


def test_the_place_can_be_an_argument(run, env):
    status, output, _ = run(env, TRAC_ENV='/nowhere', TRAC_BASE_URL='http://localhost:8080')
    assert status == 1 and u'environment: %s opens' % env in output
    status, output, _ = run('--parent', os.path.dirname(env))
    assert u'trac: environment: %s opens' % env in output


def test_quiet_leaves_out_what_is_right(run, env):
    status, output, _ = run(env, '--quiet', TRAC_BASE_URL='http://localhost:8080')
    assert (status, output.splitlines()) == (1, [
        u'Settings', u'  warning  sign-in: off: nobody can sign in -> set TRAC_OIDC_ISSUER and '
        u'TRAC_OIDC_CLIENT_ID', u'', u'1 warning.'])


def test_errors_are_exit_status_2(run, env):
    status, output, _ = run('--offline', TRAC_ENV=env + '-not-there',
                            TRAC_BASE_URL='http://localhost:8080')
    assert (status, output.splitlines()[-1]) == (2, u'1 error, 1 warning.')
    assert u'trac-unit init %s-not-there' % env in output


def test_every_line_has_a_mark_a_subject_and_what_was_found(run, env):
    _, output, _ = run(TRAC_ENV=env)
    told = [line for line in output.splitlines() if line.startswith(u'  ')]
    assert len(told) > 15
    for line in told:
        assert line[2:10].strip() in ('ok', 'note', 'warning', 'error')
        assert u': ' in line


@pytest.fixture
def one_moment(monkeypatch):
    """Two clocks that stand still, so that each run measures the same difference: 2 seconds."""
    listening = provider_theme.ListeningTransport
    monkeypatch.setattr(provider_theme, '_date', lambda headers: 1700000000)
    monkeypatch.setattr(provider_theme, 'ListeningTransport',
                        lambda transport, clock: listening(transport, lambda: 1700000002.5))


def test_json_holds_the_same_for_a_program(run, signed_in, one_moment):
    text_status, text, _ = run(**signed_in)
    assert u"clock: 2 s from the provider's" in text
    status, output, _ = run('--json', **signed_in)
    found = json.loads(output)
    assert status == text_status == found['exit_status']
    assert len(found['results']) == sum(line.startswith(u'  ') for line in text.splitlines())
    for each in found['results']:
        assert set(each) == {'theme', 'mark', 'subject', 'found', 'mend'}
        assert u'%s: %s' % (each['subject'], each['found']) in text


@pytest.mark.parametrize('arguments', [(), ('--json',), ('--offline',), ('--json', '--offline')])
@pytest.mark.parametrize('more', [
    {}, {'TRAC_OIDC_CLIENT_AUTH': 'none'}, {'TRAC_OIDC_CLIENT_SECRET_FILE': '/dev/null'},
    {'TRAC_OIDC_CLIENT_ID': ''}, {'TRAC_OIDC_CLIENT_SECRET': SECRET + '\x01'},
    {'TRAC_OIDC_CLIENT_SECRETT': SECRET}])
def test_no_secret_is_printed_whatever_is_wrong(run, signed_in, arguments, more):
    _, output, errors = run(*arguments, **dict(signed_in, **more))
    assert u'TRAC_OIDC_CLIENT_SECRET' in output
    assert SECRET not in output + errors


def test_nor_one_of_a_file(run, signed_in, tmpdir):
    file = tmpdir.join('secret')
    file.write(SECRET + '\n')
    os.chmod(str(file), 0o600)
    variables = dict(signed_in, TRAC_OIDC_CLIENT_SECRET='',
                     TRAC_OIDC_CLIENT_SECRET_FILE=str(file))
    status, output, _ = run(**variables)
    assert status == 0
    assert str(file) in output and SECRET not in output


def test_colours_are_for_a_terminal_only():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    painted = check._painter(Terminal(), {'TERM': 'xterm'})('error', 'error')
    assert painted == '\x1b[31merror\x1b[0m'
    for stream, environ in ((io.StringIO(), {'TERM': 'xterm'}), (Terminal(), {'TERM': 'dumb'}),
                            (Terminal(), {}), (Terminal(), {'TERM': 'xterm', 'NO_COLOR': '1'})):
        assert check._painter(stream, environ)('error', 'error') == 'error'


def test_the_output_of_a_run_that_is_no_terminal_has_no_escapes(run, env):
    assert u'\x1b' not in run(TRAC_ENV=env)[1]


def test_a_configuration_is_read_from_standard_input(run, unit_file, monkeypatch):
    with open(unit_file(), 'rb') as file:
        class Input(object):
            buffer = file
            read = file.read

        monkeypatch.setattr(sys, 'stdin', Input())
        status, output, _ = run('--config', '-')
    assert status == 1  # sign-in is off
    assert u'the application trac of standard input' in output


def test_settings_of_the_process_are_not_those_of_unit(run, unit_file):
    output = run('--config', unit_file(), TRAC_UNIT_TUNING='sideways')[1]
    assert u'TRAC_UNIT_TUNING' not in output


def test_another_module_is_found_by_the_applications_name(run, unit_file):
    path = unit_file(module='our_wrapper')
    status, _, errors = run('--config', path)
    assert status == 2 and 'name one of these with --application: other, trac' in errors
    assert u'TRAC_ENV' in run('--config', path, '--application', 'trac')[1]
    status, _, errors = run('--config', path, '--application', 'mine')
    assert status == 2 and 'no application mine' in errors


@pytest.mark.parametrize('content, told', [
    (b'', 'is no JSON'), (b'\xff\xfe', 'is no JSON'), (b'<html>', 'is no JSON'),
    (b'[' * 100000, 'is no'), (b'[]', 'no "applications"'), (b'null', 'no "applications"'),
    (b'{}', 'no "applications"'), (b'{"applications": []}', 'no "applications"'),
    (b'{"applications": {}}', 'only: none|: none'),
    (b'{"applications": {"a": 1, "b": null, "c": []}}', ': none'),
    (b'{"applications": {"a": {"targets": [], "module": []}}}', ': a'),
    (b'{"applications": {"a": {"module": "trac_unit.trac_wsgi", "environment": []}}}',
     'no object'),
    (b'{"applications": {"a": {"module": "trac_unit.trac_wsgi", "environment": {"X": 1}}}}',
     'X in the application is no text'),
    (b'{"applications": {"a": {"module": "trac_unit.trac_wsgi", "user": 1}}}',
     'user in the application is no text'),
    (b'{"applications": {"a": {"module": "trac_unit.trac_wsgi"},'
     b' "b": {"targets": {"x": {"module": "trac_unit.trac_wsgi"}}}}}', 'More than one')])
def test_what_is_no_configuration_is_one_sentence(run, tmpdir, content, told):
    file = tmpdir.join('unit.json')
    file.write(content, 'wb')
    status, output, errors = run('--config', str(file))
    assert status == 2 and not output
    assert errors.count('\n') == 1 and any(each in errors for each in told.split('|'))


@pytest.mark.parametrize('arguments, told', [
    (('--config', '/nowhere/unit.json'), 'cannot be read: No such file'),
    (('--application', 'trac'), 'needs --config'),
    (('--user', 'nobody-of-that-name'), 'There is no user'),
    (('--unit-modules', '/nowhere'), 'There is no folder /nowhere')])
def test_what_cannot_be_done_as_asked_is_one_sentence(run, env, arguments, told):
    status, output, errors = run(*arguments, TRAC_ENV=env)
    assert status == 2 and not output
    assert errors.count('\n') == 1 and told in errors


def test_nothing_at_all_is_set(run):
    status, output, errors = run()
    assert status == 2 and not errors
    assert u'error    TRAC_ENV: expected it or TRAC_ENV_PARENT_DIR' in output
    assert u'not looked at' in output


def test_a_check_changes_nothing(run, env, signed_in):
    def state():
        return sorted((place, sorted(names), os.stat(place).st_mtime)
                      for place, _, names in os.walk(env))

    before = state()
    run(**signed_in)
    assert state() == before


def test_names_that_are_no_utf_8_are_told(run, env, process):
    """A folder beside the environments that was copied from an older machine."""
    parent = os.path.dirname(env)
    os.mkdir(os.path.join(parent.encode(), b'caf\xe9'))
    status, out, err = run('--offline', '--parent', parent)
    assert status == 1 and err == ''
    assert re.search('  warning  caf.*: there is no Trac environment at .*/caf', out)
    status, out, err = run('--offline', '--parent', parent, '--json')
    assert status == 1 and err == ''
    assert any(result['mark'] == 'warning' and 'no Trac environment at ' in result['found']
               for result in json.loads(out)['results'])
    status, out, err = run(
        '--offline', os.path.join(parent, 'caf\xe9' if PY2 else 'caf\udce9'))
    assert status == 2 and err == '' and re.search('error .*caf', out)

# -*- coding: utf-8 -*-
"""The trac-unit command: its usage, its exit statuses, and what it says of trouble."""
import subprocess
import sys

import pytest

from support.serving import child_environ
import trac_unit
from trac_unit._compat import PY2
from trac_unit.cli import main
from trac_unit.cli.commands import check
from trac_unit.cli.host.errors import CommandError


class Command(object):
    """A subcommand whose run() does what a test wants."""

    NAME = 'try'
    HELP = 'try something out'
    EXAMPLES = 'examples:'

    def __init__(self, run):
        self.run = run

    def add_arguments(self, parser):
        parser.add_argument('--number', type=int, default=1)


def raiser(error):
    def run(args):
        raise error
    return run


def python(*arguments, **variables):
    """Run this Python; return its exit status, output and errors, as text."""
    popen = subprocess.Popen((sys.executable,) + arguments, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=child_environ(variables))
    out, err = popen.communicate()
    return popen.returncode, out.decode('utf-8'), err.decode('utf-8')


def test_what_the_authors_of_a_library_warn_of_is_not_shown(tmpdir):
    tmpdir.join('.trac-unit-sessions.db').write('')
    assert python('-m', 'trac_unit', 'sessions', str(tmpdir), TRAC_OIDC_CLIENT_ID='trac',
                  TRAC_OIDC_ISSUER='https://id.example.org') == (0, 'Nobody is signed in.\n', '')


@pytest.mark.skipif(PY2, reason='no argcomplete of today runs on Python 2.7')
@pytest.mark.parametrize('typed, completed', [
    ('', [command.NAME for command in main.COMMANDS]), ('che', ['check']),
    ('check --off', ['--offline']), ('--vers', ['--version'])])
def test_a_shell_is_told_how_the_line_could_go_on(typed, completed, tmpdir):
    line, answer = 'trac-unit ' + typed, tmpdir.join('answer')
    status, out, _ = python('-m', 'trac_unit', _ARGCOMPLETE='1', _ARGCOMPLETE_IFS='\n',
                            _ARGCOMPLETE_SUPPRESS_SPACE='1', COMP_LINE=line,
                            COMP_POINT=str(len(line)), _ARGCOMPLETE_STDOUT_FILENAME=str(answer))
    assert (status, out) == (0, '')
    assert answer.read().split('\n') == completed


def test_a_shell_that_asks_where_nobody_can_tell_gets_nothing(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, 'argcomplete', None)
    monkeypatch.setenv('_ARGCOMPLETE', '1')
    with pytest.raises(SystemExit) as exit:
        main.main(['check'])
    assert exit.value.code == 1
    assert capsys.readouterr() == ('', '')


def test_help_lists_every_command(capsys):
    assert main.main(['--help']) == 0
    out = ' '.join(capsys.readouterr().out.split())
    assert main.COMMANDS
    for command in main.COMMANDS:
        assert command.NAME in out and command.HELP in out


@pytest.mark.parametrize('command', main.COMMANDS, ids=lambda command: command.NAME)
def test_each_command_has_help_of_its_own(command, capsys):
    assert main.main([command.NAME, '--help']) == 0
    out = capsys.readouterr().out
    assert 'usage: trac-unit ' + command.NAME in out
    assert command.HELP in ' '.join(out.split())
    assert '\nexamples:\n  ' in out and 'trac-unit %s' % command.NAME in command.EXAMPLES


def test_version(capsys):
    assert main.main(['--version']) == 0
    assert capsys.readouterr() == ('trac-unit %s\n' % trac_unit.__version__, '')


def test_no_command_shows_help_as_an_error(capsys):
    assert main.main([]) == 2
    captured = capsys.readouterr()
    assert 'usage: trac-unit' in captured.err and not captured.out


@pytest.mark.parametrize('argv', [['no-such-command'], ['--no-such-option'],
                                  ['try', '--number', 'x'], ['try', 'surplus']])
def test_wrong_usage_is_status_2_with_a_message(argv, capsys):
    command = Command(lambda args: pytest.fail('ran'))
    assert main.main(argv, [command]) == 2
    err = capsys.readouterr().err
    assert err.startswith('trac-unit') and err.count('\n') == 1
    assert err.endswith(' --help shows how.\n')


def test_a_command_gets_its_arguments_and_decides_the_status():
    seen = []

    def run(args):
        seen.append(args.number)
        return 5
    assert main.main(['try', '--number', '7'], [Command(run)]) == 5
    assert seen == [7]


def test_trouble_is_a_sentence_and_a_status_without_traceback(capsys):
    error = CommandError('slug', 'The thing is missing; get one.')
    assert main.main(['try'], [Command(raiser(error))]) == 2
    captured = capsys.readouterr()
    assert captured.err == 'trac-unit: The thing is missing; get one.\n'
    assert captured.out == ''


def test_trouble_of_another_program_shows_the_end_of_its_log(capsys):
    error = CommandError('slug', 'It broke.', 1, u'    first\n    last')
    assert main.main(['try'], [Command(raiser(error))]) == 1
    assert capsys.readouterr().err == (
        'trac-unit: It broke.\nThe end of its log:\n\n    first\n    last\n')


def test_what_nobody_foresaw_is_a_sentence_too_and_a_traceback_when_asked_for(capsys):
    command = Command(raiser(ValueError('one\n  two')))
    assert main.main(['try'], [command]) == 1
    captured = capsys.readouterr()
    assert captured.err == ('trac-unit: try failed: ValueError: one two; trac-unit --traceback '
                            'try shows where.\n')
    assert captured.out == ''
    with pytest.raises(ValueError):
        main.main(['--traceback', 'try'], [command])


def test_a_check_that_nobody_foresaw_does_not_pass_for_warnings(monkeypatch):
    for error in ValueError('odd'), CommandError('output', 'It cannot be written.', 1):
        monkeypatch.setattr(check, '_context', raiser(error))
        assert main.main(['check'], [check]) == 2


def test_an_interrupted_command_is_status_130():
    assert main.main(['try'], [Command(raiser(KeyboardInterrupt()))]) == 130


def test_python_m_trac_unit_is_the_command():
    status, out, err = python('-m', 'trac_unit', '--help')
    assert (status, err) == (0, '')
    assert out.startswith('usage: trac-unit ')
    status, out, err = python('-m', 'trac_unit', 'no-such-command')
    assert status == 2
    assert 'no-such-command' in err and 'Traceback' not in err


def test_help_does_not_wait_for_trac_to_be_imported():
    status, out, err = python('-c', 'import sys, trac_unit.cli.main\n'
                              'print(sorted(set(["trac", "authlib"]) & set(sys.modules)))')
    assert (status, out.strip()) == (0, '[]'), err

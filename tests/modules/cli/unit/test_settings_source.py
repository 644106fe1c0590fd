"""Where a command takes the settings of an application from."""
import argparse
import io
import json

import pytest

from trac_unit.cli.host.errors import CommandError
from trac_unit.cli.unit import settings_source

ENVIRON = {'TRAC_ENV': '/of/this/process'}
UNIT = {'applications': {'trac': {'module': 'trac_unit.trac_wsgi',
                                  'environment': {'TRAC_ENV': '/of/unit'}},
                         'other': {'type': 'php'}}}


def read(*arguments):
    parser = argparse.ArgumentParser()
    settings_source.add_arguments(parser)
    return settings_source.read(parser.parse_args(arguments), ENVIRON)


@pytest.fixture
def file(tmpdir):
    file = tmpdir.join('unit.json')
    file.write(json.dumps(UNIT))
    return str(file)


def test_it_is_the_process_if_nothing_else_is_asked_for():
    found = read()
    assert found == (ENVIRON, 'the environment of this process', None, None, None)
    assert found.environ is not ENVIRON


def test_it_is_our_application_of_a_configuration(file):
    found = read('--config', file)
    assert found.environ == {'TRAC_ENV': '/of/unit'}
    assert found.name == 'the application trac of ' + file
    assert (found.application_name, found.unit) == ('trac', UNIT)
    assert read('--config', file, '--application', 'other').environ == {}


def test_a_dash_is_standard_input(monkeypatch):
    class Input(object):
        buffer = io.BytesIO(json.dumps(UNIT).encode('ascii'))
        read = buffer.read

    monkeypatch.setattr('sys.stdin', Input())
    found = read('--config', '-')
    assert found.environ == {'TRAC_ENV': '/of/unit'}
    assert found.name == 'the application trac of standard input'


@pytest.mark.parametrize('arguments, variable', [
    (['projects'], 'TRAC_ENV'), (['--parent', 'projects'], 'TRAC_ENV_PARENT_DIR')])
def test_a_place_on_the_command_line_takes_that_of_the_variables(arguments, variable, tmpdir):
    with tmpdir.as_cwd():
        assert read(*arguments).environ == {variable: str(tmpdir.join('projects'))}


def test_there_is_one_place(capsys):
    for arguments in (['a', '--parent', 'b'], ['a', '--config', 'b'],
                      ['--parent', 'a', '--config', 'b']):
        with pytest.raises(SystemExit):
            read(*arguments)
        assert 'not allowed with' in capsys.readouterr().err


@pytest.mark.parametrize('arguments, reason', [
    (['--application', 'trac'], 'application'), (['--config', '/nowhere/unit.json'], 'config'),
    (['--config', '/'], 'config'), (['--config', ''], 'config'), ([''], 'path'),
    (['--parent', ''], 'path')])
def test_what_cannot_be_done_as_asked_is_a_sentence(arguments, reason):
    with pytest.raises(CommandError) as caught:
        read(*arguments)
    assert caught.value.reason == reason and str(caught.value).endswith('.')

"""What the README tells a person to type or to paste is what the code takes."""

import io
import json
import os
import re
import shlex

import pytest

from support.paths import ROOT
from trac_unit._compat import native
from trac_unit.cli import main
from trac_unit.settings.config import Config
from trac_unit.settings.table import SETTINGS

VARIABLES = set(setting.variable for setting in SETTINGS)
VARIABLES.update(setting.variable + '_FILE' for setting in SETTINGS if setting.secret)

with io.open(os.path.join(ROOT, 'README.rst'), encoding='utf-8') as _file:
    README = native(_file.read())

#: The section that everybody follows; those behind it add to it, each for some.
INSTALL = re.search(r'^Install it\n-+\n(.*?)^[^\n]+\n---', README, re.M | re.S).group(1)


def exported(text):
    return dict(pair.split('=', 1) for line in re.findall(r'^ +export (.*)$', text, re.M)
                for pair in line.split())


COMMANDS = re.findall(r'^ +(?:for .*; do )?(trac-unit [^;\n]*)', README, re.M)
EXPORTED = exported(INSTALL)


def pasted():
    """The one listener, and the one application, of Unit's configuration in the README."""
    block = re.search(r'^[.][.] code-block:: json\n\n(.*?)\n\n(?=\S)', README, re.M | re.S)
    configuration = json.loads(block.group(1))
    assert set(configuration) == {'listeners', 'applications'}
    listener, = configuration['listeners'].values()
    (name, application), = configuration['applications'].items()
    assert listener == {'pass': 'applications/' + name}
    return application


def settings(variables):
    variables = dict((native(name), native(value)) for name, value in variables.items())
    return Config.from_environ(variables, read_file=lambda path: u'secret')


def test_the_configuration_to_paste_signs_people_in():
    application = pasted()
    assert application['module'] == 'trac_unit.trac_wsgi'
    assert settings(application['environment']).sign_in


def test_the_settings_to_export_are_those_of_the_configuration():
    variables = dict((name, value) for name, value in EXPORTED.items() if name != 'PATH')
    assert variables == pasted()['environment'] and len(variables) == 4
    assert EXPORTED['PATH'].startswith(pasted()['home'] + '/bin:')


def test_what_else_is_exported_goes_with_them():
    further = dict(pair for pair in exported(README).items() if pair not in EXPORTED.items())
    assert set(further) == {'TRAC_OIDC_CLIENT_AUTH', 'TRAC_OIDC_CLIENT_KEY_FILE',
                            'TRAC_OIDC_SESSION_STORE_FILE'}
    variables = dict(pasted()['environment'], **further)
    del variables['TRAC_OIDC_CLIENT_SECRET_FILE']  # the key stands in for it
    read = {'/etc/trac/session-store': u'rediss://:x@redis.example.org:6379/0'}
    assert Config.from_environ(variables, read_file=read.get).oidc_client_auth == 'private_key_jwt'


def test_there_are_commands_to_type():
    assert [command.split()[1] for command in COMMANDS] == [
        'init', 'check', 'apply', 'sessions', 'init', 'check', 'apply']


@pytest.mark.parametrize('command', COMMANDS)
def test_a_command_to_type_has_arguments_that_it_takes(command):
    for variable, value in (('$TRAC_ENV', EXPORTED['TRAC_ENV']), ('$name', 'one')):
        command = command.replace(variable, value)
    arguments = shlex.split(command)[1:]
    assert main.build_parser(main.COMMANDS).parse_args(arguments).command == arguments[0]


def test_every_command_that_is_named_exists():
    named = set(re.findall(r'``trac-unit ([a-z]+)', README))
    assert named and named <= set(command.NAME for command in main.COMMANDS)


def test_every_variable_that_is_named_exists():
    named = set(re.findall(r'\bTRAC_(?:ENV|BASE|LOCALE|TEMPLATE|OIDC|UNIT)[A-Z_]*', README))
    assert len(named) > 20
    assert named <= VARIABLES


def test_every_file_that_is_named_exists():
    named = re.findall(r'python3 (\S+\.py)|image:: (\S+)|<(\S+\.rst)>', README)
    named = [name for names in named for name in names if name]
    assert len(named) >= 6
    assert [name for name in named if not os.path.exists(os.path.join(ROOT, name))] == []

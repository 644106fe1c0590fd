"""trac-unit reload: one variable changes, and nothing else."""

import copy

from fake_unit import OTHER, fake, folder, no_variables  # noqa: F401 (fixtures)
from trac_unit.cli import main, reload


def test_reload_changes_a_variable_and_nothing_else(fake, capsys):  # noqa: F811
    fake.config = copy.deepcopy(OTHER)
    fake.config['applications']['trac'] = {'environment': {'TRAC_ENV': '/srv/env'}}
    assert main(['reload', '--control', fake.address]) == 0
    (path, value), = fake.puts
    assert path == '/config/applications/trac/environment/RELOADED_BY_TRAC_UNIT'
    assert fake.config['applications']['trac'] == {
        'environment': {'TRAC_ENV': '/srv/env', 'RELOADED_BY_TRAC_UNIT': value}}
    assert 'trac' in capsys.readouterr().out


def test_reload_of_an_application_without_variables(fake):  # noqa: F811
    fake.config = {'applications': {'wiki': {'type': 'python'}}}
    assert main(['reload', '--name', 'wiki', '--control', fake.address]) == 0
    assert list(fake.config['applications']['wiki']['environment']) == ['RELOADED_BY_TRAC_UNIT']


def test_reload_names_the_applications_there_are(fake, capsys):  # noqa: F811
    fake.config = copy.deepcopy(OTHER)
    assert main(['reload', '--control', fake.address]) == 2
    assert 'has no application trac (it has shop)' in capsys.readouterr().err


def test_two_reloads_never_have_the_same_value():
    assert reload.stamp(0) == '1970-01-01T00:00:00.000000Z'
    assert reload.stamp(1.25) == '1970-01-01T00:00:01.250000Z'


def test_the_variable_of_reload_is_no_setting():
    assert not reload.VARIABLE.startswith(('TRAC_OIDC_', 'TRAC_UNIT_'))

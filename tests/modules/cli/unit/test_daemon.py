"""A Unit of our own: where it is, what it can run, what it says."""
import pytest

from trac_unit.cli.unit import daemon


def test_unitd_is_found_by_its_variable_then_the_path(tmpdir, monkeypatch):
    monkeypatch.setattr(daemon, 'USUAL_FOLDERS', (str(tmpdir.mkdir('usual')),))
    for name in ('named', 'path', 'usual'):
        program = tmpdir.ensure(name, 'unitd')
        program.chmod(0o755)
    environ = {'UNITD': str(tmpdir.join('named', 'unitd')), 'PATH': str(tmpdir.join('path'))}
    found = []
    for variable in ('UNITD', 'PATH', None):
        found.append(daemon.find(environ))
        environ.pop(variable, None)
    assert found == [str(tmpdir.join(name, 'unitd')) for name in ('named', 'path', 'usual')]


def test_a_unitd_that_cannot_be_run_is_none(tmpdir, monkeypatch):
    monkeypatch.setattr(daemon, 'USUAL_FOLDERS', ())
    tmpdir.ensure('unitd').chmod(0o644)
    assert daemon.find({'PATH': str(tmpdir)}) is None


def test_the_modules_are_those_of_units_log(tmpdir):
    tmpdir.join('log').write(
        '2026/02/20 [notice] 1#1 module: python 3.9.2 "/usr/lib/unit/modules/python3.unit.so"\n'
        '2026/02/20 [notice] 1#1 module: php 8.2.1 "/usr/lib/unit/modules/php.unit.so"\n'
        '2026/02/20 [notice] 1#1 module: python 3.13.0 "/usr/lib/unit/modules/py.unit.so"\n')
    unit = daemon.Unit('unitd', str(tmpdir), str(tmpdir.join('log')))
    assert unit.python_versions() == ['3.9', '3.13']


@pytest.mark.parametrize('answer, expected', [
    ('{"error": "Failed to apply new configuration."}', 'Failed to apply new configuration'),
    ('{"error": "Invalid JSON.", "detail": "A comma."}', 'Invalid JSON: A comma'),
    ('[]', ''), ('{"error": 5}', '{"error": 5}'), ('<html>', '<html>')])
def test_what_unit_says_of_a_refused_configuration(answer, expected):
    assert daemon._explanation(answer) == expected

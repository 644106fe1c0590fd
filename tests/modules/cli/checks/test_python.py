# -*- coding: utf-8 -*-
"""What `trac-unit check` says of the Python and of Unit's modules of a machine."""

import os
import sys

import pytest

from support.checking import context, found, one
from support.serving import Unavailable, UnitServer, find_program, skip_unless_required
from trac_unit._compat import PY2, to_text
from trac_unit.cli.checks import python
from trac_unit.cli.host import trac_environment
from trac_unit.cli.host.accounts import Account
from trac_unit.cli.host.errors import CommandError
from trac_unit.cli.unit import python_modules

STRANGER = Account('stranger', 54321, 54321, ())
VERSION = '%d.%d' % sys.version_info[:2]
BASE = {'TRAC_ENV': '/nowhere/trac'}
OIDC = dict(BASE, TRAC_OIDC_ISSUER='https://login.example.org', TRAC_OIDC_CLIENT_ID='trac')
OTHER = '3.13' if VERSION != '3.13' else '3.12'


# Unit's modules

@pytest.fixture
def modules(tmpdir):
    """Make files as of modules for these versions; returns their folder."""
    def make(*versions):
        for version in versions:
            tmpdir.join('python%s.unit.so' % version).write('')
        tmpdir.join('php.unit.so').write('')
        return str(tmpdir)
    return make


def test_a_module_for_this_python(modules):
    mark, _, text, _ = one(python.modules, BASE, modules=modules(VERSION))
    assert mark == 'ok' and VERSION in text


def test_modules_for_other_pythons_only(modules):
    mark, _, text, mend = one(python.modules, BASE, modules=modules('3.8', OTHER))
    assert mark == 'error' and text.endswith('for: 3.8, %s' % OTHER)
    assert mend.startswith('install unit-python%s' % VERSION)


def test_no_module_at_all(modules):
    mark, _, text, _ = one(python.modules, BASE, modules=modules())
    assert mark == 'error' and text.endswith('for: none')


@pytest.mark.parametrize('kind, mark', [
    ('python', 'error'), ('python 3', 'ok' if not PY2 else 'error'), ('python ' + VERSION, 'ok'),
    ('python %s.7' % VERSION, 'ok'), ('python 9.99', 'error')])
def test_the_python_that_the_applications_type_asks_for(modules, kind, mark):
    folder = modules(VERSION, '9.99') if mark == 'error' else modules(VERSION, '2.6')
    result = one(python.modules, BASE, modules=folder, application={'type': kind})
    assert result[0] == mark
    if mark == 'error':
        assert result[2].startswith('"%s' % kind)
        assert result[3] == 'write "type": "python %s"' % VERSION


def test_the_highest_version_is_a_number_not_a_word(modules):
    assert python_modules.python_versions(modules('3.9', '3.13', '2.7')) == ['2.7', '3.9', '3.13']


@pytest.mark.unit
def test_of_a_real_unit_it_tells_what_that_does():
    mark = 'ok'
    try:
        UnitServer(BASE).stop()
    except Unavailable as e:
        if 'has no module' not in str(e):
            skip_unless_required(e)
        mark = 'error'
    program = os.environ.get('UNITD') or find_program('unitd')
    told = one(python.modules, BASE, process={'UNITD': program})
    assert told[0] == mark, told


def test_without_unit_its_modules_are_not_known(monkeypatch):
    monkeypatch.setattr(python_modules, 'USUAL_FOLDERS', ('/nowhere',))
    for environ in {}, {'UNITD': '/nowhere/unitd'}:
        monkeypatch.setattr('trac_unit.cli.unit.daemon.USUAL_FOLDERS', ())
        mark, _, text, mend = one(python.modules, BASE, process=environ)
        assert mark == 'warning' and mend == 'trac-unit check --unit-modules DIR'


# The interpreter

def test_this_python_is_told():
    assert one(python.interpreter, BASE) == ('ok', 'Python', '%s, %s' % (VERSION, sys.prefix),
                                             None)


def test_a_python_that_units_user_cannot_read(monkeypatch, tmpdir):
    assert one(python.readable, BASE)[0] == 'ok'
    looked_at = context(BASE)
    looked_at.account = STRANGER
    for folder in sys.prefix, os.path.dirname(os.__file__):
        monkeypatch.setattr(Account, 'may', lambda self, path, how: path != folder)
        mark, _, text, mend = one(python.readable, looked_at)
        assert mark == 'error' and text.startswith('stranger cannot read %s,' % folder)
        assert mend == 'install both where that user can read, such as below /srv'


def test_another_virtual_environment_than_units(tmpdir):
    home = tmpdir.mkdir('venv')
    results = found(python.interpreter, BASE, application={'home': to_text(str(home))})
    assert results[1][0] == 'warning'
    assert results[1][3] == '%s/bin/trac-unit check' % home
    home.remove()
    results = found(python.interpreter, BASE, application={'home': to_text(str(home))})
    assert results[1][:3] == ('error', 'home', 'there is no folder %s, in which Unit looks for '
                              'Python and Trac' % home)
    assert len(found(python.interpreter, BASE, application={'home': sys.prefix})) == 1


def test_the_packages_are_there():
    assert set(result[0] for result in found(python.packages, BASE)) == {'ok'}


def test_without_pkg_resources_trac_does_not_start(monkeypatch):
    monkeypatch.setitem(sys.modules, 'pkg_resources', None)
    mark, subject, _, mend = one(python.packages, BASE)
    assert (mark, subject) == ('error', 'pkg_resources')
    assert 'pip install' in mend and 'setuptools<' in mend


def test_a_trac_that_cannot_be_imported_is_told_with_what_mends_it(monkeypatch):
    def import_trac():
        raise CommandError('trac_import', 'Trac cannot be imported: ImportError: x')

    monkeypatch.setattr(trac_environment, 'import_trac', import_trac)
    mark, _, said, mend = one(python.trac_version, BASE)
    assert (mark, said) == ('error', 'Trac cannot be imported: ImportError: x')
    assert mend.endswith(' -m pip install --upgrade trac-unit')


def test_a_package_of_another_version(monkeypatch):
    import pkg_resources

    def conflict(name):
        raise pkg_resources.VersionConflict('Trac 1.2', 'Trac>=1.6')

    def missing(name):
        raise pkg_resources.DistributionNotFound(pkg_resources.Requirement.parse('WebOb'), None)

    monkeypatch.setattr(pkg_resources, 'require', conflict)
    assert found(python.packages, BASE)[1][:3] == (
        'warning', 'packages', 'Trac 1.2 is installed, and Trac>=1.6 is needed')
    monkeypatch.setattr(pkg_resources, 'require', missing)
    assert found(python.packages, BASE)[1][:3] == ('error', 'packages', 'WebOb is missing')


@pytest.mark.parametrize('version, mark', [
    (python.TRAC, 'ok'), (python.TRAC + '.9', 'ok'), ('1.2.3', 'error'), ('1.60', 'error')])
def test_the_version_of_trac(monkeypatch, version, mark):
    monkeypatch.setattr('trac.__version__', version)
    assert one(python.trac_version, BASE)[0] == mark


@pytest.mark.parametrize('wanted, exist, mark, told', [
    (None, ['en_US.UTF-8', 'C.UTF-8'], 'ok', 'en_US.UTF-8'), (None, ['C.UTF-8'], 'ok', 'C.UTF-8'),
    (None, [], 'warning', 'gets C'), ('cs_CZ.UTF-8', ['C.UTF-8'], 'warning', 'gets C.UTF-8'),
    ('cs_CZ.UTF-8', ['cs_CZ.UTF-8'], 'ok', 'cs_CZ.UTF-8'), ('C', ['C.UTF-8'], 'ok', 'C'),
    ('C', [], 'ok', 'C')])
def test_the_locale(monkeypatch, wanted, exist, mark, told):
    monkeypatch.setattr(python, 'choose', lambda name: (
        [each for each in (name, 'C.UTF-8') if each in exist + ['C']] + ['C'])[0])
    result = one(python.process_locale, dict(BASE, TRAC_LOCALE=wanted) if wanted else BASE)
    assert result[0] == mark and told in result[2]
    if mark == 'warning':
        assert result[3] == 'localedef -i %s -f UTF-8 %s' % (
            (wanted or 'en_US').split('.')[0], wanted or 'en_US.UTF-8')


@pytest.mark.parametrize('application, path, mark', [
    ({'x': 1}, None, 'error'), ({'x': 1}, '/usr/bin', 'error'), (None, '/usr/bin', 'warning'),
    ({'x': 1}, '/usr/bin:/srv/venv/bin', 'ok')])
def test_python_2_finds_its_virtual_environment_by_path(monkeypatch, application, path, mark):
    monkeypatch.setattr(python, 'PY2', True)
    monkeypatch.setattr(sys, 'prefix', '/srv/venv')
    monkeypatch.setattr(sys, 'base_prefix', '/usr', raising=False)
    looked_at = dict(BASE, PATH=path) if path else BASE
    assert one(python.search_path, looked_at, application=application)[0] == mark


def test_others_need_no_path(monkeypatch):
    monkeypatch.setattr(python, 'PY2', False)
    assert found(python.search_path, BASE) == []


@pytest.mark.parametrize('name, application, mark', [
    ('PYTHONHOME', None, 'error'), ('PYTHONPATH', None, 'warning'), ('PYTHONUTF8', None, 'note'),
    ('PYTHONUTF8', {'home': u'/srv/venv'}, 'note' if PY2 else 'warning'),
    ('PYTHONPATH', {'home': u'/srv/venv'}, 'warning'),
    ('PYTHONHOME', {'home': u'/srv/venv'}, 'error' if PY2 else 'warning'),
    ('PYTHON_EGG_CACHE', None, None)])
def test_variables_that_lead_python_astray(name, application, mark):
    results = found(python.variables, dict(BASE, **{name: '/x'}), application=application)
    assert [result[:2] for result in results] == ([(mark, name)] if mark else [])

"""examples/demo.py, the file that a fresh machine starts with."""
import importlib
import os
import sys

import pytest

from support.paths import EXAMPLES
from trac_unit.cli.commands import demo


RUNS = sys.version_info >= demo.OLDEST_PYTHON


@pytest.fixture
def bootstrap(monkeypatch, tmpdir):
    """examples/demo.py as a module, with a tree and a virtual environment of this test's own."""
    monkeypatch.syspath_prepend(EXAMPLES)
    sys.modules.pop('demo', None)
    module = importlib.import_module('demo')
    tree = tmpdir.mkdir('tree')
    tree.join('setup.py').write('setup')
    tree.ensure('trac_unit', '__init__.py').write('one')
    monkeypatch.setattr(module, 'TREE', str(tree))
    monkeypatch.setattr(module, 'VENV', str(tree.join('.venv-demo')))
    try:
        yield module
    finally:
        sys.modules.pop('demo', None)


@pytest.mark.parametrize('version, system, expected', [
    ((2, 7), 'posix', 'this is Python 2.7'), ((3, 9), 'posix', 'this is Python 3.9'),
    ((3, 12), 'nt', 'not on Windows')])
def test_the_bootstrap_refuses_a_python_that_will_not_do(bootstrap, version, system, expected):
    with pytest.raises(bootstrap.Trouble) as caught:
        bootstrap.check_python(version, system)
    assert expected in str(caught.value)


def test_the_bootstrap_on_this_python(bootstrap):
    if RUNS:
        bootstrap.check_python(sys.version_info, os.name)
    else:
        assert bootstrap.main([]) == 2


@pytest.fixture
def executed(bootstrap, monkeypatch):
    """What was done: 'venv', 'install', and at last the command."""
    if not RUNS:
        pytest.skip('the demo needs Python 3.10 or newer')
    done = []

    def make_venv():
        os.mkdir(bootstrap.VENV)
        done.append('venv')

    def install(requirement):
        assert os.listdir(requirement[:-len('[demo]')])
        done.append('install')
    monkeypatch.setattr(bootstrap, 'make_venv', make_venv)
    monkeypatch.setattr(bootstrap, 'install', install)
    monkeypatch.setattr(os, 'execv', lambda program, argv: done.append(argv))
    return done


def test_the_bootstrap_installs_once_and_again_when_a_file_changed(bootstrap, executed, tmpdir):
    command = [os.path.join(bootstrap.VENV, 'bin', 'trac-unit'), 'demo', '--port', '1234']
    bootstrap.main(['--port', '1234'])
    assert executed == ['venv', 'install', command]
    bootstrap.main(['--port', '1234'])
    assert executed[3:] == [command]
    tmpdir.join('tree', 'trac_unit', '__init__.py').write('two')
    bootstrap.main(['--port', '1234'])
    assert executed[4:] == ['install', command]
    # pip would have left its traces here.
    assert sorted(os.listdir(bootstrap.TREE)) == ['.venv-demo', 'setup.py', 'trac_unit']


def test_the_bootstrap_begins_again_after_it_was_broken_off(bootstrap, executed, monkeypatch):
    install = bootstrap.install

    def broken_off(requirement):
        raise KeyboardInterrupt
    monkeypatch.setattr(bootstrap, 'install', broken_off)
    assert bootstrap.main([]) == 130
    monkeypatch.setattr(bootstrap, 'install', install)
    bootstrap.main([])
    assert executed[:2] == ['venv', 'install']


def test_the_bootstrap_without_ensurepip(bootstrap, monkeypatch):
    monkeypatch.setitem(sys.modules, 'ensurepip', None)
    with pytest.raises(bootstrap.Trouble) as caught:
        bootstrap.make_venv()
    assert 'apt install python3-venv' in str(caught.value)


@pytest.mark.parametrize('said, expected', [
    ('Failed to establish: [Errno -3] Temporary failure in name resolution',
     'cannot reach the Python Package Index'),
    ('error: metadata-generation-failed', 'pip failed; ')])
def test_the_bootstrap_tells_why_pip_failed(bootstrap, tmpdir, said, expected):
    python = tmpdir.join('tree', '.venv-demo', 'bin', 'python')
    python.write('#!/bin/sh\necho "Collecting Trac"\necho "%s" >&2\nexit 1\n' % said, ensure=True)
    python.chmod(0o755)
    with pytest.raises(bootstrap.Trouble) as caught:
        bootstrap.install('trac-unit[demo]')
    assert expected in str(caught.value) and said in str(caught.value)

"""What fits this machine: processes, and the virtual environment."""
import pytest

from support.configuring import refused, variables  # noqa: F401 (fixtures)
from trac_unit.cli.host import machine


@pytest.mark.parametrize('cpus, gib, expected', [
    (1, 4, 2), (2, 4, 2), (4, 16, 4), (64, 256, 8), (16, 1, 3), (4, .25, 1), (4, None, 4)])
def test_as_many_processes_as_processors_that_fit(cpus, gib, expected):
    assert machine.processes(cpus, gib and int(gib * 1024 ** 3)) == expected


def test_this_machine_has_processors_and_memory():
    assert machine.cpus() >= 1
    assert machine.memory() is None or machine.memory() > 2 ** 26


def test_a_virtual_environment_of_another_python_is_refused(
        refused, environment, tmpdir):  # noqa: F811
    tmpdir.join('lib', 'python3.9', 'site-packages').ensure(dir=True)
    err = refused(environment, '--home', str(tmpdir), '--python', '3.10')
    assert 'is of Python 3.9, not 3.10' in err


def test_a_folder_without_python_is_no_virtual_environment(
        refused, environment, tmpdir):  # noqa: F811
    assert 'no virtual environment' in refused(environment, '--home', str(tmpdir))

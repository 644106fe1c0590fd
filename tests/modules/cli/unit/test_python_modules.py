"""Unit's modules for Python: where they are, and for which version."""
import pytest

from support.checking import chmod
from trac_unit.cli.unit import python_modules


@pytest.mark.parametrize('name, inside, versions', [
    ('python3.unit.so', b'\x7fELF\x00libpython3.12.so.1.0\x00', ['3.12']),
    ('py3.11.unit.so', b'libpython3.11.so.1.0', ['3.11']),
    ('mine.unit.so', b'libpython3.13.so.1.0', ['3.13']),
    ('py3.11.unit.so', b'', ['3.11']), ('python-2.7.unit.so', b'', ['2.7']),
    ('python3.unit.so', b'', ['3']), ('python.unit.so', b'', []), ('mine.unit.so', b'', []),
    ('php8.unit.so', b'', []), ('python3.11.so', b'libpython3.11.so', [])])
def test_what_a_module_is_linked_to_counts_more_than_its_name(tmpdir, name, inside, versions):
    tmpdir.join(name).write(inside, 'wb')
    assert python_modules.python_versions(str(tmpdir)) == versions


def test_a_folder_that_is_none_has_no_modules():
    assert python_modules.python_versions('/nowhere') == []


def test_unitd_tells_where_its_modules_are(tmpdir):
    folder = str(tmpdir.mkdir('modules'))
    unitd = tmpdir.join('unitd')
    unitd.write('#!/bin/sh\nprintf \'  --modulesdir DIR  set modules directory name\\n'
                '   default: "%s"\\n\'\n' % folder)
    chmod(0o755, str(unitd))
    assert python_modules.folder({'UNITD': str(unitd)}) == folder

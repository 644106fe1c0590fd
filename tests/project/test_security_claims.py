"""Each claim of SECURITY.rst names the tests that show it, and those exist."""

import io
import os
import re

import pytest

from support.paths import ROOT, TESTS

SECURITY = os.path.join(ROOT, 'SECURITY.rst')


def read(path):
    with io.open(path, encoding='utf-8') as file:
        return file.read()


def claims():
    """The rows of the table of what holds: (against, what holds, shown by)."""
    section = read(SECURITY).partition(u'\nWhat holds\n')[2].partition(u'\nWhat does not\n')[0]
    rows = re.split(u'\n   \\* - ', section)[2:]  # behind the heading of the table
    return [tuple(' '.join(cell.split()) for cell in row.split(u'\n     - ')) for row in rows]


TESTS_THERE_ARE = set(test for folder, _, names in os.walk(TESTS) for name in names
                      if name.startswith('test_') and name.endswith('.py')
                      for test in re.findall(u'(?m)^def (test_\\w+)\\(',
                                             read(os.path.join(folder, name))))


def test_there_are_claims():
    assert len(claims()) > 30
    assert all(len(row) == 3 for row in claims())


@pytest.mark.parametrize('row', claims(), ids=lambda row: str(row[0][:60]))
def test_a_claim_names_tests_that_exist(row):
    names = row[2].split(u', ')
    assert all(re.match(u'``test_\\w+``\\Z', name) for name in names), row[2]
    assert [name for name in names if name.strip(u'`') not in TESTS_THERE_ARE] == []


def test_no_other_file_is_named_that_is_not_there():
    for path in re.findall(u'``(tests/[\\w/.]+)``', read(SECURITY)):
        assert os.path.exists(os.path.join(ROOT, path)), path

"""The table of what the tests' provider does wrong is complete, and each row of it is played."""
import collections
import io

import pytest

from support import misbehaviour

misbehaviour.modules()


def test_the_table_has_at_least_150_cases():
    assert sum(len(cases) for _, cases in misbehaviour.AREAS.values()) >= 150


@pytest.mark.parametrize('area', sorted(misbehaviour.AREAS))
def test_no_two_cases_of_an_area_have_one_name_and_each_has_its_reason(area):
    _, cases = misbehaviour.AREAS[area]
    counted = collections.Counter(name for name, _ in cases)
    assert [name for name, count in counted.items() if count > 1] == []
    assert [name for name, reason in cases
            if not isinstance(reason, str) or not reason or ' ' in reason] == []


def test_each_area_is_played_by_one_test():
    played = [id(mark) for module in misbehaviour.modules() for name, function in
              vars(module).items() if name.startswith('test_')
              for mark in getattr(function, 'pytestmark', [])]
    for area, (mark, _) in misbehaviour.AREAS.items():
        assert played.count(id(mark.mark)) == 1, area


def test_the_table_that_people_read_is_the_one_that_is_played():
    with io.open(misbehaviour.TABLE, encoding='ascii') as file:
        assert file.read() == misbehaviour.text(), \
            'to renew it run: python -m support.misbehaviour --write'

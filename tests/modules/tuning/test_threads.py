"""How often the threads of a worker take turns."""

import sys

import pytest

from trac_unit._compat import PY2
from trac_unit.tuning.threads import INTERVAL, take_longer_turns


@pytest.mark.skipif(not PY2, reason='Python 3 counts time, not steps')
@pytest.mark.parametrize('before, after', [
    (100, INTERVAL), (1, INTERVAL), (INTERVAL, INTERVAL), (10 * INTERVAL, 10 * INTERVAL)])
def test_turns_are_longer_unless_somebody_chose(before, after):
    usual = sys.getcheckinterval()
    try:
        sys.setcheckinterval(before)
        take_longer_turns()
        assert sys.getcheckinterval() == after
    finally:
        sys.setcheckinterval(usual)


@pytest.mark.skipif(PY2, reason='Python 2 counts steps')
def test_python_3_keeps_its_time():
    usual = sys.getswitchinterval()
    take_longer_turns()
    assert sys.getswitchinterval() == usual

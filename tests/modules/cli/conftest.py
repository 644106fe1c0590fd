"""Fixtures of the tests of commands."""

import os
import sys

import pytest


@pytest.fixture
def process(monkeypatch):
    """Leave no variable in the process environment that a setting could be; returns the setter."""
    for name in list(os.environ):
        if name.startswith(('TRAC_', 'PYTHON')):
            monkeypatch.delenv(name)
    # Python 2.7 looks for its virtual environment in it.
    monkeypatch.setenv('PATH', os.path.dirname(sys.executable) + ':' + os.environ['PATH'])
    return monkeypatch.setenv

"""Fixtures of the tests of tuning."""

import logging

import pytest


@pytest.fixture
def log(caplog):
    """What was logged, debug messages too, as a function that returns the text."""
    caplog.set_level(logging.DEBUG, logger='trac_unit')
    return lambda: '\n'.join(record.getMessage() for record in caplog.records)

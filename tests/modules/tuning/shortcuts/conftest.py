"""Fixtures of the tests of shortcuts."""

import pytest
from trac.env import Environment


@pytest.fixture
def opened(environment, request):
    """An open Trac environment, in which the components of the test's own module are enabled."""
    opened = Environment(environment)
    opened.config.set('components', request.module.__name__ + '.*', 'enabled')
    yield opened
    opened.shutdown()

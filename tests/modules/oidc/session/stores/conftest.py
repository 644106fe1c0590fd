"""Fixtures of the tests of each kind of store: one of SQLite, unless a test has its own."""

import pytest

from support.store_kinds import sqlite_kind  # noqa: F401 (a fixture)


@pytest.fixture
def path(sqlite_kind):  # noqa: F811
    """The path of the store's file."""
    return sqlite_kind.path


@pytest.fixture
def store(sqlite_kind):  # noqa: F811
    """The store."""
    return sqlite_kind.open()

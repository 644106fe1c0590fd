"""What passes for a Trac environment, if nobody opens it, and what becomes of opening one."""

import pytest


@pytest.fixture
def sound(tmpdir):
    """The path of what passes for a Trac environment, if nobody opens it."""
    return make(tmpdir.join('trac'))


def make(place):
    for name in ('VERSION', 'conf/trac.ini', 'db/trac.db', 'log/trac.log', 'files/attachments/x'):
        place.join(name).write_binary(b'', ensure=True)
    return str(place)


def opens(path):
    """An opener that finds nothing wrong."""


def fails(error):
    def opener(path):
        raise error
    return opener

"""The error of a session store that cannot be used has the command that mends it."""

import os

import pytest

from support.store_kinds import IDLE, LIFETIME, NOW, NAMESPACE, refused
from trac_unit.environment.process_user import user_name
from trac_unit.oidc.session.limits import Limits
from trac_unit.oidc.session.stores.sqlite import SQLiteStore


def error_at(place):
    """What a store at `place` says of itself."""
    return refused(SQLiteStore(str(place), Limits(IDLE, LIFETIME), NAMESPACE).get, 'x', NOW)


def test_the_error_has_the_command_that_makes_the_folder(tmpdir):
    folder = str(tmpdir.join('not there'))
    said = error_at(os.path.join(folder, 'sessions.db'))
    assert said.endswith("; run: mkdir -p '%s' && chown %s '%s'" % (folder, user_name(), folder))


@pytest.mark.parametrize('closed', ['', 'sessions.db'])
def test_the_error_has_the_command_that_gives_this_user_what_is_somebody_elses(
        closed, tmpdir, monkeypatch):
    place = str(tmpdir.join(closed))
    tmpdir.join('sessions.db').write('x' * 5000)  # so that there is an error, for root too
    monkeypatch.setattr(os, 'access', lambda path, how: path.rstrip('/') != place.rstrip('/'))
    said = error_at(tmpdir.join('sessions.db'))
    assert said.endswith('; run: chown %s %s' % (user_name(), place.rstrip('/')))


def test_an_error_of_another_kind_has_no_command(tmpdir):
    tmpdir.join('sessions.db').write('x' * 5000)
    said = error_at(tmpdir.join('sessions.db'))
    assert said.endswith('file is not a database')

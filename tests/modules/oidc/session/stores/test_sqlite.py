# -*- coding: utf-8 -*-
"""What the SQLite store keeps in its rows, which of them it sweeps, and which it cannot read."""
import sqlite3

import pytest

from support.store_kinds import GARBAGE, LIFETIME, NOW, garbage_id, refused, rows, session
from support.store_kinds import sqlite_kind  # noqa: F401 (a fixture)
from trac_unit.errors import StoreError
from trac_unit.oidc.session.stores import sqlite_file
from trac_unit.oidc.session.stores.sqlite import SQLiteStore


def test_each_lookup_has_an_index(store, path):
    store.add('x', session())
    for condition in ('number = 1 AND id = 1', 'ends <= 1', 'realm = 1 AND sid = 1',
                      'realm = 1 AND subject = 1', 'realm = 1 AND username = 1'):
        plan = ' '.join(str(row) for row in rows(
            path, 'EXPLAIN QUERY PLAN SELECT * FROM session WHERE ' + condition))
        assert 'SEARCH' in plan and 'SCAN' not in plan, plan


def test_two_sessions_whose_ids_begin_alike_are_two(store, path):
    store.add('x', session())
    rows(path, "UPDATE session SET id = 'another'")
    assert store.get('x', NOW) is None and not store.update('x', session(u'bob'))
    store.end('x')
    assert store.count(NOW) == 1
    refused(store.add, 'x', session(u'bob'))


# What is remembered of the file

@pytest.fixture
def reads(monkeypatch):
    """The secrets whose rows were read."""
    seen = []
    read = SQLiteStore._read

    def noted(self, ask, secret):
        seen.append(secret)
        return read(self, ask, secret)
    monkeypatch.setattr(SQLiteStore, '_read', noted)
    return seen


def test_a_session_is_read_again_when_the_file_has_changed_and_not_before(store, path, reads):
    store.add('x', session())
    for _ in range(3):
        assert store.get('x', NOW).identity.username == u'alice'
        assert store.get('missing', NOW) is None
    assert reads == ['x', 'missing']
    rows(path, 'UPDATE session SET sid = ?', u'sid-2')
    assert store.get('x', NOW).sid == u'sid-2'
    assert reads == ['x', 'missing', 'x']


@pytest.mark.parametrize('change, left', [
    (lambda each: each.end('x'), None),
    (lambda each: each.end_by_sid(u'sid-1'), None),
    (lambda each: each.end_by_subject(u'sub-alice'), None),
    (lambda each: each.update('x', session(u'bob')), u'bob')],
    ids=['end', 'end_by_sid', 'end_by_subject', 'update'])
@pytest.mark.parametrize('whose', ['own', 'another'])
def test_nothing_is_remembered_across_a_change(
        whose, change, left, store, sqlite_kind):  # noqa: F811
    store.add('x', session())
    other = sqlite_kind.open()
    for each in store, other:
        assert each.get('x', NOW).identity.username == u'alice'
    change(store if whose == 'own' else other)
    for each in store, other:
        found = each.get('x', NOW)
        assert (found and found.identity.username) == left


def test_a_sign_in_is_seen_by_who_knew_of_none(store, sqlite_kind):  # noqa: F811
    assert store.get('x', NOW) is None
    sqlite_kind.open().add('x', session())
    assert store.get('x', NOW)


def test_what_becomes_of_a_session_that_was_given_out_is_not_remembered(store):
    store.add('x', session())
    found = store.get('x', NOW)
    found.identity, found.sid, found.checked = session(u'bob').identity, u'sid-2', NOW + 9
    found.tokens.id_token = u'other'
    again = store.get('x', NOW)
    assert (again.identity.username, again.sid, again.checked) == (u'alice', u'sid-1', NOW)
    assert again.tokens.id_token == u'id-token'


def test_a_remembered_session_ends_in_time(store):
    store.add('x', session())
    assert store.get('x', NOW) and store.get('x', NOW)
    assert store.get('x', NOW + LIFETIME) is None


def test_an_sqlite_that_does_not_tell_of_changes_is_read_each_time(store, path, reads):
    store.add('x', session())

    class Older(object):
        """A pragma that SQLite does not know gives no row."""

        def __init__(self, cursor):
            self._cursor = cursor

        def execute(self, query, *arguments):
            return self._cursor.execute(query.replace('data_version', 'no_such'), *arguments)

    opened = store._file.opened()
    opened._cursor = Older(opened._cursor)
    assert store.get('x', NOW) and store.get('x', NOW)
    assert reads == ['x', 'x']


def test_no_more_is_remembered_than_fits(store):
    for number in range(3 * sqlite_file._MOST_REMEMBERED):
        assert store.get('guess-%d' % number, NOW) is None
    assert len(store._file.opened()._known) <= sqlite_file._MOST_REMEMBERED


# Rows that nobody of ours wrote

@pytest.mark.parametrize('identity', GARBAGE, ids=garbage_id)
def test_an_identity_that_cannot_be_read_is_a_store_error(identity, store, path):
    store.add('x', session())
    rows(path, 'UPDATE session SET identity = ?', identity)
    refused(store.get, 'x', NOW)
    refused(store.sessions, NOW)
    assert store.end_by_subject(u'sub-alice') == 1, 'it can be ended all the same'


def test_an_error_that_somebody_keeps_keeps_no_connection(store, path):
    store.add('x', session())
    rows(path, "UPDATE session SET identity = CAST(x'ff' AS TEXT)")
    with pytest.raises(StoreError) as kept:
        store.get('x', NOW)
    # (busy, pages in the log, pages moved): nobody reads on.
    assert rows(path, 'PRAGMA wal_checkpoint(TRUNCATE)') == [(0, 0, 0)]
    assert kept.value.reason == 'store'


@pytest.mark.parametrize('column', ['created', 'seen', 'checked'])
@pytest.mark.parametrize('time', [u'', u'soon', sqlite3.Binary(b'\xff'), 1.5, 1e308])
def test_a_time_that_is_none_is_a_store_error(time, column, store, path):
    store.add('x', session())
    rows(path, 'UPDATE session SET %s = ?' % column, time)
    refused(store.get, 'x', NOW)


@pytest.mark.parametrize('time', [2 ** 62, -2 ** 62, 0])
@pytest.mark.parametrize('column', ['created', 'seen'])
def test_a_time_out_of_this_world_ends_in_no_other_error(time, column, store, path):
    store.add('x', session())
    rows(path, 'UPDATE session SET %s = ?' % column, time)
    found = store.get('x', NOW)
    assert (found is None) == (time <= 0)
    assert store.count(NOW) == len(store.sessions(NOW))


@pytest.mark.parametrize('tokens', GARBAGE + [u'gAAAAA', u'gAAAAABo' + u'A' * 92, u'\u20ac'])
def test_tokens_that_cannot_be_unsealed_are_a_store_error_when_asked_for(tokens, store, path):
    store.add('x', session())
    rows(path, 'UPDATE session SET tokens = ?', tokens)
    found = store.get('x', NOW)
    assert found.identity.username == u'alice'
    refused(lambda: found.tokens.id_token)


def test_tokens_of_another_session_are_a_store_error(store, path):
    store.add('x', session(u'alice'))
    store.add('y', session(u'bob'))
    rows(path, 'UPDATE session SET tokens = (SELECT tokens FROM session WHERE username = ?)',
         u'bob')
    refused(lambda: store.get('x', NOW).tokens.refresh_token)
    assert store.get('y', NOW).tokens.id_token == u'id-token'


@pytest.mark.parametrize('value', [sqlite3.Binary(b'\xff'), sqlite3.Binary(b'key'), 7])
def test_a_key_that_is_no_text_is_a_store_error(value, store, path):
    store.keys('k', NOW, lambda: u'k', 100)
    rows(path, 'UPDATE key SET value = ?', value)
    if value == 7:  # SQLite makes text of numbers, since the column is one of text
        assert store.keys('k', NOW, lambda: u'k', 100) == [u'7']
    else:
        refused(store.keys, 'k', NOW, lambda: u'k', 100)


# Expired rows

def test_expired_rows_are_swept(store, path):
    for number in range(30):
        store.add('old-%d' % number, session())
        store.once('state', str(number), NOW, NOW + 60)
    for number in range(6):
        store.add('new-%d' % number, session(created=NOW + LIFETIME + 1))
    assert rows(path, 'SELECT COUNT(*) FROM session') == [(6,)]
    assert rows(path, 'SELECT COUNT(*) FROM once') == [(0,)]


def test_a_sweep_is_small(store, path):
    store.add('x', session())
    for number in range(300):
        store.add(str(number), session())
        store.once('state', str(number), NOW, NOW + 1)
    store.add('new', session(created=NOW + LIFETIME))
    assert 200 < rows(path, 'SELECT COUNT(*) FROM session')[0][0] < 301
    assert 200 < rows(path, 'SELECT COUNT(*) FROM once')[0][0] < 300
    for number in range(60):
        store.once('state', 'later', NOW + LIFETIME, NOW + LIFETIME + 1)
    assert rows(path, 'SELECT COUNT(*) FROM session') == [(1,)]
    assert rows(path, 'SELECT COUNT(*) FROM once') == [(1,)]

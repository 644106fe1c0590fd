# -*- coding: utf-8 -*-
"""What the SQLite store keeps in its rows, which of them it sweeps, and which it cannot read."""
import sqlite3

import pytest

from store_kinds import GARBAGE, LIFETIME, NOW, garbage_id, refused, rows, session
from store_kinds import sqlite_kind  # noqa: F401 (a fixture)


@pytest.fixture
def path(sqlite_kind):  # noqa: F811
    return sqlite_kind.path


@pytest.fixture
def store(sqlite_kind):  # noqa: F811
    return sqlite_kind.open()


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


# Rows that nobody of ours wrote

@pytest.mark.parametrize('identity', GARBAGE, ids=garbage_id)
def test_an_identity_that_cannot_be_read_is_a_store_error(identity, store, path):
    store.add('x', session())
    rows(path, 'UPDATE session SET identity = ?', identity)
    refused(store.get, 'x', NOW)
    refused(store.sessions, NOW)
    assert store.end_by_subject(u'sub-alice') == 1, 'it can be ended all the same'


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

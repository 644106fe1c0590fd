# -*- coding: utf-8 -*-
"""The SQLite store: its contract, among threads and processes, and what can befall its file."""
import json
import os
import sqlite3
import subprocess
import sys
import threading

import pytest

from store_worker import busy
from trac_unit.errors import StoreError
from trac_unit.oidc.identity import Identity
from trac_unit.oidc.session import Limits, Session, new_secret
from trac_unit.oidc.stores.sqlite import SQLiteStore

NOW = 1700000000
IDLE, LIFETIME = 3600, 86400


def session(username=u'alice', created=NOW, sid=u'sid-1'):
    identity = Identity(u'https://provider.example', u'sub-' + username, username,
                        u'Žofie', u'a@example.org', (u'developers', u'překladatelé'))
    return Session(identity, u'header.claims.signature', sid, created)


@pytest.fixture
def path(tmpdir):
    return str(tmpdir.join('sessions.db'))


@pytest.fixture
def store(path):
    return SQLiteStore(path, Limits(IDLE, LIFETIME))


def another(path, idle=IDLE, lifetime=LIFETIME):
    return SQLiteStore(path, Limits(idle, lifetime))


def rows(path, query, *arguments):
    connection = sqlite3.connect(path)
    try:
        with connection:
            return connection.execute(query, arguments).fetchall()
    finally:
        connection.close()


def files(path):
    folder, name = os.path.split(path)
    return sorted(other for other in os.listdir(folder) if other.startswith(name))


# Contract

def test_a_session_comes_back_as_it_was(store):
    secret = new_secret()
    store.add(secret, session())
    found = store.get(secret, NOW + 1)
    assert found.identity == session().identity
    assert (found.id_token, found.sid, found.created) == (
        u'header.claims.signature', u'sid-1', NOW)
    assert all(type(text) is type(u'') for text in found.identity[:5] + found.identity.groups)


def test_a_session_without_sid_groups_and_profile(store):
    identity = Identity(u'i', u's', u'u', u'', u'', ())
    store.add('x', Session(identity, u't', None, NOW))
    found = store.get('x', NOW)
    assert (found.identity, found.sid) == (identity, None)


def test_each_secret_has_its_own_session(store):
    secrets = dict((name, new_secret()) for name in (u'alice', u'bob', u'žofie'))
    for name, secret in secrets.items():
        store.add(secret, session(name))
    for name, secret in secrets.items():
        assert store.get(secret, NOW).identity.username == name


@pytest.mark.parametrize('secret', ['', 'x', "' OR '1'='1", '%', '*', '\0', u'ž', 'A' * 100000])
def test_an_unknown_secret_has_none(secret, store):
    store.add('real', session())
    assert store.get(secret, NOW) is None
    store.end(secret)
    assert store.get('real', NOW)


def test_what_the_file_holds_of_a_secret_opens_nothing(store, path):
    secret = new_secret()
    store.add(secret, session())
    (kept,), = rows(path, 'SELECT id FROM session')
    assert store.get(kept, NOW) is None


def test_an_ended_session_is_gone_for_every_process(store, path):
    store.add('x', session())
    other = another(path)
    assert other.get('x', NOW)
    store.end('x')
    assert store.get('x', NOW) is None and other.get('x', NOW) is None
    store.end('x')


def test_a_session_cannot_be_added_twice(store):
    store.add('x', session(u'alice'))
    with pytest.raises(StoreError):
        store.add('x', session(u'mallory'))
    assert store.get('x', NOW).identity.username == u'alice'


def test_a_session_ends_when_it_lies_idle(store):
    store.add('x', session())
    assert store.get('x', NOW + IDLE - 1)
    store.add('y', session())
    assert store.get('y', NOW + IDLE) is None


def test_a_look_keeps_a_session_alive(store):
    store.add('x', session())
    for hours in range(1, 20):
        assert store.get('x', NOW + hours * (IDLE - 60))


def test_a_session_ends_after_its_lifetime_whatever_happens(store):
    store.add('x', session())
    for hours in range(1, 25):
        assert store.get('x', NOW + hours * 3590)
    assert store.get('x', NOW + LIFETIME - 1)
    assert store.get('x', NOW + LIFETIME) is None


def test_not_every_look_is_written(store, path):
    store.add('x', session())
    store.get('x', NOW + 59)
    assert rows(path, 'SELECT seen FROM session') == [(NOW,)]
    store.get('x', NOW + 60)
    assert rows(path, 'SELECT seen FROM session') == [(NOW + 60,)]


def test_a_clock_set_back_makes_no_session_older(store):
    store.add('x', session())
    assert store.get('x', NOW + 600)
    assert store.get('x', NOW - 600)
    assert store.get('x', NOW + 600 + IDLE - 1)


def test_once_is_once(store, path):
    assert store.once('state', 'a', NOW + 60)
    assert not store.once('state', 'a', NOW + 60)
    assert not another(path).once('state', 'a', NOW + 600)
    assert store.once('state', 'b', NOW + 60)
    assert store.once('jti', 'a', NOW + 60)
    assert store.once('state', u'ž', NOW + 60)


def test_a_key_is_made_once(store, path):
    assert store.key('transaction', lambda: u'first') == u'first'
    assert store.key('transaction', lambda: u'second') == u'first'
    assert another(path).key('transaction', lambda: u'third') == u'first'
    assert store.key('other', lambda: u'fourth') == u'fourth'


def test_expired_rows_are_swept(store, path):
    for number in range(30):
        store.add('old-%d' % number, session())
        store.once('state', str(number), NOW + 60)
    store.add('new', session(created=NOW + LIFETIME + 1))
    assert rows(path, 'SELECT count(*) FROM session') == [(1,)]
    assert rows(path, 'SELECT count(*) FROM once') == [(0,)]


def test_a_sweep_takes_no_live_session(store):
    store.add('old', session())
    store.add('used', session())
    store.get('used', NOW + IDLE - 1)
    store.add('new', session(created=NOW + IDLE + 1))
    assert store.get('used', NOW + IDLE + 1) and store.get('new', NOW + IDLE + 1)


def test_a_sweep_is_small(store, path):
    store.add('x', session())
    connection = sqlite3.connect(path)
    with connection:
        connection.executemany(
            'INSERT INTO session SELECT ? || id, issuer, subject, sid, profile, id_token, '
            'created, seen FROM session WHERE id NOT LIKE ?',
            [(str(number), 'x') for number in range(9)])
        connection.execute('UPDATE session SET seen = created = 1')
    total = rows(path, 'SELECT count(*) FROM session')[0][0]
    connection.close()
    assert total > 256
    store.add('new', session(created=NOW))
    left = rows(path, 'SELECT count(*) FROM session')[0][0]
    assert total - 250 <= left < total


# Threads and processes

def in_threads(count, call):
    results = []

    def run(number):
        try:
            results.append(call(number))
        except Exception as e:
            results.append(e)
    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def in_processes(count, task, path):
    """What a task of store_worker gives in each of several processes at once."""
    worker = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'store_worker.py')
    processes = [subprocess.Popen([sys.executable, worker, task, path, str(number)],
                                  stdout=subprocess.PIPE) for number in range(count)]
    outputs = [process.communicate()[0].decode('ascii') for process in processes]
    return [json.loads(output) if output else None for output in outputs]


def test_threads_share_a_store(store):
    # Also the very first moment, when each wants to make the file.
    assert in_threads(8, lambda number: busy(store, number)) == ['done'] * 8


def test_processes_share_a_store(path):
    assert in_processes(4, 'busy', path) == ['done'] * 4


def test_a_process_that_forks_shares_a_store_with_its_child(path):
    assert in_processes(2, 'forked', path) == ['done'] * 2
    assert rows(path, 'PRAGMA integrity_check') == [('ok',)]


def test_of_many_threads_one_is_first(store):
    for turn in range(10):
        assert in_threads(6, lambda _: store.once('state', str(turn), NOW + 60)).count(True) == 1


def test_of_many_processes_one_is_first(path):
    results = in_processes(4, 'once', path)
    assert [sum(turn) for turn in zip(*results)] == [1] * 20


def test_many_processes_get_one_key(path):
    keys = in_processes(4, 'key', path)
    assert len(set(keys)) == 1 and keys[0].startswith('key-')


def test_a_process_killed_in_the_middle_leaves_a_store_that_works(store, path):
    store.add('x', session())
    assert in_processes(1, 'killed', path) == [None]
    assert store.get('x', NOW)
    store.add('y', session())

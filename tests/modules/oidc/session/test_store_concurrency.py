# -*- coding: utf-8 -*-
"""Stores among threads and processes, some of which are killed."""
import json
import random
import subprocess
import sys
import threading

import pytest

from support.store_kinds import NOW, session
from support.store_kinds import (kind, redis_kind, redis_server,  # noqa: F401 (fixtures)
                                 sqlite_kind, store)
from support.store_worker import busy, worker
from trac_unit._compat import PY2


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
        thread.join(60)
    return results


def in_processes(count, task, kind):  # noqa: F811
    """What a task of store_worker gives in each of several processes at once."""
    processes = [worker(task, kind, number) for number in range(count)]
    outputs = [process.communicate()[0].decode('ascii') for process in processes]
    return [json.loads(output) if output else None for output in outputs]


def test_threads_share_a_store(store):  # noqa: F811
    # Also the very first moment, when each wants to make the file.
    assert in_threads(8, lambda number: busy(store, number)) == ['done'] * 8


def test_processes_share_a_store(kind):  # noqa: F811
    assert in_processes(4, 'busy', kind) == ['done'] * 4


def test_a_process_that_forks_shares_a_store_with_its_child(kind):  # noqa: F811
    assert in_processes(2, 'forked', kind) == ['done'] * 2
    assert kind.open().count(NOW) == 0


@pytest.mark.skipif(PY2, reason='Python 2 tells nobody of a fork')
def test_who_is_left_of_a_process_that_forked_holds_the_store_like_others(kind):  # noqa: F811
    """As with a server that imports first and forks then."""
    assert in_processes(1, 'orphaned', kind) == [[1, 2, 3]]


def test_of_many_threads_one_is_first(store):  # noqa: F811
    for turn in range(10):
        for now in (NOW, NOW + 60):  # the second time what was there has expired
            won = in_threads(6, lambda _: store.once('state', str(turn), now, now + 60))
            assert won.count(True) == 1 and won.count(False) == 5


def test_of_many_processes_one_is_first(kind):  # noqa: F811
    store = kind.open()  # noqa: F811
    for turn in range(0, 20, 2):
        assert store.once('state', str(turn), NOW - 60, NOW)  # which has expired
    results = in_processes(4, 'once', kind)
    assert [sum(turn) for turn in zip(*results)] == [1] * 20


def test_many_processes_get_the_same_keys(kind):  # noqa: F811
    results = [keys for each in in_processes(4, 'keys', kind) for keys in each]
    assert len(results) == 80
    assert all(keys == results[0] for keys in results) and len(results[0]) == 1


def test_many_processes_follow_a_key_by_the_same_one(kind):  # noqa: F811
    kind.open().keys('k', NOW - 100, lambda: u'old', 100)
    results = [keys for each in in_processes(4, 'keys', kind) for keys in each]
    assert len(results) == 80
    assert all(keys == results[0] for keys in results)
    assert results[0][0].startswith(u'key-') and results[0][1:] == [u'old']


def test_each_session_ends_once(kind):  # noqa: F811
    store = kind.open()  # noqa: F811
    for number in range(200):
        store.add(str(number), session(u'user-%d' % number, sid=u'shared'))
    assert sum(in_processes(4, 'end', kind)) == 200
    assert store.count(NOW) == 0


def test_processes_killed_at_any_point_leave_a_store_that_works(kind):  # noqa: F811
    store = kind.open()  # noqa: F811
    store.add('survivor', session(u'survivor', sid=u'survivor'))
    chance = random.Random(1)
    for turn in range(12):
        process = worker('endless', kind)
        try:
            assert process.stdout.readline() == b'busy\n'
            # Not a pause for something to happen: when it dies is left to chance.
            threading.Event().wait(chance.uniform(0, .05))
        finally:
            process.kill()
            process.communicate()
        assert process.returncode == -9
        assert store.get('survivor', NOW).tokens.refresh_token == u'refresh-token'
        secret = 'after-%d' % turn
        store.add(secret, session(u'other'))
        assert store.get(secret, NOW) and store.once('turn', secret, NOW, NOW + 1)
        assert set(store.keys('k', NOW, lambda: u'key', 2)) == {u'key'}
    consistent(store)


def consistent(store):  # noqa: F811
    """Every session is found in each way, and none is left where it is not."""
    everybody = store.sessions(NOW)
    assert len(everybody) == store.count(NOW) > 12
    for each in everybody:
        username = each.identity.username
        mine = [other for other in everybody if other.identity.username == username]
        assert store.count(NOW, username=username) == len(mine)
        assert store.count(NOW, subject=u'sub-' + username) == len(mine)
    for username in set(each.identity.username for each in everybody):
        assert store.end_by_subject(u'sub-' + username) == sum(
            each.identity.username == username for each in everybody)
    assert store.sessions(NOW) == []


@pytest.mark.parametrize('prepare', ['DELETE FROM session', 'DELETE FROM session; DELETE FROM key',
                                     'UPDATE session SET seen = 1'])
def test_a_process_killed_in_a_transaction_has_done_nothing(
        prepare, sqlite_kind):  # noqa: F811
    store = sqlite_kind.open()  # noqa: F811
    store.add('x', session())
    code = ('import os, sqlite3, sys\n'
            'connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n'
            'connection.execute("BEGIN IMMEDIATE")\n'
            'for statement in sys.argv[2].split(";"): connection.execute(statement)\n'
            'os.kill(os.getpid(), 9)\n')
    assert subprocess.call([sys.executable, '-c', code, sqlite_kind.path, prepare]) == -9
    assert store.get('x', NOW)
    store.add('y', session())

"""The shortcut to the database: a request that reads keeps its connection."""

import os
import shutil
import sqlite3
import sys
import threading

import pytest
import trac.db.pool
from trac.config import Configuration
from trac.core import TracError
from trac.db.api import DatabaseManager, QueryContextManager
from trac.env import Environment, env_cache, open_environment

from support.tuned import both, touch
from support.tuned import untuned  # noqa: F401 (a fixture)
from trac_unit._compat import exception_text
from trac_unit.tuning.shortcuts import database


class Request(object):
    def __init__(self, method='GET'):
        self.method = method


class Dispatcher(object):
    """Stands in for Trac's: answers what `handler` returns, and counts the ways to the pool."""

    def __init__(self, env, handler):
        self.env = env
        self.handler = handler

    def plain(self, req):
        return self.handler(self.env)

    dispatch = database.one_connection(plain, None)


@pytest.fixture
def opened(environment):
    opened = Environment(environment)
    yield opened
    opened.shutdown()


@pytest.fixture
def taken(monkeypatch):
    """Every connection that was taken out of the pool."""
    found = []
    get_connection = DatabaseManager.get_connection

    def counted(self, readonly=False):
        found.append(readonly)
        return get_connection(self, readonly)

    monkeypatch.setattr(DatabaseManager, 'get_connection', counted)
    return found


def active():
    return len(trac.db.pool._backend._active)


def three_queries(env):
    return [env.db_query('SELECT %d' % number)[0][0] for number in range(3)]


@pytest.mark.parametrize('method, connections', [
    ('GET', 1), ('HEAD', 1), ('POST', 3), ('PUT', 3), ('get', 3), (u'\u017e', 3)])
def test_a_request_that_reads_has_one_connection(opened, taken, method, connections):
    assert Dispatcher(opened, three_queries).dispatch(Request(method)) == [0, 1, 2]
    assert len(taken) == connections and active() == 0


def test_what_is_written_meanwhile_is_written_and_read(opened, taken):
    def handler(env):
        env.db_transaction("INSERT INTO system (name, value) VALUES ('test', '1')")
        with env.db_transaction as db:
            db("UPDATE system SET value='2' WHERE name='test'")
            assert env.db_query("SELECT value FROM system WHERE name='test'") == [('2',)]
        try:
            with env.db_transaction as db:
                db("UPDATE system SET value='3' WHERE name='test'")
                raise KeyError('here')
        except KeyError:
            pass
        return env.db_query("SELECT value FROM system WHERE name='test'")

    assert Dispatcher(opened, handler).dispatch(Request()) == [('2',)]
    assert len(taken) == 1
    # Another connection sees it, too.
    found = []
    thread = threading.Thread(target=lambda: found.extend(
        opened.db_query("SELECT value FROM system WHERE name='test'")))
    thread.start()
    thread.join()
    assert found == [('2',)]


def test_who_reads_keeps_nobody_from_writing(opened):
    def handler(env):
        three_queries(env)
        errors = []

        def write():
            try:
                env.db_transaction("INSERT INTO system (name, value) VALUES ('other', '1')")
            except Exception as e:
                errors.append(e)

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        assert errors == []
        return env.db_query("SELECT value FROM system WHERE name='other'")

    assert Dispatcher(opened, handler).dispatch(Request()) == [('1',)]


@pytest.mark.parametrize('error', [KeyError, SystemExit, KeyboardInterrupt])
def test_a_request_that_fails_gives_its_connection_back(opened, error):
    def handler(env):
        three_queries(env)
        raise error('here')

    for _ in range(20):
        with pytest.raises(error):
            Dispatcher(opened, handler).dispatch(Request())
        assert active() == 0
    assert three_queries(opened) == [0, 1, 2]


def test_a_query_that_fails_leaves_the_connection_usable(opened, taken):
    def handler(env):
        with pytest.raises(env.db_exc.DatabaseError):
            env.db_query('SELECT no_such FROM nowhere')
        return three_queries(env)

    assert Dispatcher(opened, handler).dispatch(Request()) == [0, 1, 2]
    assert len(taken) == 1


def test_a_database_that_cannot_be_opened_is_told_by_the_first_query(opened, monkeypatch):
    def broken(self, readonly=False):
        raise TracError('no database')

    monkeypatch.setattr(DatabaseManager, 'get_connection', broken)
    assert Dispatcher(opened, lambda env: 'without one').dispatch(Request()) == 'without one'
    with pytest.raises(TracError) as e:
        Dispatcher(opened, three_queries).dispatch(Request())
    assert 'no database' in str(e.value)


@pytest.mark.parametrize('address', [
    'postgres://u:p@localhost/trac', 'mysql://u:p@localhost/trac', '',
    'sqlite:db/trac.db?cursor=lazy'])
def test_other_databases_are_left_alone(opened, address):
    """Elsewhere a query leaves a transaction open until its connection is back in the pool."""
    opened.config.set('trac', 'database', address)
    seen = []
    Dispatcher(opened, lambda env: seen.append(
        DatabaseManager(env)._transaction_local.rdb)).dispatch(Request())
    assert seen == [None]


@pytest.fixture
def another(tmpdir, environment):
    """The path of a second environment."""
    path = str(tmpdir.join('another'))
    shutil.copytree(environment, path)
    return path


def shut_down_another(env, path):
    other = Environment(path)
    other.db_query('SELECT 1')
    other.shutdown()


def open_another_anew(env, path):
    """Trac shuts it down, and with it the connections of all that are in use."""
    open_environment(path, use_cache=True).db_query('SELECT 1')
    touch(path)
    open_environment(path, use_cache=True).db_query('SELECT 1')


def in_a_thread(function):
    def in_thread(env, path):
        thread = threading.Thread(target=function, args=(env, path))
        thread.start()
        thread.join()
    return in_thread


@pytest.mark.parametrize('meanwhile', [
    shut_down_another, open_another_anew, lambda env, path: env.shutdown(),
    in_a_thread(shut_down_another), in_a_thread(open_another_anew),
    in_a_thread(lambda env, path: env.shutdown())],
    ids=['another', 'anew', 'this', 'thread-another', 'thread-anew', 'thread-this'])
def test_an_environment_that_is_shut_down_takes_no_connection_away(opened, another, meanwhile):
    def handler(env):
        first = three_queries(env)
        meanwhile(env, another)
        env.db_transaction("INSERT INTO system (name, value) VALUES ('test', '1')")
        return first + three_queries(env)

    try:
        assert Dispatcher(opened, handler).dispatch(Request()) == [0, 1, 2] * 2
        assert active() == 0
        assert opened.db_query("SELECT value FROM system WHERE name='test'") == [('1',)]
    finally:
        env_cache.clear()


def test_a_connection_that_is_closed_at_once_is_not_kept(opened, monkeypatch):
    enter = QueryContextManager.__enter__

    def enter_and_close(self):
        found = enter(self)
        monkeypatch.undo()
        # Another thread has opened an environment anew.
        trac.db.pool._backend.shutdown()
        return found

    monkeypatch.setattr(QueryContextManager, '__enter__', enter_and_close)
    assert Dispatcher(opened, three_queries).dispatch(Request()) == [0, 1, 2]
    assert active() == 0 and DatabaseManager(opened)._transaction_local.rdb is None
    assert Dispatcher(opened, three_queries).dispatch(Request()) == [0, 1, 2]


def test_the_own_error_of_a_request_comes_through(opened, another):
    def handler(env):
        env.shutdown()
        raise KeyError('here')

    with pytest.raises(KeyError):
        Dispatcher(opened, handler).dispatch(Request())
    assert active() == 0


def test_nobody_waits_for_the_connection_that_a_request_has(opened, another, monkeypatch):
    monkeypatch.setattr(trac.db.pool._backend, '_maxsize', 1)
    trac.db.pool._backend.shutdown()
    end, begun, found = threading.Event(), threading.Event(), []

    def handler(env):
        three_queries(env)
        begun.set()
        assert end.wait(30)
        other = Environment(another)
        return other.db_query('SELECT 7')

    thread = threading.Thread(
        target=lambda: found.extend(Dispatcher(opened, handler).dispatch(Request())))
    thread.start()
    try:
        assert begun.wait(30)
        assert three_queries(opened) == [0, 1, 2]
        assert Dispatcher(opened, three_queries).dispatch(Request()) == [0, 1, 2]
    finally:
        end.set()
        thread.join(30)
    assert found == [(7,)] and not thread.is_alive() and active() == 0


def test_a_request_within_another_keeps_the_same_connection(opened, taken):
    inner = Dispatcher(opened, three_queries)

    def handler(env):
        return inner.dispatch(Request()) + three_queries(env)

    assert Dispatcher(opened, handler).dispatch(Request()) == [0, 1, 2] * 2
    assert len(taken) == 1 and active() == 0


def test_connections_do_not_pile_up(opened):
    for _ in range(50):
        threads = [threading.Thread(target=Dispatcher(opened, three_queries).dispatch,
                                    args=(Request(),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert active() == 0
    assert len(trac.db.pool._backend._pool) <= trac.db.pool._backend._maxsize


# Queries


def outcomes(env, ask):
    """What each of the ways to ask returns, with the types, or raises."""
    def outcome(way):
        try:
            rows = way()
        except Exception as e:
            return type(e).__name__, exception_text(e)
        return rows and [(type(row), [(type(value), value) for value in row]) for row in rows]

    def within(manager, method):
        with manager as db:
            return ask(getattr(db, method))

    return [outcome(lambda: ask(env.db_query)), outcome(lambda: ask(env.db_transaction))] + [
        outcome(lambda: within(manager, method)) for manager in (env.db_query, env.db_transaction)
        for method in ('execute', '__call__')]


@pytest.mark.parametrize('query, params', [
    ("SELECT name, value FROM system WHERE name LIKE 'data%' ORDER BY name", None),
    ("SELECT name, value FROM system WHERE name=%s", ('database_version',)),
    ("SELECT name, '%' FROM system WHERE name=%s AND value!='%s'", ['database_version']),
    ("SELECT '%%', '%'", ()), ("SELECT '%%', '%'", None),
    ("SELECT %s, '?', \"name\" FROM system", (1,)),
    (u"  SELECT %s, %s, %s, %s, %s", (u'\u017e', None, 1.5, 2 ** 40, u'')),
    ("SELECT 1 WHERE 0", None), ("SELECT %s", (u'a', u'b')), ("SELECT %s, %s", (u'a',)),
    ("SELECT %d", (1,)), ("SELECT ?", None), ("SELECT %s", {0: u'a'}), ("SELECT %s", u'a'),
    ("SELECT %s", (object(),)), ("SELECT %s", 3), ("SELECT no_such FROM nowhere", None),
    ("SELECT", None), ("SELECT 1; SELECT 2", None), ("select 1", None),
    ("\n\tSELECT 1 -- no more", None), ("-- first\nSELECT 1", None), ("", None),
    ("SELECTED", None), (b"SELECT 1", None), (None, None),
    ("SELECT CAST(x'ff' AS TEXT)", None), ("SELECT x'ff00'", None),
    ("SELECT abs(-9223372036854775808)", None),
    ("INSERT INTO system (name, value) SELECT 'x', %s WHERE 0", (1,)),
    ("PRAGMA user_version", None)])
def test_a_query_has_the_same_answer(opened, query, params):
    both(lambda: outcomes(opened, lambda db: db(query, params)))
    both(lambda: outcomes(opened, lambda db: db(query)))


@pytest.mark.parametrize('option, value', [
    ('debug_sql', 'enabled'), ('database', 'sqlite:db/trac.db?cursor='),
    ('database', 'sqlite:db/trac.db?timeout=1')])
def test_a_query_has_the_same_answer_however_the_database_is_opened(environment, option, value):
    Configuration(os.path.join(environment, 'conf', 'trac.ini')).set('trac', option, value)
    opened = Environment(environment)
    opened.config.set('trac', option, value)
    both(lambda: outcomes(opened, lambda db: db('SELECT name FROM system WHERE name=%s',
                                                ('database_version',))))
    opened.shutdown()


def test_queries_are_logged_for_who_wants_that(opened):
    opened.config.set('trac', 'debug_sql', 'enabled')

    def logged():
        found = []
        opened.log.debug = lambda message, *args: found.append(message % args)
        opened.db_query('SELECT %s', (u'x',))
        return found

    assert 'SQL: SELECT %s' in both(logged)


def test_a_connection_that_is_closed_is_the_same_error(opened):
    def closed():
        with opened.db_query as db:
            pass
        return db('SELECT 1')

    assert 'execute' in both(closed)[1] or 'cursor' in both(closed)[1]


def test_a_query_that_fails_takes_back_what_was_written(opened):
    def written():
        with opened.db_transaction as db:
            db("INSERT INTO system (name, value) VALUES ('half', '1')")
            with pytest.raises(opened.db_exc.DatabaseError):
                db('SELECT no_such FROM nowhere')
            return db("SELECT value FROM system WHERE name='half'")

    assert both(written) == []


def test_a_query_sees_what_the_transaction_has_written(opened):
    def written():
        try:
            with opened.db_transaction as db:
                db("INSERT INTO system (name, value) VALUES ('new', '1')")
                found = opened.db_query("SELECT value FROM system WHERE name=%s", ('new',))
                raise KeyError
        except KeyError:
            return found, opened.db_query("SELECT value FROM system WHERE name=%s", ('new',))

    assert both(written) == ([('1',)], [])


def test_a_query_leaves_the_iteration_of_another_alone(opened):
    def rows():
        with opened.db_query as db:
            cursor = db.cursor()
            cursor.execute('SELECT name FROM system ORDER BY name')
            first = cursor.fetchone()
            return first, db('SELECT 1'), list(cursor)

    assert both(rows)[1] == [(1,)]


def test_who_keeps_the_error_of_a_query_keeps_nobody_from_writing(opened):
    with opened.db_transaction as db:
        for number in range(200):
            db("INSERT INTO system (name, value) VALUES (%s, CAST(x'ff' AS TEXT))",
               ('undecodable%d' % number,))

    def kept():
        try:
            opened.db_query("SELECT value FROM system WHERE name < 'undecodable' "
                            "UNION ALL SELECT value FROM system")
        except opened.db_exc.DatabaseError:
            error = sys.exc_info()
        other = sqlite3.connect(os.path.join(opened.path, 'db', 'trac.db'), timeout=.3)
        other.execute("INSERT OR REPLACE INTO system (name, value) VALUES ('other', '1')")
        other.commit()
        other.close()
        return error[0]

    assert both(kept) is opened.db_exc.OperationalError

# -*- coding: utf-8 -*-
"""What can befall the file of the SQLite store, and what it may never hold or be."""
import json
import os
import sqlite3
import stat
import subprocess
import sys

import pytest

from support.paths import TESTS
from support.serving import child_environ
from support.store_kinds import CALLS, IDLE, LIFETIME, NOW, NAMESPACE, refused, rows, session
from support.store_kinds import sqlite_kind  # noqa: F401 (a fixture)
from trac_unit.errors import StoreError
from trac_unit.oidc.session.limits import Limits
from trac_unit.oidc.session.secret import new_secret
from trac_unit.oidc.session.stores import sqlite_file
from trac_unit.oidc.session.stores.sqlite import SQLiteStore


def another(path):
    return SQLiteStore(path, Limits(IDLE, LIFETIME), NAMESPACE)


def files(path):
    folder, name = os.path.split(path)
    return sorted(other for other in os.listdir(folder) if other.startswith(name))


calls = pytest.mark.parametrize('call', [row[1] for row in CALLS], ids=[row[0] for row in CALLS])
changes = pytest.mark.parametrize('call', [
    call for name, call in CALLS if name in ('add', 'update', 'end', 'once', 'keys')])


# What it is

def test_the_file_is_for_nobody_else(store, path):
    old = os.umask(0)
    try:
        store.add('x', session())
        store.get('x', NOW + 100)
    finally:
        os.umask(old)
    found = files(path)
    assert len(found) >= 2, 'no write-ahead log was seen'
    for name in found:
        mode = stat.S_IMODE(os.stat(os.path.join(os.path.dirname(path), name)).st_mode)
        assert mode == 0o600, (name, oct(mode))


@pytest.mark.skipif(os.geteuid() != 0, reason='only root can give files away')
def test_what_root_makes_by_hand_is_for_the_owner_of_the_folder(store, path):
    folder = os.path.dirname(path)
    os.chown(folder, 12345, 54321)
    store.add('x', session())
    found = files(path)
    assert len(found) >= 2, 'no write-ahead log was seen'
    for name in found:
        status = os.stat(os.path.join(folder, name))
        assert (status.st_uid, status.st_gid) == (12345, 54321), name


def test_a_root_that_may_not_give_files_away_keeps_them(store, path, monkeypatch):
    def fchown(file, uid, gid):
        raise OSError(1, 'Operation not permitted')

    monkeypatch.setattr(os, 'geteuid', lambda: 0)
    monkeypatch.setattr(os, 'fchown', fchown)
    store.add('x', session())
    assert store.get('x', NOW)


def test_a_root_that_could_not_use_what_it_gives_away_keeps_it(store, path, monkeypatch):
    owners = []
    monkeypatch.setattr(os, 'geteuid', lambda: 0)
    monkeypatch.setattr(os, 'fchown', lambda file, uid, gid: owners.append((uid, gid)))
    monkeypatch.setattr(os, 'access', lambda place, mode: False)
    store.add('x', session())
    folder = os.stat(os.path.dirname(path))
    assert owners == [(folder.st_uid, folder.st_gid), (0, os.getegid())]


def test_root_makes_no_file_where_a_link_leads(store, path, tmpdir, monkeypatch):
    victim = tmpdir.join('victim')
    os.symlink(str(victim), path)
    monkeypatch.setattr(os, 'geteuid', lambda: 0)
    assert 'No such file' in refused(lambda store: store.add('x', session()), store)
    assert not victim.check()


def test_others_may_have_put_the_file_elsewhere(store, path, tmpdir, monkeypatch):
    os.symlink(str(tmpdir.join('elsewhere')), path)
    monkeypatch.setattr(os, 'geteuid', lambda: 12345)
    store.add('x', session())
    assert store.get('x', NOW)


def test_another_process_may_make_the_file_first(store, path, monkeypatch):
    really_open = os.open

    def open_later(*args):
        monkeypatch.setattr(os, 'open', really_open)
        another(path).add('x', session())
        return really_open(*args)

    monkeypatch.setattr(os, 'open', open_later)
    assert store.get('x', NOW)
    assert os.open is really_open


def test_what_the_file_holds_of_a_secret_opens_nothing(store, path):
    secret = new_secret()
    store.add(secret, session())
    (kept,), = rows(path, 'SELECT id FROM session')
    assert store.get(kept, NOW) is None


@pytest.mark.parametrize('version', [1, 3, 2147483647])
@calls
def test_a_file_of_another_version_is_refused_and_left_alone(call, version, store, path):
    store.add('x', session())
    rows(path, 'PRAGMA user_version = %d' % version)
    said = refused(call, another(path))
    assert 'version %d' % version in said and 'remove it' in said and path in said
    assert rows(path, 'SELECT COUNT(*) FROM session') == [(1,)]
    rows(path, 'PRAGMA user_version = 2')
    assert another(path).get('x', NOW)


@calls
def test_the_database_of_another_program_is_refused_and_left_alone(call, path):
    rows(path, 'CREATE TABLE session (sid TEXT, authenticated INTEGER)')  # Trac has this one
    assert 'remove it' in refused(call, another(path))
    assert rows(path, 'SELECT name FROM sqlite_master') == [('session',)]


# What happens to it

def test_a_file_that_is_removed_is_made_anew(store, path):
    store.add('x', session())
    for name in files(path):
        os.remove(os.path.join(os.path.dirname(path), name))
    assert store.get('x', NOW) is None
    store.add('y', session())
    assert another(path).get('y', NOW)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_a_file_that_is_replaced_is_noticed(store, path, tmpdir):
    store.add('x', session())
    other = str(tmpdir.join('other.db'))
    another(other).add('y', session(u'bob'))
    rows(other, 'PRAGMA wal_checkpoint(TRUNCATE)')
    os.rename(other, path)
    for suffix in ('-wal', '-shm'):
        if os.path.exists(path + suffix):
            os.remove(path + suffix)
    assert store.get('x', NOW) is None
    assert store.get('y', NOW).identity.username == u'bob'


@calls
@pytest.mark.parametrize('content', [b'junk' * 1000, b'SQLite format 3\0' + b'\xff' * 5000,
                                     b'\0' * 8192, b'<html>'])
def test_a_file_that_is_no_store_is_a_store_error(call, content, store, path):
    with open(path, 'wb') as file:
        file.write(content)
    refused(call, store)


@calls
def test_a_store_that_is_damaged_while_running_is_a_store_error(call, store, path):
    store.add('x', session())
    for name in files(path):
        name = os.path.join(os.path.dirname(path), name)
        if not name.endswith('-shm'):
            with open(name, 'r+b') as file:
                file.write(b'\xa5' * os.path.getsize(name))
    refused(call, another(path))


@calls
@pytest.mark.parametrize('place', ['missing/sessions.db', '.', 'file/sessions.db',
                                   '/proc/self/sessions.db'])  # where not even root can write
def test_a_place_that_cannot_be_is_a_store_error(call, place, tmpdir):
    tmpdir.join('file').write('')
    refused(call, another(os.path.join(str(tmpdir), place)))


def test_a_store_works_again_when_its_trouble_is_over(store, path):
    store.add('x', session())
    for name in files(path):
        os.remove(os.path.join(os.path.dirname(path), name))
    os.mkdir(path)
    refused(store.get, 'x', NOW)
    os.rmdir(path)
    store.add('y', session())
    assert store.get('y', NOW)


def test_the_error_names_the_file_and_no_secret(tmpdir):
    place = str(tmpdir.join('missing', 'sessions.db'))
    said = refused(another(place).get, 'session-secret', NOW)
    assert place in said and 'session-secret' not in said


# What cannot be written

def locked(path, how):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(how)
    return connection


@pytest.mark.parametrize('how', ['BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE'])
def test_a_locked_store_is_read_without_waiting(how, store, path, monkeypatch):
    store.add('x', session())
    monkeypatch.setattr(sqlite_file, 'PATIENCE', 3600)  # who waits never comes back
    store.keys('k', NOW, lambda: u'k', 100)
    blocked = another(path)
    lock = locked(path, how)
    try:
        for each in (store, blocked):
            found = each.get('x', NOW + 100)  # seen long enough ago to be noted
            assert found.tokens.id_token == u'id-token' and found.seen == NOW
            assert each.count(NOW) == 1
            assert each.keys('k', NOW, lambda: u'k', 100) == [u'k']
    finally:
        lock.close()
    assert blocked.get('x', NOW + 100) and blocked.get('x', NOW + 100).seen == NOW + 100


@changes
def test_a_locked_store_is_waited_for_and_then_a_store_error(call, store, path, monkeypatch):
    monkeypatch.setattr(sqlite_file, 'PATIENCE', .2)
    store.add('x', session())
    blocked = another(path)
    lock = locked(path, 'BEGIN EXCLUSIVE')
    try:
        assert 'locked' in refused(call, blocked)
    finally:
        lock.close()
    call(blocked)


@changes
def test_a_full_store_is_a_store_error_and_is_read(call, store, path):
    store.add('x', session())
    connection = store._file.connection()
    pages, = connection.execute('PRAGMA page_count').fetchone()
    connection.execute('PRAGMA max_page_count = %d' % pages)
    for number in range(10000):  # what is left of the last pages
        try:
            store.add('fill-%d' % number, session())
            store.once('fill', str(number), NOW, NOW + 600)
        except StoreError as e:
            assert 'full' in str(e)
            # The error's new connection does not have that limit.
            store._file.connection().execute('PRAGMA max_page_count = %d' % pages)
            break
    else:
        pytest.fail('it was never full')
    assert store.get('x', NOW + 100).tokens.id_token == u'id-token'
    assert store.count(NOW) > 1
    store.end('x')
    call(another(path))


# As another user, since root may write everything, and with a limit that holds for one process.
CHILD = """
import json, os, resource, sys
user, size, url = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
from support.store_kinds import LIMITS, NOW, NAMESPACE, session
from trac_unit.errors import StoreError
from trac_unit.oidc.session.stores.factory import open_store
store = open_store(url, LIMITS, NAMESPACE)
store.add('y', session(u'bob'))
if user:
    os.chown(os.path.dirname(url[9:]), user, user)
    for name in os.listdir(os.path.dirname(url[9:])):
        os.chown(os.path.join(os.path.dirname(url[9:]), name), user, user)
    os.setgid(user); os.setuid(user)
if not size:
    # This one's connection may write still; one that is opened from now on may not.
    os.chmod(url[9:], 0o400)
    store = open_store(url, LIMITS, NAMESPACE)
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY)) if size else None
said = {}
for name, call in (
        ('get', lambda: store.get('x', NOW + 100).identity.username),
        ('tokens', lambda: store.get('x', NOW + 100).tokens.id_token),
        ('count', lambda: store.count(NOW)),
        ('add', lambda: [store.add('big-%d' % number, session()) for number in range(500)]),
        ('once', lambda: [store.once('state', str(number), NOW, NOW + 1)
                          for number in range(5000)]),
        ('get again', lambda: store.get('y', NOW + 100).identity.username)):
    try:
        said[name] = call()
    except StoreError as e:
        said[name] = 'StoreError: %s' % e
for name in os.listdir(os.path.dirname(url[9:])):
    os.chmod(os.path.join(os.path.dirname(url[9:]), name), 0o600)
if size:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.add('after', session(u'carol'))
said['after'] = store.get('after', NOW).identity.username
print(json.dumps(said))
"""


def child(path, user, size):
    """What the calls of a store give in a process with fewer rights."""
    environ = child_environ({})
    environ['PYTHONPATH'] += os.pathsep + TESTS
    popen = subprocess.Popen([sys.executable, '-c', CHILD, str(user), str(size),
                              'sqlite://' + path], stdout=subprocess.PIPE, env=environ)
    return json.loads(popen.communicate()[0].decode('utf-8'))


@pytest.fixture
def reachable(path):
    """A file in a folder that any user can reach."""
    import shutil
    import tempfile
    folder = tempfile.mkdtemp(prefix='trac-unit-')
    yield os.path.join(folder, 'sessions.db')
    shutil.rmtree(folder)


def test_a_full_disk_is_a_store_error_and_what_is_there_is_read(store, path):
    store.add('x', session())
    size = max(os.path.getsize(os.path.join(os.path.dirname(path), name)) for name in files(path))
    said = child(path, 0, size + 8192)
    assert said.pop('add').startswith('StoreError') and said.pop('once').startswith('StoreError')
    assert said.pop('count') >= 2
    assert said == {'get': u'alice', 'tokens': u'id-token', 'get again': u'bob',
                    'after': u'carol'}
    assert store.get('after', NOW) and store.get('x', NOW)


def test_a_file_made_read_only_is_a_store_error_and_is_read(reachable):
    another(reachable).add('x', session())
    said = child(reachable, 0 if os.geteuid() else 65534, 0)
    for name in ('add', 'once'):
        error = said.pop(name)
        assert error.startswith('StoreError') and 'readonly' in error
    assert said == {'get': u'alice', 'tokens': u'id-token', 'count': 2, 'get again': u'bob',
                    'after': u'carol'}

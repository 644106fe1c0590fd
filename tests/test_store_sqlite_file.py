# -*- coding: utf-8 -*-
"""What can befall the file of the SQLite store, and what it may never hold or be."""
import os
import sqlite3
import stat

import pytest

from test_store_sqlite import (IDLE, LIFETIME, NOW, another, files, path, rows,  # noqa: F401
                               session, store)
from trac_unit.errors import StoreError
from trac_unit.oidc.session import Limits, new_secret
from trac_unit.oidc.stores import open_store


def test_the_file_is_for_nobody_else(store, path):  # noqa: F811
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


def test_no_secret_is_in_any_file(store, path):  # noqa: F811
    secret, state = new_secret(), new_secret()
    store.add(secret, session())
    store.get(secret, NOW + 100)
    store.once('state', state, NOW + 60)
    content = b''
    for name in files(path):
        with open(os.path.join(os.path.dirname(path), name), 'rb') as file:
            content += file.read()
    assert b'sub-alice' in content  # it is the right file
    for value in (secret, state):
        assert value.encode('ascii') not in content


def test_a_file_that_is_removed_is_made_anew(store, path):  # noqa: F811
    store.add('x', session())
    for name in files(path):
        os.remove(os.path.join(os.path.dirname(path), name))
    assert store.get('x', NOW) is None
    store.add('y', session())
    assert another(path).get('y', NOW)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_a_file_that_is_replaced_is_noticed(store, path, tmpdir):  # noqa: F811
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


CALLS = [('add', lambda each: each.add('n', session())),
         ('get', lambda each: each.get('x', NOW)),
         ('end', lambda each: each.end('x')),
         ('once', lambda each: each.once('state', 'x', NOW)),
         ('key', lambda each: each.key('k', lambda: u'k'))]
calls = pytest.mark.parametrize('call', [row[1] for row in CALLS], ids=[row[0] for row in CALLS])


@calls
@pytest.mark.parametrize('content', [b'junk' * 1000, b'SQLite format 3\0' + b'\xff' * 5000,
                                     b'\0' * 8192, b'<html>'])
def test_a_file_that_is_no_store_is_a_store_error(call, content, store, path):  # noqa: F811
    with open(path, 'wb') as file:
        file.write(content)
    with pytest.raises(StoreError) as caught:
        call(store)
    assert caught.value.reason == 'store'


@calls
def test_a_store_that_is_damaged_while_running_is_a_store_error(call, store, path):  # noqa: F811
    store.add('x', session())
    for name in files(path):
        name = os.path.join(os.path.dirname(path), name)
        if not name.endswith('-shm'):
            with open(name, 'r+b') as file:
                file.write(b'\xa5' * os.path.getsize(name))
    another_one = another(path)
    with pytest.raises(StoreError):
        call(another_one)


@pytest.mark.parametrize('profile', [u'', u'junk', u'null', u'1', u'[]', u'["a"]', u'{}',
                                     u'["a", "b", "c", 1]', u'["a", "b", "c", null]'])
def test_a_row_that_cannot_be_read_is_a_store_error(profile, store, path):  # noqa: F811
    store.add('x', session())
    rows(path, 'UPDATE session SET profile = ?', profile)
    with pytest.raises(StoreError):
        store.get('x', NOW)


@calls
@pytest.mark.parametrize('place', ['missing/sessions.db', '.', 'file/sessions.db',
                                   '/proc/self/sessions.db'])  # where not even root can write
def test_a_place_that_cannot_be_is_a_store_error(call, place, tmpdir):
    tmpdir.join('file').write('')
    with pytest.raises(StoreError):
        call(another(os.path.join(str(tmpdir), place)))


def test_a_store_works_again_when_its_trouble_is_over(store, path, tmpdir):  # noqa: F811
    store.add('x', session())
    for name in files(path):
        os.remove(os.path.join(os.path.dirname(path), name))
    os.mkdir(path)
    with pytest.raises(StoreError):
        store.get('x', NOW)
    os.rmdir(path)
    store.add('y', session())
    assert store.get('y', NOW)


def test_a_locked_store_is_waited_for_and_then_a_store_error(
        store, path, monkeypatch):  # noqa: F811
    monkeypatch.setattr('trac_unit.oidc.stores.sqlite._PATIENCE', .2)
    store.add('x', session())
    blocked = another(path)
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute('BEGIN IMMEDIATE')
    try:
        assert blocked.get('x', NOW)  # reading does not wait
        with pytest.raises(StoreError):
            blocked.add('y', session())
    finally:
        lock.execute('ROLLBACK')
        lock.close()
    blocked.add('y', session())


def test_the_error_names_the_file_and_no_secret(tmpdir):
    place = str(tmpdir.join('missing', 'sessions.db'))
    with pytest.raises(StoreError) as caught:
        another(place).get('session-secret', NOW)
    assert place in str(caught.value)
    assert 'session-secret' not in str(caught.value)


def test_a_url_names_a_file(path):  # noqa: F811
    named = open_store('sqlite://' + path, Limits(IDLE, LIFETIME))
    named.add('x', session())
    assert another(path).get('x', NOW)

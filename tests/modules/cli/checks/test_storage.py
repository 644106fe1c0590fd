"""What `trac-unit check` says of the session store and the egg cache."""

import os
import sqlite3
import sys

import pytest

from support.checked_environment import STRANGER, as_account
from support.checked_environment import made, path, settings, signed_in  # noqa: F401 (fixtures)
from support.checking import chmod, found, one
from support.serving import free_port
from support.store_kinds import LIMITS, NAMESPACE, session
from support.store_kinds import redis_kind, redis_server  # noqa: F401 (fixtures)
from trac_unit.cli.checks import storage
from trac_unit.cli.host.accounts import Account
from trac_unit.oidc.session import stores
from trac_unit.oidc.session.stores.factory import open_store


def store_of(path):  # noqa: F811
    return os.path.join(path, '.trac-unit-sessions.db')


def test_a_session_store_in_use_is_fine(signed_in, path):  # noqa: F811
    open_store('sqlite://' + store_of(path), LIMITS, NAMESPACE).add('x', session())
    assert one(storage.session_store, signed_in)[:3] == ('ok', 'session store', store_of(path))


@pytest.mark.parametrize('statement', ['PRAGMA user_version = 1', 'PRAGMA user_version = 3',
                                       'CREATE TABLE session (sid TEXT)'])
def test_a_session_store_that_is_of_another_version_or_program(
        statement, signed_in, path):  # noqa: F811
    connection = sqlite3.connect(store_of(path))
    connection.execute(statement)
    connection.close()
    chmod(0o600, store_of(path))
    mark, _, text, mend = one(storage.session_store, signed_in)
    assert mark == 'error' and 'version' in text and mend.startswith('rm ' + store_of(path))


def test_a_session_store_in_redis_is_fine(signed_in, redis_server):  # noqa: F811
    signed_in['TRAC_OIDC_SESSION_STORE'] = redis_server.url
    assert one(storage.session_store, signed_in)[:3] == ('ok', 'session store', redis_server.url)


def test_a_redis_server_that_is_not_there(signed_in):  # noqa: F811
    signed_in['TRAC_OIDC_SESSION_STORE'] = 'redis://:marked@127.0.0.1:%d/0' % free_port()
    mark, _, text, mend = one(storage.session_store, signed_in)
    assert mark == 'error' and 'ConnectionError' in text and 'TRAC_OIDC_SESSION_STORE' in mend
    assert 'marked' not in text


def test_a_redis_server_that_drops_sessions(signed_in, redis_kind):  # noqa: F811
    signed_in['TRAC_OIDC_SESSION_STORE'] = redis_kind.url
    client = redis_kind.client
    client.config_set('maxmemory', 10 ** 9)
    client.config_set('maxmemory-policy', 'allkeys-lru')
    try:
        mark, _, text, mend = one(storage.session_store, signed_in)
    finally:
        client.config_set('maxmemory-policy', 'noeviction')
    assert mark == 'warning' and 'allkeys-lru' in text and 'noeviction' in mend
    assert one(storage.session_store, signed_in)[0] == 'ok'
    client.config_set('maxmemory', 0)


def test_a_redis_server_that_can_be_listened_to(signed_in, monkeypatch):  # noqa: F811
    signed_in['TRAC_OIDC_SESSION_STORE'] = 'redis://:marked@redis.example/0'
    monkeypatch.setattr('trac_unit.oidc.session.stores.redis.facts', lambda url: {})
    mark, _, text, mend = one(storage.session_store, signed_in)
    assert mark == 'warning' and 'listen' in text and 'rediss://' in mend and 'marked' not in text
    signed_in['TRAC_OIDC_SESSION_STORE'] = 'rediss://:marked@redis.example/0'
    assert one(storage.session_store, signed_in)[0] == 'ok'


def test_a_redis_server_without_its_library(signed_in, monkeypatch):  # noqa: F811
    signed_in['TRAC_OIDC_SESSION_STORE'] = 'redis://localhost'
    monkeypatch.setitem(sys.modules, 'trac_unit.oidc.session.stores.redis', None)
    monkeypatch.delattr(stores, 'redis', raising=False)
    mark, _, _, mend = one(storage.session_store, signed_in)
    assert (mark, mend) == ('error', 'pip install "trac-unit[redis]"')


def test_a_session_store_that_others_can_read(signed_in, path):  # noqa: F811
    open(store_of(path), 'w').close()
    chmod(0o644, store_of(path))
    mark, _, _, mend = one(storage.session_store, signed_in)
    assert (mark, mend) == ('warning', 'chmod 600 %s' % store_of(path))


def test_a_session_store_that_is_none(signed_in, path):  # noqa: F811
    with open(store_of(path), 'wb') as file:
        file.write(b'<html>' * 999)
    chmod(0o600, store_of(path))
    mark, _, text, mend = one(storage.session_store, signed_in)
    assert mark == 'error' and 'not a database' in text and mend.startswith('rm ')
    os.unlink(store_of(path))
    os.mkdir(store_of(path))
    assert one(storage.session_store, signed_in)[0] == 'error'


def test_a_session_store_that_units_user_cannot_use(signed_in, path):  # noqa: F811
    mark, _, text, _ = one(storage.session_store, as_account(STRANGER, signed_in))
    assert mark == 'error' and 'stranger cannot make files' in text
    open(store_of(path), 'w').close()
    chmod(0o600, store_of(path))
    chmod(0o777, path)
    looked_at = as_account(STRANGER, signed_in)
    looked_at.account = type('Bits', (Account,), {
        'may': Account._fits, 'barrier': lambda self, path: None})('stranger', 54321, 1, ())
    mark, _, text, mend = one(storage.session_store, looked_at)
    assert mark == 'error' and mend == 'chown stranger %s' % store_of(path)


def test_a_session_store_in_a_folder_that_is_not_there(signed_in):  # noqa: F811
    signed_in['TRAC_OIDC_SESSION_STORE'] = 'sqlite:///nowhere/at/all.db'
    mark, _, text, mend = one(storage.session_store, signed_in)
    assert mark == 'error' and mend.startswith('mkdir -p /nowhere/at')


def test_without_sign_in_there_is_no_session_store(settings):  # noqa: F811
    assert found(storage.session_store, settings) == []


def test_an_egg_cache_that_cannot_be_written(settings, path, tmpdir):  # noqa: F811
    mark, _, text, mend = one(storage.egg_cache, as_account(STRANGER, settings))
    assert mark == 'warning' and mend.startswith('mkdir -p %s/.egg-cache' % path)
    settings['PYTHON_EGG_CACHE'] = str(tmpdir.join('file'))
    tmpdir.join('file').write('')
    assert one(storage.egg_cache, settings)[0] == 'warning'

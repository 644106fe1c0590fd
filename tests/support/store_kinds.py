# -*- coding: utf-8 -*-
"""The kinds of stores, for tests that hold for each of them."""
import os
import sqlite3

import pytest

from support.redis_server import RedisServer
from support.serving import Unavailable, skip_unless_required
from trac_unit.errors import StoreError
from trac_unit.oidc.rules.identity import Identity
from trac_unit.oidc.session.limits import Limits
from trac_unit.oidc.session.session import Session
from trac_unit.oidc.session.stores.factory import open_store
from trac_unit.oidc.session.tokens import Tokens

NOW = 1700000000
IDLE, LIFETIME = 3600, 86400
LIMITS = Limits(IDLE, LIFETIME)
NAMESPACE = u'https://provider.example trac'


def session(username=u'alice', created=NOW, sid=u'sid-1', subject=None):
    identity = Identity(u'https://provider.example', subject or u'sub-' + username, username,
                        u'Žofie', u'a@example.org', (u'developers', u'překladatelé'))
    return Session(identity, Tokens(u'id-token', u'access-token', u'refresh-token'), sid, created)


class Kind(object):
    """One place for sessions."""

    def open(self, namespace=NAMESPACE, limits=LIMITS):
        """A store there, as another process would have it."""
        return open_store(self.url, limits, namespace)


class SQLiteKind(Kind):

    def __init__(self, folder):
        self.path = str(folder.join('sessions.db'))
        self.url = 'sqlite://' + self.path

    def files(self):
        folder, name = os.path.split(self.path)
        return sorted(os.path.join(folder, other) for other in os.listdir(folder)
                      if other.startswith(name))

    def everything(self):
        """All that is kept, bytes."""
        content = b''
        for path in self.files():
            with open(path, 'rb') as file:
                content += file.read()
        return content


class RedisKind(Kind):

    def __init__(self, server):
        self.server = server
        self.url = server.url

    @property
    def client(self):
        import redis
        return redis.Redis(port=self.server.port)

    def everything(self):
        """All that is kept, bytes."""
        client, content = self.client, b''
        readers = {b'hash': client.hgetall, b'list': lambda key: client.lrange(key, 0, -1),
                   b'zset': lambda key: client.zrange(key, 0, -1, withscores=True),
                   b'string': client.get}
        for key in client.scan_iter():
            value = readers[client.type(key)](key)
            content += key + b' ' + b' '.join(_parts(value)) + b'\n'
        return content


def _parts(value):
    if isinstance(value, dict):
        value = [part for pair in value.items() for part in pair]
    if isinstance(value, (list, tuple)):
        return [piece for part in value for piece in _parts(part)]
    return [value if isinstance(value, bytes) else repr(value).encode('ascii')]


@pytest.fixture(scope='session')
def redis_server():
    try:
        server = RedisServer()
    except Unavailable as e:
        skip_unless_required(e)
    with server:
        yield server


@pytest.fixture
def redis_kind(redis_server):
    kind = RedisKind(redis_server)
    kind.client.flushall()
    return kind


@pytest.fixture
def sqlite_kind(tmpdir):
    return SQLiteKind(tmpdir)


@pytest.fixture(params=['sqlite', 'redis'])
def kind(request):
    """A place for sessions, empty, of each kind."""
    return request.getfixturevalue(request.param + '_kind')


@pytest.fixture
def store(kind):
    return kind.open()


def rows(path, query, *arguments):
    """What a statement gives in the file of a SQLite store, asked for behind the store's back."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            return connection.execute(query, arguments).fetchall()
    finally:
        connection.close()


#: Every call of a store.
CALLS = [('add', lambda each: each.add('n', session())),
         ('get', lambda each: each.get('x', NOW)),
         ('update', lambda each: each.update('x', session())),
         ('end', lambda each: each.end('x')),
         ('end_by_sid', lambda each: each.end_by_sid(u'sid-1')),
         ('end_by_subject', lambda each: each.end_by_subject(u'sub-alice')),
         ('sessions', lambda each: each.sessions(NOW)),
         ('count', lambda each: each.count(NOW)),
         ('once', lambda each: each.once('state', 'x', NOW, NOW + 1)),
         ('seen', lambda each: each.seen('state', 'x', NOW)),
         ('keys', lambda each: each.keys('k', NOW, lambda: u'k', 100))]


def refused(call, *arguments):
    """What the StoreError says."""
    with pytest.raises(StoreError) as caught:
        call(*arguments)
    assert caught.value.reason == 'store'
    return str(caught.value)


#: What no store wrote as an identity.
GARBAGE = [u'', u'junk', u'null', u'1', u'[]', u'["a"]', u'{}', u'["a", "b", "c", 1]',
           u'["i", "s", "u", "n", "e", null]', u'["i", "s", "u", "n", "e", ["g", 1]]',
           u'["i", "s", null, "n", "e", []]', u'["i", "s", "u", "n", "e", [], 1]',
           u'["i", "s", "u", "n", "e", {"g": 1}]', u'[' * 9999, u'\ud7ff\0',
           sqlite3.Binary(b'\xff\xfe'), sqlite3.Binary(b''), 7, 1.5]


def garbage_id(value):
    """A name for a test with a piece of garbage: the same each time, and not too long."""
    return repr(bytes(value) if isinstance(value, sqlite3.Binary) else value)[:40]

"""Sessions in one SQLite file, shared by all processes of one machine."""

import contextlib
import json
import os
import random
import sqlite3
import threading
import time

from ..._compat import native, to_text
from ...errors import StoreError
from ..identity import Identity
from ..session import Session, Store, digest

_SCHEMA = """
CREATE TABLE IF NOT EXISTS session (
    id TEXT PRIMARY KEY, issuer TEXT NOT NULL, subject TEXT NOT NULL, sid TEXT,
    profile TEXT NOT NULL, id_token TEXT NOT NULL,
    created INTEGER NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS session_created ON session (created);
CREATE INDEX IF NOT EXISTS session_seen ON session (seen);
CREATE TABLE IF NOT EXISTS once (
    kind TEXT NOT NULL, value TEXT NOT NULL, expires INTEGER NOT NULL,
    PRIMARY KEY (kind, value)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS once_expires ON once (expires);
CREATE TABLE IF NOT EXISTS key (name TEXT PRIMARY KEY, value TEXT NOT NULL);
PRAGMA user_version = 1
"""

_VERSION = 1

# Connections of the process that this one was forked from.
_inherited = []

#: Rows that one sweep removes at most, so that no request feels it.
_SWEEP = 100

#: Seconds that a write waits for the writes of others.
_PATIENCE = 5


class SQLiteStore(Store):
    """The default store: WAL, file mode 0600, one connection a thread.

    :param path: the file; made when it is first needed
    :param limits: :class:`~trac_unit.oidc.session.Limits`
    """

    def __init__(self, path, limits):
        self._path = path
        self._limits = limits
        self._local = threading.local()

    def add(self, secret, session):
        identity = session.identity
        profile = json.dumps([identity.username, identity.name, identity.email,
                              list(identity.groups)])
        with self._connection() as connection:
            connection.execute(
                'INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
                (digest(secret), identity.issuer, identity.subject, session.sid,
                 to_text(profile), session.id_token, int(session.created), int(session.seen)))
            self._sweep(connection, session.created)

    def get(self, secret, now):
        try:
            return self._live(digest(secret), now)
        except (sqlite3.Error, EnvironmentError, TypeError, ValueError) as e:
            # The last two: a row that is not as we wrote it.
            raise self._failed(e)

    def _live(self, key, now):
        connection = self._open()
        row = connection.execute(
            'SELECT issuer, subject, profile, id_token, sid, created, seen FROM session '
            'WHERE id = ? AND created > ? AND seen > ?',
            (key, now - self._limits.lifetime, now - self._limits.idle)).fetchone()
        if row is None:
            return None
        issuer, subject, profile, id_token, sid, created, seen = row
        if now - seen >= self._limits.touch:
            connection.execute('UPDATE session SET seen = ? WHERE id = ?', (int(now), key))
        return Session(self._identity(issuer, subject, profile), id_token, sid, created, seen)

    def _identity(self, issuer, subject, profile):
        # A person asks for many pages in a row, with the same profile.
        last = getattr(self._local, 'last', None)
        if last is None or last[0] != (issuer, subject, profile):
            username, name, email, groups = json.loads(profile)
            last = self._local.last = (issuer, subject, profile), Identity(
                issuer, subject, username, name, email, tuple(groups))
        return last[1]

    def end(self, secret):
        with self._connection() as connection:
            connection.execute('DELETE FROM session WHERE id = ?', (digest(secret),))

    def once(self, kind, value, expires):
        with self._connection() as connection:
            return connection.execute('INSERT OR IGNORE INTO once VALUES (?, ?, ?)',
                                      (kind, digest(value), int(expires))).rowcount == 1

    def key(self, name, make):
        with self._connection() as connection:
            query = 'SELECT value FROM key WHERE name = ?'
            if connection.execute(query, (name,)).fetchone() is None:
                # Another process may be making one too: the first one holds for both.
                connection.execute('INSERT OR IGNORE INTO key VALUES (?, ?)', (name, make()))
            return connection.execute(query, (name,)).fetchone()[0]

    def _sweep(self, connection, now):
        for table, column, oldest in (('session', 'created', now - self._limits.lifetime),
                                      ('session', 'seen', now - self._limits.idle)):
            connection.execute('DELETE FROM %s WHERE id IN (SELECT id FROM %s WHERE %s <= ? '
                               'LIMIT %d)' % (table, table, column, _SWEEP), (int(oldest),))
        connection.execute('DELETE FROM once WHERE expires <= ?', (int(now),))

    @contextlib.contextmanager
    def _connection(self):
        """This thread's connection; SQLite's errors leave as StoreError."""
        try:
            yield self._open()
        except (sqlite3.Error, EnvironmentError) as e:
            raise self._failed(e)

    def _failed(self, error):
        """The StoreError that `error` becomes."""
        # A new connection, perhaps to a new file, is the way out of most of them.
        self._local.connection = None
        return StoreError('store', 'expected a session store that works at %s, got %s: %s'
                          % (self._path, type(error).__name__, error))

    def _open(self):
        # Unit forks, and SQLite must not cross a fork.  The file may have been removed.
        identity = (os.getpid(), self._file())
        if getattr(self._local, 'connection', None) is None or \
                self._local.identity != identity:
            if getattr(self._local, 'identity', identity)[0] != identity[0]:
                # Not even to be closed: that would take the file from under the parent.
                _inherited.append(self._local.connection)
            self._local.connection = self._connect()
            self._local.identity = identity
        return self._local.connection

    def _file(self):
        """The identity of the file, which is made if it is not there."""
        try:
            status = os.stat(self._path)
        except OSError:
            # SQLite makes its further files with this one's mode.
            os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
            status = os.stat(self._path)
        return status.st_dev, status.st_ino

    def _connect(self):
        connection = sqlite3.connect(native(self._path), timeout=_PATIENCE, isolation_level=None)
        late = time.time() + _PATIENCE
        while True:
            try:
                connection.execute('PRAGMA journal_mode = WAL')
                break
            except sqlite3.OperationalError:
                # Becoming a WAL file is the one step that does not wait for others.
                if time.time() > late:
                    raise
                time.sleep(random.uniform(.01, .05))
        connection.execute('PRAGMA synchronous = NORMAL')
        if self._version(connection) != _VERSION:
            # In one piece: who opens the file meanwhile sees no half of it.
            connection.execute('BEGIN IMMEDIATE')
            if self._version(connection) != _VERSION:  # another process was not faster
                for statement in _SCHEMA.split(';'):
                    connection.execute(statement)
            connection.execute('COMMIT')
        return connection

    def _version(self, connection):
        return connection.execute('PRAGMA user_version').fetchone()[0]

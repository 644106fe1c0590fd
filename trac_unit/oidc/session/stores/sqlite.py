"""Sessions in one SQLite file, shared by all processes of one machine."""

from ...._compat import to_text
from ..session import Session
from ..store import Store
from .records import Namespace, SealedTokens, dump_identity, load_identity, whole_numbers
from .sealing_keys import Key, is_due, usable
from .sqlite_file import TROUBLE, SQLiteFile

VERSION = 2

# A row is found by its number, the beginning of its id: one search less than by an index, which
# counts among a million rows.  What is long stands at the end of a row.  The column of the
# namespace has the name by which older versions know it.
_SCHEMA = """
CREATE TABLE session (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, realm TEXT NOT NULL, subject TEXT NOT NULL,
    username TEXT NOT NULL, sid TEXT, created INTEGER NOT NULL, seen INTEGER NOT NULL,
    checked INTEGER NOT NULL, ends INTEGER NOT NULL, identity TEXT NOT NULL,
    tokens TEXT NOT NULL);
CREATE INDEX session_ends ON session (ends);
CREATE INDEX session_subject ON session (realm, subject);
CREATE INDEX session_username ON session (realm, username);
CREATE INDEX session_sid ON session (realm, sid);
CREATE TABLE once (id TEXT PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX once_expires ON once (expires);
CREATE TABLE key (
    number INTEGER PRIMARY KEY, realm TEXT NOT NULL, name TEXT NOT NULL,
    made INTEGER NOT NULL, value TEXT NOT NULL)
"""

#: Rows that one sweep removes at most, so that no sign-in feels it: each costs some pages.
# A sign-in sweeps twice, so that more goes than comes.
_SWEEP = 5


class SQLiteStore(Store):
    """The default store.

    :param path: the file; made when it is first needed
    :param limits: :class:`~trac_unit.oidc.session.limits.Limits`
    :param namespace: issuer and client id, text
    """

    def __init__(self, path, limits, namespace):
        self._file = SQLiteFile(path, _SCHEMA, VERSION)
        self._limits = limits
        self._namespace = Namespace(namespace)

    def add(self, secret, session):
        identity = session.identity
        row = self._key(secret) + (
            self._namespace.name, identity.subject, identity.username, session.sid,
            int(session.created), int(session.seen), int(session.checked),
            int(self._limits.end(session.created, session.seen)),
            dump_identity(identity), self._namespace.seal(secret, session))
        with self._file.writing() as connection:
            _sweep(connection, session.created)
            connection.execute('INSERT INTO session VALUES (%s)' % ', '.join('?' * len(row)), row)

    def get(self, secret, now):
        try:
            kept = self._file.opened().remembered(secret, self._read)
        except TROUBLE as e:
            raise self._file.failed(e)
        if kept is None:
            return None
        identity, sid, created, seen, checked, tokens, ends = kept
        if ends <= now:
            return None
        if now - seen >= self._limits.touch:
            self._file.attempt(
                'UPDATE session SET seen = ?, ends = ? WHERE number = ? AND id = ?',
                (int(now), int(self._limits.end(created, now))) + self._key(secret))

        def unseal():
            try:
                return self._namespace.unseal(secret, tokens)
            except ValueError as e:
                raise self._file.failed(e)
        return Session(identity, SealedTokens(unseal), sid, created, seen, checked)

    def _read(self, ask, secret):
        """What the file has of a session, apart from its secret, and when it ends; or None."""
        row = ask('SELECT identity, sid, created, seen, checked, tokens FROM session '
                  'WHERE number = ? AND id = ?', self._key(secret)).fetchone()
        if row is None:
            return None
        created, seen, checked = whole_numbers(row[2:5])
        # Not the row's own, which was made with the limits of that time.
        return (load_identity(row[0]), row[1], created, seen, checked, row[5],
                self._limits.end(created, seen))

    def _key(self, secret):
        """The number and the id of the session with this secret."""
        key = self._namespace.key('session', secret)
        # Should two have one number, which nobody lives to see, the second sign-in is refused.
        return int(key[:15], 16), key

    def update(self, secret, session):
        identity = session.identity
        sealed = self._namespace.seal(secret, session)
        with self._file.reading() as connection:
            return connection.execute(
                'UPDATE session SET subject = ?, username = ?, sid = ?, checked = ?, '
                'identity = ?, tokens = ? WHERE number = ? AND id = ?',
                (identity.subject, identity.username, session.sid, int(session.checked),
                 dump_identity(identity), sealed) + self._key(secret)).rowcount == 1

    def end(self, secret):
        with self._file.reading() as connection:
            connection.execute('DELETE FROM session WHERE number = ? AND id = ?',
                               self._key(secret))

    def end_by_sid(self, sid, subject=None):
        return self._end(sid=sid, subject=subject)

    def end_by_subject(self, subject):
        return self._end(subject=subject)

    def _end(self, **wanted):
        where, arguments = self._whose(**wanted)
        with self._file.reading() as connection:
            return connection.execute('DELETE FROM session' + where, arguments).rowcount

    def sessions(self, now, subject=None, username=None):
        where, arguments = self._whose(now, subject=subject, username=username)
        with self._file.reading() as connection:
            rows = connection.execute(
                'SELECT identity, sid, created, seen, checked FROM session' + where
                + ' ORDER BY created DESC', arguments)
            return [Session(load_identity(row[0]), None, row[1], *whole_numbers(row[2:]))
                    for row in rows]

    def count(self, now, subject=None, username=None):
        where, arguments = self._whose(now, subject=subject, username=username)
        with self._file.reading() as connection:
            return connection.execute('SELECT COUNT(*) FROM session' + where,
                                      arguments).fetchone()[0]

    def _whose(self, now=None, **wanted):
        """The WHERE of this namespace's sessions, and its arguments; `now`: only live ones."""
        conditions, arguments = ['realm = ?'], [self._namespace.name]
        for column, value in sorted(wanted.items()):
            if value is not None:
                conditions.append(column + ' = ?')
                arguments.append(to_text(value))
        if now is not None:
            conditions.append('MIN(created + ?, seen + ?) > ?')
            arguments += [self._limits.lifetime, self._limits.idle, now]
        return ' WHERE ' + ' AND '.join(conditions), arguments

    def once(self, kind, value, now, expires):
        key = self._namespace.key(kind, value)
        with self._file.writing() as connection:
            _sweep(connection, now)
            connection.execute('DELETE FROM once WHERE id = ? AND expires <= ?', (key, now))
            return connection.execute('INSERT OR IGNORE INTO once VALUES (?, ?)',
                                      (key, expires)).rowcount == 1

    def seen(self, kind, value, now):
        with self._file.reading() as connection:
            return connection.execute('SELECT 1 FROM once WHERE id = ? AND expires > ?',
                                      (self._namespace.key(kind, value), now)
                                      ).fetchone() is not None

    def keys(self, name, now, make, age):
        with self._file.reading() as connection:
            keys = self._keys(connection, name)
        if is_due(keys, now, age) or usable(keys, now, age) != keys:
            with self._file.writing() as connection:
                keys = self._keys(connection, name)
                if is_due(keys, now, age):  # another process was not faster
                    connection.execute('INSERT INTO key (realm, name, made, value) '
                                       'VALUES (?, ?, ?, ?)',
                                       (self._namespace.name, name, int(now), make()))
                    keys = self._keys(connection, name)
                kept = usable(keys, now, age)
                connection.executemany('DELETE FROM key WHERE number = ?',
                                       [(key.handle,) for key in keys if key not in kept])
                keys = kept
        return [key.value for key in keys]

    def _keys(self, connection, name):
        return [Key(*row) for row in connection.execute(
            'SELECT number, made, value FROM key WHERE realm = ? AND name = ? '
            'ORDER BY number DESC', (self._namespace.name, name))]


def _sweep(connection, now):
    """Remove some of what has expired."""
    for table, key, column in (('session', 'number', 'ends'), ('once', 'id', 'expires')):
        connection.execute('DELETE FROM %s WHERE %s IN (SELECT %s FROM %s WHERE %s <= ? LIMIT %d)'
                           % (table, key, key, table, column, _SWEEP), (now,))

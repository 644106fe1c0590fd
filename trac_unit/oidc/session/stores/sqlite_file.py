"""One SQLite file that threads, processes and forks share."""

import contextlib
import errno
import os
import random
import sqlite3
import threading
import time
import weakref

from ...._compat import exception_text, native
from ....environment.process_user import chown, make_folder
from ....errors import StoreError

# Connections of the process that this one was forked from.
_inherited = []

# The files that this process may have open.
_files = weakref.WeakSet()

#: Seconds that a write waits for the writes of others, and one that is not worth much.
PATIENCE = 5
LITTLE_PATIENCE = .05

#: What comes of a file that cannot be used, or that another program wrote: beside
#: SQLite's own errors, those of reading what it holds.
TROUBLE = (sqlite3.Error, EnvironmentError, TypeError, ValueError, RuntimeError)

#: Things that a thread remembers at most.
_MOST_REMEMBERED = 256


class Opened(object):
    """What a thread has: a connection, and what it read since the file changed.

    :param identity: the process, and the file
    :param connection: a :class:`sqlite3.Connection`
    """

    def __init__(self, identity, connection):
        self.identity = identity
        self.connection = connection
        self._cursor = connection.cursor()
        self._version = None
        self._known = {}

    def remembered(self, name, read):
        """Return what `read` returns, or did return and the file has not been changed since.

        What goes wrong is one of :data:`TROUBLE`.

        :param name: what to remember it by
        :param read: called with a function that executes a query, and the name
        """
        # https://www.sqlite.org/pragma.html#pragma_data_version: others' commits change it.
        ask = self._cursor.execute
        version = ask('PRAGMA data_version').fetchone()
        if version != self._version or version is None:
            self.forget()
            self._version = version
        known = self._known
        if name not in known:
            if len(known) >= _MOST_REMEMBERED:
                self.forget()
            known[name] = read(ask, name)
        return known[name]

    def forget(self):
        """Forget what was read: this connection's own commits leave the version as it is."""
        self._known.clear()

    def close(self):
        """Close at once, since somebody may look at an exception that has it for a while."""
        _close(self._cursor)  # which would keep the file open
        _close(self.connection)


class _Local(threading.local):
    """The :class:`Opened` of a thread, or None."""

    opened = None


class SQLiteFile(object):
    """A file: WAL, mode 0600, one connection a thread.

    :param path: made when it is first needed
    :param schema: SQL, statements separated by semicolons
    :param version: of the schema, a whole number from 1 on
    """

    def __init__(self, path, schema, version):
        self.path = path
        self._schema = schema
        self._version = version
        self._local = _Local()
        _files.add(self)

    @contextlib.contextmanager
    def reading(self):
        """This thread's connection; what goes wrong leaves as StoreError."""
        try:
            yield self.connection()
        except TROUBLE as e:
            raise self.failed(e)

    @contextlib.contextmanager
    def writing(self):
        """The same, for one transaction."""
        with self.reading() as connection:
            connection.execute('BEGIN IMMEDIATE')
            try:
                yield connection
                connection.execute('COMMIT')
            except BaseException:
                # Else others would wait for as long as somebody looks at the exception.
                try:
                    connection.execute('ROLLBACK')
                except sqlite3.Error:
                    pass  # SQLite has done that by itself
                raise

    def attempt(self, query, arguments):
        """Write if that is possible at once; if not, nothing happens."""
        try:
            connection = self.connection()
            connection.execute('PRAGMA busy_timeout = %d' % (LITTLE_PATIENCE * 1000))
            try:
                connection.execute(query, arguments)
            finally:
                connection.execute('PRAGMA busy_timeout = %d' % (PATIENCE * 1000))
        except (sqlite3.Error, EnvironmentError) as e:
            if 'readonly' in exception_text(e):
                # A connection stays so, when the file has long been mended.
                self.drop()

    def failed(self, error):
        """The StoreError that `error` becomes."""
        # A new connection, perhaps to a new file, is the way out of most of them.
        self.drop()
        return StoreError('store', 'expected a session store that works at %s, got %s: %s%s'
                          % (self.path, type(error).__name__, exception_text(error),
                             _mend(self.path)))

    def drop(self):
        """Close this thread's connection; the next use opens another."""
        opened, self._local.opened = self._local.opened, None
        if opened is not None and opened.identity[0] == os.getpid():
            opened.close()

    def connection(self):
        """Return this thread's connection, for whatever has to be done with it."""
        opened = self.opened()
        opened.forget()
        return opened.connection

    def opened(self):
        """Return this thread's :class:`Opened`."""
        try:
            status = os.stat(self.path)
        except OSError:
            _make(self.path)
            status = os.stat(self.path)
        # Unit forks, and SQLite must not cross a fork.  The file may have been removed.
        identity = os.getpid(), status.st_ino, status.st_dev
        opened = self._local.opened
        if opened is None or opened.identity != identity:
            if opened is not None and opened.identity[0] != identity[0]:
                # Not even to be closed: that would take the file from under the parent.
                _inherited.append(opened)
            opened = self._local.opened = Opened(identity, self._connect())
        return opened

    def _connect(self):
        connection = sqlite3.connect(native(self.path), timeout=PATIENCE, isolation_level=None)
        try:
            self._prepare(connection)
        except BaseException:
            _close(connection)
            raise
        return connection

    def _prepare(self, connection):
        late = time.time() + PATIENCE
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
        if _version(connection) != self._version:
            # In one piece: who opens the file meanwhile sees no half of it, nor do we.
            connection.execute('BEGIN IMMEDIATE')
            version = _version(connection)
            if version != self._version:  # another process was not faster
                self._check_empty(connection, version)
                for statement in self._schema.split(';'):
                    connection.execute(statement)
                connection.execute('PRAGMA user_version = %d' % self._version)
            connection.execute('COMMIT')

    def _check_empty(self, connection, version):
        if version or connection.execute('SELECT * FROM sqlite_master').fetchone():
            # Not removed here: it may be the newer version's, or somebody's database.
            raise sqlite3.DatabaseError(
                'a file of version %d, where this trac-unit has %d; remove it, and its -wal and '
                '-shm, when no other Trac uses it: everybody has to sign in again'
                % (version, self._version))


def _close_all():
    """Close this thread's connections, before it forks.

    The new process would take itself to have locks that only this one has, and others
    that close the file would take it from under it.
    """
    for file in list(_files):
        file.drop()


if hasattr(os, 'register_at_fork'):
    os.register_at_fork(before=_close_all)


def _make(path):
    """Make an empty file; SQLite gives its further ones the same mode and owner."""
    root = os.geteuid() == 0
    try:
        # Root must not follow a link that anybody made: it would make a file wherever that leads.
        file = os.open(path, os.O_CREAT | os.O_WRONLY | (os.O_EXCL if root else 0), 0o600)
    except OSError as e:
        if e.errno != errno.EEXIST:
            raise
        return  # another was faster
    try:
        if root:
            # Somebody tries something by hand; who serves Trac has to be able to use it.
            folder = os.stat(os.path.dirname(path))
            os.fchown(file, folder.st_uid, folder.st_gid)
            if not os.access(path, os.R_OK | os.W_OK):  # not all-powerful, as in containers
                os.fchown(file, os.geteuid(), os.getegid())
    except OSError:
        pass  # root may not even do that
    finally:
        os.close(file)


def _mend(path):
    """The command that lets this process have the file, for the end of a message, or ''."""
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        return '; run: ' + make_folder(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        return '; run: ' + chown(folder)
    if os.path.exists(path) and not os.access(path, os.R_OK | os.W_OK):
        return '; run: ' + chown(path)
    return ''


def _version(connection):
    """The version of the schema in a file; 0 in one that is empty, or not ours."""
    return connection.execute('PRAGMA user_version').fetchone()[0]


def _close(what):
    try:
        what.close()
    except sqlite3.Error:
        pass  # it will be closed with its last cursor

"""Cheaper ways to what a request asks of Trac's database."""


def one_connection(dispatch, _dispatcher_class):
    """Have a request keep its connection, instead of taking one from the pool for each query.

    It does with SQLite, whose queries leave nothing open behind them, and for requests
    that read.  Meanwhile the pool does not know the connection: it closes all that are in
    use when ``trac.ini`` of any environment has changed, which is seldom only while each is
    for one query; and nobody waits because a request has one.
    """
    from trac.db.api import DatabaseManager
    from trac.db.pool import _backend as pool

    def dispatch_connected(self, req):
        manager = DatabaseManager(self.env)
        address, own = manager.connection_uri, manager._transaction_local
        if req.method not in ('GET', 'HEAD') or not address.startswith('sqlite:') or \
                'cursor' in address or own.rdb or own.wdb:
            return dispatch(self, req)
        reading = self.env.db_query
        try:
            connection = reading.__enter__().cnx
        except Exception:
            # The first query says what is wrong, where Trac expects that.
            return dispatch(self, req)
        key = connection._tid, connection._key
        with pool._available:
            known = pool._active.pop(key, None)
        if known is None:
            # Closed, just in between.
            own.rdb = connection.cnx = None
            return dispatch(self, req)
        try:
            return dispatch(self, req)
        finally:
            with pool._available:
                pool._active.setdefault(key, known)
                reading.__exit__(None, None, None)

    return dispatch_connected


def selected(execute, _wrapper_class):
    """Read from SQLite without the wrappers that Trac has around its cursor, one in another."""
    from trac.db.pool import PooledConnection
    from trac.db.sqlite_backend import SQLiteConnection, sqlite
    from trac.db.util import sql_escape_percent

    def execute_at_once(self, query, params=None):
        connection = self.cnx
        if type(connection) is PooledConnection:
            connection = connection.cnx
        if type(connection) is not SQLiteConnection or connection.log or \
                not connection._eager or not query.lstrip().startswith('SELECT'):
            return execute(self, query, params)
        if params:
            query = sql_escape_percent(query) % (('?',) * len(params))
        try:
            cursor = connection.cnx.execute(query, params or ())
        except sqlite.DatabaseError:
            connection.rollback()
            raise
        try:
            return cursor.fetchall()
        finally:
            # Who looks at the error keeps the cursor, and with it the lock on the database.
            cursor.close()

    return execute_at_once

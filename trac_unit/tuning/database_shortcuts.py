"""A cheaper way to what a request asks of Trac's database."""


def one_connection(dispatch, _dispatcher_class):
    """Have a request keep its connection, instead of taking one from the pool for each query.

    It does with SQLite, whose queries leave nothing open behind them, for requests that
    read, and in a process that serves one request at a time: when ``trac.ini`` changes,
    Trac closes the connections that others have just then, which is seldom only while
    each is for one query.
    """
    from trac.db.api import DatabaseManager

    def dispatch_connected(self, req):
        # Who does not say so may have threads.
        if req.method not in ('GET', 'HEAD') or req.environ.get('wsgi.multithread', True):
            return dispatch(self, req)
        address = DatabaseManager(self.env).connection_uri
        if not address.startswith('sqlite:') or 'cursor' in address:
            return dispatch(self, req)
        reading = self.env.db_query
        try:
            reading.__enter__()
        except Exception:
            # The first query says what is wrong, where Trac expects that.
            return dispatch(self, req)
        try:
            return dispatch(self, req)
        finally:
            reading.__exit__(None, None, None)

    return dispatch_connected

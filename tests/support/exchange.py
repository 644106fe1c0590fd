"""A well-behaved WSGI server's side of one exchange, step by step."""

import io
from wsgiref.util import setup_testing_defaults

from trac_unit._compat import PY2


def environ(method='GET', **values):
    """A WSGI environ of a server that keeps to PEP 3333."""
    made = {'REQUEST_METHOD': method, 'QUERY_STRING': ''}
    setup_testing_defaults(made)
    made['wsgi.errors'] = io.StringIO() if not PY2 else io.BytesIO()
    return dict(made, **values)


class Exchange(object):
    """One request to an application.

    started: what start_response was called with; written: what write() was;
    body: the iterable, which nothing was taken from yet.
    """

    def __init__(self, application, method='GET', **values):
        self.started, self.written = [], []
        self.body = application(environ(method, **values), self.start_response)

    def start_response(self, status, headers, exc_info=None):
        self.started.append((status, list(headers)))
        return self.written.append

    def rest(self):
        """Take the rest of the body, close it, and return all of the body."""
        try:
            return b''.join(self.written) + b''.join(self.body)
        finally:
            if hasattr(self.body, 'close'):
                self.body.close()

"""A request that this process makes of its own application."""

import io
import sys


def synthetic_request(application, path, script_name='', environ=None):
    """Ask a WSGI application for a page; return the status, a ``str``, or '' if there was none.

    What the application raises leaves as it is.

    :param path: such as ``/wiki``
    :param script_name: the path that the application is served at: SCRIPT_NAME
    :param environ: what else its environ has, a dict
    """
    statuses = ['']

    def start_response(status, headers, exc_info=None):
        statuses.append(status)
        return lambda data: None

    body = application(dict({
        'REQUEST_METHOD': 'GET', 'SCRIPT_NAME': script_name, 'PATH_INFO': path, 'QUERY_STRING': '',
        'SERVER_NAME': 'localhost', 'SERVER_PORT': '80', 'HTTP_HOST': 'localhost',
        'SERVER_PROTOCOL': 'HTTP/1.1', 'REMOTE_ADDR': '127.0.0.1',
        'wsgi.version': (1, 0), 'wsgi.url_scheme': 'http', 'wsgi.input': io.BytesIO(),
        'wsgi.errors': sys.stderr, 'wsgi.multithread': True, 'wsgi.multiprocess': True,
        'wsgi.run_once': False}, **environ or {}), start_response)
    try:
        for _ in body:
            pass
    finally:
        if hasattr(body, 'close'):
            body.close()
    return statuses[-1]

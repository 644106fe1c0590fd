"""Makes good what Unit does differently from PEP 3333.

The layer stands between the server and the application and keeps both sides to
the specification: what reaches the application is a complete environ, and what
reaches the server is a response that it cannot get wrong.  Everything else
passes as it is; a stream stays a stream.
"""

import logging
import sys

from .._compat import reraise
from ..errors import TracUnitError, reference
from ..pages.page import page
from .response_headers import GatewayError, checked
from .wsgi_environ import complete

log = logging.getLogger(__name__)

# RFC 9110 section 15: these have no body, whoever asks.
_BODILESS = ('204', '304')
# SystemExit ends Unit's worker with all its threads, and on Python 3 hangs it.
_FAILURES = (Exception, SystemExit)


class Gateway(object):
    """Middleware that keeps the server and the application to PEP 3333.

    :param application: the WSGI application below
    """

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        complete(environ)
        # The copy is made now, as the application may change the environ.
        response = _Response(start_response, (self, dict(environ, REQUEST_METHOD='GET'))
                             if environ.get('REQUEST_METHOD') == 'HEAD' else None)
        try:
            body = self.application(environ, response.start)
            if type(body) is list and response.is_whole(body):
                return body
            response.body = (body,) if isinstance(body, bytes) else body
        except _FAILURES:
            response.fail()
        return response


class _Response(object):
    """The response under way: what the server iterates, and closes.

    The application's headers are held back until the first byte of the body,
    so that they can still be replaced, by the application or by an error page.
    """

    body = ()
    _status = _headers = _length = _write = _iterator = None
    _sent = 0
    _silent = False  # whether no byte of the body may reach the client
    _over = False  # whether the rest of the body is of no use

    def __init__(self, start_response, head):
        self._server_start = start_response
        #: on HEAD, the gateway and the environ that ask the same with GET
        self._head = head

    # What the application sees

    def start(self, status, response_headers, exc_info=None):
        """The application's start_response."""
        if exc_info is not None:
            try:
                if self._write is not None:
                    reraise(*exc_info)
            finally:
                exc_info = None
            self._sent, self._over = 0, False
        elif self._status is not None:
            raise GatewayError('start_response_twice', 'expected start_response to be called '
                               'once, got a second call without exc_info')
        self._headers, self._length = checked(status, response_headers)
        self._status = status
        self._silent = self._head is not None or status[:3] in _BODILESS
        return self.write

    def write(self, data):
        """The write callable that start_response returns."""
        data = self._counted(data)
        if data:
            (self._write or self._begin())(data)

    # What the server sees

    def __iter__(self):
        return self

    def __next__(self):
        try:
            chunk = self._next_chunk()
        except _FAILURES:
            self.fail()
            chunk = next(self._iterator, None)
        if chunk is None:
            raise StopIteration()
        return chunk

    next = __next__

    def close(self):
        """Close the application's iterable, once."""
        body, self.body = self.body, ()
        if hasattr(body, 'close'):
            body.close()

    # In between

    def is_whole(self, body):
        """Whether the server can have the list `body` as it is; it has the headers then."""
        length = self._sent
        for chunk in body:
            if not isinstance(chunk, bytes):
                return False
            length += len(chunk)
        if self._silent or self._over or self._length not in (None, length):
            return False
        if self._write is None:
            self._begin()
        return True

    def fail(self):
        """Log the exception being handled; answer with a page, if nothing went out yet."""
        error = sys.exc_info()[1]
        ref = reference()
        log.exception('reference=%s reason=%s unhandled exception', ref, error.reason
                      if isinstance(error, TracUnitError) else type(error).__name__)
        if self._write is not None:
            raise  # the server ends the connection, so that nobody takes half for the whole
        failure = page(TracUnitError.status, TracUnitError.title, [TracUnitError.sentence],
                       reference=ref)
        self._status, self._headers = failure.status, list(failure.headerlist)
        self._length, self._silent, self._over = None, False, False
        self._iterator = iter(() if self._head is not None else (failure.body,))
        self._begin()

    def _next_chunk(self):
        """Return the next chunk for the server, or None at the end."""
        if self._iterator is None:
            self._iterator = iter(self.body)
        if not self._over:
            for chunk in self._iterator:
                chunk = self._counted(chunk)
                if chunk:
                    if self._write is None:
                        self._begin()
                    return chunk
                if self._over:
                    break
                if self._write is not None:
                    return chunk  # PEP 3333: never wait for several chunks to give one
        self._end()
        return None

    def _counted(self, data):
        """Return what of `data` the server may have."""
        if not isinstance(data, bytes):
            raise GatewayError('chunk_type', 'expected bytes in the body, got %s'
                               % type(data).__name__)
        before = self._sent
        self._sent += len(data)
        if self._silent:
            # Nobody needs the rest, unless to count it.
            self._over = self._length is not None or self._status[:3] in _BODILESS
            return b''
        if self._length is not None and self._sent > self._length:
            if not self._over:
                self._over = True
                log.error('reason=body_too_long expected a body of %d bytes, got more',
                          self._length)
            return data[:max(0, self._length - before)]
        return data

    def _begin(self):
        """Give the headers to the server, and return its write callable."""
        if self._status is None:
            raise GatewayError('start_response_missing', 'expected start_response to be called '
                               'before the body, got none')
        self._write = self._server_start(self._status, self._headers)
        return self._write

    def _end(self):
        if not self._silent and self._length is not None and self._sent < self._length:
            raise GatewayError('body_too_short', 'expected a body of %d bytes, got %d'
                               % (self._length, self._sent))
        if self._write is None:
            if self._silent and self._length is None and self._status[:3] not in _BODILESS:
                # Without it Unit ends the missing body as a chunked one, and
                # the connection is out of step.
                self._headers.append(('Content-Length',
                                      str(self._sent or self._length_of_get())))
            self._begin()

    def _length_of_get(self):
        """Count the body that GET has, as the application sent none to HEAD.

        RFC 9110 section 8.6: a Content-Length here is GET's or a lie.  Trac
        tells no length either, and both methods are safe to repeat.
        """
        gateway, environ = self._head
        sizes, lengths = [], []

        def start(status, headers, exc_info=None):
            lengths.extend(int(value) for name, value in headers
                           if name.lower() == 'content-length')
            return lambda data: sizes.append(len(data))

        body = gateway(environ, start)
        try:
            for chunk in body:
                if lengths:
                    break
                sizes.append(len(chunk))
        finally:
            if hasattr(body, 'close'):
                body.close()
        return lengths[0] if lengths else sum(sizes)

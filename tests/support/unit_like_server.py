"""A stand-in for Unit 1.35 that departs from PEP 3333 as Unit does.

What it does wrong was measured on the real one; tests/test_gateway_unit.py
plays the same cases there, and so shows that this likeness is true.
"""

import io

from trac_unit._compat import PY2, text_type

REASONS = {200: 'OK', 204: 'No Content', 304: 'Not Modified', 500: 'Internal Server Error',
           503: 'Service Unavailable'}

BLOCK = 16384  # bytes
UNAVAILABLE = b'<!DOCTYPE html><title>Error 503</title><p>Error 503.'


class Errors(object):
    """The standard error of a process that runs in the C locale."""

    def __init__(self):
        self.text = u''

    def write(self, text):
        if PY2:
            text = (text.encode('ascii') if isinstance(text, text_type) else text).decode('utf-8')
        self.text += text

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass


class Input(object):
    """A request's body; of one that Unit keeps in a file, read() after readline() is wrong."""

    def __init__(self, data):
        in_file = len(data) > BLOCK
        self._buffer = b'' if in_file else data
        self._file = io.BytesIO(data if in_file else b'')
        self._left = len(data)

    def read(self, size=-1):
        if not 0 <= size <= self._left:
            size = self._left
        buffered, self._buffer = self._buffer[:size], self._buffer[size:]
        # Both are put at the start of the result, and each is counted.
        filed = self._file.read(size) if len(buffered) < size else b''
        self._left -= len(buffered) + len(filed)
        return (filed + buffered[len(filed):]).ljust(size, b'\0')

    def readline(self, size=-1):
        while b'\n' not in self._buffer:
            block = self._file.read(BLOCK)
            if not block:
                break
            self._buffer += block
        line = self._buffer.partition(b'\n')
        line = (line[0] + line[1])[:size if size >= 0 else None]
        self._buffer = self._buffer[len(line):]
        self._left -= len(line)
        return line

    def readlines(self, hint=None):
        return list(self)

    def __iter__(self):
        return iter(self.readline, b'')


class UnitLikeServer(object):
    """Serves one WSGI application, in this process.

    application: the WSGI application.
    port: what SERVER_PORT says; '' on a listener that is a UNIX socket.
    """

    def __init__(self, application, port='8080'):
        self.application = application
        self.port = port
        self.errors = Errors()
        #: the exceptions that reached the server: pairs of a name and a message
        self.raised = []

    def log(self):
        return '\n'.join('%s: %s' % pair for pair in self.raised)

    def talk(self, requests):
        """Return all bytes that one connection gives for the bytes of some requests."""
        stream, sent = io.BytesIO(requests), b''
        while True:
            line = stream.readline().decode('latin-1').split()
            if not line:
                return sent
            exchange = Exchange(self, line, stream)
            exchange.run()
            sent += exchange.wire
            if not exchange.keep:
                return sent

    def caught(self, error):
        self.raised.append((type(error).__name__, str(error)))


class Exchange(object):
    """One request and its response, each step as Unit takes it."""

    def __init__(self, server, request_line, stream):
        method, target, self._protocol = (str(word) for word in request_line)
        self._server = server
        self.wire = b''
        self.keep = self._protocol == 'HTTP/1.1'
        self._head = None  # status and headers, until they go out
        self._out = self._chunked = False
        self._length, self._sent = None, 0
        path, _, query = target.partition('?')
        self._environ = {
            'REQUEST_METHOD': method, 'REQUEST_URI': target, 'PATH_INFO': path,
            'QUERY_STRING': query, 'SERVER_PROTOCOL': self._protocol, 'SERVER_NAME': 'localhost',
            'SERVER_PORT': server.port, 'SERVER_ADDR': '127.0.0.1', 'SERVER_SOFTWARE': 'Unit/1.35',
            'REMOTE_ADDR': '127.0.0.1' if server.port else 'unix:', 'wsgi.version': (1, 0),
            'wsgi.url_scheme': 'http', 'wsgi.errors': server.errors, 'wsgi.multithread': True,
            'wsgi.multiprocess': True, 'wsgi.run_once': False}
        self._read_headers(stream)

    def _read_headers(self, stream):
        for line in iter(stream.readline, b'\r\n'):
            name, _, value = str(line.decode('latin-1')).partition(':')
            key = name.upper().replace('-', '_')
            self._environ['HTTP_' + key] = value.strip()
            if key in ('CONTENT_LENGTH', 'CONTENT_TYPE'):
                self._environ[key] = value.strip()
            if key == 'CONNECTION' and value.strip() == 'close':
                self.keep = False
        size = int(self._environ.get('CONTENT_LENGTH', 0))
        self._environ['wsgi.input'] = Input(stream.read(size))

    def run(self):
        try:
            body = self._server.application(self._environ, self._start_response)
            try:
                self._iterate(body)
            finally:
                if hasattr(body, 'close'):
                    body.close()
        except Exception as error:
            self._server.caught(error)
            self._fail()
        else:
            self._finish()

    def _iterate(self, body):
        if isinstance(body, bytes):
            return self._write(body)
        iterator = iter(body)
        while self._length is None or self._sent < self._length:
            try:
                chunk = next(iterator)
            except StopIteration:
                break
            self._write(chunk)

    def _start_response(self, *args):
        if not 2 <= len(args) <= 3:
            raise TypeError('invalid number of arguments')
        status, headers = args[:2]  # the third is never looked at
        if type(headers) is not list:
            raise TypeError('the second argument is not a response headers list')
        for header in headers:
            if not isinstance(header, tuple) or len(header) != 2 or \
                    not all(isinstance(part, (bytes, text_type)) for part in header):
                raise TypeError('header is not a tuple of two strings')
        if self._out:
            raise RuntimeError('failed to allocate response object')
        try:
            headers = [tuple(part if isinstance(part, bytes) else part.encode('latin-1')
                             for part in header) for header in headers]
        except UnicodeEncodeError:
            raise RuntimeError('failed to add header')
        self._head = int(status.split(' ')[0]), headers
        self._length = None
        for name, value in headers:
            if name.lower() == b'content-length':
                self._length = int(value)
        if self._length == 0:
            self._send_head()
        return self._write

    def _write(self, chunk):
        if not isinstance(chunk, bytes):
            raise TypeError('the application returned not a bytestring object')
        if not chunk:
            return
        if self._length is not None and self._sent + len(chunk) > self._length:
            raise RuntimeError('content length %d exceeded' % self._length)
        if self._head is None:
            raise RuntimeError('write: response not initialized yet')
        self._send_head()
        self._sent += len(chunk)
        if self._chunked:
            chunk = b'\r\n' + ('%x' % len(chunk)).encode('ascii') + b'\r\n' + chunk
        self.wire += chunk

    def _send_head(self):
        if self._out:
            return
        self._out = True
        status, headers = self._head
        if self._protocol == 'HTTP/1.1':
            self._chunked = self._length is None and status not in (204, 304)
        elif self._length is None:
            self.keep = False
        lines = [('HTTP/1.1 %d %s' % (status, REASONS.get(status, ''))).encode('ascii')]
        lines += [name + b': ' + value for name, value in headers if name.lower() not in
                  (b'status', b'server', b'connection', b'upgrade')]
        lines += [b'Server: Unit/1.35'] + [b'Connection: close'] * (not self.keep)
        lines += [b'Transfer-Encoding: chunked'] * self._chunked
        # The first chunk brings the empty line along.
        self.wire = b'\r\n'.join(lines) + (b'\r\n' if self._chunked else b'\r\n\r\n')

    def _finish(self):
        if self._head is None:
            self._head = 200, [(b'Content-Type', b'text/plain')]
        self._send_head()
        if self._chunked:
            self.wire += b'\r\n0\r\n\r\n'

    def _fail(self):
        self.keep = self.keep and not self._out
        if not self._out:
            self._head = 503, [(b'Content-Type', b'text/html'),
                               (b'Content-Length', str(len(UNAVAILABLE)).encode('ascii'))]
            self._length, self._sent = len(UNAVAILABLE), 0
            self._write(UNAVAILABLE)  # to HEAD too
        elif self._length is None:
            self.wire = b''

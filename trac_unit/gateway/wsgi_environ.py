"""What a WSGI environ must have, and Unit's does not: PEP 3333, environ variables."""

import io
import re

from .._compat import PY2, to_bytes

#: Bytes that a file is sent in, at least; Trac asks for 4,096.
BLOCK_SIZE = 256 * 1024

# "Proxy: evil" would become HTTP_PROXY, which is a setting to programs that take the environ for
# the process environment (CVE-2016-5385).  CGI has the two others without the prefix.
_UNWANTED = ('HTTP_PROXY', 'HTTP_CONTENT_LENGTH', 'HTTP_CONTENT_TYPE')

_LENGTH = re.compile(r'[0-9]{1,18}\Z').match


def complete(environ):
    """Fill in what a WSGI environ must have (PEP 3333), and drop what it must not.

    On a ``unix:`` listener Unit gives an empty SERVER_PORT; and it gives no
    SCRIPT_NAME but with a prefix.
    """
    get = environ.get
    # One by one, as each request pays for a loop.
    if 'SCRIPT_NAME' not in environ:
        environ['SCRIPT_NAME'] = ''
    if 'PATH_INFO' not in environ:
        environ['PATH_INFO'] = ''
    if 'QUERY_STRING' not in environ:
        environ['QUERY_STRING'] = ''
    if 'wsgi.file_wrapper' not in environ:
        environ['wsgi.file_wrapper'] = FileWrapper
    if not get('SERVER_NAME'):
        environ['SERVER_NAME'] = 'localhost'
    if not get('SERVER_PORT'):
        environ['SERVER_PORT'] = _usual_port(environ)
    if not get('HTTP_HOST'):
        name, port = environ['SERVER_NAME'], environ['SERVER_PORT']
        environ['HTTP_HOST'] = name if port == _usual_port(environ) else name + ':' + port
    for name in _UNWANTED:
        if name in environ:
            del environ[name]
    length = get('CONTENT_LENGTH')
    if length and _LENGTH(length):
        environ['wsgi.input'] = io.BufferedReader(_RequestBody(environ['wsgi.input'], int(length)))
    if PY2:
        environ['wsgi.errors'] = AnyTextErrors.around(environ['wsgi.errors'])


def _usual_port(environ):
    return '443' if environ.get('wsgi.url_scheme') == 'https' else '80'


class _RequestBody(io.RawIOBase):
    """The request's body by read() alone, for a buffer to make lines of.

    Once Unit's readline() was called on more than 16 KiB, its read() gives
    wrong bytes: cgi.FieldStorage does so where a part tells its length.

    :param stream: has ``read(size)``
    :param length: bytes
    """

    def __init__(self, stream, length):
        io.RawIOBase.__init__(self)
        self._stream = stream
        self._left = length

    def readable(self):
        return True

    def readinto(self, buffer):
        data = self._stream.read(min(len(buffer), self._left))
        self._left -= len(data)
        buffer[:len(data)] = data
        return len(data)


class FileWrapper(object):
    """An iterable over a file's blocks: PEP 3333, optional file handling.

    :param file: has ``read(size)``, and ``close()`` or not
    :param size: bytes of a block; a small one is made large
    """

    def __init__(self, file, size=BLOCK_SIZE):
        self._file = file
        self._size = max(size, BLOCK_SIZE)
        if hasattr(file, 'close'):
            self.close = file.close

    def __iter__(self):
        return self

    def __next__(self):
        block = self._file.read(self._size)
        if not block:
            raise StopIteration()
        return block

    next = __next__


class AnyTextErrors(object):
    """A ``wsgi.errors`` for Python 2 that takes text with any character.

    :param stream: takes bytes
    """

    _last = None

    def __init__(self, stream):
        self._stream = stream

    @classmethod
    def around(cls, stream):
        """Return one for `stream`: mostly the one of the last request."""
        last = cls._last
        if last is None or last._stream is not stream:
            if isinstance(stream, cls):
                return stream
            last = cls._last = cls(stream)
        return last

    def flush(self):
        self._stream.flush()

    def write(self, text):
        self._stream.write(to_bytes(text))

    def writelines(self, lines):
        for line in lines:
            self.write(line)

"""The few names that differ between Python 2.7 and 3.

Text is ``text_type``; ``str`` is the native string of PEP 3333, which on
Python 3 is text whose characters are bytes (latin-1).  Only this module
converts between the three.
"""

import re
import sys

PY2 = sys.version_info[0] == 2

# Narrow builds of Python 2 keep the characters beyond U+FFFF as surrogate pairs.
_SURROGATE = re.compile(u'[\ud800-\udfff]' if sys.maxunicode > 0xffff else
                        u'[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]')

if PY2:
    from pipes import quote as shell_quote
    from urllib import quote, unquote, urlencode
    from urlparse import parse_qsl, urlsplit

    #: Options for a connection of the last redis for Python 2, which knows no other protocol.
    REDIS_PROTOCOL = {}

    text_type = unicode  # noqa: F821
    integer_types = (int, long)  # noqa: F821
    view_keys = dict.viewkeys

    def native(value):
        """Text as the native ``str`` of this Python, UTF-8 on Python 2."""
        return value.encode('utf-8') if isinstance(value, text_type) else value

    def wsgi_text(value):
        """A WSGI string as text; raise UnicodeDecodeError unless it is UTF-8."""
        return value.decode('utf-8')

    def wsgi_string(text):
        """Text as a WSGI string that carries its UTF-8 bytes."""
        return text.encode('utf-8')

    def wsgi_bytes(value):
        """The bytes of a WSGI string; raise UnicodeEncodeError if it is none."""
        return value

    def wsgi_string_of_bytes(data):
        """Bytes as a WSGI string."""
        return data

    def remote_user(text):
        """A user name as Trac's to_unicode() reads it from REMOTE_USER."""
        return text.encode('utf-8')

    def query_pairs(query):
        """The (name, value) pairs of a query string, as WSGI strings."""
        # A semicolon separates nothing, as Python 3 has it.
        return parse_qsl(query.replace(';', '%3B'), keep_blank_values=True)

    def exception_text(error):
        """What `error` says of itself, as a native ``str``."""
        try:
            return native(unicode(error))  # noqa: F821
        except UnicodeError:
            pass
        try:
            return str(error)
        except UnicodeError:
            return repr(error)

    # Python 3 cannot parse this form.
    exec('def reraise(kind, error, traceback):\n    raise kind, error, traceback')
else:
    from shlex import quote as shell_quote
    from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

    #: Options for a connection of redis.  With the newer protocol the library does not notice
    #: that a connection has been closed until a request has failed for it.
    REDIS_PROTOCOL = {'protocol': 2}

    text_type = str
    integer_types = (int,)
    view_keys = dict.keys

    def native(value):
        """Text as the native ``str`` of this Python, UTF-8 on Python 2."""
        return value.decode('utf-8') if isinstance(value, bytes) else value

    def wsgi_text(value):
        """A WSGI string as text; raise UnicodeDecodeError unless it is UTF-8."""
        return value.encode('latin-1').decode('utf-8')

    def wsgi_string(text):
        """Text as a WSGI string that carries its UTF-8 bytes."""
        return text.encode('utf-8').decode('latin-1')

    def wsgi_bytes(value):
        """The bytes of a WSGI string; raise UnicodeEncodeError if it is none."""
        return value.encode('latin-1')

    def wsgi_string_of_bytes(data):
        """Bytes as a WSGI string."""
        return data.decode('latin-1')

    def remote_user(text):
        """A user name as Trac's to_unicode() reads it from REMOTE_USER."""
        return text

    def query_pairs(query):
        """The (name, value) pairs of a query string, as WSGI strings."""
        return parse_qsl(query, keep_blank_values=True, encoding='latin-1')

    def exception_text(error):
        """What `error` says of itself, as a native ``str``."""
        return str(error)

    def reraise(kind, error, traceback):
        """Raise `error` with `traceback`."""
        raise error.with_traceback(traceback)


def well_formed(text):
    """Whether `text` can be written as UTF-8: JSON can hold half a surrogate pair."""
    return not _SURROGATE.search(text)


def to_text(value, errors='strict'):
    """Bytes (UTF-8) or text as text."""
    return value.decode('utf-8', errors) if isinstance(value, bytes) else value


def to_bytes(value):
    """Text or bytes as bytes (UTF-8)."""
    return value if isinstance(value, bytes) else value.encode('utf-8')


__all__ = ['PY2', 'REDIS_PROTOCOL', 'exception_text', 'integer_types', 'native', 'query_pairs',
           'quote', 'remote_user', 'reraise', 'shell_quote', 'text_type', 'to_bytes', 'to_text',
           'unquote', 'urlencode', 'urlsplit', 'view_keys', 'well_formed', 'wsgi_bytes',
           'wsgi_string', 'wsgi_string_of_bytes', 'wsgi_text']

"""The status and headers of a response, checked before Unit sends or refuses them as they are."""

import re

from .._compat import wsgi_bytes
from ..errors import TracUnitError, shown

# RFC 9110 section 5.5, in latin-1.
_TEXT = b'\t' + bytes(bytearray(range(0x20, 0x7f))) + bytes(bytearray(range(0x80, 0x100)))
# 1xx is not the application's to send: what follows would be read as the next response.
_STATUS = re.compile('[2-9][0-9]{2} [\t\x20-\x7e\x80-\xff]*\\Z').match
# Unit counts the length of a name in one byte.
_NAME = re.compile(r'[!#$%&\'*+.^_`|~0-9A-Za-z-]{1,255}\Z').match
_LENGTH = re.compile(r'[0-9]{1,18}\Z').match
# RFC 9110 section 7.6.1: they are between the server and its client.  "Status"
# is CGI's, and would name the status a second time.
_DROPPED = frozenset(['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization',
                      'proxy-connection', 'status', 'te', 'trailer', 'trailers',
                      'transfer-encoding', 'upgrade'])
# What to do with a header, by its name as it was written: few are ever used.
_KEEP, _DROP, _COUNT = None, 'drop', 'count'
_MAX_ACTIONS = 500
# Statuses that were found right: few are ever used.
_statuses = set()
_MAX_STATUSES = 100


class GatewayError(TracUnitError):
    """The application below broke a rule of PEP 3333."""


def checked(status, headers):
    """Return a copy of the headers, and the Content-Length or None, if all of it is right.

    :raises GatewayError: it is not, and Unit would send or refuse it as it is
    """
    if type(status) is not str or status not in _statuses:
        _check_status(status)
    kept, length, text = [], None, ''
    try:
        if type(headers) is not list:
            headers = list(headers)
        for name, value in headers:
            text += name + value
            action = _actions[name]
            if action:
                if action is _DROP:
                    continue
                if length is not None or not _LENGTH(value):
                    raise GatewayError('content_length', 'expected one number as '
                                       'Content-Length, got %s' % shown(value))
                if status[:3] == '204':  # RFC 9110 section 8.6
                    continue
                length = int(value)
            kept.append((name, value))
        # Once for all of them: each would cost as much.
        if _is_text(text):
            return kept, length
    except (TypeError, ValueError):
        pass
    raise _header_error(headers)


def _check_status(status):
    if not isinstance(status, str) or not _STATUS(status):
        raise GatewayError('status', 'expected a status such as "200 OK", got %s' % shown(status))
    if type(status) is str and len(_statuses) < _MAX_STATUSES:
        _statuses.add(status)


def _is_text(value):
    """Whether `value` is a native ``str`` that is one line of latin-1 characters."""
    if not isinstance(value, str):
        return False
    try:
        # Many times as quick as to search for the others.
        return not wsgi_bytes(value).translate(None, _TEXT)
    except UnicodeError:
        return False


class _Actions(dict):
    """What to do with headers, by their names."""

    def __missing__(self, name):
        if not _NAME(name):
            raise GatewayError('header_name', 'expected a header name, got %s' % shown(name))
        lower = name.lower()
        action = _DROP if lower in _DROPPED else _COUNT if lower == 'content-length' else _KEEP
        if len(self) < _MAX_ACTIONS:
            self[name] = action
        return action


_actions = _Actions()


def _header_error(headers):
    """Return the error that tells which of `headers` is no string, or not one of one line."""
    try:
        for name, value in headers:
            if not _is_text(name):
                return GatewayError('header_name', 'expected a header name, got %s' % shown(name))
            if not _is_text(value):
                # It is not shown: it can be a cookie.
                return GatewayError('header_value', 'expected a line of latin-1 characters as the '
                                    'header %s, got another %s' % (name, type(value).__name__))
    except (TypeError, ValueError):
        pass
    return GatewayError('header', 'expected a list of names and values as the headers, got '
                        'another %s' % type(headers).__name__)

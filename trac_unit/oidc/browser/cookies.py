"""The names and attributes of the layer's cookies (RFC 6265bis)."""

import hashlib
import re

from webob.cookies import make_cookie

from ..._compat import to_bytes
from ...gateway.remote_user import COOKIE_PAIR, COOKIE_VALUE

_value = re.compile(r'(%s)[ \t]*(?:;|\Z)' % COOKIE_VALUE).match


def session_cookie_name(namespace, secure):
    """Return the name of the session cookie, a native ``str``.

    The ``__Host-`` prefix (RFC 6265bis section 4.1.3.2) keeps other hosts of the
    domain, and plain http, from planting a cookie; browsers take it over https
    only.

    :param namespace: text that tells apart the Tracs of one host, which share its cookies
    :param secure: whether the browser speaks https
    """
    name = 'trac_oidc_' + hashlib.sha256(to_bytes(namespace)).hexdigest()[:8]
    return '__Host-' + name if secure else name


class SessionCookie(object):
    """The session cookie among others.

    :param name: a native ``str``
    """

    def __init__(self, name):
        self.name = name
        self._start = name + '='

    def value(self, header):
        """Return its first well-formed value in a Cookie header, or None."""
        # Every request asks, so the others are not read for it.
        start = header.find(self._start)
        while start >= 0:
            before = header[:start].rstrip(' \t')
            if not before or before[-1] == ';':  # else it is in another name or value
                match = _value(header, start + len(self._start))
                if match is not None:
                    return match.group(1)
            start = header.find(self._start, start + 1)
        return None


class CookieJar(object):
    """The cookies of one request, by the names that this Trac uses.

    :param header: the Cookie header, or ''
    :param secure: whether the browser speaks https
    :param name: the session cookie's, and what those of sign-ins under way start with
    """

    def __init__(self, header, secure, name):
        self._header = header
        self._secure = secure
        self.name = name
        self._parsed = None

    @property
    def all(self):
        """All well-formed cookies, a dict of native ``str``.

        A malformed one does not hide those behind it; the first of a name
        counts.  WebOb's reader takes seconds for a few thousand characters
        that are no cookie, so the header is split here; ours have no quotes.
        """
        if self._parsed is None:
            self._parsed = {}
            for pair in self._header.split(';'):
                pair = pair.strip(' \t')
                if COOKIE_PAIR.match(pair):
                    name, _, value = pair.partition('=')
                    self._parsed.setdefault(name, value)
        return self._parsed

    def set(self, response, name, value, max_age, cross_site=False):
        """Add a cookie to a :class:`webob.Response`.

        :param max_age: seconds
        :param cross_site: whether the browser brings it along when the form of
            another site is sent here, which it does for ``Secure`` ones only
        """
        response.headers.add('Set-Cookie', make_cookie(
            name, value, max_age=max_age, path='/', secure=self._secure or cross_site,
            httponly=True, samesite='none' if cross_site else 'lax'))

    def delete(self, response, name, cross_site=False):
        """Have the browser forget a cookie, which was set with the same `cross_site`."""
        self.set(response, name, '', 0, cross_site)

"""One request, as the sign-in layer sees it, and the redirects that answer it."""

import re

from webob import Response

from ..._compat import wsgi_string_of_bytes
from ...errors import BadRequest, shown
from ..rules.parameters import MAX_FORM
from .cookies import CookieJar


class Request(object):
    """One request.

    :param environ: the WSGI environ
    :param base_url: its :class:`~trac_unit.oidc.browser.base_url.BaseURL`
    :param cookie: its :class:`~trac_unit.oidc.browser.cookies.SessionCookie`
    """

    #: the part of the path that names the environment: '' or '/name', escaped
    base_path = ''
    _jar = None

    def __init__(self, environ, base_url, cookie):
        self.environ = environ
        self.path = environ.get('PATH_INFO', '')
        self.base_url = base_url
        self._cookie = cookie
        # The application may change the environ.
        self._header = environ.get('HTTP_COOKIE', '')

    @property
    def method(self):
        """The method, such as ``GET``."""
        return self.environ.get('REQUEST_METHOD', 'GET')

    @property
    def query(self):
        """The query string, still encoded."""
        return self.environ.get('QUERY_STRING', '')

    @property
    def secret(self):
        """The value of the session cookie, or None."""
        return self._cookie.value(self._header)

    @property
    def cookies(self):
        """The browser's :class:`~trac_unit.oidc.browser.cookies.CookieJar`."""
        if self._jar is None:
            self._jar = CookieJar(self._header, self.base_url.secure, self._cookie.name)
        return self._jar

    def external(self, path):
        """Return the URL of a path of this Trac."""
        return self.base_url.url + path

    def link(self, path):
        """Return the path of a path of this Trac, as a browser needs it."""
        return self.base_url.prefix + path

    def allow(self, *methods):
        """Return nothing if the request's method is one of `methods`.

        :raises MethodNotAllowed: it is another
        """
        if self.method not in methods:
            raise MethodNotAllowed(methods, self.method)

    def form(self):
        """Return the body of the form that the request sends, still encoded, a native ``str``.

        :raises BadRequest: it is none, larger than 64 KiB, of no known length, or cut short
        """
        kind = self.environ.get('CONTENT_TYPE', '').split(';')[0].strip().lower()
        if kind != 'application/x-www-form-urlencoded':
            raise BadRequest('form_type', 'expected a form, got %s' % shown(kind[:80]))
        length = self.environ.get('CONTENT_LENGTH') or ''
        if not re.match(r'^[0-9]{1,18}\Z', length):
            raise BadRequest('form_length', 'expected the length of a form, got %s'
                             % shown(length[:80]))
        if int(length) > MAX_FORM:
            raise BadRequest('form_size', 'expected a form of at most %d bytes, got %s'
                             % (MAX_FORM, length))
        return wsgi_string_of_bytes(self._read(int(length)))

    def _read(self, length):
        body = b''
        try:
            while len(body) < length:
                piece = self.environ['wsgi.input'].read(length - len(body))
                if not piece:
                    break
                body += piece
        except EnvironmentError:  # the browser hung up
            pass
        if len(body) != length:
            raise BadRequest('form_cut', 'expected a form of %d bytes, got %d'
                             % (length, len(body)))
        return body

    def redirect(self, path):
        """Redirect to a path of this site; absolute, so that no Host header is asked again."""
        url = self.base_url.url
        return see_other(url[:len(url) - len(self.base_url.prefix)] + path)


class MethodNotAllowed(BadRequest):
    """An address of ours was asked by a method that it does not have: RFC 9110 section 15.5.6.

    :param methods: those that it has
    :param method: the other one
    """

    status = '405 Method Not Allowed'

    def __init__(self, methods, method):
        BadRequest.__init__(self, 'method', 'expected %s, got %s'
                            % (' or '.join(methods), shown(method)))
        self.headers = [('Allow', ', '.join(methods))]


def see_other(url):
    """Return a redirect to `url`, which is asked for with GET, as a :class:`webob.Response`."""
    return Response(status='303 See Other', location=url, cache_control='no-store',
                    content_type='text/plain', charset='utf-8', body=b'')

"""The address of this Trac, as browsers see it."""

from ..._compat import quote, urlsplit, wsgi_bytes
from ...errors import BadRequest, shown
from ...settings.parsers import is_host


class BaseURL(object):
    """The base URL of one request, which every address of ours starts with.

    :param url: absolute, without the final slash
    """

    def __init__(self, url):
        self.url = url
        parts = urlsplit(url)
        #: ``host`` or ``host:port``, in lower case
        self.netloc = parts.netloc.lower()
        #: ``''`` or ``/path``
        self.prefix = parts.path
        self.secure = parts.scheme == 'https'

    @classmethod
    def of_request(cls, environ, configured=None):
        """Return the base URL of a WSGI `environ`.

        :param configured: the base URL that the administrator set; nothing that
            a browser sends can change it
        :raises BadRequest: there is none, and the Host header is no host name
        """
        if configured:
            return cls(configured)
        host = environ.get('HTTP_HOST') or environ.get('SERVER_NAME') or 'localhost'
        if not is_host(host):
            raise BadRequest('host', 'expected a host name in the Host header, got %s'
                             % shown(host))
        scheme = 'https' if environ.get('wsgi.url_scheme') == 'https' else 'http'
        script_name = quote(wsgi_bytes(environ.get('SCRIPT_NAME', '')))
        return cls('%s://%s%s' % (scheme, host, script_name.rstrip('/')))

"""Which addresses a browser may be sent back to: this Trac's own, no other.

Pure rules; nothing here reads a request.  The attacks behind them are open
redirects such as CVE-2022-23527 and CVE-2024-42353.
"""

import re

from ..._compat import quote, unquote, urlsplit, wsgi_bytes

#: Longer ones would make the cookie that carries them too large for servers.
MAX_LENGTH = 1500

# Everything of RFC 3986 that needs no further escape, and the escape itself.
_KEPT = "!$&'()*+,-./:;=?@_~%[]|"
_FORBIDDEN = re.compile(r'[\x00-\x20\x7f\\]')


def safe_path(address, base_url):
    """Return the path and query of `address` if it is a page of `base_url`, else None.

    :param address: an absolute URL, or an absolute path, as a native ``str``;
        from a Referer header, a parameter or a cookie
    :param base_url: the :class:`~trac_unit.oidc.browser.base_url.BaseURL` that it must belong to
    """
    if not address or len(address) > MAX_LENGTH or _FORBIDDEN.search(address) \
            or address.startswith('//'):
        return None
    try:
        parts = urlsplit(address)
        parts.port  # parsed lazily
    except ValueError:
        return None
    if parts.scheme or parts.netloc:
        # Behind a proxy the scheme is not known for sure; only the path is kept.
        if parts.scheme not in ('http', 'https') or parts.netloc.lower() != base_url.netloc:
            return None
    # "//host" and "/%2F..." alike: two leading slashes name a host to a browser.
    path = parts.path or '/'
    if not path.startswith('/') or unquote(path).startswith('//') or not _inside(path, base_url):
        return None
    try:
        data = wsgi_bytes(path + ('?' + parts.query if parts.query else ''))
    except UnicodeError:
        return None
    escaped = quote(data, safe=_KEPT)
    return escaped if len(escaped) <= MAX_LENGTH else None


def _inside(path, base_url):
    plain = unquote(path)
    # What a server decodes once more must not turn into another path, or a header.
    if _FORBIDDEN.search(plain.replace(' ', '')) or {'.', '..'} & set(plain.split('/')):
        return False
    prefix = unquote(base_url.prefix)
    return not prefix or plain == prefix or plain.startswith(prefix + '/')

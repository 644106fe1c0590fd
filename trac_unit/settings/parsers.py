"""How the text of one setting becomes a value.

Each parser takes the text and returns the value, or raises ValueError whose
message says what was expected.  None looks at the clock, the network or the
process environment.
"""

import os
import re

from .._compat import native, to_text

#: What an ID token may be signed with: public-key algorithms only.  With HMAC
#: the client secret would be the key, and ``none`` is no signature at all.
SIGNING_ALGORITHMS = ('RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512',
                      'ES256', 'ES384', 'ES512')

#: How a client proves who it is, by what that takes (OpenID Connect Core section 9, RFC 8705).
SECRET_METHODS = ('client_secret_basic', 'client_secret_post', 'client_secret_jwt')
KEY_METHODS = ('private_key_jwt', 'tls_client_auth')
CLIENT_AUTH_METHODS = SECRET_METHODS + KEY_METHODS + ('none',)

#: Bytes of a secret that is a key of HS256, at least (OpenID Connect Core section 16.19).
MIN_HMAC_SECRET = 32

_DURATION_UNITS = {'s': 1, 'm': 60, 'h': 3600, 'd': 86400}
_MAX_DURATION = 10 * 365 * 86400
# Our own judgement: the parsers of the Pythons differ in what they take for a host.
_URL = re.compile(r'^(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?)://'
                  r'(?P<netloc>[^/?#]*)(?P<path>/[A-Za-z0-9._~%!$&\'()*+,;=:@/-]*)?'
                  r'(?P<query>\?[A-Za-z0-9._~%!$&\'()*+,;=:@/?-]*)?\Z')
_HOST = re.compile(r'^(?P<host>\[(?P<ipv6>[0-9A-Fa-f:]{2,39})\]|[A-Za-z0-9._-]+)'
                   r'(:(?P<port>[0-9]{1,5}))?\Z')
#: The address of a Redis server, as its clients' libraries have it.
REDIS_URL = re.compile(r'^(?P<scheme>rediss?)://'
                       r'((?P<username>[^:@/?#\s]*)(:(?P<password>[^@/?#\s]*))?@)?'
                       r'(?P<netloc>(?P<host>\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+)'
                       r'(:(?P<port>[0-9]{1,5}))?)'
                       r'(/(?P<number>[0-9]{0,4}))?(\?ssl_ca_certs=(?P<ca>/[^&#?]+))?\Z')
_LOOPBACK_HOST = re.compile(r'^(localhost|127(\.\d{1,3}){3}|\[::1\])\Z', re.IGNORECASE)


def text(value):
    """Any text in UTF-8."""
    try:
        value = to_text(value)
        value.encode('utf-8')
    except UnicodeError:
        raise ValueError('text in UTF-8')
    if re.search(u'[\x00-\x1f\x7f]', value):
        raise ValueError('text without control characters')
    return value


def locale_name(value):
    """The name of a locale, as the native ``str``, which setlocale wants."""
    return native(text(value))


def path(value):
    """An absolute path, as the native ``str``."""
    if not os.path.isabs(value) or re.search('[\x00-\x1f\x7f]', value):
        raise ValueError('an absolute path, without control characters')
    return native(value)


def template_vars(value):
    """``name=value,name=value``, which Trac splits without mercy."""
    if any(pair.count('=') != 1 for pair in value.split(',')):
        raise ValueError('name=value pairs, separated by commas')
    return native(value)


def base_url(value):
    """An absolute http or https URL without query, without the final slash."""
    value = text(value).rstrip(u'/')
    path = parse_url(value).group('path') or u''
    if set(path.split(u'/')[1:]) & {u'', u'.', u'..'}:
        raise ValueError(_URL_EXPECTED)
    return native(value)


def issuer(value):
    """An issuer identifier (OpenID Connect Discovery 1.0 section 3), kept as written."""
    value = text(value)
    parse_url(value)
    return value


_URL_EXPECTED = 'a URL like https://host/path, without query, fragment or user name'


def parse_url(value, query=False):
    """Return a match with the groups ``scheme``, ``netloc`` and ``path`` of a URL.

    :param value: text
    :param query: whether there may be a query
    :raises ValueError: `value` is no absolute http or https URL
    """
    match = _URL.match(value)
    if not match or not is_host(match.group('netloc')) or match.group('query') and not query:
        raise ValueError(_URL_EXPECTED)
    return match


def is_host(value):
    """Tell whether `value` is ``host`` or ``host:port`` (RFC 3986 section 3.2.2)."""
    match = _HOST.match(value) if len(value) <= 255 else None
    if not match or match.group('port') and not 0 < int(match.group('port')) < 65536:
        return False
    address = match.group('ipv6')
    return address is None or _is_ipv6(address)


def _is_ipv6(address):
    """RFC 4291 section 2.2, in its first two forms."""
    left, gap, right = address.partition('::')
    groups = [group for half in (left, right) if half for group in half.split(':')]
    return all(0 < len(group) <= 4 for group in groups) and \
        (len(groups) < 8 if gap else len(groups) == 8)


def is_loopback(url):
    """Tell whether `url` names this machine."""
    url_match = _URL.match(url)
    host_match = _HOST.match(url_match.group('netloc')) if url_match else None
    return bool(host_match) and bool(_LOOPBACK_HOST.match(host_match.group('host')))


def is_secure(url):
    """Tell whether nobody can listen in: `url` is https, or names this machine."""
    return url.lower().startswith('https:') or is_loopback(url)


def duration(value):
    """``90s``, ``30m``, ``12h`` or ``7d`` as whole seconds."""
    match = re.match(r'^([1-9][0-9]{0,8})([smhd])\Z', value)
    seconds = int(match.group(1)) * _DURATION_UNITS[match.group(2)] if match else 0
    if not 0 < seconds <= _MAX_DURATION:
        raise ValueError('a duration like 90s, 30m, 12h or 7d')
    return seconds


def switch(value):
    """``on`` or ``off`` as a bool."""
    if value not in ('on', 'off'):
        raise ValueError('on or off')
    return value == 'on'


def off_or(parser):
    """Return a parser that takes ``off``, which is None, or what `parser` takes."""
    def parse(value):
        try:
            return None if value == 'off' else parser(value)
        except ValueError as e:
            raise ValueError('off, or %s' % e)
    return parse


def choice(*words):
    """Return a parser that takes one of `words`."""
    def parse(value):
        if value not in words:
            raise ValueError(' or '.join([', '.join(words[:-1]), words[-1]]))
        return value
    return parse


def words(value):
    """A tuple of words, separated by spaces."""
    return tuple(text(value).split())


def scope(value):
    """Scope values; OpenID Connect Core section 3.1.2.1 wants ``openid`` among them."""
    values = words(value)
    if 'openid' not in values:
        raise ValueError('words separated by spaces, openid among them')
    return u' '.join(values)


def algorithms(value):
    """A tuple of signature algorithms, separated by spaces or commas."""
    names = tuple(text(value).replace(u',', u' ').split())
    if not names or not set(names) <= set(SIGNING_ALGORITHMS):
        raise ValueError('some of ' + ', '.join(SIGNING_ALGORITHMS))
    return names


def claim_paths(value):
    """A tuple of claim names, separated by commas; a dot reaches inside an object."""
    names = tuple(name.strip() for name in text(value).split(u','))
    if not all(all(name.split(u'.')) for name in names):
        raise ValueError('names of claims, separated by commas, like preferred_username,email')
    return names


def prompt(value):
    """``prompt`` values (OpenID Connect Core section 3.1.2.1)."""
    values = words(value)
    if not values or not set(values) <= {'login', 'consent', 'select_account'}:
        raise ValueError('some of login, consent, select_account')
    return u' '.join(values)


def url_path(value):
    """One path segment or more, like ``/oidc``."""
    if not re.match(r'^(/[A-Za-z0-9_-]+)+\Z', value) or \
            value.split('/')[1] in ('login', 'logout'):
        raise ValueError('a path like /oidc, of letters, digits, - and _')
    return native(value)


def store(value):
    """Where the sessions are: ``sqlite:///absolute/path``, or the URL of a Redis server."""
    if not re.match(r'^sqlite:///[^/?#][^?#]*\Z', value) and not _is_redis(REDIS_URL.match(value)):
        raise ValueError('sqlite:///PATH with an absolute path, or redis://HOST:PORT/NUMBER, or '
                         'rediss:// for TLS, with an escaped USER:PASSWORD@ before the host where '
                         'the server wants one, and ?ssl_ca_certs=PATH behind a rediss:// URL '
                         'whose certificate the system does not know')
    return native(value)


def is_public_store(value):
    """Tell whether the URL of a store has no password in it."""
    return value.startswith('sqlite:') or bool(REDIS_URL.match(value)) and '@' not in value


def _is_redis(match):
    return bool(match) and is_host(match.group('netloc')) and (
        not match.group('ca') or match.group('scheme') == 'rediss')

"""Nobody becomes a user by what a browser sends.

Trac believes ``REMOTE_USER`` on any path, some plugins believe
``HTTP_REMOTE_USER``, and Trac's own ``trac_auth`` cookie outlives any session
of ours.  All of them are dropped before anything else looks at the request.
"""

import re

from .._compat import view_keys

_TRAC_COOKIE = 'trac_auth'
# What most requests have; this only saves the question, for each key of each request.
_HARMLESS = frozenset("""
    REQUEST_METHOD REQUEST_URI SCRIPT_NAME PATH_INFO QUERY_STRING CONTENT_TYPE CONTENT_LENGTH
    SERVER_NAME SERVER_PORT SERVER_PROTOCOL SERVER_SOFTWARE SERVER_ADDR REMOTE_ADDR REMOTE_HOST
    REMOTE_PORT HTTP_HOST HTTP_USER_AGENT HTTP_ACCEPT HTTP_ACCEPT_LANGUAGE HTTP_ACCEPT_ENCODING
    HTTP_COOKIE HTTP_REFERER HTTP_ORIGIN HTTP_CONNECTION HTTP_CACHE_CONTROL HTTP_PRAGMA
    HTTP_IF_NONE_MATCH HTTP_IF_MODIFIED_SINCE HTTP_UPGRADE_INSECURE_REQUESTS HTTP_DNT
    HTTP_SEC_FETCH_DEST HTTP_SEC_FETCH_MODE HTTP_SEC_FETCH_SITE HTTP_SEC_FETCH_USER
    HTTP_SEC_CH_UA HTTP_SEC_CH_UA_MOBILE HTTP_SEC_CH_UA_PLATFORM HTTP_SEC_GPC HTTP_PRIORITY HTTP_TE
    HTTP_X_FORWARDED_FOR HTTP_X_FORWARDED_PROTO HTTP_X_FORWARDED_HOST HTTP_X_REAL_IP
    wsgi.version wsgi.url_scheme wsgi.input wsgi.errors wsgi.multithread wsgi.multiprocess
    wsgi.run_once wsgi.file_wrapper wsgi.input_terminated trac.locale trac.env_path
    trac.env_parent_dir trac.env_index_template trac.template_vars trac.base_url
    """.split())
#: The pattern of a cookie's value: RFC 6265 section 4.1.1.
COOKIE_VALUE = r'(?P<quote>"?)[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*(?P=quote)'
#: A well-formed cookie.
COOKIE_PAIR = re.compile(r'^[!#$%%&\'*+.^_`|~0-9A-Za-z-]+=%s\Z' % COOKIE_VALUE)


def scrub(environ):
    """Drop every claim of an identity from the WSGI `environ`, in place.

    ``Remote-User``, ``Remote_User`` and ``REMOTE-USER`` meet in servers that
    differ in how they spell header names (CVE-2025-64484): letters alone count.
    """
    if not view_keys(environ) <= _HARMLESS:
        for key in set(environ) - _HARMLESS:
            if _names_a_user(key):
                del environ[key]
    cookies = environ.get('HTTP_COOKIE')
    if cookies and _TRAC_COOKIE in cookies.lower():
        environ['HTTP_COOKIE'] = without_trac_auth(cookies)


def _names_a_user(key):
    if key == 'AUTH_TYPE':
        return True
    return key.upper().replace('_', '').replace('-', '').endswith('REMOTEUSER')


def without_trac_auth(cookies):
    """Return the Cookie header `cookies` without ``trac_auth``.

    Parsers differ in what they make of a malformed header, and could see a
    ``trac_auth`` where we see none; so only well-formed pairs are kept.
    """
    pairs = (pair.strip(' \t') for pair in cookies.split(';'))
    return '; '.join(pair for pair in pairs if COOKIE_PAIR.match(pair)
                     and pair.split('=', 1)[0].lower() != _TRAC_COOKIE)


class RemoteUserGuard(object):
    """Middleware that scrubs each request, and adds nothing.

    :param application: the WSGI application below
    """

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        scrub(environ)
        return self.application(environ, start_response)

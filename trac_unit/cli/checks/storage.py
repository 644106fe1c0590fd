"""What trac-unit itself keeps: the sessions, and the folder of zipped plugins."""

import os
import sqlite3
import stat

from ..._compat import exception_text
from ...environment.process_user import make_folder
from ...errors import StoreError
from ...settings.parsers import is_loopback
from .result import command, error, ok, warning

TITLE = 'Storage'

_SQLITE = 'sqlite://'


def session_store(context):
    if not context.sign_in or context.config is None or not context.config.home:
        return
    url = context.session_store()
    if url.startswith(_SQLITE):
        found = _file(context, url[len(_SQLITE):])
    else:
        found = _server(url)
    for result in found:
        yield result


def _file(context, path):
    folder = os.path.dirname(path)
    user = context.account.name
    if not os.path.isdir(folder):
        yield error('session store', 'there is no folder %s' % folder,
                    make_folder(folder, user))
    elif not context.account.may(folder, 'wx'):
        yield error('session store', '%s cannot make files in %s' % (user, folder),
                    context.allow(folder, 'wx'))
    elif not os.path.lexists(path):
        yield ok('session store', '%s, made at the first sign-in' % path)
    else:
        for result in _store(context, path):
            yield result


def _store(context, path):
    if not context.account.may(path, 'rw'):
        yield error('session store', context.cannot(path, 'rw'), context.allow(path, 'rw'))
        return
    trouble = _trouble(path)
    if trouble:
        yield error('session store', '%s is not one: %s' % (path, trouble),
                    command('rm', path) + '; everybody has to sign in again')
        return
    exposed = [each for each in (path, path + '-wal', path + '-shm')
               if os.path.exists(each) and stat.S_IMODE(os.stat(each).st_mode) & 0o077]
    for each in exposed:
        yield warning('session store', '%s can be read by other users' % each,
                      command('chmod', '600', each))
    if not exposed:
        yield ok('session store', path)


def _trouble(path):
    """What SQLite says against the file, or None."""
    from ...oidc.session.stores.sqlite import VERSION

    if not os.path.isfile(path):
        return 'no file'
    if not os.access(path, os.R_OK | os.W_OK):
        return None  # that of another user, whose permissions were judged before
    try:
        connection = sqlite3.connect(path, timeout=5)
        try:
            connection.execute('PRAGMA query_only = 1')
            version, = connection.execute('PRAGMA user_version').fetchone()
            if version != VERSION and (
                    version or connection.execute('SELECT * FROM sqlite_master').fetchone()):
                return 'it has version %d, and this trac-unit %d' % (version, VERSION)
            connection.execute('SELECT * FROM session').fetchone()
        finally:
            connection.close()
    except sqlite3.Error as e:
        # An empty file, and one that a worker has just made, have no table yet.
        return None if 'no such table' in exception_text(e) else exception_text(e)
    return None


def _server(url):
    try:
        from ...oidc.session.stores import redis
    except ImportError:
        yield error('session store', 'this Python has no library redis',
                    'pip install "trac-unit[redis]"')
        return
    address = redis.address(url)
    try:
        facts = redis.facts(url)
    except StoreError as e:
        yield error('session store', exception_text(e),
                    'start Redis there, or set TRAC_OIDC_SESSION_STORE to where it is')
        return
    results = []
    if address.startswith('redis:') and not is_loopback(address.replace('redis:', 'http:')):
        results.append(warning('session store', '%s: whoever can listen to the network on the '
                               'way there sees who is signed in, and Redis\' password' % address,
                               'use TLS: rediss:// in place of redis://'))
    policy = facts.get('maxmemory_policy', 'noeviction')
    if facts.get('maxmemory') and policy != 'noeviction':
        results.append(warning('session store', '%s drops sessions when its memory is full '
                               '(maxmemory-policy %s)' % (address, policy),
                               'set maxmemory-policy noeviction in redis.conf'))
    for result in results or [ok('session store', address)]:
        yield result


def egg_cache(context):
    if context.config is None or not context.config.home \
            or not os.path.isdir(context.config.home):
        return
    path = context.config.python_egg_cache or os.path.join(context.config.home, '.egg-cache')
    entry = path if os.path.lexists(path) else os.path.dirname(path)
    if context.account.may(entry, 'wx') and os.path.isdir(entry):
        yield ok('egg cache', path)
    else:
        yield warning('egg cache', '%s cannot make files in %s; each worker takes a temporary '
                      'folder' % (context.account.name, path),
                      command('mkdir', '-p', path) + ' && '
                      + context.allow(path, 'wx'))


CHECKS = (session_store, egg_cache)

"""Which Trac environment a request is for, and whether it can be served.

Trac itself answers trouble with an environment by a page that shows the path
to every visitor, and leaves nothing in the server's log.
"""

import io
import logging
import os
import pwd
import re
import tempfile

from ._compat import exception_text, native, quote, wsgi_bytes
from .errors import EnvironmentUnavailable, TracUnitError
from .pages import error_page

log = logging.getLogger(__name__)


class NoSuchEnvironment(TracUnitError):
    """The parent directory has no environment of that name."""

    status = '404 Not Found'
    title = 'There is no such Trac here'
    sentence = 'The address names a project that this server does not have.'


class EnvironmentMiddleware(object):
    """Gives Trac its ``trac.*`` keys, once the environment is known to be sound.

    :param application: the WSGI application below
    :param path: the environment, or None
    :param parent: a folder of environments, or None
    :param opener: called with the path of an environment; opens it or raises
        any exception (:func:`trac.env.open_environment`)
    :param keys: the other ``trac.*`` keys of the WSGI environ, a dict
    :param reserved: first path segments of a parent directory's addresses that
        are no environment, such as ``oidc``
    """

    def __init__(self, application, path=None, parent=None, opener=None, keys=None, reserved=()):
        self.application = application
        self.path = path
        self.parent = parent
        self.opener = opener
        self.keys = dict(keys or {}, **{'trac.env_path': path, 'trac.env_parent_dir': parent})
        self.reserved = frozenset(reserved) | {''}
        self._sound = {}

    def __call__(self, environ, start_response):
        environ.update(self.keys)
        try:
            path = self._locate(environ)
            if path:
                self._check(path)
        except TracUnitError as e:
            return error_page(e)(environ, start_response)
        return self.application(environ, start_response)

    def _locate(self, environ):
        if self.path:
            return self.path
        name = environ.get('PATH_INFO', '').lstrip('/').split('/', 1)[0]
        if name in self.reserved:
            return check_folder(self.parent)
        # Trac joins whatever stands there, ".." too, to the parent directory.
        if name.startswith('.') or '\0' in name or \
                not os.path.isdir(os.path.join(self.parent, name)):
            check_folder(self.parent)
            raise NoSuchEnvironment('no_environment', 'expected the name of an environment '
                                    'below %s, got %r' % (self.parent, name))
        if environ.get('trac.base_url'):
            # Trac reads a base URL as that of the one environment.
            environ['trac.base_url'] += '/' + quote(wsgi_bytes(name))
        return os.path.join(self.parent, name)

    def _check(self, path):
        # A dict of each one's VERSION, and the cheapest question of it: every request asks.
        version = self._sound.get(path)
        if version and os.access(version, os.F_OK):
            return
        self._sound.pop(path, None)
        if path != self.parent:
            diagnose(path, self.opener)
            self._sound[path] = os.path.join(path, 'VERSION')


def check_folder(path):
    """Return nothing if `path` is a folder that this user can enter.

    :raises EnvironmentUnavailable: otherwise, with the command that mends it
    """
    if not os.path.isdir(path):
        raise EnvironmentUnavailable('environment_missing', 'expected a folder at %s, found '
                                     'none; for a new Trac run: trac-admin %s initenv'
                                     % (path, path))
    if not os.access(path, os.R_OK | os.X_OK):
        raise _not_ours('folder that can be read', path, path)


def diagnose(path, opener):
    """Return nothing if the environment at `path` is sound.

    :param opener: opens the environment, or raises
    :raises EnvironmentUnavailable: otherwise; the message says what was found,
        and the command that mends it
    """
    check_folder(path)
    version = os.path.join(path, 'VERSION')
    if not os.path.exists(version):
        raise EnvironmentUnavailable('environment_invalid', 'expected a Trac environment (a '
                                     'folder with a file VERSION) at %s, found none; for a new '
                                     'one run: trac-admin %s initenv' % (path, path))
    for name in ('VERSION', os.path.join('conf', 'trac.ini')):
        file = os.path.join(path, name)
        if not os.path.exists(file):
            raise EnvironmentUnavailable('environment_incomplete', 'expected the file %s of a '
                                         'Trac environment, found none; put it back from a '
                                         'backup' % file)
        if not os.access(file, os.R_OK):
            raise _not_ours('file that can be read', file, path)
    database = sqlite_file(path)
    if database and not os.path.exists(database):
        # Trac would make an empty one, and ask for an upgrade of it.
        raise EnvironmentUnavailable('environment_incomplete', 'expected the database at %s, '
                                     'found none; put it back from a backup' % database)
    for name in ('log', 'db', os.path.join('db', 'trac.db'), 'files',
                 os.path.join('files', 'attachments')):
        place = os.path.join(path, name)
        if os.path.exists(place) and not os.access(place, os.R_OK | os.W_OK):
            raise _not_ours('file or folder that can be written', place, path)
    try:
        opener(path)
    except Exception as e:  # what a plugin or a database raises is anything
        message = exception_text(e).replace('\n', ' ')
        upgrade = 'upgrade' in message
        raise EnvironmentUnavailable(
            'environment_upgrade' if upgrade else 'environment_broken',
            'expected an environment that opens at %s, got %s: %s%s'
            % (path, type(e).__name__, message,
               '; run: trac-admin %s upgrade' % path if upgrade else ''))


def sqlite_file(path):
    """Return the path of the SQLite database of an environment; None if it has another kind."""
    ini = os.path.join(path, 'conf', 'trac.ini')
    with io.open(ini, encoding='utf-8', errors='replace') as file:
        match = re.search(u'^database[ \\t]*=[ \\t]*sqlite:([^?\\r\\n]+)', file.read(), re.M)
    return os.path.join(path, native(match.group(1).strip())) if match else None


def _not_ours(expected, place, path):
    user = _user()
    return EnvironmentUnavailable(
        'environment_permission', 'expected a %s by the user %s at %s, found one that cannot; '
        'run: chown -R %s %s' % (expected, user, place, user, path))


def egg_cache(home, configured=None):
    """Return a folder, writable by this user, for PYTHON_EGG_CACHE.

    :param home: the environment, or the folder of them, as a path
    :param configured: what the administrator set; used if it is writable
    """
    for path in (configured, os.path.join(home, '.egg-cache')):
        if path and _writable_folder(path):
            return path
        if path:
            log.warning('PYTHON_EGG_CACHE: expected a folder that %s can write, found %s; run: '
                        'mkdir -p %s && chown %s %s', *_chown_words(path))
    return tempfile.mkdtemp(prefix='trac-egg-cache-')


def _user():
    """The name of this process's user; its number where it has none, as in containers."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _chown_words(path):
    user = _user()
    return user, path, path, user, path


def _writable_folder(path):
    if not os.path.isdir(path):
        try:
            os.mkdir(path, 0o700)
        except OSError:
            return False
    return os.access(path, os.W_OK | os.X_OK)

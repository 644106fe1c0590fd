"""Which Trac environment a request is for, and whether it can be served.

Trac itself answers trouble with an environment by a page that shows the path
to every visitor, and leaves nothing in the server's log.
"""

import logging
import os

from .._compat import quote, wsgi_bytes
from ..errors import EnvironmentUnavailable, TracUnitError, shown
from ..pages.error_page import error_page
from .diagnosis import check_folder, diagnose

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
    :param lister: called with the parent directory; returns the paths of the
        folders in it that Trac takes for environments
    """

    def __init__(self, application, path=None, parent=None, opener=None, keys=None, reserved=(),
                 lister=None):
        self.application = application
        self.path = path
        self.parent = parent
        self.opener = opener
        self.lister = lister
        self.keys = dict(keys or {}, **{'trac.env_path': path, 'trac.env_parent_dir': parent})
        self.reserved = frozenset(reserved)
        self._sound = {}

    def __call__(self, environ, start_response):
        environ.update(self.keys)
        try:
            path = self.path or self._locate(environ)
            if path:
                self._check(path)
        except TracUnitError as e:
            return error_page(e)(environ, start_response)
        return self.application(environ, start_response)

    def _locate(self, environ):
        """The environment of the parent directory that a request is for, or None: the list."""
        name = environ.get('PATH_INFO', '').lstrip('/').split('/', 1)[0]
        if not name or name in self.reserved:
            check_folder(self.parent, 'mkdir -p %s')
            if not name:
                self._list(environ)
            return None
        # Trac joins whatever stands there, ".." too, to the parent directory.
        if name.startswith('.') or '\0' in name or \
                not os.path.isdir(os.path.join(self.parent, name)):
            check_folder(self.parent, 'mkdir -p %s')
            raise NoSuchEnvironment('no_environment', 'expected the name of an environment '
                                    'below %s, got %s' % (self.parent, shown(name)))
        if environ.get('trac.base_url'):
            # Trac reads a base URL as that of the one environment.
            environ['trac.base_url'] += '/' + quote(wsgi_bytes(name))
        return os.path.join(self.parent, name)

    def _list(self, environ):
        """Leave out of Trac's list what is not sound: it would show an error and the path."""
        sound = []
        for path in self.lister(self.parent):
            try:
                self._check(path)
            except EnvironmentUnavailable as e:
                if e.reason != 'environment_invalid':  # any folder can stand there
                    log.warning('reason=%s not in the list of environments: %s', e.reason, e)
            else:
                sound.append(path)
        environ['trac.env_parent_dir'] = None
        # Trac takes an empty list for a setting that is missing.
        environ['trac.env_paths'] = sound or [os.devnull]

    def _check(self, path):
        # Every request asks, so the cheapest question.  Trac opens an environment again when its
        # trac.ini has changed.
        try:
            ini = os.stat(path + '/conf/trac.ini')
            stamp = ini.st_mtime, ini.st_size, ini.st_ino
        except (OSError, TypeError, ValueError):  # the last two: a NUL in the path
            stamp = None
        if stamp is None or self._sound.get(path) != stamp:
            self._sound.pop(path, None)
            diagnose(path, self.opener)
            self._sound[path] = stamp

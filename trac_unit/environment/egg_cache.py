"""The folder that zipped plugins are unpacked to."""

import logging
import os
import tempfile

from .._compat import shell_quote
from .process_user import chown, user_name

log = logging.getLogger(__name__)


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
                        'mkdir -p %s && %s', user_name(), path, shell_quote(path), chown(path))
    return tempfile.mkdtemp(prefix='trac-egg-cache-')


def _writable_folder(path):
    if not os.path.isdir(path):
        try:
            os.mkdir(path, 0o700)
        except OSError:
            return False
    return os.access(path, os.W_OK | os.X_OK)

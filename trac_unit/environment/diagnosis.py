"""Whether a Trac environment can be served, and if not, what mends it."""

import errno
import io
import os
import re

from .._compat import PY2, exception_text, native, shell_quote, text_type
from ..errors import EnvironmentUnavailable
from .process_user import chown, make_folder, user_name

# Read from the file, before Trac is asked: compiled before the first request.
_SQLITE = re.compile(u'^database[ \\t]*=[ \\t]*sqlite:([^?\\r\\n]+)', re.M)

# How Trac, and our own commands, say that an environment is of an older Trac.
_UPGRADE = ('needs to be upgraded', 'needs an upgrade')


def check_folder(path, mend='trac-admin %s initenv'):
    """Return nothing if `path` is a folder that this user can enter.

    :param mend: the command that makes one, with %s for its path
    :raises EnvironmentUnavailable: otherwise, with the command that mends it
    """
    if not _is_there(path, path) or not os.path.isdir(path):
        raise EnvironmentUnavailable('environment_missing', 'expected a folder at %s, found none; '
                                     'for a new one run: %s' % (path, mend % shell_quote(path)))
    if not os.access(path, os.R_OK | os.X_OK):
        raise _not_ours('folder that can be read', path, path)


def _is_there(entry, path):
    """Return whether there is something at `entry`, a path in the environment `path`.

    :raises EnvironmentUnavailable: this user may not even look
    """
    try:
        os.stat(entry)
    except (OSError, TypeError, ValueError) as e:
        if getattr(e, 'errno', None) != errno.EACCES:
            return False
        folder = os.path.dirname(entry)
        while folder != '/' and not os.access(os.path.dirname(folder), os.X_OK):
            folder = os.path.dirname(folder)
        if (folder + '/').startswith(path + '/'):
            raise _not_ours('folder that can be entered', folder, path)
        raise EnvironmentUnavailable(
            'environment_permission', 'expected that the user %s can enter the folder %s on the '
            'way to %s, found that it cannot; run: chmod o+x %s'
            % (user_name(), folder, path, shell_quote(folder)))
    return True


def takes(path):
    """Return whether Trac can have an environment at `path`: on Python 2 without accents only."""
    return not PY2 or all(character <= '~' for character in os.path.realpath(path))


def diagnose(path, opener):
    """Return nothing if the environment at `path` is sound.

    :param opener: opens the environment, or raises
    :raises EnvironmentUnavailable: otherwise; the message says what was found,
        and the command that mends it
    """
    check_folder(path)
    version = os.path.join(path, 'VERSION')
    if not _is_there(version, path):
        if _is_there(os.path.join(path, 'conf', 'trac.ini'), path):
            raise EnvironmentUnavailable(
                'environment_incomplete', 'expected the file VERSION of a Trac environment in %s, '
                'found none; run: %s' % (path, version_again(path)))
        raise EnvironmentUnavailable('environment_invalid', 'expected a Trac environment (a '
                                     'folder with a file VERSION) at %s, found none; for a new '
                                     'one run: trac-admin %s initenv' % (path, shell_quote(path)))
    if not takes(path):
        real = os.path.realpath(path)
        raise EnvironmentUnavailable(
            'environment_path', 'expected an environment at a path without accents, as Trac on '
            'Python 2 takes no other, found %s; run: mv %s /ANOTHER/PATH'
            % (real, shell_quote(real)))
    for name in ('VERSION', os.path.join('conf', 'trac.ini')):
        file = os.path.join(path, name)
        if not _is_there(file, path):
            raise EnvironmentUnavailable('environment_incomplete', 'expected the file %s of a '
                                         'Trac environment, found none; put it back from a '
                                         'backup' % file)
        if not os.access(file, os.R_OK):
            raise _not_ours('file that can be read', file, path)
    database = sqlite_file(path)
    if database and not _is_there(database, path):
        # Trac would make an empty one, and ask for an upgrade of it.
        raise EnvironmentUnavailable('environment_incomplete', 'expected the database at %s, '
                                     'found none; put it back from a backup' % database)
    for name in ('log', 'db', os.path.join('db', 'trac.db'), 'files',
                 os.path.join('files', 'attachments')):
        entry = os.path.join(path, name)
        mode = os.R_OK | os.W_OK | (os.X_OK if os.path.isdir(entry) else 0)
        if _is_there(entry, path) and not os.access(entry, mode):
            raise _not_ours('file or folder that can be written', entry, path)
    try:
        opener(path)
    except Exception as e:  # what a plugin or a database raises is anything
        if getattr(e, 'errno', None) in (errno.EACCES, errno.EPERM):
            # Such as a log file that a trac-admin of root's has made.
            raise _not_ours('file or folder that can be used', e.filename or path, path)
        folder = _missing_folder(e, path)
        if folder is not None:
            raise EnvironmentUnavailable(
                'environment_incomplete', 'expected a folder at %s, found none; run: %s'
                % (folder, make_folder(folder)))
        message = exception_text(e).replace('\n', ' ')
        # "upgrade" alone says nothing: Trac is "unable to check for upgrade" of a broken database.
        upgrade = any(words in message for words in _UPGRADE)
        raise EnvironmentUnavailable(
            'environment_upgrade' if upgrade else 'environment_broken',
            'expected an environment that opens at %s, got %s: %s%s'
            % (path, type(e).__name__, message,
               '; run: trac-admin %s upgrade' % shell_quote(path) if upgrade else ''))


def version_again(path):
    """Return the command that writes the file VERSION of the environment at `path`: it has one
    line, the same in all.
    """
    return "echo 'Trac Environment Version 1' > %s" % shell_quote(os.path.join(path, 'VERSION'))


def _missing_folder(error, path):
    """The folder of the environment at `path` without which a file could not be opened, such as
    that of the log; None if `error` tells of something else, as a plugin's does.
    """
    name = getattr(error, 'filename', None)
    if getattr(error, 'errno', None) != errno.ENOENT or not isinstance(name, (str, text_type)):
        return None
    folder = os.path.dirname(native(name))
    if not (folder + '/').startswith(path + '/') or os.path.isdir(folder):
        return None
    return folder


def sqlite_file(path):
    """Return the path of the SQLite database of an environment; None if it has another kind."""
    ini = os.path.join(path, 'conf', 'trac.ini')
    with io.open(ini, encoding='utf-8', errors='replace') as file:
        match = _SQLITE.search(file.read())
    return os.path.join(path, native(match.group(1).strip())) if match else None


def _not_ours(expected, entry, path):
    return EnvironmentUnavailable(
        'environment_permission', 'expected a %s by the user %s at %s, found one that cannot; '
        'run: %s && chmod -R u+rwX %s'
        % (expected, user_name(), entry, chown(path, recursive=True), shell_quote(path)))

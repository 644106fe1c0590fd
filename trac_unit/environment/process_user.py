"""The user of this process, and the commands that give it a file or a folder: for what is told."""

import os
import pwd

from .._compat import shell_quote


def user_name():
    """Return the name of this process's user; its number where it has none, as in containers."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def chown(path, recursive=False, user=None):
    """Return the command that gives `path`, with all below if `recursive`, to a user.

    :param user: the user's name, or None: this process's
    """
    return 'chown %s%s %s' % ('-R ' if recursive else '', user or user_name(),
                              shell_quote(path))


def make_folder(path, user=None):
    """Return the command that makes a folder.

    :param user: the name of its owner, or None: this process's user
    """
    return 'mkdir -p %s && %s' % (shell_quote(path), chown(path, user=user))

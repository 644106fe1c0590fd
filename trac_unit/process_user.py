"""The user of this process, and the command that gives it a file: for what is told to the log."""

import os
import pwd

from ._compat import shell_quote


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

"""The operating system's users: who may do what with a file, and giving files to one."""

import grp
import os
import pwd
import stat

from .errors import CommandError

_BITS = {'r': 4, 'w': 2, 'x': 1}


class Account(object):
    """A user of this machine.

    :param name: the user's name
    :param uid: its number
    :param gid: the number of its primary group
    :param groups: the numbers of all its groups
    """

    def __init__(self, name, uid, gid, groups):
        self.name = name
        self.uid = uid
        self.gid = gid
        self.groups = frozenset(groups) | {gid}

    @classmethod
    def named(cls, name):
        """Return the account of that name.

        :raises CommandError: there is none
        """
        try:
            entry = pwd.getpwnam(name)
        except (KeyError, ValueError):
            raise CommandError('user', 'There is no user %s on this machine; '
                               'getent passwd lists them.' % name)
        return cls._of(entry)

    @classmethod
    def numbered(cls, uid):
        """Return the account of that number, of which the machine may know nothing more."""
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            return cls(str(uid), uid, uid, ())
        return cls._of(entry)

    @classmethod
    def _of(cls, entry):
        groups = [group.gr_gid for group in grp.getgrall() if entry.pw_name in group.gr_mem]
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid, groups)

    @property
    def current(self):
        """Whether this process runs as this account."""
        return self.uid == os.geteuid()

    def may(self, path, how):
        """Return whether the account can do `how` (some of ``rwx``) with what is at `path`.

        False for what is not there.  The folders that lead there count; for
        another account than the current one, access control lists do not.
        """
        if self.current:
            return os.access(path, sum(_BITS[letter] for letter in how))
        return self.barrier(path) is None and self._fits(os.path.realpath(path), how)

    def barrier(self, path):
        """Return the first folder on the way to `path` that the account cannot enter, or None."""
        for folder in _folders_to(os.path.realpath(path)):
            if os.path.isdir(folder) and not self._fits(folder, 'x'):
                return folder
        return None

    def _fits(self, path, how):
        try:
            status = os.stat(path)
        except EnvironmentError:
            return False
        if self.uid == 0:
            return True
        shift = 'ogu'.index(self.who(status)) * 3
        wanted = sum(_BITS[letter] for letter in how)
        return (status.st_mode >> shift) & wanted == wanted

    def who(self, status):
        """Return which permissions count for the account, as chmod has it: u, g or o.

        :param status: of the file, as ``os.stat`` gives it
        """
        return 'u' if status.st_uid == self.uid else 'g' if status.st_gid in self.groups else 'o'


def _folders_to(path):
    folders = []
    while os.path.dirname(path) != path:
        path = os.path.dirname(path)
        folders.insert(0, path)
    return folders


def everything_below(path):
    """Yield the pairs (path, status) of what is at `path` and below; links are not followed."""
    yield path, os.lstat(path)
    for folder, folders, names in os.walk(path):
        for name in folders + names:
            entry = os.path.join(folder, name)
            try:
                yield entry, os.lstat(entry)
            except EnvironmentError:
                continue  # gone meanwhile, as a journal of SQLite is


def give(path, account):
    """Give what is at `path` and below to `account`; return how many changed hands.

    :raises EnvironmentError: this process may not
    """
    others = [entry for entry, status in everything_below(path) if status.st_uid != account.uid]
    for entry in others:
        os.lchown(entry, account.uid, account.gid)
    return len(others)


def close_to_others(path):
    """Take what is at `path` and below from all but its owner and group; return how many.

    :raises EnvironmentError: this process may not
    """
    count = 0
    for entry, status in everything_below(path):
        if open_to_others(status):
            os.chmod(entry, stat.S_IMODE(status.st_mode) & ~0o007)
            count += 1
    return count


def open_to_others(status):
    """Return whether all of the machine can read or write what has this ``lstat``."""
    return not stat.S_ISLNK(status.st_mode) and bool(status.st_mode & 0o006)

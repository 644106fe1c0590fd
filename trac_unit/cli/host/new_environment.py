"""A new Trac environment, whole or not at all; and one that is there, if it is sound."""

import contextlib
import os
import shutil

from ..._compat import shell_quote, to_text
from ...environment.diagnosis import diagnose, takes, version_again
from . import trac_environment
from .errors import CommandError
from .terminal import one_line


def make(path, options):
    """Make a Trac environment and return it.

    :param path: what is not there, or an empty folder
    :param options: triples (section, option, value)
    :raises CommandError: it cannot be made; then nothing is left of it
    :raises EnvironmentError: a file or folder cannot be made
    """
    if os.path.exists(os.path.join(path, 'conf', 'trac.ini')):
        raise CommandError('version', '%s was a Trac environment, and has lost its file VERSION; '
                           'run: %s, and then this again.' % (path, version_again(path)))
    if os.path.lexists(path) and (not os.path.isdir(path) or os.listdir(path)):
        raise CommandError('path', '%s is there and is no Trac environment; choose another '
                           'path, or remove it.' % path)
    if not takes(path):
        raise CommandError('path', 'Trac on Python 2 takes no environment at %s; choose a path '
                           'without accents.' % path)
    was_there = os.path.isdir(path)
    if not os.path.isdir(os.path.dirname(path)):
        os.makedirs(os.path.dirname(path))
    with _removed_on_failure(path, was_there):
        try:
            return trac_environment.open_quietly(path, create=True, options=[
                (section, option, to_text(value)) for section, option, value in options])
        except (CommandError, EnvironmentError):
            raise
        except Exception as e:  # what a plugin or a database raises is anything
            raise _trouble('cannot be made', path, e)


@contextlib.contextmanager
def _removed_on_failure(path, was_there):
    """Leave no half environment behind, which would be taken for one the next time."""
    try:
        yield
    except BaseException:
        if was_there:
            for name in os.listdir(path):
                entry = os.path.join(path, name)
                shutil.rmtree(entry) if os.path.isdir(entry) else os.unlink(entry)
        else:
            shutil.rmtree(path, ignore_errors=True)
        raise


def existing(path):
    """Return the Trac environment that is at `path`.

    :raises CommandError: it does not open, or needs an upgrade
    """
    try:
        diagnose(path, lambda path: None)
        environment = trac_environment.open_quietly(path)
    except Exception as e:  # what a plugin or a database raises is anything
        raise _trouble('does not open', path, e)
    try:
        needed = environment.needs_upgrade()
    except Exception as e:
        environment.shutdown()
        raise _trouble('cannot be used', path, e)
    if needed:
        environment.shutdown()
        raise CommandError('upgrade', 'The environment %s is of an older Trac; run: trac-admin '
                           '%s upgrade, and then this again.' % (path, shell_quote(path)), 1)
    return environment


def _trouble(what, path, error):
    if isinstance(error, CommandError):
        return error
    return CommandError('environment', 'The environment %s %s: %s'
                        % (path, what, one_line(error)), 1)

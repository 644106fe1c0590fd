"""Where a command takes the settings of an application from."""

import collections
import io
import os
import sys

from ..host.errors import CommandError
from . import existing_configuration as existing

#: The environment variables, where they are from, Unit's configuration or None,
#: the application's part of it or None, and its name there or None.
Source = collections.namedtuple('Source', 'environ name unit application application_name')


#: The variables that name the Trac.
TRAC_VARIABLES = ('TRAC_ENV', 'TRAC_ENV_PARENT_DIR')


def add_trac(group):
    """Let a person name the Trac in place of :data:`TRAC_VARIABLES`.

    :param group: of arguments that exclude each other
    """
    group.add_argument('path', nargs='?', metavar='PATH',
                       help='the Trac environment (default: TRAC_ENV)')
    group.add_argument('--parent', metavar='DIR',
                       help='a folder of Trac environments (default: TRAC_ENV_PARENT_DIR)')


def with_trac(environ, args):
    """Return a copy of the variables `environ` with the Trac that the command line names.

    :raises CommandError: it is empty, as an unset variable of a shell is
    """
    for name, value in (('PATH', args.path), ('DIR', args.parent)):
        if value == '':
            raise CommandError('path', '%s is empty; name the folder.' % name)
    environ = dict(environ)
    if args.path or args.parent:
        for name in TRAC_VARIABLES:
            environ.pop(name, None)
        environ['TRAC_ENV' if args.path else 'TRAC_ENV_PARENT_DIR'] = os.path.abspath(
            args.path or args.parent)
    return environ


def add_arguments(parser):
    """Let a person choose."""
    where = parser.add_mutually_exclusive_group()
    add_trac(where)
    where.add_argument('--config', metavar='FILE',
                       help='read the settings from this Unit configuration (-: standard '
                       'input), not from the environment variables')
    parser.add_argument('--application', metavar='NAME',
                        help='the application in it (default: the one with the module '
                        'trac_unit.trac_wsgi)')


def read(args, environ):
    """Return the :class:`Source` that the arguments ask for.

    :param environ: the environment variables of this process
    :raises CommandError: there is none
    """
    if args.config is None:
        if args.application is not None:
            raise CommandError('application', '--application needs --config.')
        return Source(with_trac(environ, args), 'the environment of this process',
                      None, None, None)
    source = 'standard input' if args.config == '-' else args.config
    whole = existing.load(_content(args.config), source)
    name, application = existing.choose(whole, args.application)
    return Source(existing.settings(application), 'the application %s of %s' % (name, source),
                  whole, application, name)


def _content(path):
    if path == '-':
        return getattr(sys.stdin, 'buffer', sys.stdin).read()
    try:
        with io.open(path, 'rb') as file:
            return file.read()
    except EnvironmentError as e:
        raise CommandError('config', '%s cannot be read: %s.' % (path, e.strerror))

"""Where a command takes the settings of an application from."""

import collections
import io
import sys

from .errors import CommandError

#: The environment variables, where they are from, Unit's configuration or None,
#: the application's part of it or None, and its name there or None.
Source = collections.namedtuple('Source', 'environ name unit application application_name')


def add_arguments(parser):
    """Let a person choose."""
    parser.add_argument('--config', metavar='FILE',
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
    from .checks import unit

    if args.config is None:
        if args.application is not None:
            raise CommandError('application', '--application needs --config.')
        return Source(dict(environ), 'the environment of this process', None, None, None)
    whole = unit.load(_content(args.config), args.config)
    name, application = unit.choose(whole, args.application)
    return Source(unit.settings(application), 'the application %s of %s' % (name, args.config),
                  whole, application, name)


def _content(path):
    if path == '-':
        return getattr(sys.stdin, 'buffer', sys.stdin).read()
    try:
        with io.open(path, 'rb') as file:
            return file.read()
    except EnvironmentError as e:
        raise CommandError('config', '%s cannot be read: %s.' % (path, e.strerror))

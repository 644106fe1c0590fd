"""The ``trac-unit`` command; one module a subcommand.

A subcommand is a module of this package with four names, listed in
:data:`COMMANDS`:

``NAME``
    what a person types
``HELP``
    one line for ``trac-unit --help``
``add_arguments(parser)``
    gets the subcommand's :class:`argparse.ArgumentParser`
``run(args)``
    does the work and returns the exit status; trouble that a person can mend
    is a :class:`~trac_unit.cli.errors.CommandError`

Such a module imports Trac inside its functions only, so that help and usage
errors come at once.
"""

from __future__ import print_function

import argparse
import sys

from .. import __version__
from .._compat import exception_text
from . import apply, check, configure, demo, init, reload, sessions, settings
from .errors import CommandError
from .terminal import say

COMMANDS = (init, check, configure, apply, reload, sessions, settings, demo)


def _parser(commands):
    parser = argparse.ArgumentParser(
        prog='trac-unit', description='Trac on the Unit application server, with OpenID '
        'Connect sign-in.')
    parser.add_argument('--version', action='version', version='trac-unit ' + __version__)
    subparsers = parser.add_subparsers(title='commands', metavar='COMMAND', dest='command')
    for command in commands:
        subparser = subparsers.add_parser(command.NAME, help=command.HELP,
                                          description=command.HELP)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser


def main(argv=None, commands=COMMANDS):
    """Run the command line `argv` and return the exit status.

    0: done; 1: it failed on the way; 2: it cannot be done as asked.

    :param argv: the arguments after the command's name; None: those of the process
    """
    argv = sys.argv[1:] if argv is None else argv
    parser = _parser(commands)
    if not argv:  # Python 2 and 3 differ in what argparse makes of this
        parser.print_help(sys.stderr)
        return 2
    try:
        args = parser.parse_args(argv)
    except SystemExit as e:  # --help and --version, or a usage error
        return e.code or 0
    try:
        return args.run(args)
    except CommandError as e:
        say('trac-unit: ' + exception_text(e), sys.stderr)
        if e.log:
            say('The end of its log:\n', sys.stderr)
            say(e.log, sys.stderr)
        return e.exit_status
    except KeyboardInterrupt:
        return 130

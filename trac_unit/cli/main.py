"""The command line: its subcommands, its usage errors and its exit status."""

from __future__ import print_function

import argparse
import os
import sys

from .. import __version__
from .._compat import exception_text
from .commands import apply, check, config, demo, init, reload, sessions, settings
from .host.errors import CommandError
from .host.terminal import one_line, say

EXAMPLES = """\
examples:
  trac-unit init /srv/trac/env --admin alice --user unit
      make a Trac environment
  trac-unit check /srv/trac/env
      see what is wrong, and what mends it
  trac-unit apply /srv/trac/env
      have the running Unit serve it

trac-unit COMMAND --help shows more.  The exit status is 0 if all is done, 1 if
it failed on the way, 2 if it cannot be done as asked; check has its own.
"""

COMMANDS = (init, check, config, apply, reload, sessions, settings, demo)


class _Parser(argparse.ArgumentParser):
    """A parser that tells what is wrong in one line, as the commands do."""

    def error(self, message):
        self.exit(2, '%s: %s; %s --help shows how.\n' % (self.prog, message, self.prog))


class _Version(argparse.Action):
    """Says the version on standard output: argparse's own says it as an error on Python 2."""

    def __call__(self, parser, namespace, values, option_string=None):
        say('trac-unit ' + __version__)
        parser.exit()


def build_parser(commands):
    """Return the :class:`argparse.ArgumentParser` of the command with its subcommands."""
    parser = _Parser(
        prog='trac-unit', description='Trac on the Unit application server, with OpenID '
        'Connect sign-in.', epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--version', action=_Version, nargs=0,
                        help='show the version and exit')
    parser.add_argument('--traceback', action='store_true',
                        help='show where in the code a failure comes from, for a report of it')
    subparsers = parser.add_subparsers(title='commands', metavar='COMMAND', dest='command')
    for command in commands:
        subparser = subparsers.add_parser(
            command.NAME, help=command.HELP, description=command.HELP, epilog=command.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter)
        subparser.set_defaults(run=command.run, failed=1)
        command.add_arguments(subparser)
    return parser


def _complete(parser):
    """Answer a shell that asks how the command line could go on, and exit; else do nothing."""
    if '_ARGCOMPLETE' not in os.environ:
        return
    try:
        import argcomplete
    except ImportError:
        raise SystemExit(1)  # there is nobody to tell: what is printed would be in the line
    argcomplete.autocomplete(parser, always_complete_options=False)


def main(argv=None, commands=COMMANDS):
    """Run the command line `argv` and return the exit status.

    0: done; 1: it failed on the way; 2: it cannot be done as asked.

    :param argv: the arguments after the command's name; None: those of the process
    """
    argv = sys.argv[1:] if argv is None else argv
    parser = build_parser(commands)
    _complete(parser)
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
        return max(e.exit_status, args.failed)
    except KeyboardInterrupt:
        return 130
    except Exception as e:  # a defect of ours, or a machine that lacks what no one lacks
        if args.traceback:
            raise
        say('trac-unit: %s failed: %s: %s; trac-unit --traceback %s shows where.'
            % (args.command, type(e).__name__, one_line(e), args.command), sys.stderr)
        return args.failed

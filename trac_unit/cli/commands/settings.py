"""``trac-unit settings``: the reference of all variables."""

import fcntl
import os
import struct
import sys
import termios
import textwrap

from ...settings.reference import rst_table
from ...settings.table import SETTINGS
from ..host.terminal import say

NAME = 'settings'
HELP = 'List all settings, with their defaults.'

EXAMPLES = """\
examples:
  trac-unit settings
      all variables, for the terminal
  trac-unit settings --rst
      the same as a table in reStructuredText
"""

#: Columns: longer lines are tiring, and shorter ones are no help.
WIDEST, NARROWEST = 100, 40


def add_arguments(parser):
    parser.add_argument('--rst', action='store_true', help='as a reStructuredText table')


def run(args):
    if args.rst:
        say(rst_table().rstrip('\n'))
    else:
        for line in lines(SETTINGS, width(os.environ, sys.stdout)):
            say(line)
    return 0


def lines(settings, columns):
    """Return the reference of `settings` as lines of at most so many columns."""
    found = _wrapped('Every setting is an environment variable of the application in Unit. '
                     'Where _FILE is added, the setting is the path of a file that holds the '
                     'value.', columns, '')
    for setting in settings:
        names = setting.variable
        if setting.secret:
            names += ', ' + setting.variable + '_FILE'
        found += [''] + _wrapped(names, columns, '')
        found += _wrapped(setting.meaning, columns, '    ')
        if setting.default is not None:
            found += _wrapped('Default: ' + setting.default, columns, '    ')
    return found


def _wrapped(text, columns, indent):
    # What is copied must stay in one piece.
    return textwrap.wrap(text, columns, initial_indent=indent, subsequent_indent=indent,
                         break_long_words=False, break_on_hyphens=False)


def width(environ, stream):
    """Return the columns of the terminal that `stream` is: COLUMNS, else its own, else 80."""
    columns = environ.get('COLUMNS', '')
    columns = int(columns) if columns.isdigit() else 0
    if not columns:
        try:
            size = fcntl.ioctl(stream.fileno(), termios.TIOCGWINSZ, b'\0' * 8)
            columns = struct.unpack('HHHH', size)[1]
        except (AttributeError, EnvironmentError, ValueError):
            pass  # no terminal
    return min(max(columns or 80, NARROWEST), WIDEST)

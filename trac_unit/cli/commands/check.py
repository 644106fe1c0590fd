"""``trac-unit check``: everything that can be wrong, each in one line, and what mends it."""

import json
import os
import sys

from ..._compat import native, to_text
from ..host.errors import CommandError
from ..host.terminal import say
from ..unit import settings_source

NAME = 'check'
HELP = 'Look for everything that can be wrong, and say what mends it.'

EXAMPLES = """\
examples:
  trac-unit check /srv/trac/env
      an environment, with the TRAC_ variables of this shell
  trac-unit check --parent /srv/trac/projects --quiet
      a folder of environments: only what is wrong with each
  trac-unit check --config unit.json
      the application of a Unit configuration
  curl --unix-socket /var/run/control.unit.sock http://localhost/config |
      sudo trac-unit check --config - --user unit
      what Unit serves now

The exit status is 0 if all is fine, 1 if there are warnings, 2 if there are
errors or the check itself failed. Run it with the Python that Unit will use; nothing is changed.
"""

_COLOURS = {'ok': '32', 'note': '36', 'warning': '33', 'error': '31'}
_PLURALS = {'warning': 'warnings', 'error': 'errors'}


def add_arguments(parser):
    settings_source.add_arguments(parser)
    parser.add_argument('--user', metavar='UNIT_USER',
                        help='the user of this machine that Unit runs the application as')
    parser.add_argument('--unit-modules', metavar='DIR',
                        help='the folder of Unit\'s modules (default: as unitd has it)')
    parser.add_argument('--offline', action='store_true', help='do not ask the provider')
    parser.add_argument('--quiet', action='store_true', help='show only what is wrong')
    parser.add_argument('--json', action='store_true', help='print JSON, for a program')
    parser.set_defaults(failed=2)  # 1 would mean that there are only warnings


def run(args):
    from ...oidc.provider.transport import wait_for_timers

    # Compiled plugins would be this user's, in a folder of Unit's user.
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        context = _context(args)
        try:
            return _report(context, args.json, args.quiet)
        finally:
            context.close()
            wait_for_timers()
    finally:
        sys.dont_write_bytecode = before


def _context(args):
    from ..checks.context import Context

    if args.unit_modules and not os.path.isdir(args.unit_modules):
        raise CommandError('unit_modules', 'There is no folder %s.' % args.unit_modules)
    common = {'user': args.user, 'offline': args.offline, 'modules': args.unit_modules}
    settings = settings_source.read(args, os.environ)
    return Context(settings.environ, settings.name, settings.unit, settings.application,
                   settings.application_name, **common)


def _report(context, as_json, quiet):
    from ..checks.result import STATUS
    from ..checks.themes import run_all

    everything = []
    paint = _painter(sys.stdout, os.environ)
    for title, results in run_all(context):
        everything += [(title, result) for result in results]
        shown = [result for result in results if STATUS[result.mark] or not quiet]
        if not as_json and shown:
            say(title)
            for result in shown:
                say(_line(result, paint))
            say()
    status = max(STATUS[result.mark] for _, result in everything)
    if as_json:
        say(_json(everything, status))
    else:
        say(_summary([result.mark for _, result in everything]))
    return status


def _line(result, paint):
    text = '  %s %s: %s' % (paint(result.mark, '%-8s' % result.mark), result.subject,
                            result.found)
    return text + (' -> ' + result.mend if result.mend else '')


def _summary(marks):
    parts = []
    for mark in ('error', 'warning'):
        count = marks.count(mark)
        if count:
            parts.append('%d %s' % (count, mark if count == 1 else _PLURALS[mark]))
    return ', '.join(parts) + '.' if parts else 'All is fine.'


def _json(everything, status):
    def text(value):
        return None if value is None else to_text(value)

    return native(json.dumps({'exit_status': status, 'results': [
        {'theme': title, 'mark': result.mark, 'subject': text(result.subject),
         'found': text(result.found), 'mend': text(result.mend)}
        for title, result in everything]}, indent=2, sort_keys=True))


def _painter(stream, environ):
    """Return what colours text by a mark, if `stream` is a terminal that shows colours."""
    if not getattr(stream, 'isatty', lambda: False)() or environ.get('NO_COLOR') \
            or environ.get('TERM') in (None, '', 'dumb'):
        return lambda mark, text: text
    return lambda mark, text: '\x1b[%sm%s\x1b[0m' % (_COLOURS[mark], text)

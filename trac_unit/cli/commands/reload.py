"""``trac-unit reload``: new workers, and no request lost.

Unit's own call for it strands requests that wait.  A changed variable makes
Unit start new workers, wait until they are ready, and let the old ones finish.
"""

import time

from ..._compat import native, quote, to_bytes
from ..host.errors import CommandError
from ..host.terminal import say
from ..unit import control, merge, options as unit_options, probe

NAME = 'reload'
HELP = 'Restart the workers of a Trac, and lose no request.'

#: A name without the prefixes of settings, which are checked.
VARIABLE = 'RELOADED_BY_TRAC_UNIT'

EXAMPLES = """\
examples:
  trac-unit reload
      after an update of Trac, a plugin or trac-unit, or of a secret's file
  trac-unit reload --name wiki --control 127.0.0.1:8443
      another application, by a control API that is not on a UNIX socket

It then asks Trac for a page; the exit status is 1 if that is an error.
"""


def add_arguments(parser):
    parser.add_argument('--name', default='trac', type=unit_options.name, metavar='NAME',
                        help='the application in Unit (default: %(default)s)')
    control.add_argument(parser)


def run(args, clock=time.time):
    unit = control.Control(args.control)
    running = unit.configuration()
    applications = running.get('applications', {})
    if args.name not in applications:
        raise CommandError('application_missing', 'Unit has no application %s (it has %s); '
                           'choose one with --name.'
                           % (args.name, native(u', '.join(applications)) or 'none'))
    resource = '/config/applications/%s/environment' % args.name
    when = stamp(clock())
    if 'environment' in applications[args.name]:
        unit.put(resource + '/' + VARIABLE, when)
    else:
        unit.put(resource, {VARIABLE: when})
    say('Reloaded: %s has new workers.' % args.name)
    for address in merge.listeners_of(running, args.name):
        _ask(unit, address, running['listeners'][address], applications[args.name])
    return 0


def _ask(unit, address, listener, application):
    """Tell whether the application answers through a listener, if that can be seen from here.

    :raises CommandError: it does not
    """
    target = probe.reachable(address, unit.host)
    if target is None:
        return
    host = probe.host_of(application.get('environment', {}).get('TRAC_BASE_URL'))
    path = quote(to_bytes(application.get('prefix', ''))) + '/'
    try:
        status = probe.ask(target, 'tls' in listener, path, host)
    except probe.NoAnswer as e:
        raise CommandError('no_answer', 'At %s%s Trac %s.' % (address, path, e), 1)
    say('Trac answers at %s%s (status %d).' % (address, path, status))


def stamp(now):
    """Return seconds since the epoch as text that differs at each reload."""
    whole = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))
    return '%s.%06dZ' % (whole, now % 1 * 1000000)

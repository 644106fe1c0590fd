"""Unit's configuration, read: which application is ours, and what is around it."""

import collections
import json

from ..._compat import native, to_text
from ..host import layout
from ..host.errors import CommandError
from .configuration import MODULE
from .merge import destinations

#: Bytes of a request's body, unless Unit is told otherwise.
MAX_BODY_SIZE = 8 * 1024 * 1024

#: A route to static files: the address that it is for, the first folder that
#: it shares, the files that would answer for the probe, whether it has a fallback.
Route = collections.namedtuple('Route', 'address share files fallback')


def load(data, name):
    """Return Unit's whole configuration, a dict, from the bytes of a file.

    What Unit's control socket answers at / and at /config are both taken.

    :raises CommandError: it is none
    """
    try:
        unit = json.loads(to_text(data))
    except (RuntimeError, ValueError):  # the former is nesting without end
        raise CommandError('config', '%s is no JSON; curl --unix-socket CONTROL_SOCKET '
                           'http://localhost/config prints what Unit has.' % name)
    if isinstance(unit, dict) and isinstance(unit.get('config'), dict):
        unit = unit['config']
    if not isinstance(unit, dict) or not isinstance(unit.get('applications'), dict):
        raise CommandError('config', '%s is no configuration of Unit: it has no "applications".'
                           % name)
    return unit


def choose(unit, name=None):
    """Return our application's name and its part of the configuration, a dict.

    :param name: the application to take; None: the one whose module is ours
    :raises CommandError: there is none, or more than one
    """
    applications = dict((native(key), value) for key, value in unit['applications'].items()
                        if isinstance(value, dict))
    if name is not None:
        if name not in applications:
            raise CommandError('application', 'There is no application %s, only: %s.'
                               % (name, ', '.join(sorted(applications)) or 'none'))
        return name, applications[name]
    ours = sorted(key for key, value in applications.items() if MODULE in _modules(value))
    if not ours:
        raise CommandError('application', 'No application has the module %s; name one of these '
                           'with --application: %s.'
                           % (MODULE, ', '.join(sorted(applications)) or 'none'))
    if len(ours) > 1:
        raise CommandError('application', 'More than one application has the module %s; choose '
                           'with --application: %s.' % (MODULE, ', '.join(ours)))
    return ours[0], applications[ours[0]]


def _modules(application):
    targets = application.get('targets')
    parts = [application] + (list(targets.values()) if isinstance(targets, dict) else [])
    return [part.get('module') for part in parts if isinstance(part, dict)]


def settings(application):
    """Return the environment variables of an application, a dict of native strings.

    :raises CommandError: one is no text, or "user", "home", "type" or "prefix" is none
    """
    variables = application.get('environment', {})
    if not isinstance(variables, dict):
        raise CommandError('config', 'The "environment" of the application is no object.')
    for key, value in list(variables.items()) + [
            (key, application[key]) for key in ('user', 'home', 'type', 'prefix')
            if key in application]:
        if not isinstance(value, type(u'')):
            raise CommandError('config', 'The value of %s in the application is no text; Unit '
                               'takes only text there.' % native(key))
    return dict((native(key), native(value)) for key, value in variables.items())


def max_body_size(unit):
    """Return how many bytes of a request Unit takes."""
    value = unit
    for name in ('settings', 'http', 'max_body_size'):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, int) else MAX_BODY_SIZE


def chrome_routes(unit, name):
    """Return the :class:`Route` of each step that shares files at .../chrome/...

    :param name: of the application; routes that lead to other ones only are theirs
    """
    found = []
    for step in _steps(unit.get('routes'), name):
        match, action = step.get('match'), step.get('action')
        if not isinstance(match, dict) or not isinstance(action, dict):
            continue
        shares = _texts(action.get('share'))
        for address in _texts(match.get('uri')):
            before, chrome, _ = address.partition('/%s/' % layout.CHROME)
            if shares and chrome and not address.startswith('!'):
                probe = '%s%s%s/%s' % (before, chrome, layout.COMMON, layout.PROBE)
                files = [share.replace('$uri', probe) for share in shares]
                found.append(Route(address, shares[0], files, 'fallback' in action))
    return found


def _steps(routes, name):
    lists = routes.values() if isinstance(routes, dict) else [routes]
    return [step for steps in lists if isinstance(steps, list) and _may_be_of(steps, name)
            for step in steps if isinstance(step, dict)]


def _may_be_of(steps, name):
    applications = [native(leads_to).split('/')[1] for leads_to in destinations(steps)
                    if isinstance(leads_to, type(u'')) and leads_to.startswith(u'applications/')]
    return name in applications or not applications


def _texts(value):
    """A text or a list of texts, as a list of native strings."""
    values = value if isinstance(value, list) else [value]
    return [native(each) for each in values if isinstance(each, type(u''))]

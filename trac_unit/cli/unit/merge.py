"""Puts a Trac's configuration into that of a Unit which serves others too; pure.

Ours are one listener, and the route and the application of one name.  All else
is other people's, and stays as it is.
"""

import collections
import copy
import json

from ..._compat import native
from ..host.errors import CommandError
from .configuration import MODULE

#: What this package decides in an application; all else there is the administrator's.
_DECIDED = ('type', 'module', 'home', 'path', 'prefix', 'processes', 'threads', 'limits',
            'environment')
_DECIDED_VARIABLES = ('TRAC_', 'PYTHON_EGG_CACHE')
_DECIDED_IN_LISTENER = ('pass', 'tls', 'forwarded')


def merge(running, wanted, name, replace=False):
    """Return the configuration `running` with what `wanted` has of ours.

    :param running: the whole configuration of a Unit, parsed JSON; not changed
    :param wanted: what :func:`.configuration.build` made
    :param name: of the application and of the route
    :param replace: whether to take over what is somebody else's
    :raises CommandError: it is somebody else's
    """
    merged = copy.deepcopy(running)
    alone = serves_nobody_else(running, name)
    routes = running.get('routes')
    if isinstance(routes, list) and routes:
        raise CommandError(
            'routes_unnamed', 'The running Unit has one list of routes without a name, beside '
            'which there cannot be another; make it {"main": [...]}, and "pass": "routes" in '
            'the listeners "routes/main".')
    if not routes:
        merged['routes'] = collections.OrderedDict()
    if not replace:
        _check_application(running, name)
        _check_route(running, name)
        for address, listener in wanted['listeners'].items():
            _check_listener(running, address, listener, name)
    listeners, applications = _part(merged, 'listeners'), _part(merged, 'applications')
    for address, listener in wanted['listeners'].items():
        listeners[address] = _kept(listener, listeners.get(address), _DECIDED_IN_LISTENER)
    merged['routes'][name] = wanted['routes'][name]
    applications[name] = _application(wanted['applications'][name], applications.get(name))
    if alone:
        # They hold for all listeners of a Unit.
        http = _part(_part(merged, 'settings'), 'http')
        http.update(wanted['settings']['http'])
    return merged


def undone(now, after, before):
    """Return the configuration `now`, or a part of it, with one change taken back.

    What others changed meanwhile stays.  A part that is not there is None.

    :param after: what the change made of `before`
    """
    if same(now, after):
        return before
    if before in (None, []):  # Unit has an empty list where there are no routes
        before = {}
    if not all(isinstance(part, dict) for part in (now, after, before)):
        return now
    result = collections.OrderedDict()
    for name in list(now) + [name for name in before if name not in now]:
        value = undone(now.get(name), after.get(name), before.get(name))
        if value is not None:
            result[name] = value
    return result


def same(one, other):
    """Return whether two configurations are the same to Unit: their order means nothing."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _part(configuration, name):
    return configuration.setdefault(name, collections.OrderedDict())


def serves_nobody_else(running, name):
    """Return whether the Unit has no listener but ours."""
    return all(_leads_to_us(listener.get('pass'), name)
               for listener in running.get('listeners', {}).values())


def other_listeners(running, wanted, name):
    """Return the addresses, besides those wanted, that lead to our Trac."""
    return [address for address in listeners_of(running, name)
            if address not in wanted['listeners']]


def listeners_of(running, name):
    """Return the addresses that lead to the Trac of that name."""
    return [native(address) for address, listener in running.get('listeners', {}).items()
            if _leads_to_us(listener.get('pass'), name)]


def body_limit(running):
    """Return the size in bytes that a request may have in the Unit."""
    http = running.get('settings', {}).get('http', {})
    return http.get('max_body_size', 8 * 1024 * 1024)


def dropped_settings(running, wanted, name):
    """Return the names of the settings that the running application has, and the new one not."""
    before = running.get('applications', {}).get(name, {}).get('environment', {})
    after = wanted['applications'][name]['environment']
    return sorted(native(variable) for variable in before
                  if variable.startswith(_DECIDED_VARIABLES) and variable not in after)


def _leads_to_us(destination, name):
    return destination in ('routes/' + name, 'applications/' + name)


def _check_application(running, name):
    application = running.get('applications', {}).get(name)
    if application is not None and application.get('module') != MODULE:
        raise CommandError(
            'application_taken', 'The application %s of the running Unit is another one%s; '
            'choose another name with --name, or --replace to take its place.'
            % (name, ' (its module is %s)' % native(application['module'])
               if 'module' in application else ''))


def _check_route(running, name):
    route = (running.get('routes') or {}).get(name)
    if route is not None and set(destinations(route)) != {'applications/' + name}:
        raise CommandError(
            'route_taken', 'The route %s of the running Unit leads elsewhere than to the '
            'application %s; choose another name with --name, or --replace to take its place.'
            % (name, name))


def destinations(part):
    """Generate what the steps of a route, or a part of them, pass requests to."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name in ('pass', 'proxy', 'location'):
                yield value
            else:
                for destination in destinations(value):
                    yield destination
    elif isinstance(part, list):
        for item in part:
            for destination in destinations(item):
                yield destination


def _check_listener(running, address, wanted, name):
    listener = running.get('listeners', {}).get(address)
    if listener is None:
        return
    if 'tls' in listener and 'tls' not in wanted:
        raise CommandError(
            'tls_lost', 'The listener %s of the running Unit speaks https; name its certificate '
            'bundle with --tls, or give --replace to have it speak http.' % address)
    if not _leads_to_us(listener.get('pass'), name):
        raise CommandError(
            'listener_taken', 'The listener %s of the running Unit belongs to somebody else (it '
            'passes to %s); choose another address with --listen, or --replace to take its place.'
            % (address, native(listener.get('pass', 'nothing'))))


def _kept(wanted, running, decided):
    """Return `wanted` with what `running` has besides."""
    result = collections.OrderedDict(wanted)
    for name, value in (running or {}).items():
        if name not in decided:
            result.setdefault(name, value)
    return result


def _application(wanted, running):
    if running is None or running.get('module') != MODULE:
        return wanted
    result = _kept(wanted, running, _DECIDED)
    result['environment'] = collections.OrderedDict(wanted['environment'])
    for variable, value in running.get('environment', {}).items():
        if not variable.startswith(_DECIDED_VARIABLES):
            result['environment'].setdefault(variable, value)
    return result

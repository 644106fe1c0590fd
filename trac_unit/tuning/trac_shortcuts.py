"""Cheaper ways to what Trac works out again and again for each page.

Each returns what the function in whose place it is put would have returned, from the
same things, and asks that function wherever it is in doubt; nothing is kept that a
change of trac.ini, of the database or by a plugin could make wrong.
"""

import collections
import copy
import time
from datetime import datetime

from .._compat import PY2, text_type

# What a deep copy shares with the original.
_ATOMIC = frozenset((bool, int, float, str, text_type, type(None)))

# Results that each function remembers at most, and the characters of an address among them.
_MOST, _LONGEST_ADDRESS = 2000, 200


def ordered_extensions(get, option_class):
    """Put the components of an option in order once: the permission policies, for one.

    Trac does it for each permission that it looks at, hundreds of times a page.
    """
    from trac.config import Configuration
    from trac.core import ComponentManager, ComponentMeta

    steps = ComponentManager.__getitem__, ComponentManager.is_enabled
    #: Kinds of environments that keep their components as Trac's own does.
    known_managers = set()

    def extensions(point, instance):
        """What an extension point of Trac's returns, without a call for each component."""
        manager = instance.compmgr
        kind = type(manager)
        if kind not in known_managers:
            if (kind.__getitem__, kind.is_enabled) != steps:
                return point.extensions(instance)
            known_managers.add(kind)
        enabled, components = manager.enabled, manager.components
        found = []
        for component_class in ComponentMeta._registry.get(point.interface, ()):
            component = components.get(component_class) if enabled.get(component_class) else None
            # Not known yet, or not enabled: Trac looks again.
            component = component or manager[component_class]
            if component:
                found.append(component)
        return found

    def __get__(self, instance, owner):
        config = getattr(instance, 'config', None)
        if type(self) is not option_class or not isinstance(config, Configuration):
            return get(self, instance, owner)
        names = config[self.section].get(self.name, self.default)
        found = extensions(self.xtnpt, instance)
        remembered = vars(instance).setdefault('_trac_unit_ordered_extensions', {})
        known_names, known_found, ordered = remembered.get(self, (None, None, ()))
        if known_names != names or known_found != found:
            ordered = get(self, instance, owner)
            remembered[self] = names, found, tuple(ordered)
        return list(ordered)

    return __get__


def component(call, _meta_class):
    """Find a component that there is: ``PermissionSystem(env)``, for one."""
    from trac.core import ComponentManager

    #: Pairs of an environment's class and a component's.
    known = set()

    def __call__(cls, *args, **kwargs):
        if len(args) != 1 or kwargs:
            return call(cls, *args, **kwargs)
        manager, = args
        pair = type(manager), cls
        if pair in known:
            found = manager.components.get(cls)
            if found is not None:
                return found
        elif isinstance(manager, ComponentManager) and not issubclass(cls, ComponentManager):
            known.add(pair)
        return call(cls, manager)

    return __call__


def boolean(_getbool, _section_class):
    """Read a switch's text once: ``enabled``, for one."""
    from trac.util import as_bool

    known = {}

    def getbool(self, key, default=''):
        value = self.get(key, default)
        if type(value) is not text_type:
            return as_bool(value)
        if value not in known:
            if len(known) >= _MOST:
                known.clear()
            known[value] = as_bool(value)
        return known[value]

    return getbool


def ticket_fields_copy(_deepcopy, list_class):
    """Copy the descriptions of a ticket's fields, which are dicts of plain values.

    Trac does it for each ticket.
    """
    def __deepcopy__(self, memo):
        return list_class([copied(field, memo) for field in self])

    def copied(value, memo):
        kind = type(value)
        if kind in _ATOMIC:
            return value
        if id(value) in memo:
            return memo[id(value)]
        if kind is dict:
            memo[id(value)] = copies = {}
            # One by one: the order in which Python 2 gives them depends on how they came in.
            for name in value:
                one = value[name]
                if type(one) not in _ATOMIC:
                    one = copied(one, memo)
                copies[name if type(name) in _ATOMIC else copied(name, memo)] = one
            return copies
        if kind is list and _ATOMIC.issuperset(map(type, value)):
            memo[id(value)] = copies = value[:]
            return copies
        return copy.deepcopy(value, memo)

    return __deepcopy__


def address(call, href_class):
    """Remember the addresses of pages and files: each page has dozens, and most the same.

    They depend on nothing but what they are made of.
    """
    from trac.util.text import unicode_urlencode

    simple = frozenset((str, text_type, int))
    remembered = {}

    def __call__(self, *args, **kwargs):
        if type(self) is not href_class or not simple.issuperset(map(type, args)):
            if not kwargs:
                return call(self, *args)
            # Python 2 gives keyword arguments another order each time that they are passed on.
            if args and isinstance(args[-1], (dict, list, tuple)):
                last = args[-1]
                return call(self, *(args[:-1] + (list(_items(last)) + _parameters(kwargs),)))
            return call(self, *(args + (_parameters(kwargs),)))
        key = type(self.base), self.base, self.path_safe, args
        found = remembered.get(key)
        if found is None:
            found = call(self, *args)
            if len(found) <= _LONGEST_ADDRESS:
                if len(remembered) >= _MOST:
                    remembered.clear()
                remembered[key] = found
        if kwargs:
            query = [(name, each) for name, value in _parameters(kwargs)
                     for each in (value if isinstance(value, (list, tuple)) else (value,))
                     if each is not None]
            if query:
                found += '?' + unicode_urlencode(query, self.query_safe)
        return found

    return __call__


def _parameters(kwargs):
    """The parameters of a query, in Trac's order; ``from_`` stands for ``from``."""
    return [(name[:-1] if name.endswith('_') else name, value) for name, value in _items(kwargs)]


def _items(parameters):
    """The pairs of a dict, or of a list, in the order in which Trac reads them."""
    if not isinstance(parameters, dict):
        return parameters
    return parameters.items() if PY2 else sorted(parameters.items(), key=lambda pair: pair[0])


def local_time(fromutc, zone_class):
    """Remember what the local time of a moment is, in one time zone: lists have the same again."""
    remembered = {}
    zones = [None]

    def cached_fromutc(self, dt):
        if type(self) is not zone_class or type(dt) is not datetime or dt.tzinfo is not self:
            return fromutc(self, dt)
        zone = self._std_tz, time.timezone, time.altzone, time.tzname
        if zone != zones[0] or len(remembered) >= _MOST:
            remembered.clear()
            zones[0] = zone
        moment = dt.replace(tzinfo=None)
        found = remembered.get(moment)
        if found is None:
            found = remembered[moment] = fromutc(self, dt)
        return found

    return cached_fromutc


def supported_conversions(_get, _component_class):
    """Make the class of the result once: it takes a millisecond, and is garbage afterwards."""
    kind = collections.namedtuple('MimeConversion', (
        'key', 'name', 'extension', 'in_mimetype', 'out_mimetype', 'quality', 'converter'))

    def get_supported_conversions(self, mimetype):
        conversions = []
        for converter in self.converters:
            for key, name, extension, source, target, quality in \
                    converter.get_supported_conversions() or []:
                if source == mimetype and quality > 0:
                    conversions.append(
                        kind(key, name, extension, source, target, quality, converter))
        return sorted(conversions, key=lambda conversion: conversion.quality, reverse=True)

    return get_supported_conversions

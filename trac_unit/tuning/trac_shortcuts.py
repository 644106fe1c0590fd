"""Cheaper ways to what Trac works out again and again for each page.

Each returns what the function in whose place it is put would have returned, from the
same things, and asks that function wherever it is in doubt; nothing is kept that a
change of trac.ini, of the database or by a plugin could make wrong.
"""

import collections
import copy

from .._compat import PY2, text_type

# What a deep copy shares with the original.
_ATOMIC = frozenset((bool, int, float, str, text_type, type(None)))

# Results that each function remembers at most, and the characters of an address among them.
_MOST, _LONGEST_ADDRESS = 2000, 200


def component(call, _meta_class):
    """Find a component that there is: ``PermissionSystem(env)``, for one."""
    from trac.core import ComponentManager

    #: Classes of environments, each with those of components that were asked for.
    known = {}

    def __call__(cls, *args, **kwargs):
        if len(args) == 1 and not kwargs:
            manager = args[0]
            classes = known.get(type(manager))
            if classes is None:
                if isinstance(manager, ComponentManager):
                    known[type(manager)] = set()
            elif cls in classes:
                found = manager.components.get(cls)
                if found is not None:
                    return found
            elif not issubclass(cls, ComponentManager):
                classes.add(cls)
        return call(cls, *args, **kwargs)

    return __call__


def ticket_fields_copy(_deepcopy, list_class):
    """Copy the descriptions of a ticket's fields, which are dicts of plain values.

    Trac does it for each ticket.
    """
    atomic = _ATOMIC.issuperset

    def __deepcopy__(self, memo):
        return list_class([copied(field, memo) for field in self])

    def copied(value, memo):
        if type(value) is not dict or id(value) in memo or not atomic(map(type, value)):
            return copy.deepcopy(value, memo)
        # The order in which Python 2 gives them depends on how they came in: one by one, but
        # for the few for which a dict has room from the start.
        memo[id(value)] = copies = value.copy() if len(value) < 6 else dict(value.items())
        if not atomic(map(type, value.values())):
            for name, one in value.items():
                if type(one) is list and id(one) not in memo and atomic(map(type, one)):
                    copies[name] = memo[id(one)] = one[:]
                elif type(one) not in _ATOMIC:
                    copies[name] = copied(one, memo)
        return copies

    return __deepcopy__


def address(call, href_class):
    """Remember the addresses of pages and files: each page has dozens, and most the same.

    They depend on nothing but what they are made of.
    """
    from trac.util.text import unicode_urlencode

    simple = frozenset((str, text_type, int))
    paths, queries = {}, {}

    def remember(known, key, found):
        if len(found) <= _LONGEST_ADDRESS and len(repr(key)) <= 4 * _LONGEST_ADDRESS:
            if len(known) >= _MOST:
                known.clear()
            known[key] = found
        return found

    def __call__(self, *args, **kwargs):
        if type(self) is not href_class or not simple.issuperset(map(type, args)):
            if not kwargs:
                return call(self, *args)
            # Python 2 gives keyword arguments another order each time that they are passed on.
            if args and isinstance(args[-1], (dict, list, tuple)):
                last = args[-1]
                return call(self, *(args[:-1] + (list(_items(last)) + _parameters(kwargs),)))
            return call(self, *(args + (_parameters(kwargs),)))
        key = type(self.base), self.base, type(self.path_safe), self.path_safe, args
        path = paths.get(key) or remember(paths, key, call(self, *args))
        if not kwargs:
            return path
        return path + query(self, tuple(
            (name, each) for name, value in _parameters(kwargs)
            for each in (value if isinstance(value, (list, tuple)) else (value,))
            if each is not None))

    def query(self, parameters):
        if not parameters:
            return ''
        if not simple.issuperset(type(value) for _, value in parameters):
            return '?' + unicode_urlencode(parameters, self.query_safe)
        key = type(self.query_safe), self.query_safe, parameters
        return queries.get(key) or remember(
            queries, key, '?' + unicode_urlencode(parameters, self.query_safe))

    return __call__


def _parameters(kwargs):
    """The parameters of a query, in Trac's order; ``from_`` stands for ``from``."""
    return [(name[:-1] if name.endswith('_') else name, value) for name, value in _items(kwargs)]


def _items(parameters):
    """The pairs of a dict, or of a list, in the order in which Trac reads them."""
    if not isinstance(parameters, dict):
        return parameters
    return parameters.items() if PY2 else sorted(parameters.items(), key=lambda pair: pair[0])


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

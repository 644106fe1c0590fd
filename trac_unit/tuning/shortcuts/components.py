"""Cheaper ways to what Trac works out again and again for each page.

Each returns what the function in whose place it is put would have returned, from the
same things, and asks that function wherever it is in doubt; nothing is kept that a
change of trac.ini, of the database or by a plugin could make wrong.
"""

import collections


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

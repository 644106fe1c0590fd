"""Cheaper ways to what Trac and its template engine work out again and again for each page.

Each returns what the function in whose place it is put would have returned, from the
same things, and asks that function wherever it is in doubt; nothing is kept that a
change of trac.ini, of the database or by a plugin could make wrong.
"""

import collections
import copy
import functools
import logging
import types

from trac.web.api import Request

from .._compat import PY2, text_type
from .replacement import Replacement

log = logging.getLogger(__name__)

#: Bytes of a page that Trac collects before it hands them to the server.  Its own number
#: is 4096, and handing over costs the same for 16 kB, which is one buffer of Unit's.
CHUNK_SIZE = 16384

#: Trac's own number of them, in place of which :data:`CHUNK_SIZE` is put.
_SMALL_CHUNK_SIZE = 4096

#: What a deep copy shares with the original.
_ATOMIC = frozenset((bool, int, float, str, text_type, type(None)))

#: Addresses that are remembered at most, and the characters of one.
_MOST_ADDRESSES, _LONGEST_ADDRESS = 2000, 200

#: By these Jinja2 2.11 knows what wants the context, its evaluation context, the environment.
_MARKS = ('contextfunction', 'evalcontextfunction', 'environmentfunction')

#: What attribute access finds in each dict, whatever is in it.
_OF_EVERY_DICT = frozenset(dir(dict))


def ordered_extensions(get, option_class):
    """Put the components of an option in order once: the permission policies, for one.

    Trac does it for each permission that it looks at, hundreds of times a page.
    """
    from trac.config import Configuration

    def __get__(self, instance, owner):
        config = getattr(instance, 'config', None)
        if type(self) is not option_class or not isinstance(config, Configuration):
            return get(self, instance, owner)
        names = config[self.section].get(self.name, self.default)
        found = self.xtnpt.extensions(instance)
        remembered = vars(instance).setdefault('_trac_unit_ordered_extensions', {})
        known_names, known_found, ordered = remembered.get(self, (None, None, ()))
        if known_names != names or known_found != found:
            ordered = get(self, instance, owner)
            remembered[self] = names, found, tuple(ordered)
        return list(ordered)

    return __get__


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
            for name in value:
                copies[copied(name, memo)] = copied(value[name], memo)
            return copies
        if kind is list and _ATOMIC.issuperset(map(type, value)):
            memo[id(value)] = copies = value[:]
            return copies
        return copy.deepcopy(value, memo)

    return __deepcopy__


def address(call, href_class):
    """Remember the addresses of pages and files: each page has dozens, and most the same.

    They depend on nothing but what they are made of.  Not on Python 2, where Trac's
    addresses have the order of its keyword arguments: another one each time that they
    are passed on.
    """
    simple = frozenset((str, int))
    remembered = {}

    def __call__(self, *args, **kwargs):
        if kwargs or type(self) is not href_class or not simple.issuperset(map(type, args)):
            return call(self, *args, **kwargs)
        key = self.base, self.path_safe, args
        found = remembered.get(key)
        if found is None:
            found = call(self, *args)
            if len(remembered) >= _MOST_ADDRESSES:
                remembered.clear()
            if len(found) <= _LONGEST_ADDRESS:
                remembered[key] = found
        return found

    return __call__


def markup(new, markup_class):
    """Make markup of plain text, or of markup, without asking it for its ``__html__``."""
    plain = frozenset((text_type, markup_class))
    new_text = text_type.__new__

    def __new__(cls, *args, **kwargs):
        if len(args) == 1 and not kwargs and type(args[0]) in plain:
            return new_text(cls, args[0])
        return new(cls, *args, **kwargs)

    return staticmethod(__new__)


def template_call(call, _context_class):
    """Call a plain function straight away: it wants nothing of the template's context.

    What does bears a mark, and a function without attributes bears none.
    """
    from jinja2.utils import internalcode

    # Either may have attributes; a function in C has nowhere to keep any.
    kinds = frozenset((types.FunctionType, functools.partial))
    # Jinja2 3 adds these to the arguments of a call, and takes them out again.
    added = [name for name in ('_block_vars', '_loop_vars') if name in call.__code__.co_consts]

    @internalcode
    def call_plain(_self, _callable, *args, **kwargs):
        function = _callable.__func__ if type(_callable) is types.MethodType else _callable
        if type(function) is not types.BuiltinFunctionType and (
                type(function) not in kinds or function.__dict__):
            if added:
                return call(_self, _callable, *args, **kwargs)
            # Not with the function itself: Python 2 gives keyword arguments another
            # order each time that they are passed on, and addresses are made of some.
            _callable, args = marked(_self, _callable, args)
        for name in added if kwargs else ():
            kwargs.pop(name, None)
        try:
            return _callable(*args, **kwargs)
        except StopIteration:
            return call(_self, exhausted)

    def marked(context, function, args):
        """What Jinja2 2.11 calls, and the arguments with what its mark asks for."""
        method = function.__call__ if hasattr(function, '__call__') else None
        if any(hasattr(method, mark) for mark in _MARKS):
            function = method
        if callable(function):
            for mark, wanted in zip(_MARKS, (context, context.eval_ctx, context.environment)):
                if getattr(function, mark, False) is True:
                    return function, (wanted,) + args
        return function, args

    def exhausted():
        raise StopIteration

    return call_plain


def template_getattr(_getattr, _environment_class):
    """Look into a dict for what no dict has as an attribute, without an exception first."""
    def getattr_(self, obj, attribute):
        if type(obj) is dict and attribute not in _OF_EVERY_DICT:
            try:
                return obj[attribute]
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        # A call of the function itself would cost more than there is to gain.
        try:
            return getattr(obj, attribute)
        except AttributeError:
            pass
        try:
            return obj[attribute]
        except (TypeError, LookupError, AttributeError):
            return self.undefined(obj=obj, name=attribute)

    return getattr_


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


#: The digests are those of Trac 1.4 and 1.6, Jinja2 2.11 and 3.1, MarkupSafe 1.1 and 3.0.
SHORTCUTS = (
    Replacement('trac.config.OrderedExtensionsOption.__get__', ('8f3c4a31e23002c6',),
                ordered_extensions),
    Replacement('trac.ticket.api.TicketFieldList.__deepcopy__', ('388b4c91dd2028ea',),
                ticket_fields_copy),
    Replacement('trac.mimeview.api.Mimeview.get_supported_conversions', ('9510cc9b0547665d',),
                supported_conversions),
    Replacement('markupsafe.Markup.__new__', ('9df410c323226167', '92360dc9b6fb6dc3'), markup),
    Replacement('jinja2.runtime.Context.call', ('4d2bb0e3aac630ba', 'a27b379ba8cc9393'),
                template_call),
    Replacement('jinja2.environment.Environment.getattr',
                ('4d86a400acac055c', '9d52d65b450cc167'), template_getattr),
)
if not PY2:
    SHORTCUTS += (Replacement('trac.web.href.Href.__call__', ('c4e43b6fa68c7f03',), address),)


def take_shortcuts():
    """Install the shortcuts for the whole process, each if what it replaces is as expected."""
    installed = sum(shortcut.install() for shortcut in SHORTCUTS)
    if getattr(Request, 'CHUNK_SIZE', None) == _SMALL_CHUNK_SIZE:
        Request.CHUNK_SIZE = CHUNK_SIZE
    log.info('Shortcuts: %d of %d taken, pages go out in chunks of %s bytes', installed,
             len(SHORTCUTS), getattr(Request, 'CHUNK_SIZE', 'unknown'))


def leave_shortcuts():
    """Undo :func:`take_shortcuts`."""
    for shortcut in SHORTCUTS:
        shortcut.remove()
    if getattr(Request, 'CHUNK_SIZE', None) == CHUNK_SIZE:
        Request.CHUNK_SIZE = _SMALL_CHUNK_SIZE

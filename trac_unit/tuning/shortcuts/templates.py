"""Cheaper ways to what Trac's template engine works out again and again for each page.

Each returns what the function in whose place it is put would have returned, from the
same things, and asks that function wherever it is in doubt; nothing is kept that a
change of trac.ini, of the database or by a plugin could make wrong.
"""

import functools
import itertools
import os
import re
import types

from ..._compat import text_type
from .markup import special_in

# By these Jinja2 2.11 knows what wants the context, its evaluation context, the environment.
_MARKS = ('contextfunction', 'evalcontextfunction', 'environmentfunction')

_plain_name = re.compile(r'[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*\Z').match

# Pieces of a block that are joined: in a block within a block they are that many times more.
_RUN = 10

# What attribute access finds in each dict, whatever is in it.
_OF_EVERY_DICT = frozenset(dir(dict))


def template_call(call, _context_class):
    """Call a plain function straight away: it wants nothing of the template's context.

    What does bears a mark, and a function without attributes bears none.
    """
    from jinja2.utils import internalcode

    # Either may have attributes; a function in C has nowhere to keep any.
    kinds = frozenset((types.FunctionType, functools.partial))
    # Jinja2 3 adds these to the arguments of a call, and takes them out again.
    added = [name for name in ('_block_vars', '_loop_vars') if name in call.__code__.co_consts]

    # The names are those that a call by keyword cannot mean.
    @internalcode
    def call_plain(_Context__self, _Context__obj, *args, **kwargs):
        function = _Context__obj
        if type(function) is types.MethodType:
            function = function.__func__
        if type(function) is not types.BuiltinFunctionType and (
                type(function) not in kinds or function.__dict__):
            if added:
                return call(_Context__self, _Context__obj, *args, **kwargs)
            # Not with the function itself: Python 2 gives keyword arguments another
            # order each time that they are passed on, and addresses are made of some.
            _Context__obj, args = marked(_Context__self, _Context__obj, args)
        if kwargs:
            for name in added:
                kwargs.pop(name, None)
        try:
            return _Context__obj(*args, **kwargs)
        except StopIteration:
            return call(_Context__self, exhausted)

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


def template_variable(resolve, _context_class):
    """Look for a variable without a further call, as Jinja2 3 does."""
    from jinja2.runtime import missing

    def resolve_or_missing(self, key):
        if self._legacy_resolve_mode:
            return resolve(self, key)
        if key in self.vars:
            return self.vars[key]
        if key in self.parent:
            return self.parent[key]
        return missing

    return resolve_or_missing


def template_pieces(from_namespace, template_class):
    """Escape the pieces of a page more cheaply, and join those of a block in runs.

    A piece goes through all templates that extend another.  A long page goes out in
    parts, as it does without; one that breaks off, some pieces earlier.
    """
    from jinja2.utils import concat
    from markupsafe import escape

    piece = _escaped_piece(escape)

    def in_runs(block):
        def runs(context):
            pieces = block(context)
            while True:
                some = list(itertools.islice(pieces, _RUN))
                if not some:
                    return
                yield concat(some)

        runs.in_runs = True
        return runs

    def from_namespace_cheaply(cls, environment, namespace, globals):
        if cls is template_class and not environment.is_async:
            blocks = namespace['blocks']
            for name, block in list(blocks.items()):
                if not hasattr(block, 'in_runs'):
                    blocks[name] = joined = in_runs(block)
                    # By its other name a block asks for that which it overrides.
                    for other in [each for each in namespace if namespace[each] is block]:
                        namespace[other] = joined
            if namespace.get('escape') is escape:
                namespace['escape'] = piece
        return from_namespace(cls, environment, namespace, globals)

    return classmethod(from_namespace_cheaply)


def _escaped_piece(escape):
    """Return what does the work of `escape` for a template, which only joins what it returns.

    So a text in which there is nothing to escape needs no mark that it is markup.
    """
    from markupsafe import Markup

    def escaped_piece(value):
        kind = type(value)
        if kind is Markup:
            return value
        special = special_in.get(kind)
        if special is not None and not special(value):
            return text_type(value)
        return escape(value)

    return escaped_piece


def template_source(get_source, loader_class):
    """Find that there is no such file without a look at each folder as if there were.

    A page asks for three that only some sites have.
    """
    from jinja2.exceptions import TemplateNotFound

    def get_source_of_file(self, environment, template):
        # Names with dots and such are for the loader to refuse.
        if type(self) is not loader_class or not _plain_name(template) or \
                not all(self.searchpath):
            return get_source(self, environment, template)
        for folder in self.searchpath:
            if os.path.exists(folder + '/' + template):
                return get_source(self, environment, template)
        raise TemplateNotFound(template)

    return get_source_of_file


def buffered(_generator, _stream_class):
    """Join a page's pieces without a step in Python for each.

    Empty ones count, too, so that a join can end elsewhere.
    """
    from jinja2.utils import concat

    def _buffered_generator(self, size):
        pieces = iter(self._gen)
        while True:
            some = list(itertools.islice(pieces, size))
            if not some:
                return
            joined = concat(some)
            if joined:
                yield joined

    return _buffered_generator

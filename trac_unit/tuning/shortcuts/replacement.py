"""One function of another package, and what may take its place."""

import hashlib
import importlib
import inspect
import logging
import sys

log = logging.getLogger(__name__)


class Replacement(object):
    """Puts a cheaper function in the place of one that it is known to equal.

    It equals those alone whose source was read when it was written.  Of any other,
    such as that of a newer version or one that a plugin put there, it keeps off.

    :param target: where the function is: module, class if it has one, and name, with dots between
    :param sources: what :func:`digest` returns for each source that is known
    :param make: takes the function and its class or module, returns what to put in its place
    :param inlined: further functions whose work it does: pairs of a target and its sources
    """

    def __init__(self, target, sources, make, inlined=()):
        self._target = target
        self._sources = sources
        self._make = make
        self._inlined = inlined
        self._replaced = None

    def __str__(self):
        return self._target

    @property
    def owner(self):
        """The class or module that has the function, or None if there is none."""
        return _owner(self._target)

    @property
    def function(self):
        """What is in the place now, a function or a static method, or None."""
        return _found(self._target)

    def install(self):
        """Return whether the cheaper function is in place, now or before."""
        if self._replaced is None:
            found = self.function
            function = _plain(found)
            if digest(function) not in self._sources or any(
                    digest(_plain(_found(target))) not in sources
                    for target, sources in self._inlined):
                log.info('Shortcut: %s is not as expected, and left alone', self)
                return False
            self._put(self._make(function, self.owner))
            self._replaced = found
        return True

    def remove(self):
        """Put the function back."""
        if self._replaced is not None:
            self._put(self._replaced)
            self._replaced = None

    def _put(self, function):
        setattr(self.owner, self._target.rpartition('.')[2], function)


def _owner(target):
    owner = target.rpartition('.')[0]
    module, _, name = owner.rpartition('.')
    # Looking for a module in vain takes longer than all else here.
    return sys.modules.get(owner) or getattr(_module(module), name, None) or _module(owner)


def _module(name):
    try:
        return importlib.import_module(name)
    except (ImportError, ValueError):  # the latter: no name is left
        return None


def _found(target):
    return getattr(_owner(target), '__dict__', {}).get(target.rpartition('.')[2])


def _plain(found):
    """The function that a static method, or that of a class, holds."""
    return getattr(found, '__func__', found)


def digest(function):
    """Return a short digest of a function's source, or None where there is none to be had."""
    try:
        source = inspect.getsource(function)
    except (EnvironmentError, TypeError):
        return None
    if not isinstance(source, bytes):
        source = source.encode('utf-8')
    return hashlib.sha256(source).hexdigest()[:16]

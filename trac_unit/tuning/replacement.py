"""One function of another package, and what may take its place."""

import hashlib
import inspect
import logging

log = logging.getLogger(__name__)


class Replacement(object):
    """Puts a cheaper function in the place of one that it is known to equal.

    It equals those alone whose source was read when it was written.  Of any other,
    such as that of a newer version or one that a plugin put there, it keeps off.

    :param owner: the class that holds the function
    :param name: the function's name there
    :param sources: what :func:`digest` returns for each source that is known
    :param make: takes the function, returns the one for its place
    """

    def __init__(self, owner, name, sources, make):
        self.owner = owner
        self.name = name
        self._sources = sources
        self._make = make
        self._replaced = None

    def __str__(self):
        return '%s.%s.%s' % (self.owner.__module__, self.owner.__name__, self.name)

    def install(self):
        """Return whether the cheaper function is in place, now or before."""
        if self._replaced is not None:
            return True
        function = vars(self.owner).get(self.name)
        if digest(function) not in self._sources:
            log.info('Shortcut: %s is not as expected, and left alone', self)
            return False
        setattr(self.owner, self.name, self._make(function))
        self._replaced = function
        return True

    def remove(self):
        """Put the function back."""
        if self._replaced is not None:
            setattr(self.owner, self.name, self._replaced)
            self._replaced = None


def digest(function):
    """Return a short digest of a function's source, or None where there is none to be had."""
    try:
        source = inspect.getsource(function)
    except (EnvironmentError, TypeError):
        return None
    if not isinstance(source, bytes):
        source = source.encode('utf-8')
    return hashlib.sha256(source).hexdigest()[:16]

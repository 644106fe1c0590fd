"""Cheaper ways to what Trac's configuration says: each page asks hundreds of times.

Each returns what the function in whose place it is put would have returned, from the
same things, and asks that function wherever it is in doubt; nothing is kept that a
change of trac.ini or by a plugin could make wrong.
"""

from operator import itemgetter

from .._compat import text_type

# Where a section remembers which options are not set: no option's name.
_UNSET = object()

# Texts that a switch has had, of which the meaning is remembered.
_MOST = 2000


def ordered_extensions(get, option_class):
    """Put the components of an option in order once: the permission policies, for one.

    Trac does it for each permission that it looks at, hundreds of times a page.
    """
    from trac.config import Configuration
    from trac.core import ComponentManager, ComponentMeta

    steps = ComponentManager.__getitem__, ComponentManager.is_enabled
    #: Kinds of environments that keep their components as Trac's own does.
    known_managers = set()

    def is_known(kind):
        if (kind.__getitem__, kind.is_enabled) == steps:
            known_managers.add(kind)
        return kind in known_managers

    def __get__(self, instance, owner):
        config = getattr(instance, 'config', None)
        if type(self) is not option_class or not isinstance(config, Configuration):
            return get(self, instance, owner)
        manager = instance.compmgr
        if type(manager) not in known_managers and not is_known(type(manager)):
            return get(self, instance, owner)
        names = config[self.section].get(self.name, self.default)
        classes = ComponentMeta._registry.get(self.xtnpt.interface, ())
        remembered = vars(instance).setdefault('_trac_unit_ordered_extensions', {})
        known = remembered.get(self)
        if known and known.names == names and known.classes == classes and \
                known.holds(manager):
            return list(known.ordered)
        before = _Ordered(names, classes, manager)
        before.ordered = get(self, instance, owner)
        if before.holds(manager):
            remembered[self] = before
        return list(before.ordered)

    return __get__


class _Ordered(object):
    """The components of an option in order, and all that the order comes from.

    :param names: what the option says
    :param classes: the component classes that implement its interface
    :param manager: Trac's component manager
    """

    ordered = ()

    def __init__(self, names, classes, manager):
        self.names = names
        self.classes = list(classes)
        enabled = [each for each in classes if manager.enabled.get(each)]
        # One look for all: this is asked hundreds of times a page.
        self._switches_of = itemgetter(*classes) if classes else None
        self._components_of = itemgetter(*enabled) if enabled else None
        try:
            self._switches = self._switches_of(manager.enabled)
            self._components = self._components_of(manager.components)
        except (KeyError, TypeError):
            self._switches = None  # some are not made yet, or there are none

    def holds(self, manager):
        """Return whether the same components are enabled, and there."""
        if self._switches is None:
            return False
        try:
            return self._switches_of(manager.enabled) == self._switches and \
                self._components_of(manager.components) == self._components
        except KeyError:
            return False


def option_value(get, section_class):
    """Remember that an option is not set: Trac remembers those that are."""
    from trac.config import Option

    def get_known(self, key, default=''):
        cache, config = self._cache, self.config
        value = cache.get(key, _UNSET)
        if value is not _UNSET:
            return value
        unset = cache.get(_UNSET)
        if unset and unset[0] is config.parser and key in unset[1] and \
                config._sections.get(self.name) is self and \
                (self.name, key) not in Option.registry:
            return default
        found = get(self, key, default)
        # What another file sets is not told here.
        if key not in cache and not config.parents:
            if not unset or unset[0] is not config.parser:
                unset = cache[_UNSET] = config.parser, set()
            unset[1].add(key)
        return found

    return get_known


def option_set(set_option, section_class):
    """Forget which options were not set, for :func:`option_value`."""
    def set_and_forget(self, key, value):
        self._cache.pop(_UNSET, None)
        return set_option(self, key, value)

    return set_and_forget


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


def options(iterate, _section_class):
    """Know which options a section has by default, without a look at those of all sections."""
    from trac.config import Option

    #: All that there were, and those of each section.
    known = [([], {})]

    def defaults_of(section):
        every, by_section = known[0]
        now = list(Option.registry)
        if now != every:
            by_section = {}
            for name, option in now:
                by_section.setdefault(name, []).append(option)
            known[0] = now, by_section
        return by_section.get(section, ())

    def iterate_known(self, compmgr=None, defaults=True):
        own = set()
        for option in iterate(self, compmgr, defaults and compmgr is not None):
            own.add(option.lower())
            yield option
        if defaults and compmgr is None:
            for option in defaults_of(self.name):
                if option.lower() not in own:
                    yield option

    return iterate_known

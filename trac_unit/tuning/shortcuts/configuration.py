"""Cheaper ways to what Trac's configuration says: each page asks hundreds of times.

Each returns what the function in whose place it is put would have returned, from the
same things, and asks that function wherever it is in doubt; nothing is kept that a
change of trac.ini or by a plugin could make wrong.
"""

from operator import itemgetter

from ..._compat import text_type

# Where a parser keeps the names of options that are not set: pairs of a section and a name.
_UNSET = '_trac_unit_unset'

# Where a component keeps what each of its options said at last.
_ORDERED = '_trac_unit_ordered_extensions'

# Names that a parser keeps, and meanings of a switch that are remembered, at most.
_MOST = 2000


def ordered_extensions(get, option_class):
    """Put the components of an option in order once: the permission policies, for one.

    Trac does it for each permission that it looks at, hundreds of times a page.
    """
    from trac.config import Configuration, Section
    from trac.core import ComponentManager

    steps = ComponentManager.__getitem__, ComponentManager.is_enabled

    def is_known(manager):
        """Whether `manager` keeps its components as Trac's own does."""
        kind = type(manager)
        return (kind.__getitem__, kind.is_enabled) == steps and 'is_enabled' not in vars(manager)

    def __get__(self, instance, owner):
        try:
            known = instance.__dict__[_ORDERED][self]
        except (AttributeError, KeyError):
            known = None
        if known is None or not known.holds(instance):
            config = getattr(instance, 'config', None)
            if type(self) is not option_class or type(config) is not Configuration or \
                    type(config[self.section]) is not Section or not is_known(instance.compmgr):
                return get(self, instance, owner)
            known = _Ordered(self, instance)
            known.components = get(self, instance, owner)
            if known.holds(instance):
                vars(instance).setdefault(_ORDERED, {})[self] = known
        return list(known.components)

    return __get__


class _Ordered(object):
    """The components of an option in order, and all that the order comes from.

    :param option: Trac's option
    :param component: the component that has it
    """

    components = ()

    def __init__(self, option, component):
        from trac.core import ComponentMeta

        self._option = option
        self._interface = option.xtnpt.interface
        self._meta = ComponentMeta
        self._manager = manager = component.compmgr
        self._config = component.config
        self._section = section = component.config[option.section]
        self._names = section.get(option.name, option.default)
        self._classes = classes = list(ComponentMeta._registry.get(self._interface, ()))
        enabled = [each for each in classes if manager.enabled.get(each)]
        # One look for all: this is asked hundreds of times a page.
        self._switches_of = itemgetter(*classes) if classes else None
        self._components_of = itemgetter(*enabled) if enabled else None
        try:
            self._switches = self._switches_of(manager.enabled)
            self._made = self._components_of(manager.components)
        except (KeyError, TypeError):
            self._switches = None  # some are not made yet, or there are none

    def holds(self, component):
        """Return whether all that the order for `component` came from is as it was."""
        manager, section, option = self._manager, self._section, self._option
        if self._switches is None or component.compmgr is not manager or \
                getattr(component, 'config', None) is not self._config or \
                self._config._sections.get(option.section) is not section:
            return False
        # Trac keeps what it has read of trac.ini, unless it is nothing.
        names = section._cache.get(option.name) or section.get(option.name, option.default)
        if names != self._names or \
                self._meta._registry.get(self._interface) != self._classes:
            return False
        try:
            return self._switches_of(manager.enabled) == self._switches and \
                self._components_of(manager.components) == self._made
        except KeyError:
            return False


def option_value(get, section_class):
    """Remember that an option is not set: Trac remembers those that are."""
    from trac.config import Option, UnicodeConfigParser, _use_default

    def get_known(self, key, default=''):
        value = self._cache.get(key, _use_default)
        if value is not _use_default:
            return value
        config, name = self.config, (self.name, key)
        if config.parser.__class__ is not UnicodeConfigParser:
            return get(self, key, default)
        unset = vars(config.parser).setdefault(_UNSET, set())
        if name in unset and not config.parents and name not in Option.registry:
            return default
        found = get(self, key, default)
        # What another file sets is not told here.  Names can come from who edits a page.
        if found is default and key not in self._cache and not config.parents and \
                len(unset) < _MOST:
            unset.add(name)
        return found

    return get_known


def option_set(set_option, _parser_class):
    """Forget which options were not set, for :func:`option_value`."""
    def set_and_forget(self, section, option, value=None):
        try:
            return set_option(self, section, option, value)
        finally:
            # Who reads meanwhile adds to what is forgotten.
            vars(self).pop(_UNSET, None)

    return set_and_forget


def boolean(_getbool, _section_class):
    """Read a switch's text once: ``enabled``, for one."""
    from trac.util import as_bool

    known = {}

    def getbool(self, key, default=''):
        value = self.get(key, default)
        if type(value) is not text_type:
            return as_bool(value)
        found = known.get(value)
        if found is None:
            if len(known) >= _MOST:
                known.clear()
            found = known[value] = as_bool(value)
        return found

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

# -*- coding: utf-8 -*-
"""The shortcuts to the configuration: each returns what the function that it replaces would."""

import os

import pytest
from trac.config import (BoolOption, Configuration, ConfigurationError, ListOption, Option,
                         OrderedExtensionsOption, Section, UnicodeConfigParser)
from trac.core import (Component, ComponentManager, ComponentMeta, ExtensionPoint, Interface,
                       implements)
from trac.env import Environment
from trac.perm import PermissionSystem

from support.tuned import both
from support.tuned import untuned  # noqa: F401 (a fixture)
from trac_unit.tuning.shortcuts import configuration
from trac_unit.tuning.shortcuts.table import leave_shortcuts, take_shortcuts


# Ordered extensions


class IColour(Interface):
    """For the test."""


class Colours(Component):
    ordered = OrderedExtensionsOption('test-shortcuts', 'colours', IColour, 'Red', True)
    listed = OrderedExtensionsOption('test-shortcuts', 'listed', IColour, 'Red', False)

    def named(self):
        return ([type(colour).__name__ for colour in self.ordered],
                [type(colour).__name__ for colour in self.listed])


class Red(Component):
    implements(IColour)


class Green(Component):
    implements(IColour)


class Blue(Component):
    implements(IColour)


@pytest.mark.parametrize('value, ordered, listed', [
    (None, 'Red Green Blue', 'Red'), (u'', 'Red Green Blue', ''),
    (u'Blue', 'Blue Red Green', 'Blue'), (u'Blue, Green', 'Blue Green Red', 'Blue Green'),
    (u'Green,Blue,Red', 'Green Blue Red', 'Green Blue Red'),
    (u' Red ,, Red', 'Red Green Blue', 'Red')])
def test_extensions_are_in_the_order_of_the_option(opened, value, ordered, listed):
    if value is not None:
        opened.config.set('test-shortcuts', 'colours', value)
        opened.config.set('test-shortcuts', 'listed', value)
    assert both(Colours(opened).named) == (ordered.split(), listed.split())


@pytest.mark.parametrize('value', [u'Mauve', u'Red, Mauve', u'žluť'])
def test_an_extension_that_there_is_not_is_the_same_error(opened, value):
    opened.config.set('test-shortcuts', 'colours', value)
    kind, text = both(Colours(opened).named)
    assert kind is ConfigurationError and 'IColour' in text


def test_extensions_follow_the_option_and_the_components(opened):
    colours = Colours(opened)
    take_shortcuts()
    assert colours.named() == (['Red', 'Green', 'Blue'], ['Red'])
    opened.config.set('test-shortcuts', 'colours', 'Blue')
    assert colours.named()[0] == ['Blue', 'Red', 'Green']
    opened.enabled[Green] = False
    assert colours.named()[0] == ['Blue', 'Red']
    opened.enabled[Green] = True
    opened.config.set('test-shortcuts', 'colours', 'Mauve')
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            colours.named()
    opened.config.set('test-shortcuts', 'colours', 'Green')
    assert colours.named()[0] == ['Green', 'Red', 'Blue']

    class Mauve(Component):
        implements(IColour)
    try:
        assert colours.named()[0] == ['Green', 'Red', 'Blue', 'Mauve']
    finally:
        ComponentMeta.deregister(Mauve)
    assert colours.named()[0] == ['Green', 'Red', 'Blue']


def test_the_list_of_extensions_belongs_to_the_caller(opened):
    take_shortcuts()
    Colours(opened).ordered.append('planted')
    assert 'planted' not in Colours(opened).ordered


def test_two_environments_do_not_share_extensions(opened, environment):
    take_shortcuts()
    other = Environment(environment)
    assert set(PermissionSystem(opened).policies).isdisjoint(PermissionSystem(other).policies)
    other.shutdown()


def test_an_option_with_its_own_meaning_is_asked(opened):
    class Reversed(OrderedExtensionsOption):
        def accessor(self, section, name, default):
            return ListOption.accessor(self, section, name, default)[::-1]

    option = Reversed('test-shortcuts', 'reversed', IColour, 'Red,Blue')
    try:
        assert [type(colour).__name__ for colour in
                both(lambda: option.__get__(Colours(opened), Colours))] == ['Blue', 'Red', 'Green']
    finally:
        del option.registry['test-shortcuts', 'reversed']


@pytest.mark.parametrize('instance', [None, object()])
def test_an_option_without_a_configuration_is_asked(instance):
    option = vars(Colours)['ordered']
    both(lambda: option.__get__(instance, Colours))


class ChangingSection(Section):
    """A section that says something else of itself."""

    value = 'Red'

    def get(self, key, default=''):
        return self.value


class ChangingConfiguration(Configuration):
    """A configuration that has another section now and then."""

    other = None

    def __getitem__(self, name):
        return self.other or Configuration.__getitem__(self, name)


def test_a_configuration_of_another_kind_is_asked(opened):
    colours = Colours(opened)
    colours.config = ChangingConfiguration(None)
    colours.config.set('test-shortcuts', 'listed', 'Red')
    take_shortcuts()
    assert [colours.named()[1] for _ in range(3)] == [['Red']] * 3
    colours.config.other = ChangingSection(colours.config, 'test-shortcuts')
    colours.config.other.value = 'Green'
    assert colours.named()[1] == ['Green']


def test_a_section_of_another_kind_is_asked(opened):
    colours = Colours(opened)
    opened.config._sections['test-shortcuts'] = section = ChangingSection(
        opened.config, 'test-shortcuts')
    take_shortcuts()
    assert [colours.named()[1] for _ in range(3)] == [['Red']] * 3
    section.value = 'Green'
    assert colours.named()[1] == ['Green']


def test_a_component_that_has_lost_its_configuration_is_the_same_error(opened):
    colours = Colours(opened)
    take_shortcuts()
    colours.named()
    del colours.config
    assert both(colours.named)[0] is TypeError


def test_an_environment_that_is_asked_otherwise_is_asked(opened):
    opened.config.set('test-shortcuts', 'listed', 'Red')
    opened.is_enabled = lambda cls: cls is Red
    assert both(Colours(opened).named) == (['Red'], ['Red'])


class Ours(ComponentManager):
    """An environment that says by itself what is enabled."""

    config = None

    def is_enabled(self, cls):
        return cls is not Green and super(Ours, self).is_enabled(cls)


def test_an_environment_that_keeps_its_components_otherwise_is_asked(opened):
    manager = Ours()
    manager.config = opened.config
    colours = Colours(manager)
    colours.config = opened.config
    assert both(colours.named)[0] == ['Red', 'Blue']


def test_a_trac_that_finds_its_components_otherwise_is_asked(opened, monkeypatch):
    def extensions(self, component):
        return [Green(component.compmgr)]

    for name in ('colours', 'listed'):
        opened.config.set('test-shortcuts', name, 'Green')
    leave_shortcuts()
    monkeypatch.setattr(ExtensionPoint, 'extensions', extensions)
    assert both(Colours(opened).named) == (['Green'], ['Green'])


# Values


def values(config, *names):
    section = config['test-shortcuts']
    return [(section.get(name), section.get(name, u'other'), section.getint(name, 7),
             section.contains(name), name in section, config.get('test-shortcuts', name))
            for name in names]


@pytest.mark.parametrize('value', [None, u'', u'3', u' 4 '])
def test_a_value_is_the_same(opened, value):
    if value is not None:
        opened.config.set('test-shortcuts', 'number', value)
    both(lambda: values(opened.config, 'number', 'no-such', u'\u017e', 'NUMBER'))


def test_what_was_not_set_is_found_when_it_is(opened):
    take_shortcuts()
    section = opened.config['test-shortcuts']
    for name, spelling in (('a', 'a'), ('b', 'B')):
        assert [section.get(name, default) for default in ('', u'x', None)] == ['', u'x', None]
        opened.config.set('test-shortcuts', spelling, u'now')
        assert section.get(name) == u'now'
        opened.config.remove('test-shortcuts', spelling)
        assert opened.config['test-shortcuts'].get('no-such', u'x') == u'x'


@pytest.mark.parametrize('change', [
    lambda config, section: config.set('test-shortcuts', 'k', u'now'),
    lambda config, section: section.set('k', u'now'),
    lambda config, section: section.set('K', u'now'),
    lambda config, section: config['test-shortcuts'].set('k', u'now'),
    lambda config, section: (config.remove('test-shortcuts'), section.set('k', u'now')),
    lambda config, section: (section.set('a', u'x'), section.remove('a'),
                             section.set('k', u'now')),
    lambda config, section: (config.parser.add_section('test-shortcuts'),
                             config.parser.set('test-shortcuts', 'k', u'now')),
    lambda config, section: setattr(config, 'parents', [Site()])])
def test_however_it_is_set_it_is_found(opened, change):
    """By who kept the section, too, and where Trac has another object for it meanwhile."""
    take_shortcuts()
    section = opened.config['test-shortcuts']
    for _ in range(2):
        assert section.get('k') == opened.config.get('test-shortcuts', 'k') == ''
    change(opened.config, section)
    assert section.get('k') == opened.config.get('test-shortcuts', 'k') == u'now'


class Site(dict):
    """The configuration that others inherit from."""

    def __missing__(self, section):
        return {'k': u'now'}


def test_an_option_that_is_set_while_it_is_looked_for_is_found_from_then_on(opened):
    config = opened.config

    def get(section, key, default):
        config.set('test-shortcuts', key, u'now')
        return default

    take_shortcuts()
    slow = configuration.option_value(get, None)
    section = config['test-shortcuts']
    assert slow(section, 'k', u'before') == u'before'
    assert section.get('k', u'before') == u'now'


def test_names_that_are_not_set_do_not_pile_up(opened):
    """Who writes a page chooses some: those of other Tracs in links."""
    take_shortcuts()
    for number in range(2 * configuration._MOST):
        assert opened.config.get('intertrac', 'name%d' % number, None) is None
    kept = vars(opened.config.parser)[configuration._UNSET]
    assert 0 < len(kept) <= configuration._MOST


def test_another_kind_of_parser_is_asked(opened):
    class Own(UnicodeConfigParser):
        def has_option(self, section, option):
            return option == 'k'

        def get(self, section, option, raw=False, vars=None):
            return u'now'

    opened.config.parser = Own()
    assert both(lambda: values(opened.config, 'k', 'no-such'))


def test_what_the_file_did_not_set_is_found_when_it_does(opened):
    take_shortcuts()
    config = opened.config
    assert config.get('test-shortcuts', 'late', u'not yet') == u'not yet'
    kept = config['test-shortcuts']
    with open(config.filename, 'a') as ini:
        ini.write('[test-shortcuts]\nlate = now\n')
    os.utime(config.filename, (1, 1))
    assert config.parse_if_needed()
    assert config.get('test-shortcuts', 'late') == kept.get('late') == u'now'


def test_what_is_set_by_another_file_is_found(opened, tmpdir):
    site = tmpdir.join('site.ini')
    site.write('[other]\na = b\n')
    opened.config.set('inherit', 'file', str(site))
    opened.config.save()
    take_shortcuts()
    config = Configuration(opened.config.filename)
    assert config.get('test-shortcuts', 'shared', u'not yet') == u'not yet'
    # The file that is inherited from can change alone, by whoever holds it.
    config.parents[0].set('test-shortcuts', 'shared', u'now')
    assert config.get('test-shortcuts', 'shared') == u'now'


def test_an_option_that_a_plugin_defines_late_has_its_default(opened):
    take_shortcuts()
    section = opened.config['test-shortcuts']
    assert section.get('defined-late', u'not yet') == u'not yet'
    option = Option('test-shortcuts', 'defined-late', u'its default')
    try:
        assert section.get('defined-late', u'not yet') == u'its default'
        assert 'defined-late' in list(section)
    finally:
        del option.registry['test-shortcuts', 'defined-late']
    assert 'defined-late' not in list(section)


def test_what_is_remembered_of_options_is_no_option(opened):
    take_shortcuts()
    section = opened.config['test-shortcuts']
    section.get('no-such')
    assert 'no-such' not in section and 'no-such' not in list(section)
    leave_shortcuts()
    assert section.get('no-such', u'x') == u'x'


# Names


@pytest.mark.parametrize('section', [
    'trac', 'mainnav', 'repositories', 'test-shortcuts', u'\u017e'])
def test_the_options_of_a_section_are_the_same_in_the_same_order(opened, section):
    opened.config.set('trac', 'Base_URL', u'x')
    opened.config.set('mainnav', 'zzz', u'x')

    def names():
        found = opened.config[section]
        return (list(found), list(found.iterate()), list(found.iterate(defaults=False)),
                list(found.iterate(opened)), list(found.options()), list(found.options(opened)))

    assert bool(both(names)[0]) == (section in ('trac', 'mainnav', 'test-shortcuts'))


def test_the_options_of_other_files_are_among_them(opened, tmpdir):
    site = tmpdir.join('site.ini')
    site.write('[mainnav]\nfrom_site = x\nWIKI = y\n')
    opened.config.set('inherit', 'file', str(site))
    opened.config.set('mainnav', 'wiki', u'z')
    opened.config.save()
    config = Configuration(opened.config.filename)
    names = both(lambda: list(config['mainnav']))
    assert u'from_site' in names and len([n for n in names if n.lower() == 'wiki']) == 1


# Switches


class Switches(Component):
    switch = BoolOption('test-shortcuts', 'switch', 'enabled')


@pytest.mark.parametrize('value', [
    None, u'', u'enabled', u' Yes ', u'TRUE', u'on', u'1', u'0', u'0.0', u'-1', u'nan', u'off',
    u'disabled', u'no', u'maybe', u'\u017e', u'1 2'])
def test_a_switch_is_the_same(opened, value):
    if value is not None:
        opened.config.set('test-shortcuts', 'switch', value)
    section = opened.config['test-shortcuts']
    for default in ('', True, False, None, 'on', 0, 1.5, [], [0]):
        both(lambda: (Switches(opened).switch, section.getbool('switch', default),
                      section.getbool('no-such-switch', default)))


def test_a_switch_follows_the_configuration(opened):
    take_shortcuts()
    for value in (u'enabled', u'disabled', u'on', u'disabled'):
        opened.config.set('test-shortcuts', 'switch', value)
        assert Switches(opened).switch is (value != u'disabled')


def test_a_switch_whose_meaning_was_forgotten_is_read_again(opened):
    take_shortcuts()
    section = opened.config['test-shortcuts']
    known, = [cell.cell_contents for cell in type(section).getbool.__closure__
              if isinstance(cell.cell_contents, dict)]
    for _ in range(3):
        assert section.getbool('no-such-switch', u'yes') is True
        known.clear()


def test_values_of_switches_do_not_pile_up(opened):
    take_shortcuts()
    section = opened.config['test-shortcuts']
    for number in range(3 * configuration._MOST):
        assert section.getbool('no-such-switch', u'%d' % number) is bool(number)
    known, = [cell.cell_contents for cell in type(section).getbool.__closure__
              if isinstance(cell.cell_contents, dict)]
    assert 0 < len(known) <= configuration._MOST

# -*- coding: utf-8 -*-
"""The shortcuts through Trac: each returns what the function that it replaces would."""

import copy
import datetime
import os
import time

import pytest
from trac.config import BoolOption, ConfigurationError, ListOption, OrderedExtensionsOption
from trac.core import (Component, ComponentManager, ComponentMeta, ExtensionPoint, Interface,
                       implements)
from trac.env import Environment
from trac.mimeview.api import Mimeview
from trac.perm import PermissionSystem
from trac.ticket.api import TicketFieldList, TicketSystem
from trac.util import datefmt
from trac.web.href import Href

from trac_unit.tuning import trac_shortcuts
from trac_unit.tuning.shortcuts import leave_shortcuts, take_shortcuts
from tuned import OddText, both
from tuned import untuned  # noqa: F401 (a fixture)


@pytest.fixture
def opened(environment):
    opened = Environment(environment)
    opened.config.set('components', 'test_tuning_trac_shortcuts.*', 'enabled')
    yield opened
    opened.shutdown()


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


# Components


def test_a_component_is_the_one_that_there_is(opened, environment):
    other = Environment(environment)
    take_shortcuts()
    for _ in range(3):
        assert Colours(opened) is Colours(opened) is opened[Colours]
        assert Colours(other) is Colours(other) is not Colours(opened)
    other.shutdown()


def test_a_component_that_is_disabled_is_made_for_who_asks(opened):
    def asked():
        opened.disable_component(Red)
        first = Red(opened)
        return type(first) is Red, Red(opened) is first, opened[Red]

    assert both(asked) == (True, True, None)


class Needs(Component):
    def __init__(self):
        self.made = True


class Fails(Component):
    def __init__(self):
        raise KeyError('here')


@pytest.mark.parametrize('call', [
    lambda env: Needs(), lambda env: Needs(None), lambda env: Needs(env, 1), lambda env: Needs(3),
    lambda env: Needs(env, x=1), lambda env: Needs(env).made, lambda env: Fails(env),
    lambda env: ComponentManager(env), lambda env: type(ComponentManager()).__name__,
    lambda env: Component(env).compmgr is env])
def test_whatever_a_component_is_made_with_the_outcome_is_the_same(opened, call):
    kinds = (AssertionError, TypeError, KeyError)

    def outcome():
        found = call(opened)
        return found if isinstance(found, (bool, str)) else type(found)

    found = both(outcome)
    assert found in (True, 'ComponentManager', Needs) or found[0] in kinds


def test_an_environment_is_made_anew_each_time(environment):
    take_shortcuts()
    first, second = Environment(environment), Environment(environment)
    assert first is not second
    first.shutdown()
    second.shutdown()


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


def test_values_of_switches_do_not_pile_up(opened):
    take_shortcuts()
    section = opened.config['test-shortcuts']
    for number in range(3 * trac_shortcuts._MOST):
        assert section.getbool('no-such-switch', u'%d' % number) is bool(number)
    known, = [cell.cell_contents for cell in type(section).getbool.__closure__
              if isinstance(cell.cell_contents, dict)]
    assert 0 < len(known) <= trac_shortcuts._MOST


# Ticket fields


SHARED = ['a', u'b']


@pytest.mark.parametrize('fields', [
    [], [{'name': 'a'}], [{'name': u'ž', 'order': 1, 'optional': True, 'value': None, 'x': 1.5}],
    [{'name': 'a', 'options': ['x', u'ž']}, {'name': 'b', 'options': []}],
    [{'name': 'a', 'options': SHARED}, {'name': 'b', 'options': SHARED}],
    [{'name': 'a', 'deep': {'er': [1, [2, {'x': (3, [4])}]]}, 'odd': OddText(u'x')}]])
def test_copies_of_ticket_fields_are_equal_and_apart(fields):
    def copies():
        original = TicketFieldList(fields)
        copied = copy.deepcopy(original)
        assert type(copied) is TicketFieldList and copied == original
        for one, other in zip(copied, original):
            assert one is not other and copied.by_name(one['name']) is one
            assert all(type(one[name]) is type(other[name]) for name in other)
            assert all(one[name] is not other[name] for name in other
                       if isinstance(other[name], (list, dict)))
        return list(copied), [one.get('options') is copied[0].get('options') for one in copied]

    both(copies)


def test_a_ticket_cannot_change_the_fields_of_another(opened):
    take_shortcuts()
    fields = TicketSystem(opened).get_ticket_fields()
    assert fields == both(TicketSystem(opened).get_ticket_fields)
    fields.by_name('type')['options'].append('planted')
    fields.by_name('type')['label'] = 'planted'
    assert 'planted' not in str(TicketSystem(opened).get_ticket_fields())


# Conversions


@pytest.mark.parametrize('mimetype', ['text/x-trac-wiki', 'trac.ticket.Query', 'no/such'])
def test_conversions_are_the_same(opened, mimetype):
    def conversions():
        found = Mimeview(opened).get_supported_conversions(mimetype)
        return [(tuple(one), type(one).__name__, one._fields, repr(one)) for one in found]

    assert bool(both(conversions)) == (mimetype != 'no/such')


def test_conversions_are_of_one_class(opened):
    take_shortcuts()
    first, second = (Mimeview(opened).get_supported_conversions('trac.ticket.Query')
                     for _ in range(2))
    assert type(first[0]) is type(second[0])


# Addresses


@pytest.mark.parametrize('args, kwargs', [
    ((), {}), (('wiki',), {}), ((u'wiki', u'Žluť/x y'), {}), (('ticket', 5), {}),
    (('ticket', u'5'), {}), (('//a//', '/b/', ''), {}), (('a', None, 'b'), {}),
    ((True, 1, 1.0), {}), ((1, 1), {}), ((True,), {}), (('a', {'q': u'ž', 'n': None}), {}),
    (('a', [('q', 1)]), {}),
    (('a', ()), {}), (('a',), {'format': 'rss', 'from_': 1}), ((), {'q': 1}),
    (('a',), {'z': 1, 'b': u'\u017e&', 'list': [1, None, u'x'], 'pair': (2, 3), 'none': None}),
    (('a',), {'_': 1, '__': 2}),
    (('a',), {'n': None}), (('a',), {'n': []}),
    (('a',), {'q': b'caf\xc3\xa9', 'r': OddText(u'x')}),
    (('a', {'y': 1, 'x': 2}), {'z': 1, 'a': 2}), (('a', [('y', 1), ('x', 2)]), {'z': 1, 'a': [2]}),
    (('a', (('y', 1),)), {'b': 2}), ((None, 'a'), {'b': 2}), (({'a': 1},), {'b': 2}),
    (('a', [1, 2]), {'b': 2}), (('a', [1, 2]), {}), ((object, 'a'), {'b': 2}),
    (('query',), {'row': 'description', 'desc': 1}), ((b'caf\xc3\xa9',), {}),
    ((OddText(u'x'), 2), {}), (('x' * 500,), {}), (('a\n?&#%',), {})])
@pytest.mark.parametrize('base', ['', '/', '/trac', u'/trac', u'/žluť', 'https://x.org/trac'])
def test_addresses_are_the_same(base, args, kwargs):
    def made():
        found = [Href(base)(*args, **kwargs), Href(base, path_safe='/<')(*args, **kwargs),
                 Href(base).chrome(*args, **kwargs)]
        return found, [type(one) for one in found]

    both(made)


def test_a_kind_of_addresses_of_its_own_is_asked():
    class Shouted(Href):
        def __call__(self, *args, **kwargs):
            return super(Shouted, self).__call__(*args, **kwargs).upper()

    take_shortcuts()
    assert Href('/a')('b') == '/a/b'
    assert [Shouted('/a')('b') for _ in range(2)] == ['/A/B'] * 2


def test_addresses_do_not_pile_up():
    calls = []

    def call(self, *args):
        calls.append(args)
        return 'x' * args[0]

    remembering = trac_shortcuts.address(call, Href)
    href = Href('/a')
    for _ in range(2):
        assert len(remembering(href, 201)) == 201
    assert len(calls) == 2, 'a long one was remembered'
    for _ in range(2):
        remembering(href, 7, 'first')
    assert len(calls) == 3
    for number in range(2000):
        remembering(href, 7, number)
    remembering(href, 7, 'first')
    assert len(calls) == 3 + 2000 + 1, 'the first one was kept beside as many others'


# Local times


@pytest.fixture
def timezone():
    """Has the process take another time zone, as Trac does at its start."""
    before = os.environ.get('TZ')

    def take(name):
        if name is None:
            os.environ.pop('TZ', None)
        else:
            os.environ['TZ'] = name
        time.tzset()
        datefmt.LocalTimezone._initialize()
    yield take
    take(before)


MOMENTS = [datetime.datetime(2026, month, day, hour, 59, 59, 123456)
           for month, day in ((1, 1), (3, 29), (7, 1), (10, 25)) for hour in (0, 1, 2, 3, 23)] + [
    datetime.datetime(1, 1, 1), datetime.datetime(1900, 6, 1), datetime.datetime(1969, 12, 31),
    datetime.datetime(2038, 1, 20), datetime.datetime(9999, 12, 31, 23, 59)]


@pytest.mark.parametrize('zone', [
    None, 'UTC', 'CET-1CEST,M3.5.0,M10.5.0/3', 'EST5EDT,M3.2.0,M11.1.0', 'XXX-5:45', 'YYY12'])
def test_a_local_time_is_the_same(timezone, zone):
    timezone(zone)

    def local(moment):
        found = datefmt.localtz.fromutc(moment.replace(tzinfo=datefmt.localtz))
        return (found, found.utcoffset(), found.dst(), found.tzname(), str(found),
                datefmt.to_datetime(moment.replace(tzinfo=datefmt.utc)).isoformat())

    for moment in MOMENTS:
        both(lambda: local(moment))


def test_another_time_zone_is_noticed(timezone):
    take_shortcuts()
    noon = datetime.datetime(2026, 1, 1, 12, tzinfo=datefmt.localtz)
    for zone, hour in (('UTC', 12), ('XXX-3', 15), ('YYY3', 9), ('UTC', 12)):
        timezone(zone)
        for _ in range(2):
            assert datefmt.localtz.fromutc(noon).hour == hour
    # Trac itself makes its own anew at its start only.
    for zone, hour in (('XXX-3', 15), ('YYY3', 9)):
        os.environ['TZ'] = zone
        time.tzset()
        assert datefmt.localtz.fromutc(noon).hour == hour


class OddTime(datetime.datetime):
    """A kind of its own."""


@pytest.mark.parametrize('moment', [
    datetime.datetime(2026, 1, 1), datetime.datetime(2026, 1, 1, tzinfo=datefmt.utc),
    OddTime(2026, 1, 1, tzinfo=datefmt.localtz), None, 3])
def test_what_is_no_utc_time_of_this_zone_is_asked(moment):
    both(lambda: datefmt.localtz.fromutc(moment))


def test_local_times_do_not_pile_up():
    calls = []

    def fromutc(self, moment):
        calls.append(moment)
        return moment

    cached = trac_shortcuts.local_time(fromutc, datefmt.LocalTimezone)
    start = datetime.datetime(2026, 1, 1, tzinfo=datefmt.localtz)
    for number in range(2):
        cached(datefmt.localtz, start)
    assert len(calls) == 1
    for number in range(trac_shortcuts._MOST):
        cached(datefmt.localtz, start + datetime.timedelta(minutes=number))
    cached(datefmt.localtz, start)
    assert len(calls) <= trac_shortcuts._MOST + 2
    remembered = [cell.cell_contents for cell in cached.__closure__
                  if isinstance(cell.cell_contents, dict)]
    assert 0 < len(remembered[0]) <= trac_shortcuts._MOST

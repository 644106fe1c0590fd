# -*- coding: utf-8 -*-
"""The shortcuts through Trac: each returns what the function that it replaces would."""

import copy

import pytest
from trac.core import Component, ComponentManager
from trac.env import Environment
from trac.mimeview.api import Mimeview
from trac.ticket.api import TicketFieldList, TicketSystem
from trac.web.href import Href

from trac_unit.tuning import trac_shortcuts
from trac_unit.tuning.shortcuts import take_shortcuts
from tuned import OddText, both
from tuned import untuned  # noqa: F401 (a fixture)


@pytest.fixture
def opened(environment):
    opened = Environment(environment)
    opened.config.set('components', 'test_tuning_trac_shortcuts.*', 'enabled')
    yield opened
    opened.shutdown()


# Components


class Red(Component):
    """For the test."""


def test_a_component_is_the_one_that_there_is(opened, environment):
    other = Environment(environment)
    take_shortcuts()
    for _ in range(3):
        assert Red(opened) is Red(opened) is opened[Red]
        assert Red(other) is Red(other) is not Red(opened)
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


# Ticket fields


SHARED = ['a', u'b']


@pytest.mark.parametrize('fields', [
    [], [{'name': 'a'}], [{'name': u'ž', 'order': 1, 'optional': True, 'value': None, 'x': 1.5}],
    [{'name': 'a', 'options': ['x', u'ž']}, {'name': 'b', 'options': []}],
    [{'name': 'a', 'options': SHARED}, {'name': 'b', 'options': SHARED}],
    [dict((text, None) for text in 'abcdefgh'[:number]) for number in range(9)],
    [dict((text, [text, number]) for text in ('name', 'xx', 'yy', 'zzz', 'a', 'b')[:number])
     for number in range(7)],
    [{'name': 'a', 3: u'b', (u'c',): 'd', None: [None]}], [{('a', (u'b',)): ['c']}],
    [{'name': 'a', 'deep': {'er': [1, [2, {'x': (3, [4])}]]}, 'odd': OddText(u'x')}]])
def test_copies_of_ticket_fields_are_equal_and_apart(fields):
    def copies():
        original = TicketFieldList(fields)
        copied = copy.deepcopy(original)
        assert type(copied) is TicketFieldList and copied == original
        for one, other in zip(copied, original):
            assert one is not other and list(one) == list(other)
            assert copied.by_name(one.get('name'), one) is one
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
    remembering(href, 7, '/' * 8000)
    remembering(href, 7, '/' * 8000)
    assert len(calls) == 5, 'what it was made of was remembered'
    del calls[3:]
    for number in range(2000):
        remembering(href, 7, number)
    remembering(href, 7, 'first')
    assert len(calls) == 3 + 2000 + 1, 'the first one was kept beside as many others'

# -*- coding: utf-8 -*-
"""Shortcuts: each returns what the function that it replaces would, and knows that function."""

import copy
import functools
import logging

import jinja2
import pytest
from markupsafe import Markup, escape
from trac.config import ConfigurationError, ListOption, OrderedExtensionsOption
from trac.core import Component, ComponentMeta, Interface, implements
from trac.env import Environment
from trac.mimeview.api import Mimeview
from trac.perm import PermissionSystem
from trac.ticket.api import TicketFieldList, TicketSystem
from trac.web.api import Request
from trac.web.href import Href

from trac_unit._compat import PY2, exception_text
from trac_unit.tuning.shortcuts import (CHUNK_SIZE, SHORTCUTS, leave_shortcuts, take_shortcuts)


@pytest.fixture(autouse=True)
def untuned():
    yield
    leave_shortcuts()


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.DEBUG, logger='trac_unit')
    return lambda: '\n'.join(record.getMessage() for record in caplog.records)


@pytest.fixture
def opened(environment):
    opened = Environment(environment)
    opened.config.set('components', 'test_tuning_shortcuts.*', 'enabled')
    yield opened
    opened.shutdown()


def both(function):
    """What `function` returns, or raises, without the shortcuts and with them: equal, and told."""
    def outcome():
        try:
            return function()
        except Exception as e:
            return type(e), exception_text(e)

    leave_shortcuts()
    plain = outcome()
    take_shortcuts()
    for _ in range(3):
        assert outcome() == plain
    return plain


# What is replaced


@pytest.mark.parametrize('shortcut', SHORTCUTS, ids=str)
def test_each_is_taken_with_this_trac_and_can_be_undone(shortcut):
    shortcut.remove()  # another test may have served a tuned Trac
    before = shortcut.function
    assert shortcut.install() and shortcut.install()
    assert shortcut.function is not before
    shortcut.remove()
    shortcut.remove()
    assert shortcut.function is before


def test_what_a_plugin_put_in_a_place_stays_there(log):
    before = vars(Mimeview)['get_supported_conversions']

    def plugins_own(self, mimetype):
        return []

    Mimeview.get_supported_conversions = plugins_own
    try:
        take_shortcuts()
        assert vars(Mimeview)['get_supported_conversions'] is plugins_own
        assert 'Mimeview.get_supported_conversions is not as expected, and left alone' in log()
        assert '%d of %d taken' % (len(SHORTCUTS) - 1, len(SHORTCUTS)) in log()
    finally:
        Mimeview.get_supported_conversions = before


def test_pages_go_out_in_larger_chunks_unless_somebody_chose(monkeypatch):
    take_shortcuts()
    assert Request.CHUNK_SIZE == CHUNK_SIZE
    leave_shortcuts()
    assert Request.CHUNK_SIZE == 4096
    monkeypatch.setattr(Request, 'CHUNK_SIZE', 1000)
    take_shortcuts()
    assert Request.CHUNK_SIZE == 1000


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


# Ticket fields


class OddText(type(u'')):
    pass


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


# Templates


class Callable(object):
    def __init__(self, **marks):
        vars(self).update(marks)

    def __call__(self, *args, **kwargs):
        return [str(type(arg).__name__) for arg in args], list(kwargs)

    def method(self, *args, **kwargs):
        return self(*args, **kwargs)


def marked(mark):
    """A function that a template gives its context, evaluation context or environment."""
    def function(*args, **kwargs):
        return [type(arg).__name__ for arg in args], list(kwargs)

    decorate = getattr(jinja2, {'context': 'contextfunction', 'eval': 'evalcontextfunction',
                                'environment': 'environmentfunction'}[mark]
                       if hasattr(jinja2, 'contextfunction') else
                       {'context': 'pass_context', 'eval': 'pass_eval_context',
                        'environment': 'pass_environment'}[mark])
    return decorate(function)


def plain(*args, **kwargs):
    return [type(arg).__name__ for arg in args], list(kwargs)


def with_attribute(*args):
    return len(args)


with_attribute.unrelated = 1


def exhausted(*args):
    raise StopIteration('here')


def failing(*args):
    raise KeyError('here')


class MarkedCall(object):
    __call__ = marked('context')

    method = marked('environment')


CALLABLES = {
    'plain': plain, 'method': Callable().method, 'object': Callable(), 'type': str,
    'with attribute': with_attribute, 'partial': functools.partial(plain, 1, y=2),
    'partial of marked': functools.partial(marked('context'), 1), 'lambda': lambda *a: a,
    'context': marked('context'), 'eval': marked('eval'), 'environment': marked('environment'),
    'marked call': MarkedCall(), 'marked method': MarkedCall().method, 'builtin': max,
    'exhausted': exhausted, 'failing': failing, 'none': None, 'text': u'x',
    'bound builtin': [3].count, 'class': Callable}


@pytest.mark.parametrize('name', sorted(CALLABLES))
@pytest.mark.parametrize('template', [
    '{{ f(3, 4) }}', '{{ f(1) }}{{ f() }}', '{{ f(x=1) }}',
    # These change places each time that Python 2 passes them on.
    '{{ f(row=1, desc=2) }}{{ f(desc=2, row=1) }}', '{% for i in [1, 2] %}{{ f(i) }}'
    '{{ f(i, a=i) }}{% endfor %}', '{% block b %}{{ f(1, k=2) }}{% endblock %}'])
def test_templates_call_alike(template, name):
    environment = jinja2.Environment(autoescape=True)

    def render():
        text = environment.from_string(template).render(f=CALLABLES[name])
        return text.split(' object at 0x')[0]

    both(render)


class Strange(object):
    seen = u'attribute'

    def __getitem__(self, name):
        if name == 'hidden':
            return u'item'
        raise {'type': TypeError, 'attr': AttributeError}.get(name, LookupError)(name)

    @property
    def broken(self):
        raise AttributeError('inside')


class OddDict(dict):
    label = u'attribute'


@pytest.mark.parametrize('value', [
    {}, {'label': u'<ž>'}, {'items': 1, 'keys': 2, 'label': None}, {u'label': u'x'},
    OddDict(label=u'item', other=1), [1], u'x', 3, None, Strange(), plain],
    ids=lambda value: type(value).__name__)
@pytest.mark.parametrize('name', ['label', 'other', 'items', 'get', '__class__', 'seen', 'hidden',
                                  'type', 'attr', 'broken', 'missing'])
def test_templates_find_the_same(value, name):
    environment = jinja2.Environment(autoescape=True)
    strict = jinja2.Environment(undefined=jinja2.StrictUndefined)

    def found():
        got = environment.getattr(value, name)
        return (type(got), str(got) if isinstance(got, jinja2.Undefined) or callable(got) else got,
                got is value)

    def rendered():
        return strict.from_string('{{ value.%s }}' % name).render(value=value)

    both(found)
    both(rendered)


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
    (('a', ()), {}), (('a',), {'format': 'rss', 'from_': 1}),
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


@pytest.mark.skipif(PY2, reason='not on Python 2')
def test_addresses_do_not_pile_up():
    make = [shortcut for shortcut in SHORTCUTS if str(shortcut).endswith('Href.__call__')][0]._make
    calls = []

    def call(self, *args):
        calls.append(args)
        return 'x' * args[0]

    remembering = make(call, Href)
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


# Markup


class WithHTML(object):
    def __html__(self):
        return u'<b>'


class OddMarkup(Markup):
    def __html__(self):
        return Markup(u'<odd>')


@pytest.mark.parametrize('args, kwargs', [
    ((), {}), ((u'<ž>',), {}), (('plain',), {}), ((Markup(u'<ž>'),), {}), ((OddMarkup(u'x'),), {}),
    ((WithHTML(),), {}), ((OddText(u'<x>'),), {}), ((None,), {}), ((3,), {}),
    ((b'caf\xc3\xa9',), {}), ((b'caf\xc3\xa9', 'utf-8'), {}), ((b'\xff', 'ascii', 'replace'), {}),
    ((b'x',), {'encoding': 'ascii'}), ((u'x', 'utf-8'), {}), ((u'a', u'b', u'c', u'd'), {}),
    ((), {'no_such': 1})])
@pytest.mark.parametrize('kind', [Markup, OddMarkup])
def test_markup_is_the_same(kind, args, kwargs):
    def made():
        found = kind(*args, **kwargs)
        return type(found), found + u'', found % () if u'%' in found else found

    both(made)


def test_what_is_escaped_is_the_same():
    assert both(lambda: [(type(one), one) for one in map(escape, [
        u'<&"\'>', Markup(u'<b>'), WithHTML(), None, 3, 'x'])])[0][1] == u'&lt;&amp;&#34;&#39;&gt;'

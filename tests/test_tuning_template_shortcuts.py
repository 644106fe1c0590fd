# -*- coding: utf-8 -*-
"""The shortcuts through templates: each returns what the function that it replaces would."""

import functools

import jinja2
import pytest
from markupsafe import Markup, escape

from trac_unit.tuning.shortcuts import take_shortcuts
from tuned import OddText, both
from tuned import untuned  # noqa: F401 (a fixture)


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


# Variables


class Resolves(jinja2.runtime.Context):
    """A context of before Jinja2 2.9, which finds what is not there."""

    def resolve(self, name):
        if name == 'planted':
            return u'found'
        return super(Resolves, self).resolve(name)


@pytest.mark.parametrize('template', [
    '{{ given }}{{ missing }}{{ shared }}', '{% set given = 2 %}{{ given }}{{ none }}',
    '{% block b %}{{ given }}{{ shared }}{{ planted }}{% endblock %}',
    '{% for i in given %}{{ i }}{{ shared }}{{ loop.index }}{% endfor %}{{ i }}',
    '{% macro m(x) %}{{ x }}{{ given }}{% endmacro %}{{ m(missing) }}{{ planted }}',
    '{{ missing.name }}', '{{ self.b() }}{% block b %}{{ given }}{% endblock %}',
    '{% include "other" %}{% import "other" as other %}{{ other.value }}'])
@pytest.mark.parametrize('context', [jinja2.runtime.Context, Resolves])
def test_variables_are_the_same(context, template):
    def rendered():
        environment = jinja2.Environment(loader=jinja2.DictLoader({
            'other': '{% set value = given %}{{ given }}{{ missing }}', 'it': template}))
        environment.globals['shared'] = u'everywhere'
        environment.context_class = context
        return environment.get_template('it').render(given=u'here', none=None)

    both(rendered)


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


# Streams


def pieces(*texts):
    """A template that has these pieces, one after the other."""
    return jinja2.Environment().from_string(
        '{% for text in texts %}{{ text }}{% endfor %}').stream(texts=texts)


@pytest.mark.parametrize('texts', [
    (), (u'',), (u'', u'') * 20, (u'a',), tuple(u'abcdefghij') * 3, (u'', u'\u017e', u'') * 7,
    (u'',) * 9 + (u'late',), (u'x' * 10000,) * 3])
@pytest.mark.parametrize('size', [2, 3, 5, 75])
def test_a_buffered_page_is_the_same(texts, size):
    def page():
        stream = pieces(*texts)
        stream.enable_buffering(size)
        return u''.join(stream)

    assert both(page) == u''.join(texts)


def test_the_pieces_of_a_buffered_page_are_joined_by_as_many_as_before():
    def joined():
        stream = pieces(*u'abcdefgh')
        stream.enable_buffering(3)
        return list(stream)

    assert both(joined) == [u'abc', u'def', u'gh']


def test_a_page_goes_on_while_it_is_read():
    take_shortcuts()
    made = []

    def texts():
        for number in range(100):
            made.append(number)
            yield u'%d,' % number

    stream = jinja2.Environment().from_string(
        '{% for text in texts %}{{ text }}{% endfor %}').stream(texts=texts())
    stream.enable_buffering(5)
    assert next(stream) == u'0,1,2,3,4,'
    assert len(made) < 10


def test_a_page_that_breaks_off_breaks_off_alike():
    def text(number):
        if number == 7:
            raise KeyError('here')
        return number

    def read():
        stream = jinja2.Environment().from_string(
            '{% for n in range(9) %}{{ text(n) }}{% endfor %}').stream(text=text)
        stream.enable_buffering(3)
        got = []
        try:
            for some in stream:
                got.append(some)
        except KeyError as e:
            got.append(str(e))
        return got

    assert both(read) == [u'012', u'345', "'here'"]

# -*- coding: utf-8 -*-
"""The shortcuts through templates: each returns what the function that it replaces would."""

import functools

import jinja2
import pytest
from markupsafe import Markup
from trac.util.html import Fragment, tag

from support.tuned import OddText, both
from support.tuned import untuned  # noqa: F401 (a fixture)
from trac_unit.tuning.shortcuts.table import take_shortcuts


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


@pytest.mark.parametrize('name', ['_self', '_callable', '__self', '__obj', 'self', 'context'])
def test_an_argument_can_have_any_name(name):
    both(lambda: jinja2.Environment().from_string('{{ f(%s=1) }}' % name).render(
        f=lambda **kwargs: sorted(kwargs)))


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


# Blocks


BLOCKS = {
    'base': u'<{% block head %}base {{ x }}{% endblock %}|{% block body %}{% block inner %}'
            u'{{ self.head() }}{% endblock %}{% endblock %}>',
    'child': u'{% extends "base" %}'
             u'{% block head %}[{{ super() }}]{% set y = 2 %}{{ y }}{% endblock %}'
             u'{% block inner %}{% for n in numbers %}{{ n }}{% if n %}, {% endif %}{% endfor %}'
             u'{{ super() }}{% endblock %}',
    'grandchild': u'{% extends "child" %}{% from "macros" import m with context %}'
                  u'{% block head %}({{ super.super() }}{{ super() }}){{ m(1) }}{% endblock %}'
                  u'{% block body %}{% include "part" %}{{ super() }}{% endblock %}',
    'part': u'{% block own %}part {{ x }}{% endblock %}{% block empty %}{% endblock %}',
    'macros': u'{% macro m(n) %}{{ n }}{{ x }}{% endmacro %}',
    'scoped': u'{% for n in numbers %}{% block each scoped %}{{ n }};{% endblock %}{% endfor %}',
    'buffered': u'{% set s %}{% block a %}{{ x }}{% endblock %}{% endset %}{{ s }}{{ s }}'}


@pytest.mark.parametrize('name', sorted(BLOCKS))
@pytest.mark.parametrize('numbers', [0, 1, 40, 1000])
@pytest.mark.parametrize('autoescape', [True, False])
def test_blocks_are_the_same(name, numbers, autoescape):
    def rendered():
        environment = jinja2.Environment(
            loader=jinja2.DictLoader(BLOCKS), autoescape=autoescape)
        template = environment.get_template(name)
        data = {'x': u'<\u017e>', 'numbers': range(numbers)}
        stream = template.stream(data)
        stream.enable_buffering(75)
        return template.render(data), u''.join(stream), sorted(template.blocks), [
            u''.join(template.blocks[block](template.new_context(data)))
            for block in sorted(template.blocks) if block in ('own', 'empty')]

    both(rendered)


def test_templates_of_another_kind_are_left_alone():
    from jinja2.nativetypes import NativeEnvironment

    assert both(lambda: NativeEnvironment().from_string(
        '{% block a %}{{ x }}{% endblock %}').render(x=[1, 2])) == [1, 2]


def test_a_template_that_is_loaded_again_has_the_same_blocks():
    def rendered():
        environment = jinja2.Environment(loader=jinja2.DictLoader(BLOCKS))
        code = environment.compile(BLOCKS['child'], 'child', 'child')
        namespace = {'environment': environment, '__file__': 'child'}
        exec(code, namespace)
        found = []
        for _ in range(3):
            template = jinja2.Template.from_module_dict(environment, namespace, {})
            found.append(template.render(x=1, numbers=range(3)))
        return found

    assert len(set(both(rendered))) == 1


def test_a_long_block_goes_out_in_parts():
    take_shortcuts()
    made = []

    def numbers():
        for number in range(100000):
            made.append(number)
            yield number

    environment = jinja2.Environment(loader=jinja2.DictLoader(BLOCKS))
    stream = environment.get_template('child').stream(numbers=numbers())
    stream.enable_buffering(75)
    next(stream)
    assert 0 < len(made) < 5000


def test_an_error_in_a_block_is_the_same():
    def failing_number(number):
        raise KeyError('here')

    def rendered():
        environment = jinja2.Environment(loader=jinja2.DictLoader(
            dict(BLOCKS, it=u'{% extends "base" %}{% block inner %}{{ f(1) }}{% endblock %}')))
        return environment.get_template('it').render(f=failing_number)

    assert both(rendered) == (KeyError, "'here'")


# What is put out


class WithHTML(object):
    """Says by itself how it is put out."""

    def __html__(self):
        return u'<i>&</i>'


class Shown(object):
    def __str__(self):
        return '<shown>'


class Failing(object):
    def __html__(self):
        raise ValueError('html')


PUT_OUT = [
    u'', u'a', u'<&"\'>', u"it's", u'\u017e', u'\u017e<', u'a' * 500, u'\udc80', 'native',
    '<native>', b'bytes', b'caf\xc3\xa9', Markup(u'<b>'), Markup(u''), OddText(u'<x>'),
    OddText(u'x'), WithHTML(), Shown(), Failing(), None, True, 0, 3, 1.5, 10 ** 20, [],
    [u'<', Markup(u'<')], {u'<': 1}, tag.b(u'<'), tag(u'<', tag.i()), Fragment(),
    jinja2.Undefined(name='x'), jinja2.StrictUndefined(name='x')]


@pytest.mark.parametrize('template', [
    '{{ x }}', 'a{{ x }}b{{ x }}', '{{ x ~ x }}', '{{ x|e }}', '{{ x|safe }}', '{{ x|upper }}',
    '{% block a %}{{ x }}{% endblock %}{{ self.a() }}', '{% include "inner" %}',
    '{% set y %}{{ x }}{% endset %}{{ y }}{{ y|e }}{{ y ~ "<" }}',
    '{% import "macros" as m %}{{ m.a(x) }}',
    '{% macro a(y) %}{{ y }}{% endmacro %}{{ a(x) }}{{ a(x)|e }}{{ a(a(x)) }}',
    '{% macro a() %}<{{ caller() }}{% endmacro %}{% call a() %}{{ x }}{% endcall %}',
    '{% filter upper %}{{ x }}{% endfilter %}', '{% for y in [x, x] %}{{ y }}{% endfor %}',
    '{% autoescape false %}{{ x }}{% endautoescape %}{{ x }}',
    '{% autoescape true %}{{ x }}{% endautoescape %}{{ x }}',
    '{% extends "layout" %}{% block a %}{{ x }}{{ super() }}{% endblock %}'])
@pytest.mark.parametrize('autoescape', [True, False])
def test_what_is_put_out_is_the_same(template, autoescape):
    templates = {
        'it': template, 'inner': '{{ x }}', 'layout': '<{% block a %}{{ x }}{% endblock %}',
        'macros': '{% macro a(y) %}{{ y }}{% endmacro %}'}

    def rendered(x):
        environment = jinja2.Environment(
            autoescape=autoescape, extensions=['jinja2.ext.autoescape'],
            loader=jinja2.DictLoader(templates))
        found = environment.get_template('it')
        text = found.render(x=x)
        assert text == u''.join(found.stream(x=x)) == u''.join(found.generate(x=x))
        return type(text), text

    for x in PUT_OUT:
        both(lambda: rendered(x))


@pytest.mark.parametrize('when', ['before', 'after'])
def test_another_way_to_escape_is_kept(monkeypatch, when):
    if when == 'after':
        take_shortcuts()
    monkeypatch.setattr(jinja2.runtime, 'escape', lambda value: Markup(u'!') + value)
    take_shortcuts()
    template = jinja2.Environment(autoescape=True).from_string('{{ x }}')
    assert (template.render(x=u'a'), template.render(x=u'<')) == (u'!a', u'!&lt;')


# Files


@pytest.fixture
def folders(tmpdir):
    for name, text in (('one/both.html', u'one'), ('two/both.html', u'two'),
                       ('two/two.html', u'\u017e'), ('two/deep/in.html', u'deep')):
        tmpdir.join(name).write_text(text, 'utf-8', ensure=True)
    tmpdir.join('one', 'folder.html').mkdir()
    tmpdir.join('outside.html').write('no')
    return tmpdir


@pytest.mark.parametrize('name', [
    'both.html', 'two.html', 'deep/in.html', 'no-such.html', 'nosuch.html', 'folder.html', '',
    '../outside.html', 'one/../outside.html', './two.html', 'two.html/', '/two.html',
    u'\u017e.html', 'two.html\n', 'a\0b'])
@pytest.mark.parametrize('searched', [
    ['one', 'two'], ['two', 'one'], ['two'], ['none'], []])
def test_a_file_is_found_or_not_alike(folders, name, searched):
    def found():
        loader = jinja2.FileSystemLoader([str(folders.join(each)) for each in searched])
        text, path, fresh = loader.get_source(jinja2.Environment(), name)
        return text, path, fresh()

    kind_or_text = both(found)[0]
    assert u'no' != kind_or_text, 'left the folders'


def test_a_file_that_comes_later_is_found(folders):
    take_shortcuts()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([str(folders.join('one')), str(folders.join('two'))]))
    template = environment.from_string('{% include "site_head.html" ignore missing %}!')
    assert template.render() == u'!'
    folders.join('two', 'site_head.html').write('late')
    assert template.render() == u'late!'
    folders.join('one', 'site_head.html').write('first')
    folders.join('two', 'site_head.html').remove()
    assert template.render() == u'first!'


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

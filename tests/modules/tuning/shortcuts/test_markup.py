# -*- coding: utf-8 -*-
"""The shortcuts to markup: each returns what the function that it replaces would."""

import jinja2
import pytest
from markupsafe import Markup, escape
from trac.util import html, presentation
from trac.util.html import Element, Fragment, tag, xml
from trac.util.text import jinja2env

from support.tuned import OddText, both
from support.tuned import untuned  # noqa: F401 (a fixture)
from trac_unit._compat import text_type


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
    ((), {'no_such': 1}), ((), {'base': u'<'}), ((), {'object': u'<'})])
@pytest.mark.parametrize('kind', [Markup, OddMarkup])
def test_markup_is_the_same(kind, args, kwargs):
    def made():
        found = kind(*args, **kwargs)
        return type(found), found + u'', found % () if u'%' in found else found

    both(made)


def test_what_is_escaped_is_the_same():
    assert both(lambda: [(type(one), one) for one in map(escape, [
        u'<&"\'>', Markup(u'<b>'), WithHTML(), None, 3, 'x'])])[0][1] == u'&lt;&amp;&#34;&#39;&gt;'


# Elements


CONTENT = [
    u'', u'a', u'<&"\'>', u'"it\'s"', 'native', '<native>', 'caf\xc3\xa9', Markup(u'<b>'),
    OddMarkup(u'x'), OddText(u'<x>'), None, 0, 3, 1.5, True, False, [],
    [u'a', [u'<', Markup(u'<i>')]], (), iter(u'ab'), b'bytes', tag.b(u'<'), tag(u'<', tag.i()),
    WithHTML(), object]


@pytest.mark.parametrize('content', CONTENT, ids=lambda content: type(content).__name__)
def test_elements_with_content_are_the_same(content):
    if hasattr(content, '__next__') or hasattr(content, 'next'):
        content = list(content)
    both(lambda: [text_type(one) for one in (
        tag.p(content), tag(content), tag.p(u'x', content, [content], class_=u'c'),
        xml.p(content), Fragment(content) + u'<')])
    both(lambda: [tag.p(content).__html__(), tag.p(content).as_text(), Markup(tag.p(content))])


@pytest.mark.parametrize('content', CONTENT + [10 ** 20, -1, bytearray(b'x'), {'a': 1}, {u'b'}],
                         ids=lambda content: type(content).__name__)
def test_what_is_appended_is_the_same(content):
    if hasattr(content, '__next__') or hasattr(content, 'next'):
        content = list(content)

    def appended():
        fragment, element = Fragment(u'x'), tag.p(content)
        assert fragment.append(content) is None
        fragment.append(arg=content)
        return [(type(child), text_type(child))
                for child in fragment.children + element.children]

    both(appended)


def test_what_is_appended_is_asked_once_whether_it_is_something():
    class Once(object):
        asked = 0

        def __len__(self):
            self.asked += 1
            return 1

    def appended():
        once = Once()
        Fragment().append(once)
        return once.asked

    assert both(appended) == 1


class Loud(Element):
    """An element of another kind, which is asked what it is."""

    def __html__(self):
        return Markup(u'<loud>')


class LoudFragment(Fragment):
    def __html__(self):
        return u'<loud>'


@pytest.mark.parametrize('inner, text', [
    (lambda: Loud('b', u'x'), u'<p>"<loud>"</p>'),
    (lambda: tag.i(Loud('b'), u'&'), u'<p>"<i><loud>&amp;</i>"</p>'),
    (lambda: tag(u'<', tag(u'"', tag.br())), u'<p>"&lt;"<br />"</p>'),
    (lambda: xml.b(u'&', xml.i()), u'<p>"<b>&amp;<i/></b>"</p>')])
def test_an_element_within_an_element_is_the_same(inner, text):
    assert both(lambda: text_type(tag.p(u'"', inner(), u'"'))) == text


def test_a_fragment_of_another_kind_is_the_same():
    both(lambda: text_type(tag.p(LoudFragment(u'x'))))


@pytest.mark.parametrize('name', ['title', 'class_', 'class', 'style', 'checked', 'translate',
                                  'autocomplete', 'data-x', u'title', 'title__'])
@pytest.mark.parametrize('value', CONTENT + [{'a': 1, 'b': 0}, [u'a', u'', u'<b>'], {}, -1],
                         ids=lambda value: type(value).__name__)
def test_attributes_are_the_same(name, value):
    if hasattr(value, '__next__') or hasattr(value, 'next'):
        value = list(value)

    def made():
        found = tag.p(**{name: value})
        later = tag.p(u'x', title=u'first', id=u'<')(**{name: value})
        other = xml.p(**{name: value})
        return [(text_type(one), sorted((key, type(each)) for key, each in one.attrib.items()))
                for one in (found, later, other)]

    both(made)


def test_an_element_of_its_own_kind_is_asked():
    class Shouted(Element):
        def _attr_value(self, name, value):
            return value.upper()

    assert both(lambda: text_type(Shouted('p', title=u'a'))) == u'<p title="A"></p>'


def test_what_counts_as_special_is_looked_up(monkeypatch):
    monkeypatch.setitem(html.SPECIAL_HTML_ATTRS, 'title', None)
    assert both(lambda: text_type(tag.p(title=u'a'))) == u'<p title="title"></p>'


# Attributes in templates


class EvalContext(object):
    def __init__(self, autoescape):
        self.autoescape = autoescape


@pytest.mark.parametrize('autoescape', [True, False])
@pytest.mark.parametrize('given', [
    None, {}, [], jinja2.Undefined(name='x'), [('title', u'a')], OddText(u''), {'title': u''},
    {'title': u'<&"\'>', 'href': u'/a?b=c&d', 'id': 3, 'alt': None, 'x': jinja2.Undefined()},
    {'class': [u'a', u'', None, u'b']}, {'class': []}, {'class': [u'<']}, {'class': [u"it's"]},
    {'class': [Markup(u'<')]}, {'class': {'a': 1}}, {'class': u'a b'}, {'class': None},
    {'class': (u'a',)}, {'class': [3]}, {'class': [u'a', 'b']}, {'style': u''},
    {'style': [u'a: b']},
    {'style': {'a': 'b', 'c': None}}, {'style': u'a: b'}, {'checked': True, 'selected': u''},
    {'translate': u''}, {'autocomplete': u'off'}, {u'title': Markup(u'<b>')}, {'title': 'native'},
    {'title': '<native\''}, {'title': 'caf\xc3\xa9', 'class': 'caf\xc3\xa9'}, {'class': 'na tive'},
    {'class': ['caf\xc3\xa9']}, {'style': 'a: b', 'checked': 'x'}, {'data-x': Markup(u'')},
    {'style': None, 'checked': None, 'translate': None, 'class': None, 'title': None},
    {'title': OddText(u'<x>')}, {'title': OddMarkup(u'x')}, {'title': tag.b(u'x')},
    {'colspan': 100, 'class': [u'x']}, {'title': u"it's"}, {'title': b'x'}])
def test_attributes_of_templates_are_the_same(given, autoescape):
    for autospace in (True, False):
        def made():
            found = presentation.htmlattr_filter(EvalContext(autoescape), given, autospace)
            return type(found), found

        both(made)


def test_a_template_gets_its_attributes():
    def rendered():
        environment = jinja2env(loader=jinja2.DictLoader({
            'it.html': u"<p${{'class': ['a', 'b' if x], 'title': t, 'id': u}|htmlattr}>"}))
        presentation.jinja2_update(environment)
        return environment.get_template('it.html').render(x=None, t=u'<\u017e')

    assert both(rendered) == u'<p class="a" title="&lt;\u017e">'

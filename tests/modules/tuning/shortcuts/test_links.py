# -*- coding: utf-8 -*-
"""The shortcut to the addresses of links: the same as the function that it replaces gives."""

import pytest
from trac.web.href import Href

from support.tuned import OddText, both
from support.tuned import untuned  # noqa: F401 (a fixture)
from trac_unit.tuning.shortcuts import links
from trac_unit.tuning.shortcuts.table import take_shortcuts


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

    remembering = links.address(call, Href)
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

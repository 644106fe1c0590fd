# -*- coding: utf-8 -*-
"""The shortcut to the fields of tickets: copies as the function that it replaces makes them."""

import copy

import pytest
from trac.ticket.api import TicketFieldList, TicketSystem

from support.tuned import OddText, both
from support.tuned import untuned  # noqa: F401 (a fixture)
from trac_unit.tuning.shortcuts.table import take_shortcuts


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

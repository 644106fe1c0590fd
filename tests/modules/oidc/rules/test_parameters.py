# -*- coding: utf-8 -*-
"""The parameters of a query or a form: each once, and not more than a browser sends."""
import time

import pytest

from trac_unit.errors import BadRequest
from trac_unit.oidc.rules.parameters import MAX_FORM, MAX_QUERY, parse


@pytest.mark.parametrize('encoded, found', [
    ('', {}), ('a=1&b=2', {'a': '1', 'b': '2'}), ('a=', {'a': ''}), ('a', {'a': ''}),
    ('a=1&A=2', {'a': '1', 'A': '2'}), ('a=1&&b=2&', {'a': '1', 'b': '2'}),
    ('a=1;a=2', {'a': '1;a=2'}), ('a+b=c%20d', {'a b': 'c d'}), ('a=b=c', {'a': 'b=c'}),
    ('a=%C5%BE', {'a': '\xc5\xbe'}), ('a=%ff', {'a': '\xff'}), ('a=\xff', {'a': '\xff'}),
    ('%ff=1', {'\xff': '1'}), ('a=%00', {'a': '\0'}), ('a=%zz%', {'a': '%zz%'})])
def test_parameters_are_read(encoded, found):
    parsed = parse(encoded)
    assert parsed == found
    assert all(type(part) is str for pair in parsed.items() for part in pair)


@pytest.mark.parametrize('encoded', [
    'a=1&a=1', 'a=1&b=2&a=3', 'a&a', 'a=&a=', 'state=1&%73tate=2', 'a+b=1&a%20b=2', '=1&=2',
    '%ff=1&\xff=2'])
def test_no_parameter_may_come_twice_however_it_is_written(encoded):
    with pytest.raises(BadRequest) as caught:
        parse(encoded)
    assert caught.value.reason == 'duplicate'


def test_the_name_that_came_twice_cannot_forge_a_line_of_the_log():
    with pytest.raises(BadRequest) as caught:
        parse('x%0areference=00000000=1&' * 2 + 'y' * 5000)
    assert '\n' not in str(caught.value) and len(str(caught.value)) < 300


@pytest.mark.parametrize('limit', [10, MAX_QUERY, MAX_FORM])
def test_a_query_has_so_many_bytes_and_not_one_more(limit):
    assert parse('a=' + 'x' * (limit - 2), limit) == {'a': 'x' * (limit - 2)}
    with pytest.raises(BadRequest) as caught:
        parse('a=' + 'x' * (limit - 1), limit)
    assert caught.value.reason == 'query_size'
    assert str(caught.value) == 'expected a query of at most %d bytes, got %d' % (limit, limit + 1)


def test_without_a_limit_it_is_that_of_a_query():
    with pytest.raises(BadRequest) as caught:
        parse('x' * (MAX_QUERY + 1))
    assert caught.value.reason == 'query_size'


@pytest.mark.parametrize('part', ['&', ';', '%', '%ff', '=', 'a=', '+', '&=', '%26', '\xff'])
def test_the_worst_form_costs_no_more_than_its_size(part):
    begun = time.time()
    try:
        assert len(parse((part * MAX_FORM)[:MAX_FORM], MAX_FORM)) <= 1
    except BadRequest as e:
        assert e.reason == 'duplicate'
    assert time.time() - begun < 2

# -*- coding: utf-8 -*-
"""JSON from outside: an object, or a ValueError."""

import time

import pytest

from trac_unit._compat import text_type
from trac_unit.oidc.rules.strict_json import load_object


@pytest.mark.parametrize('data, value', [
    (b'{}', {}),
    (b' \t\r\n{"a": 1} \n', {u'a': 1}),
    (b'{"a": [1, -2.5, 1e3, true, false, null, "x", {}]}',
     {u'a': [1, -2.5, 1000.0, True, False, None, u'x', {}]}),
    (u'{"jméno": "žofie"}'.encode('utf-8'), {u'jméno': u'žofie'}),
    (b'{"a": "\\u017e\\ud83d\\ude00"}', {u'a': u'ž😀'}),
    (b'{"a": "\\\\ud800"}', {u'a': u'\\ud800'}),
    (b'{"a": 9007199254740993}', {u'a': 9007199254740993}),
    (b'{"a": 1, "a": 2}', {u'a': 2}),  # RFC 7519 section 4: the last one
    (u'{"a": "text"}', {u'a': u'text'})])
def test_an_object_is_read(data, value):
    assert load_object(data) == value


def test_strings_are_text_on_every_python():
    (name, value), = load_object(b'{"ascii": "ascii"}').items()
    assert type(name) is type(value) is text_type


DEEP = 100000


@pytest.mark.parametrize('data', [
    b'', b' ', b'null', b'true', b'1', b'"text"', b'[]', b'[{}]', b'{', b'}', b'{}}', b'{} {}',
    b'{}x', b'{"a"}', b'{"a":}', b'{"a": 1,}', b"{'a': 1}", b'{a: 1}', b'{1: 1}', b'{"a": 01}',
    b'{"a": +1}', b'{"a": .5}', b'{"a": 1.}', b'{"a": 0x1}', b'{"a": "\t"}', b'{"a": "\n"}',
    b'{"a": "\x00"}', b'{"a": "\\x41"}', b'{"a": "\\u12"}', b'{"a": "x', b'// {}\n{}', b'\x00{}',
    b'\x0b{}', b'{}\x00',
    # Constants that are not JSON
    b'{"exp": NaN}', b'{"exp": Infinity}', b'{"exp": -Infinity}', b'{"exp": [NaN]}',
    # Numbers that are none, or take minutes to read
    b'{"exp": 1e999}', b'{"exp": -1e999}', b'{"exp": ' + b'9' * 5000 + b'}',
    # Bytes that are not UTF-8
    b'\xef\xbb\xbf{}', b'{"a": "\xff"}', b'{"a": "\xc0\xaf"}', b'{"a": "\xed\xa0\x80"}',
    u'{"a": 1}'.encode('utf-16'), u'{"a": 1}'.encode('utf-32-le'), b'\x1f\x8b\x08',
    # Halves of characters, which the one Python can store and the other not
    b'{"a": "\\ud800"}', b'{"a": "\\udc00x"}', b'{"a": "\\ud800\\ud800"}', b'{"\\udfff": 1}',
    b'{"a": [{"b": "\\ude00\\ud83d"}]}',
    # Depth
    b'{"a":' * DEEP, b'{"a":' * DEEP + b'1' + b'}' * DEEP,
    b'{"a":' + b'[' * DEEP + b']' * DEEP + b'}',
    b'<html></html>'], ids=lambda data: repr(data[:30]))
def test_anything_else_is_a_value_error(data):
    with pytest.raises(ValueError):
        load_object(data)


@pytest.mark.parametrize('part', [
    b'"\\', b'"', b'\\', b'"a', b'{"a":', b'[', b' ', b'1', b'-', b'\\u'])
def test_a_huge_document_costs_no_more_than_its_size(part):
    # What looks again from each quote on takes ten seconds for this, and hours for a megabyte.
    begun = time.time()
    with pytest.raises(ValueError):
        load_object(b'{"a": ' + part * 8000)
    assert time.time() - begun < 1

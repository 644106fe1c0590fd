# -*- coding: utf-8 -*-
"""The names that differ between Python 2.7 and 3 give the same on both."""
import sys
import traceback

import pytest
from trac.util.text import to_unicode

from trac_unit import _compat
from trac_unit._compat import (PY2, exception_text, native, query_pairs, remote_user, reraise,
                               text_type, to_bytes, to_text, well_formed, wsgi_bytes, wsgi_string,
                               wsgi_string_of_bytes, wsgi_text)

TEXTS = [u'', u'plain', u'\u017elu\u0165', u'\u20ac', u'\U0001f600', u'\0\x7f\x80\xff']


def test_everything_that_is_offered_is_there():
    assert sorted(_compat.__all__, key=str.lower) == sorted(set(_compat.__all__), key=str.lower)
    assert [name for name in _compat.__all__ if not hasattr(_compat, name)] == []


@pytest.mark.parametrize('text', TEXTS, ids=repr)
def test_native_is_a_str_of_the_same_text(text):
    for value in (text, text.encode('utf-8')):
        assert type(native(value)) is str
        assert to_text(native(value)) == text
    assert native(native(text)) == native(text)


@pytest.mark.parametrize('value', [None, 7, [u'x']], ids=repr)
def test_native_leaves_what_is_no_text_alone(value):
    assert native(value) is value


@pytest.mark.parametrize('text', TEXTS, ids=repr)
def test_text_comes_back_through_bytes_and_through_wsgi(text):
    assert to_text(to_bytes(text)) == to_text(text) == text
    assert to_bytes(to_bytes(text)) == to_bytes(text) == text.encode('utf-8')
    string = wsgi_string(text)
    assert type(string) is str
    assert all(ord(character) < 256 for character in string)
    assert wsgi_bytes(string) == text.encode('utf-8')
    assert wsgi_text(string) == text and type(wsgi_text(string)) is text_type


def test_any_bytes_come_back_through_wsgi():
    data = bytes(bytearray(range(256)))
    assert type(wsgi_string_of_bytes(data)) is str
    assert wsgi_bytes(wsgi_string_of_bytes(data)) == data


@pytest.mark.parametrize('string', ['\xff', '\xc5', '\xc0\xaf', '\xed\xa0\x80x'[:2]], ids=repr)
def test_a_wsgi_string_that_is_no_utf_8_is_no_text(string):
    with pytest.raises(UnicodeDecodeError):
        wsgi_text(string)


@pytest.mark.skipif(PY2, reason='a str is bytes there')
def test_a_string_that_no_server_gives_has_no_bytes():
    for convert in (wsgi_bytes, wsgi_text):
        with pytest.raises(UnicodeEncodeError):
            convert(u'\u20ac')


@pytest.mark.parametrize('text', [u'alice', u'\u017eofie', u'\u20ac', u'\U0001f600'], ids=repr)
def test_trac_reads_a_user_name_as_it_was_written(text):
    assert type(remote_user(text)) is str
    assert to_unicode(remote_user(text)) == text


@pytest.mark.parametrize('query, pairs', [
    ('', []), ('&&', []), ('a=1&b=2', [('a', '1'), ('b', '2')]), ('a=&b', [('a', ''), ('b', '')]),
    ('a=1&a=2', [('a', '1'), ('a', '2')]), ('a=b=c', [('a', 'b=c')]), ('=x', [('', 'x')]),
    ('a=1;b=2', [('a', '1;b=2')]), ('a=%3B', [('a', ';')]), ('a+b=c+d', [('a b', 'c d')]),
    ('a=%C5%BE', [('a', '\xc5\xbe')]), ('a=%ff%00', [('a', '\xff\x00')]), ('a=%', [('a', '%')]),
    ('a=%zz', [('a', '%zz')]), ('%61=%2b', [('a', '+')]), ('a=\xff', [('a', '\xff')])])
def test_a_query_is_read_alike(query, pairs):
    found = query_pairs(query)
    assert found == pairs
    assert all(type(part) is str for pair in found for part in pair)


class Odd(Exception):
    """An exception that cannot say what is wrong with it in ASCII."""

    def __str__(self):
        return u'\u20ac' if not PY2 else u'\u20ac'.encode('utf-8')


@pytest.mark.parametrize('error, text', [
    (ValueError('plain'), u'plain'), (ValueError(u'\u20ac'), u'\u20ac'), (ValueError(), u''),
    (KeyError('x'), u"'x'"), (Odd(), u'\u20ac')], ids=lambda value: type(value).__name__)
def test_an_exception_says_what_is_wrong_as_a_native_str(error, text):
    assert type(exception_text(error)) is str
    assert to_text(exception_text(error)) == text


def test_an_exception_that_was_given_bytes_says_them():
    assert exception_text(ValueError(b'\xff')) == ('\xff' if PY2 else "b'\\xff'")


@pytest.mark.skipif(not PY2, reason='an exception can hold bytes and text that do not go together')
def test_an_exception_that_cannot_say_anything_is_shown_as_it_is():
    class Unreadable(Exception):
        def __str__(self):
            raise UnicodeError('no text')

        def __repr__(self):
            return '<unreadable>'
    assert exception_text(Unreadable()) == '<unreadable>'


def test_what_is_raised_again_is_the_same_with_its_own_traceback():
    def breaks():
        raise KeyError('original')

    try:
        breaks()
    except KeyError:
        kind, error, trace = sys.exc_info()
    with pytest.raises(KeyError) as caught:
        reraise(kind, error, trace)
    assert caught.value is error
    names = [frame[2] for frame in traceback.extract_tb(sys.exc_info()[2] or caught.tb)]
    assert 'breaks' in names


@pytest.mark.parametrize('text, expected', [
    (u'', True), (u'x', True), (u'\u017e', True), (u'\U0001f600', True), (u'\ud7ff\ue000', True),
    (u'\ufffd\uffff', True), (u'\ud800', False), (u'\udfff', False), (u'a\udc00b', False),
    (u'\udc00\ud800', False), (u'\U0001f600\ud83d', False)], ids=ascii if not PY2 else repr)
def test_half_a_surrogate_pair_is_not_well_formed(text, expected):
    assert well_formed(text) is expected
    if expected:
        assert text.encode('utf-8').decode('utf-8') == text

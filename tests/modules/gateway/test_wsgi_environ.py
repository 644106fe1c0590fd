# -*- coding: utf-8 -*-
"""What a WSGI environ must have is filled in, what it must not have is gone."""

import io

import pytest
from support.exchange import environ

from trac_unit._compat import PY2
from trac_unit.gateway.wsgi_environ import BLOCK_SIZE, AnyTextErrors, FileWrapper, complete


def completed(**values):
    """The environ of a sparing server after `complete`; a value of None is left out."""
    made = dict({'REQUEST_METHOD': 'GET', 'SERVER_NAME': 'name', 'SERVER_PORT': '80',
                 'wsgi.url_scheme': 'http', 'wsgi.input': io.BytesIO(),
                 'wsgi.errors': io.BytesIO() if PY2 else io.StringIO()}, **values)
    made = dict((name, value) for name, value in made.items() if value is not None)
    complete(made)
    return made


def test_what_a_server_left_out_is_filled_in():
    made = completed(SERVER_NAME='', SERVER_PORT='')
    assert (made['SCRIPT_NAME'], made['PATH_INFO'], made['QUERY_STRING']) == ('', '', '')
    assert (made['SERVER_NAME'], made['SERVER_PORT']) == ('localhost', '80')
    assert made['HTTP_HOST'] == 'localhost'
    assert made['wsgi.file_wrapper'] is FileWrapper


def test_what_a_server_gave_is_left_as_it_is():
    wrapper = object()
    given = environ(SCRIPT_NAME='/a', PATH_INFO='/b', QUERY_STRING='c', SERVER_NAME='d',
                    SERVER_PORT='1', HTTP_HOST='e:2', HTTP_X_OTHER='f',
                    **{'wsgi.file_wrapper': wrapper})
    made = dict(given)
    complete(made)
    for name in set(given) - {'wsgi.errors'}:
        assert made[name] is given[name], name
    assert set(made) == set(given)


@pytest.mark.parametrize('scheme, port, host', [
    ('https', '', 'name'), ('https', '443', 'name'), ('https', '80', 'name:80'),
    ('http', '443', 'name:443'), ('http', '80', 'name'), ('http', '8080', 'name:8080')])
def test_a_missing_host_is_told_as_the_scheme_has_it(scheme, port, host):
    made = completed(SERVER_PORT=port, HTTP_HOST='', **{'wsgi.url_scheme': scheme})
    assert made['HTTP_HOST'] == host
    again = dict(made)
    complete(again)
    assert again == made


@pytest.mark.parametrize('name', ['HTTP_PROXY', 'HTTP_CONTENT_LENGTH', 'HTTP_CONTENT_TYPE'])
def test_what_must_not_be_there_is_gone(name):
    made = completed(CONTENT_TYPE='text/plain', CONTENT_LENGTH='0', **{name: 'evil'})
    assert name not in made
    assert (made['CONTENT_TYPE'], made['CONTENT_LENGTH']) == ('text/plain', '0')


class Drips(object):
    """Gives its bytes in small pieces, which PEP 3333 allows, and notes what it was asked for."""

    def __init__(self, data, size=3):
        self._file, self._size, self.asked = io.BytesIO(data), size, []

    def read(self, size):
        self.asked.append(size)
        return self._file.read(min(size, self._size))


def body(stream, length):
    return completed(CONTENT_LENGTH=length, **{'wsgi.input': stream})['wsgi.input']


def test_no_more_of_a_body_is_read_than_its_length():
    made = body(io.BytesIO(b'hello\nGET /next'), '6')
    assert list(made) == [b'hello\n'] and made.read() == b''


@pytest.mark.parametrize('read, expected', [
    (lambda made: made.read(), b'ab\ncd\n\nef'), (lambda made: made.read(4), b'ab\nc'),
    (lambda made: made.read(99), b'ab\ncd\n\nef'), (lambda made: made.readline(), b'ab\n'),
    (lambda made: made.readline(2), b'ab'), (lambda made: b'|'.join(made), b'ab\n|cd\n|\n|ef'),
    (lambda made: b'|'.join(made.readlines()), b'ab\n|cd\n|\n|ef'),
    (lambda made: made.read(0), b'')])
def test_a_body_in_pieces_is_read_in_each_way_that_wsgi_has(read, expected):
    assert read(body(Drips(b'ab\ncd\n\nefXXX'), '9')) == expected


def test_a_body_that_is_cut_short_ends_and_is_not_asked_for_again_and_again():
    stream = Drips(b'abc')
    assert body(stream, '10').read() == b'abc'
    assert len(stream.asked) < 5 and max(stream.asked) <= 10


def test_a_browser_that_hangs_up_is_told_to_the_application():
    class HangsUp(object):
        def read(self, size):
            raise IOError('connection reset')

    with pytest.raises(IOError):
        body(HangsUp(), '10').read()


@pytest.mark.parametrize('length', [None, '', '-1', '+1', '1.0', '0x10', '1_0', ' 1', '1\n',
                                    '\xb2', '9' * 19, 'evil'])
def test_a_length_that_is_none_leaves_the_body_to_the_server(length):
    stream = io.BytesIO(b'x')
    assert body(stream, length) is stream


@pytest.mark.parametrize('asked, block', [
    (1, BLOCK_SIZE), (4096, BLOCK_SIZE), (BLOCK_SIZE, BLOCK_SIZE),
    (BLOCK_SIZE + 1, BLOCK_SIZE + 1)])
def test_a_file_comes_in_blocks_of_a_good_size(asked, block):
    file = io.BytesIO(b'x' * (block + 1))
    wrapper = FileWrapper(file, asked)
    assert [len(chunk) for chunk in wrapper] == [block, 1]
    assert list(wrapper) == [] and not file.closed
    wrapper.close()
    assert file.closed


def test_a_file_without_close_has_none():
    class NoClose(object):
        def read(self, size):
            return b''

    assert list(FileWrapper(NoClose())) == [] and not hasattr(FileWrapper(NoClose()), 'close')


def test_errors_take_text_and_bytes_and_are_flushed():
    class Stream(io.BytesIO):
        flushed = 0

        def flush(self):
            self.flushed += 1

    stream = Stream()
    errors = AnyTextErrors(stream)
    errors.write(u'\u20ac ')
    errors.write(b'\xc3\xa9 ')
    errors.writelines([u'\u017e', b'x'])
    errors.flush()
    assert stream.getvalue() == u'\u20ac \xe9 \u017ex'.encode('utf-8')
    assert stream.flushed == 1


def test_on_python_2_alone_errors_need_help_and_that_once():
    made = completed()
    assert isinstance(made['wsgi.errors'], AnyTextErrors) is PY2
    kept = made['wsgi.errors']
    complete(made)
    assert made['wsgi.errors'] is kept


def test_errors_go_to_the_stream_of_their_own_request():
    one, other = io.BytesIO(), io.BytesIO()
    for stream, text in ((one, u'1'), (one, u'2'), (other, u'3'), (one, u'4')):
        wrapped = AnyTextErrors.around(stream)
        assert AnyTextErrors.around(stream) is wrapped is AnyTextErrors.around(wrapped)
        wrapped.write(text)
    assert (one.getvalue(), other.getvalue()) == (b'124', b'3')

# -*- coding: utf-8 -*-
"""Whatever an application gives as status and headers: it goes out as it is, or not at all."""

import pytest
from support.exchange import Exchange
from support.raw_http import request, split_reply
from support.unit_like_server import UnitLikeServer

from trac_unit._compat import PY2
from trac_unit.gateway import response_headers
from trac_unit.gateway.middleware import Gateway
from trac_unit.gateway.response_headers import GatewayError

FOREIGN = b'x' if not PY2 else u'x'  # the string that is not native

NAMES = ['X-Good', 'x_good', 'X.Good', "!#$%&'*+-.^_`|~09AZaz", 'N' * 255]
BAD_NAMES = [
    '', ' ', 'X-Evil ', ' X-Evil', 'X-Evil:', 'X-Evil: y', 'X Evil', 'X\tEvil', 'X-Evil\r',
    'X\nEvil', 'X-Evil\r\n', 'X\r\nSet-Cookie', 'X: y\r\nSet-Cookie', 'X\0Evil', '\0', '\x7f',
    '\x85', '\xa0', '\xe9', 'X(Evil)', 'X/Evil', 'X;Evil', 'X=Evil', '"X"', 'N' * 256, 'N' * 270,
    FOREIGN, None, 5, u'\u20ac', u'\u0130', ('X',), ['X'], 5.0, True, object()]
VALUES = ['', ' ', 'good', 'a\tb', '\xe9', '\xff', '\x80', '\x85', '\xa0', '\xad', 'a, b; c="d"',
          ''.join(map(chr, range(0x20, 0x7f))), 'x' * 100000]
BAD_VALUES = [
    '\r', '\n', '\r\n', '\0', 'x\r', 'x\n', '\nx', 'x\r\nSet-Cookie: evil=1', 'x\n y', 'x\r y',
    'x\r\n\r\n<script>', 'x\0y', '\x0b', '\x0c', '\x1b[2J', '\x08', '\x7f', u'\u20ac',
    u'\u010a\u010d', u'\uff0a', u'\ud83d', u'x\u2028', FOREIGN, None, 5, 0, True, ('x',), ['x'],
    object()]
if not PY2:
    BAD_VALUES += ['\u560a\u560dSet-Cookie: evil=1', 'ž']
LENGTHS = ['0', '5', '007', '9' * 18]
BAD_LENGTHS = ['', ' 5', '5 ', '+5', '-5', '5.0', '0x5', '5, 5', 'five', '\xb2', '1e1', '9' * 19]
STATUSES = ['200 OK', '404 ', '599 Any Thing', '999 Odd', '200 \xe9', '418 I\'m a teapot']
BAD_STATUSES = [
    '', '200', '20 OK', '2000 OK', ' 200 OK', '200\tOK', '200OK', 'OK', '100 Continue',
    '101 Switching Protocols', '000 No', '-20 No', '2\xb20 OK', '200 OK\r\nSet-Cookie: evil=1',
    '200 O\nK', '200 OK\n', '200 \0', '200 \x7f', u'200 \u20ac', FOREIGN, None, 200, ('200 OK',)]
BAD_LISTS = [None, 5, [None], [5], [()], [('X',)], [('X', 'y', 'z')], ['X'], [{'X': 'y'}], 'Xy',
             [['X']], object()]


def answer(status, headers):
    """What a server like Unit sends for them: a Reply, and the bytes."""
    def application(environ, start_response):
        start_response(status, headers)
        return []

    data = UnitLikeServer(Gateway(application)).talk(request('/', close=True))
    return split_reply(data)[0], data


def start(status, headers):
    """What the server's start_response gets for them."""
    exchange = Exchange(Gateway(lambda environ, start_response: start_response(status, headers)
                                and []))
    (status, headers), = exchange.started
    return status, headers


def assert_refused(status, headers, reason, log):
    reply, data = answer(status, headers)
    assert reply.status == 500 and b'evil' not in data and b'script>' not in data
    assert 'reason=%s ' % reason in log()


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('value', VALUES)
def test_a_good_header_goes_out_as_it_is(name, value):
    assert start('200 OK', [(name, value)]) == ('200 OK', [(name, value)])


@pytest.mark.parametrize('number', range(len(BAD_NAMES)))
def test_a_bad_name_is_refused(number, log):
    assert_refused('200 OK', [('X', 'y'), (BAD_NAMES[number], 'evil')], 'header_name', log)
    assert 'evil' not in log().splitlines()[-1]


@pytest.mark.parametrize('number', range(len(BAD_VALUES)))
def test_a_bad_value_is_refused(number, log):
    assert_refused('200 OK', [('X', 'y'), ('Set-Cookie', BAD_VALUES[number])],
                   'header_value', log)


@pytest.mark.parametrize('status', STATUSES)
def test_a_good_status_goes_out_as_it_is(status):
    assert start(status, [])[0] == status


@pytest.mark.parametrize('number', range(len(BAD_STATUSES)))
def test_a_bad_status_is_refused(number, log):
    assert_refused(BAD_STATUSES[number], [], 'status', log)


def test_a_status_that_equals_a_good_one_is_refused_unless_it_is_native(log):
    assert start('200 OK', [])[0] == '200 OK'
    assert_refused(b'200 OK' if not PY2 else u'200 OK', [], 'status', log)
    assert_refused(['200 OK'], [], 'status', log)


class Voucher(str):
    """A string that takes itself for another."""

    def __hash__(self):
        return hash('200 OK\r\nX-Evil: 1')

    def __eq__(self, other):
        return True


def test_a_status_of_another_kind_vouches_for_no_other(log):
    start(Voucher('200 OK'), [])
    assert_refused('200 OK\r\nX-Evil: 1', [], 'status', log)


def test_statuses_do_not_pile_up(monkeypatch):
    monkeypatch.setattr(response_headers, '_statuses', set())
    for number in range(response_headers._MAX_STATUSES + 9):
        for _ in range(2):
            assert start('200 OK %d' % number, [])[0] == '200 OK %d' % number
    assert len(response_headers._statuses) == response_headers._MAX_STATUSES


@pytest.mark.parametrize('number', range(len(BAD_LISTS)))
def test_what_is_no_list_of_headers_is_refused(number, log):
    assert_refused('200 OK', BAD_LISTS[number], 'header', log)


@pytest.mark.parametrize('length', LENGTHS)
def test_a_length_goes_out_as_it_is(length):
    exchange = Exchange(Gateway(lambda environ, start_response: start_response(
        '304 Not Modified', [('content-LENGTH', length)]) and []))
    assert exchange.rest() == b''
    assert exchange.started == [('304 Not Modified', [('content-LENGTH', length)])]


@pytest.mark.parametrize('length', BAD_LENGTHS)
def test_a_bad_length_is_refused(length, log):
    assert_refused('200 OK', [('Content-Length', length)], 'content_length', log)


def test_two_lengths_are_refused_even_if_equal(log):
    for second in ('0', '5'):
        assert_refused('200 OK', [('Content-Length', '0'), ('content-length', second)],
                       'content_length', log)


def test_a_value_is_never_in_the_log(caplog):
    cookie = 'secret-%s\n' % '7f3a'  # the traceback shows this line
    answer('200 OK', [('Set-Cookie', cookie)])
    assert 'as the header Set-Cookie, got another str' in caplog.text
    assert 'secret-7f3a' not in caplog.text


def test_a_header_may_come_as_a_list_and_leaves_as_a_tuple():
    assert start('200 OK', (['X', 'y'] for _ in range(2))) == ('200 OK', [('X', 'y')] * 2)


def test_the_list_is_copied_so_that_later_changes_do_no_harm():
    headers = [('X', 'y')]

    def changes(environ, start_response):
        start_response('200 OK', headers)
        headers.append(('X-Evil', 'x\r\ny'))
        yield b'x'

    exchange = Exchange(Gateway(changes))
    exchange.rest()
    assert exchange.started == [('200 OK', [('X', 'y')])]


@pytest.mark.parametrize('name', [
    'Connection', 'KEEP-ALIVE', 'Proxy-Authenticate', 'proxy-authorization', 'TE', 'Trailer',
    'Trailers', 'Transfer-Encoding', 'Upgrade', 'Proxy-Connection', 'Status'])
def test_what_is_the_servers_to_say_is_dropped(name):
    assert start('200 OK', [('X', '1'), (name, 'x'), ('X', '2')])[1] == [('X', '1'), ('X', '2')]


def test_names_are_remembered_but_not_without_end(monkeypatch):
    monkeypatch.setattr(response_headers, '_actions', response_headers._Actions())
    for _ in range(2):
        for number in range(response_headers._MAX_ACTIONS + 9):
            response_headers.checked('200 OK', [('X-%d' % number, 'y')])
    assert len(response_headers._actions) == response_headers._MAX_ACTIONS


def test_a_name_of_another_type_is_refused_even_if_its_equal_is_remembered():
    start('200 OK', [('X-Seen', 'y')])
    for name in (u'X-Seen', b'X-Seen'):
        if not isinstance(name, str):
            with pytest.raises(GatewayError) as refused:
                response_headers.checked('200 OK', [(name, 'y')])
            assert refused.value.reason == 'header_name'


def test_the_length_comes_as_a_number_and_the_headers_as_a_copy():
    given = [('X', 'y'), ('CONTENT-length', '007')]
    headers, length = response_headers.checked('200 OK', given)
    assert (headers, length) == (given, 7) and headers is not given
    assert response_headers.checked('200 OK', ()) == ([], None)


@pytest.mark.parametrize('status, kept', [
    ('204 No Content', False), ('204 ', False), ('200 OK', True), ('205 Reset Content', True),
    ('304 Not Modified', True), ('404 204', True)])
def test_a_response_that_never_has_a_body_has_no_length(status, kept):
    checked = response_headers.checked(status, [('Content-Length', '0'), ('X', 'y')])
    length = [('Content-Length', '0')]
    assert checked == ((length + [('X', 'y')], 0) if kept else ([('X', 'y')], None))

# -*- coding: utf-8 -*-
"""The gateway makes good what a server like Unit does; the stand-in shows what went wrong."""

import json
import re
from wsgiref.validate import validator

import pytest
from support.exchange import Exchange
from support.gateway_apps import application
from support.gateway_cases import CASES, outcome, uploaded
from support.raw_http import request, split_reply
from support.unit_like_server import UnitLikeServer

from trac_unit._compat import PY2
from trac_unit.gateway.middleware import Gateway

VALID = ['unsized', 'sized_body', 'written', 'generated', 'silent_on_head', 'raises_first',
         'replaces', 'never_starts', 'raises', 'splits', 'text_chunk', 'hop_by_hop',
         'number_as_value', 'starts_twice']


@pytest.fixture
def server():
    return UnitLikeServer(application)


@pytest.mark.parametrize('name, method, wrong, right', CASES)
def test_what_the_server_does_wrong_is_right_behind_the_gateway(
        name, method, wrong, right, server):
    assert outcome(server, 'bare', name, method) == wrong
    assert outcome(server, 'with', name, method) == right


def test_the_table_shows_departures():
    assert sum(wrong != right for _, _, wrong, right in CASES) > 25


@pytest.mark.parametrize('name', [name for name, method, _, right in CASES
                                  if right.startswith('500') and method == 'GET'] + ['exits'])
def test_an_error_page_has_the_reference_that_the_log_has_and_no_path(name, server, log):
    reply = split_reply(server.talk(request('/with/' + name)))[0]
    assert reply.status == 500
    ref = re.search(b'Reference: <code>([0-9a-f]{8})</code>', reply.body).group(1).decode('ascii')
    assert re.findall('reference=(.*?) reason=', log()) == [ref]
    assert b'.py' not in reply.body and b'original' not in reply.body


@pytest.mark.parametrize('name, reason', [
    ('raises', 'KeyError'), ('exits', 'SystemExit'), ('raises_first', 'KeyError'),
    ('raises_in_body', 'KeyError'), ('raises_in_sized_body', 'KeyError'),
    ('starts_twice', 'start_response_twice'), ('never_starts', 'start_response_missing'),
    ('splits', 'header_value'), ('splits_by_name', 'header_name'),
    ('not_latin1', 'header_value'), ('number_as_value', 'header_value'),
    ('text_chunk', 'chunk_type'), ('too_short', 'body_too_short'),
    ('too_short_empty', 'body_too_short'), ('continues', 'status')])
def test_the_log_has_the_reason_and_the_traceback(name, reason, server, caplog):
    server.talk(request('/with/' + name))
    record, = [record for record in caplog.records
               if record.name == 'trac_unit.gateway.middleware']
    assert re.match('reference=[0-9a-f]{8} reason=%s ' % reason, record.getMessage())
    assert record.exc_info[2] is not None


def test_a_body_that_is_too_long_is_logged_once(server, caplog):
    server.talk(request('/with/too_long'))
    assert [record.getMessage() for record in caplog.records] == [
        'reason=body_too_long expected a body of 5 bytes, got more']


@pytest.mark.parametrize('layer, raised', [('bare', 'RuntimeError'), ('with', 'KeyError')])
def test_exc_info_once_headers_are_out_brings_the_original_exception(layer, raised, server):
    server.talk(request('/%s/replaces_too_late' % layer))
    assert [name for name, _ in server.raised] == [raised]


@pytest.mark.parametrize('name', VALID)
@pytest.mark.parametrize('method', ['GET', 'HEAD'])
def test_the_server_side_is_valid_whatever_the_application_does(name, method):
    exchange = Exchange(validator(Gateway(application)), method, PATH_INFO='/bare/' + name)
    exchange.rest()
    assert len(exchange.started) == 1


@pytest.mark.parametrize('name', ['plain', 'unsized', 'sized_body', 'written', 'generated'])
@pytest.mark.parametrize('method', ['GET', 'HEAD'])
def test_the_application_side_is_valid(name, method, server):
    server.application = Gateway(validator(application))
    reply, rest = split_reply(server.talk(request('/bare/' + name, method)), method)
    assert (reply.status, rest) == (200, b'')
    assert reply.body in ((b'hello', b'plain') if method == 'GET' else (b'',))


def test_the_validator_refuses_what_the_server_gives_without_the_gateway(server):
    server.application = validator(application)
    server.talk(request('/bare/generated', 'HEAD'))
    server.application = validator(lambda environ, start_response: [])
    server.talk(request('/', body=b'x'))
    assert server.raised[-1][0] == 'AssertionError'


@pytest.mark.parametrize('port, host, expected', [
    ('8080', None, ('8080', 'localhost:8080')), ('', None, ('80', 'localhost')),
    ('', 'trac.example', ('80', 'trac.example')), ('8080', 'a:1', ('8080', 'a:1'))])
def test_what_the_environ_lacks_is_filled_in(port, host, expected, server):
    server.port = port
    seen = {}
    for layer in ('bare', 'with'):
        reply = split_reply(server.talk(request('/%s/environ' % layer, host=host, body=b'x',
                                                Content_Type='text/plain', Proxy='evil')))[0]
        seen[layer] = json.loads(reply.body.decode('ascii'))
    before, after = seen['bare'], seen['with']
    assert (before['HTTP_PROXY'], before['SERVER_PORT']) == ('evil', port)
    assert not before['wrapper'] and 'SCRIPT_NAME' not in before
    assert 'HTTP_CONTENT_TYPE' in before and 'HTTP_CONTENT_LENGTH' in before
    assert (after['SERVER_PORT'], after['HTTP_HOST']) == expected
    assert (after['SCRIPT_NAME'], after['wrapper'], after['input']) == ('', True, 'x')
    assert (after['CONTENT_TYPE'], after['CONTENT_LENGTH']) == ('text/plain', '1')
    assert not {'HTTP_PROXY', 'HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH'} & set(after)


@pytest.mark.parametrize('layer', ['bare', 'with'])
def test_wsgi_errors_takes_any_text(layer, server):
    works = layer == 'with' or not PY2
    expected = '200 plain in step' if works else '503 in step'
    assert outcome(server, layer, 'text_errors') == expected
    assert server.errors.text == (u'\u20ac 1\n\u20ac 2\n3\n' if works else u'')


@pytest.mark.parametrize('size', [0, 1, 14, 16384, 16385, 500000])
def test_what_is_uploaded_is_read_as_it_was_sent(size, server):
    body = (b'--part\r\n' + b'12345678 line\r\n' * (size // 15 + 1))[:size]
    assert uploaded(server, 'with', body)
    assert uploaded(server, 'bare', body) == (size <= 16384)

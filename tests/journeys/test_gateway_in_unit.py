"""The cases of the gateway at a real Unit, over raw sockets: wrong without it, right with it."""

import json
import re
import time

from support import gateway_unit
import pytest
from support.gateway_apps import BIG
from support.gateway_cases import CASES, outcome, uploaded
from support.raw_http import request, split_reply

from trac_unit._compat import PY2

pytestmark = pytest.mark.unit

#: A worker whose application exits is lost; on Python 3 it hangs, and its client waits.
WITH_ONLY = [('exits', 'GET', '500 in step'), ('exits', 'HEAD', '500 in step')]


@pytest.fixture(scope='module')
def unit():
    server = gateway_unit.start()
    try:
        yield server
    finally:
        server.stop()


def get(unit, path, unix=False, **how):
    return split_reply(unit.talk(request(path, close=True, **how), unix=unix))[0]


def closed(unit, name):
    """How often the body of an application was closed so far."""
    return get(unit, '/bare/closed').body.decode('ascii').split(',').count(name)


def wait_for_close(unit, name, times):
    late = time.time() + gateway_unit.TIMEOUT
    while closed(unit, name) != times:
        assert time.time() < late, 'waited in vain for close()'
        time.sleep(.05)


@pytest.mark.parametrize('name, method, wrong, right', CASES)
def test_what_unit_does_wrong_is_right_behind_the_gateway(name, method, wrong, right, unit):
    assert outcome(unit, 'bare', name, method) == wrong
    assert outcome(unit, 'with', name, method) == right


@pytest.mark.parametrize('name, method, right', WITH_ONLY)
def test_an_application_that_exits_does_no_harm(name, method, right, unit):
    assert outcome(unit, 'with', name, method) == right


def test_text_for_wsgi_errors_reaches_the_log_of_unit(unit):
    assert outcome(unit, 'bare', 'text_errors') == ('503 in step' if PY2 else '200 plain in step')
    assert outcome(unit, 'with', 'text_errors') == '200 plain in step'
    assert PY2 is False or u'\u20ac 2\n3\n' in unit.log()


@pytest.mark.parametrize('size', [0, 14, 16384, 50000, 5000000])
def test_what_is_uploaded_is_read_as_it_was_sent(size, unit):
    body = (b'--part\r\n' + b'12345678 line\r\n' * (size // 15 + 1))[:size]
    assert uploaded(unit, 'with', body)
    assert uploaded(unit, 'bare', body) == (size <= 16384)


def test_a_connection_stays_in_step_over_many_requests(unit):
    names = ['unsized', 'written', 'generated', 'sized_body', 'silent_on_head', 'no_content',
             'not_modified', 'raises', 'too_long', 'hop_by_hop', 'sized_silent_on_head']
    asked = [(name, method) for name in names for method in ('HEAD', 'GET', 'HEAD')]
    rest = unit.talk(b''.join(request('/with/' + name, method) for name, method in asked)
                     + request('/with/plain', close=True))
    for name, method in asked:
        reply, rest = split_reply(rest, method)
        length = reply.get('content-length')
        assert method == 'GET' or reply.status in (204, 304) or int(length) > 0, name
    assert split_reply(rest)[0].body == b'plain'


@pytest.mark.parametrize('unix', [False, True])
@pytest.mark.parametrize('host, version', [
    ('trac.example', '1.1'), ('trac.example:99', '1.1'), (None, '1.0'), (None, '1.1')])
def test_the_environ_is_complete_on_each_listener(unix, host, version, unit):
    bare, filled = (json.loads(get(unit, '/%s/environ' % layer, unix, host=host, version=version,
                                   Proxy='evil', body=b'x').body.decode('ascii'))
                    for layer in ('bare', 'with'))
    assert 'SCRIPT_NAME' not in bare and bare['HTTP_PROXY'] == 'evil'
    assert bare['SERVER_PORT'] == ('' if unix else str(unit.port))
    assert bare.get('HTTP_HOST') == host
    port = '80' if unix else str(unit.port)
    assert filled['SERVER_PORT'] == port and filled['SCRIPT_NAME'] == ''
    assert filled['HTTP_HOST'] == (host or ('localhost' if unix else 'localhost:' + port))
    assert filled['SERVER_NAME'] and filled['input'] == 'x'
    assert not {'HTTP_PROXY', 'HTTP_CONTENT_LENGTH'} & set(filled)


@pytest.mark.parametrize('name', ['raises', 'raises_first', 'splits', 'never_starts'])
def test_an_error_page_has_the_reference_of_the_log(name, unit):
    reply = get(unit, '/with/' + name)
    ref = re.search(b'Reference: <code>([0-9a-f]{8})</code>', reply.body).group(1).decode('ascii')
    assert b'.py' not in reply.body
    assert re.search('reference=%s reason=.*\n(.*\n)*?Traceback' % ref, unit.log())


@pytest.mark.parametrize('layer, raised', [
    ('bare', 'RuntimeError: failed to allocate response object'),
    ('with', "KeyError: 'the original'")])
def test_exc_info_once_headers_are_out_brings_the_original_exception(layer, raised, unit):
    before = len(unit.log())
    unit.talk(request('/%s/replaces_too_late' % layer))
    assert unit.log()[before:].rstrip().splitlines()[-1] == raised


@pytest.mark.parametrize('name', ['raises_first', 'raises_in_body', 'raises_in_sized_body'])
@pytest.mark.parametrize('method', ['GET', 'HEAD'])
def test_a_body_that_raises_is_closed_once(name, method, unit):
    before = closed(unit, name)
    unit.talk(request('/with/' + name, method, close=True))
    wait_for_close(unit, name, before + 1)


def test_a_body_is_closed_when_the_client_goes_away(unit):
    before = closed(unit, 'long_stream')
    connection = unit.connect()
    connection.sendall(request('/with/long_stream'))
    assert connection.recv(4096).startswith(b'HTTP/1.1 200 OK\r\n')
    connection.close()
    wait_for_close(unit, 'long_stream', before + 1)


def test_a_large_file_arrives_whole(unit):
    reply = get(unit, '/with/big_file')
    assert reply.status == 200 and len(reply.body) == BIG
    assert reply.body == b''.join(b'%08d' % number for number in range(BIG // 8))
    head, rest = split_reply(unit.talk(request('/with/big_file', 'HEAD', close=True)), 'HEAD')
    assert (head.get('content-length'), rest) == (str(BIG), b'')


def test_a_stream_arrives_while_it_is_made(unit):
    connection = unit.connect()
    try:
        connection.sendall(request('/with/waits'))
        data = b''
        while b'first' not in data:
            data += connection.recv(4096)
        assert get(unit, '/bare/go_on').status == 200  # or it waits for good
        while b'second' not in data:
            data += connection.recv(4096)
    finally:
        connection.close()

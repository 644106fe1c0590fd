"""A call to the provider ends by its deadline, whatever the other side does."""
import threading
import time

import pytest

from support.scripted_server import OK, refused
from support.scripted_server import authority, no_proxy, serve  # noqa: F401 (fixtures)
from trac_unit.oidc.provider.transport import Transport, wait_for_timers


def status_line(server, connection):
    server.read(connection)
    server.drip(connection, b'H')


def headers(server, connection):
    server.read(connection)
    connection.sendall(OK)
    server.drip(connection, b'X')


def many_headers(server, connection):
    server.read(connection)
    connection.sendall(OK)
    server.drip(connection, b'X: y\r\n', .02)


def body(server, connection):
    server.read(connection)
    connection.sendall(OK + b'\r\n{')
    server.drip(connection, b' ')


def body_of_known_length(server, connection):
    server.read(connection)
    connection.sendall(OK + b'Content-Length: 100000\r\n\r\n{')
    server.drip(connection, b' ')


def whole_body_held_open(server, connection):
    server.read(connection)
    connection.sendall(OK + b'Connection: close\r\n\r\n{"sub": "alice"}')
    server.stopping.wait(4)


def chunks(server, connection):
    server.read(connection)
    connection.sendall(OK + b'Transfer-Encoding: chunked\r\n\r\n')
    server.drip(connection, b'1\r\n \r\n')


def chunk_size(server, connection):
    server.read(connection)
    connection.sendall(OK + b'Transfer-Encoding: chunked\r\n\r\n')
    server.drip(connection, b'0')


def nothing(server, connection):
    server.stopping.wait(4)


def interim(server, connection):
    server.read(connection)
    server.drip(connection, b'HTTP/1.1 100 Continue\r\n\r\n', .01)


SLOW = [status_line, headers, body, body_of_known_length, whole_body_held_open, chunks,
        chunk_size, nothing, interim]


@pytest.mark.parametrize('behave', SLOW, ids=[behave.__name__ for behave in SLOW])
def test_one_deadline_holds_for_the_whole_call(behave, serve):  # noqa: F811
    url = serve(behave).url()
    begun = time.time()
    assert refused(lambda: Transport(1).get(url)) == 'timeout'
    assert .9 < time.time() - begun < 2


def test_a_header_that_never_ends_is_no_answer(serve):  # noqa: F811
    assert refused(lambda: Transport(1).get(serve(many_headers).url())) in (
        'timeout', 'unreachable')


def test_the_deadline_holds_in_the_tls_handshake(serve):  # noqa: F811
    def handshake(server, connection):
        connection.recv(1)
        connection.sendall(b'\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03')
        server.drip(connection, b'\0')
    begun = time.time()
    assert refused(lambda: Transport(1).get(serve(handshake).url('https'))) == 'timeout'
    assert time.time() - begun < 2


def test_the_deadline_holds_behind_a_slow_tls_handshake(serve, authority):  # noqa: F811
    def late(server, connection):
        time.sleep(.7)  # the handshake alone may take this long
        tls = authority.context().wrap_socket(connection, server_side=True)
        server.read(tls)
        tls.sendall(OK + b'\r\n{')
        server.drip(tls, b' ')
    begun = time.time()
    url = serve(late).url('https')
    assert refused(lambda: Transport(1, authority.path).get(url)) == 'timeout'
    assert time.time() - begun < 2


@pytest.mark.parametrize('behave', [headers, body])
def test_the_deadline_holds_behind_a_proxy(behave, serve, monkeypatch):  # noqa: F811
    proxy = serve(behave)
    monkeypatch.setenv('http_proxy', 'http://127.0.0.1:%d' % proxy.port)
    begun = time.time()
    assert refused(lambda: Transport(1).get('http://provider.example/')) == 'timeout'
    assert time.time() - begun < 2
    assert proxy.requests and proxy.requests[0].startswith(b'GET http://provider.example/')


def test_a_server_that_is_fast_enough_is_heard(serve):  # noqa: F811
    def pause(server, connection):
        server.read(connection)
        connection.sendall(OK + b'\r\n{')
        time.sleep(.3)
        connection.sendall(b'}')
    assert Transport(2).get(serve(pause).url()).content == b'{}'


def test_a_finished_call_is_not_hung_up_later(serve):  # noqa: F811
    transport = Transport(1)
    url = serve(OK + b'Content-Length: 2\r\n\r\n{}').url()
    before = threading.active_count()
    for _ in range(20):
        assert transport.get(url).content == b'{}'
    assert threading.active_count() < before + 5


def test_no_timer_lives_on(serve):  # noqa: F811
    def prompt(server, connection):
        server.read(connection)
        connection.sendall(OK + b'Content-Length: 2\r\n\r\n{}')

    url = serve(prompt).url()
    for _ in range(5):
        Transport(5).get(url)
    wait_for_timers()
    assert [thread for thread in threading.enumerate() if 'Timer' in type(thread).__name__] == []

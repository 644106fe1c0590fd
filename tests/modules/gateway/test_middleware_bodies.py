"""Bodies behind the gateway: streamed as they come, closed once, Trac's the same byte for byte."""

import io

import pytest
from support.exchange import Exchange, environ
from support.gateway_apps import CLOSED, Body, application, sized
from support.raw_http import request, split_reply
from trac.timeline import web_ui
from trac.util import datefmt
from trac.web import chrome
from trac.web.main import dispatch_request
from support.unit_like_server import UnitLikeServer

from trac_unit.gateway.middleware import Gateway
from trac_unit.gateway.wsgi_environ import BLOCK_SIZE


@pytest.fixture
def server():
    return UnitLikeServer(application)


def test_a_body_that_is_too_long_is_not_read_to_its_end():
    taken = []

    def endless(environ, start_response):
        start_response('200 OK', sized(5))
        while True:
            taken.append(1)
            yield b'hel'

    assert Exchange(Gateway(endless)).rest() == b'helhe'
    assert len(taken) == 2


@pytest.mark.parametrize('name', ['raises_first', 'raises_in_body', 'raises_in_sized_body'])
@pytest.mark.parametrize('method', ['GET', 'HEAD'])
def test_the_body_is_closed_once_when_it_raises(name, method, server):
    del CLOSED[:]
    server.talk(request('/with/' + name, method))
    assert CLOSED == [name]


def closing(chunks, status='200 OK'):
    def application(environ, start_response):
        start_response(status, [])
        return Body('closing', chunks)
    return Gateway(application)


@pytest.mark.parametrize('method, status, chunks', [
    ('GET', '200 OK', [b'x']), ('GET', '200 OK', []), ('GET', '304 Not Modified', [b'x']),
    ('HEAD', '200 OK', [b'x']), ('GET', '200 OK', [5]), ('GET', '200 OK', None)])
def test_the_body_is_closed_once_at_the_end(method, status, chunks):
    del CLOSED[:]
    exchange = Exchange(closing(chunks, status), method)
    exchange.rest()
    exchange.body.close()
    assert CLOSED == ['closing']


@pytest.mark.parametrize('taken', [0, 1, 2])
def test_the_body_is_closed_when_the_client_goes_away(taken):
    del CLOSED[:]
    exchange = Exchange(closing([b'x'] * 9))
    for _ in range(taken):
        next(exchange.body)
    assert CLOSED == []
    exchange.body.close()
    assert CLOSED == ['closing']


def test_a_generator_is_closed_when_the_client_goes_away():
    ends = []

    def generator(environ, start_response):
        start_response('200 OK', [])
        try:
            yield b'1'
            yield b'2'
        finally:
            ends.append(1)

    exchange = Exchange(Gateway(generator))
    assert next(exchange.body) == b'1'
    exchange.body.close()
    assert ends == [1]


class Reads(io.BytesIO):
    """A file that remembers how much was asked for."""

    def __init__(self, data):
        io.BytesIO.__init__(self, data)
        self.sizes = []

    def read(self, size=-1):
        self.sizes.append(size)
        return io.BytesIO.read(self, size)


@pytest.mark.parametrize('asked, block', [(4096, BLOCK_SIZE), (BLOCK_SIZE * 2, BLOCK_SIZE * 2)])
def test_a_file_is_sent_in_large_blocks_and_closed(asked, block):
    file = Reads(b'x' * (block + 1))

    def sends(environ, start_response):
        start_response('200 OK', [])
        return environ['wsgi.file_wrapper'](file, asked)

    exchange = Exchange(Gateway(sends))
    assert [len(chunk) for chunk in exchange.body] == [block, 1]
    assert set(file.sizes) == {block} and not file.closed
    exchange.body.close()
    assert file.closed


def streaming(made):
    """An application that notes each chunk as it is made."""
    def application(environ, start_response):
        start_response('200 OK', [])
        for number in range(3):
            made.append(number)
            yield b'%d' % number
    return Gateway(application)


def test_a_chunk_is_with_the_server_before_the_next_is_made():
    made = []
    exchange = Exchange(streaming(made))
    assert made == [] and exchange.started == []
    for number in range(3):
        assert next(exchange.body) == b'%d' % number
        assert made == list(range(number + 1))
    assert exchange.started == [('200 OK', [])]


def test_what_is_written_is_with_the_server_before_write_returns():
    arrived, seen = [], []

    def writes(environ, start_response):
        write = start_response('200 OK', [])
        for chunk in (b'0', b'1', b'2'):
            write(chunk)
            seen.append(b''.join(arrived))
        return [b'3']

    body = Gateway(writes)(environ(), lambda status, headers: arrived.append)
    assert seen == [b'0', b'01', b'012']
    assert b''.join(body) == b'3'


def test_headers_wait_for_the_first_byte_and_a_pause_after_it_is_passed_on():
    def pauses(environ, start_response):
        start_response('200 OK', [('X-Kept', 'first')])
        yield b''
        yield b'1'
        yield b''
        yield b'2'

    exchange = Exchange(Gateway(pauses))
    assert exchange.started == []
    assert list(exchange.body) == [b'1', b'', b'2']


def test_a_list_goes_to_the_server_as_it_is():
    body = [b'1', b'2']

    def listing(environ, start_response):
        start_response('200 OK', sized(2))
        return body

    assert Exchange(Gateway(listing)).body is body


def test_head_reads_no_more_of_a_body_than_it_must():
    made = []

    def counted(environ, start_response):
        start_response('200 OK', sized(3))
        for number in range(3):
            made.append(number)
            yield b'x'

    exchange = Exchange(Gateway(counted), 'HEAD')
    assert exchange.rest() == b'' and made == [0]
    assert exchange.started == [('200 OK', sized(3))]


def test_head_asks_with_get_only_where_nothing_tells_the_length():
    methods = []

    def notes(environ, start_response):
        methods.append(environ['REQUEST_METHOD'])
        environ['PATH_INFO'] = environ.pop('SCRIPT_NAME')  # it is the application's to change
        write = start_response('200 OK', [('X-Method', methods[-1])])
        if methods[-1] != 'HEAD':
            write(b'hello')
        return Body('notes', [])

    del CLOSED[:]
    exchange = Exchange(Gateway(notes), 'HEAD')
    assert exchange.rest() == b''
    assert exchange.started == [('200 OK', [('X-Method', 'HEAD'), ('Content-Length', '5')])]
    assert (methods, CLOSED) == (['HEAD', 'GET'], ['notes', 'notes'])
    Exchange(Gateway(notes)).rest()
    assert methods == ['HEAD', 'GET', 'GET']


TRAC = ['/', '/wiki', '/wiki/WikiStart?version=1', '/newticket', '/query', '/report', '/roadmap',
        '/search?q=x', '/about', '/timeline', '/prefs', '/chrome/common/css/trac.css',
        '/chrome/common/trac_logo_mini.png', '/admin', '/ticket/404', '/nowhere',
        '/wiki?format=txt', '/wiki/WikiStart?format=txt']


def visit(application, path, environment, method='GET'):
    """What Trac calls start_response with, and the body: written and iterated."""
    path, _, query = path.partition('?')
    exchange = Exchange(application, method, PATH_INFO=path, QUERY_STRING=query, **{
        'trac.env_path': environment, 'trac.locale': 'C', 'SCRIPT_NAME': '',
        'HTTP_COOKIE': 'trac_form_token=0123456789; trac_session=0123456789abcdef'})
    body = exchange.rest()
    return exchange.started, body


def test_pages_of_trac_are_the_same_byte_for_byte(environment, monkeypatch):
    now = datefmt.datetime_now(datefmt.utc)
    for module in (datefmt, chrome, web_ui):  # pages tell how many seconds ago they were changed
        monkeypatch.setattr(module, 'datetime_now', lambda tz=None: now)
    statuses = set()
    for path in TRAC:
        # The first visit to a page can differ from later ones.
        visit(dispatch_request, path, environment)
        without = visit(dispatch_request, path, environment)
        assert visit(Gateway(dispatch_request), path, environment) == without, path
        statuses.add(without[0][0][0][:3])
        assert without[1]
    assert statuses == {'200', '403', '404'}


@pytest.mark.parametrize('path', ['/wiki', '/chrome/common/css/trac.css', '/nowhere'])
def test_head_of_a_page_of_trac_has_the_length_of_get_and_leaves_the_connection_in_step(
        path, environment):
    def trac(environ, start_response):
        environ.update({'trac.env_path': environment, 'trac.locale': 'C'})
        return application(environ, start_response)

    application = dispatch_request
    wrong = UnitLikeServer(trac).talk(request(path, 'HEAD') + request(path, close=True))
    assert path != '/wiki' or split_reply(wrong, 'HEAD')[1].startswith(b'0\r\n')
    application = Gateway(dispatch_request)
    head, rest = split_reply(UnitLikeServer(trac).talk(
        request(path, 'HEAD') + request(path, close=True)), 'HEAD')
    get, rest = split_reply(rest)
    assert (rest, head.status) == (b'', get.status)
    assert int(head.get('content-length')) == len(get.body) > 500

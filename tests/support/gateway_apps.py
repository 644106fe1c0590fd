# -*- coding: utf-8 -*-
"""Applications that bring out where a server departs from PEP 3333, and what then happens.

``/bare/NAME`` answers with the application NAME as it is, ``/with/NAME`` with
the same application behind the gateway.  Unit loads this module itself.
"""

import hashlib
import json
import logging
import os
import sys
import tempfile
import threading

from trac_unit.gateway.middleware import Gateway

TEXT = [('Content-Type', 'text/plain')]
#: What was closed, by name, in order.
CLOSED = []
GO_ON = threading.Event()
APPLICATIONS = {}
BIG = 30 * 1024 * 1024


def case(function):
    """Make an application known by its name."""
    APPLICATIONS[function.__name__] = function
    return function


def sized(length):
    return TEXT + [('Content-Length', str(length))]


class Body(object):
    """An iterable that tells when it is closed."""

    def __init__(self, name, chunks):
        self._name, self._chunks = name, chunks

    def __iter__(self):
        return iter(self._chunks)

    def close(self):
        CLOSED.append(self._name)


#: The applications that do no more than answer: status, headers and body.
ANSWERS = {
    'plain': ('200 OK', sized(5), [b'plain']),
    'unsized': ('200 OK', TEXT, [b'hel', b'lo']),
    'sized_body': ('200 OK', sized(5), [b'hello']),
    'whole_string': ('200 OK', sized(5), b'hello'),
    'no_content': ('204 No Content', sized(5), [b'hello']),
    'not_modified': ('304 Not Modified', TEXT, [b'hello']),
    'continues': ('100 Continue', TEXT, [b'hello']),
    'too_long': ('200 OK', sized(5), [b'hello, all', b' of you']),
    'too_short_empty': ('200 OK', sized(50), []),
    'text_chunk': ('200 OK', sized(5), [u'hello']),
    'tuple_of_headers': ('200 OK', tuple(sized(5)), [b'hello']),
    'number_as_value': ('200 OK', TEXT + [('Content-Length', 5)], [b'hello']),
    'not_latin1': ('200 OK', sized(5) + [('X-Name', u'\u20ac')], [b'hello']),
    'splits': ('200 OK', sized(5) + [('Location', 'x\r\nSet-Cookie: evil=1')], [b'hello']),
    'splits_by_line_feed':
        ('200 OK', sized(5) + [('Location', 'x\nSet-Cookie: evil=1')], [b'hello']),
    'splits_by_name': ('200 OK', sized(5) + [('X: y\r\nSet-Cookie', 'evil=1')], [b'hello']),
    'hop_by_hop': ('200 OK', TEXT + [
        ('Transfer-Encoding', 'chunked'), ('connection', 'X-Kept'), ('Keep-Alive', 'timeout=5'),
        ('TRAILER', 'x'), ('Status', '201 Created'), ('X-Kept', 'kept')], [b'hello']),
}


def then_raise(*chunks):
    for chunk in chunks:
        yield chunk
    raise KeyError('the original')


@case
def written(environ, start_response):
    write = start_response('200 OK', list(TEXT))
    write(b'hel')
    write(b'lo')
    return []


@case
def generated(environ, start_response):
    start_response('200 OK', list(TEXT))
    yield b'hel'
    yield b''
    yield b'lo'


@case
def silent_on_head(environ, start_response):
    """As Trac's pages are: no length, and to HEAD no body."""
    write = start_response('200 OK', list(TEXT))
    if environ['REQUEST_METHOD'] != 'HEAD':
        write(b'hello')
    return []


@case
def sized_silent_on_head(environ, start_response):
    start_response('200 OK', sized(5))
    return [] if environ['REQUEST_METHOD'] == 'HEAD' else [b'hello']


@case
def raises(environ, start_response):
    raise KeyError('the original')


@case
def exits(environ, start_response):
    sys.exit('the original')


@case
def raises_first(environ, start_response):
    start_response('200 OK', list(TEXT))
    return Body('raises_first', then_raise())


@case
def raises_in_body(environ, start_response):
    start_response('200 OK', list(TEXT))
    return Body('raises_in_body', then_raise(b'hel'))


@case
def raises_in_sized_body(environ, start_response):
    start_response('200 OK', sized(5))
    return Body('raises_in_sized_body', then_raise(b'hel'))


@case
def starts_twice(environ, start_response):
    start_response('200 OK', list(TEXT))
    start_response('201 Created', list(TEXT))
    return [b'hello']


def _start_again(start_response):
    try:
        raise KeyError('the original')
    except KeyError:
        start_response('502 Bad Gateway', sized(5), sys.exc_info())


@case
def replaces(environ, start_response):
    start_response('200 OK', list(TEXT))
    _start_again(start_response)
    return [b'hello']


@case
def replaces_too_late(environ, start_response):
    start_response('200 OK', list(TEXT))(b'hel')
    _start_again(start_response)
    return [b'lo']


@case
def never_starts(environ, start_response):
    return []


@case
def keywords(environ, start_response):
    start_response(status='200 OK', response_headers=sized(5))
    return [b'hello']


@case
def too_long_written(environ, start_response):
    start_response('200 OK', sized(5))(b'hello, all of you')
    return []


@case
def too_short(environ, start_response):
    start_response('200 OK', sized(50))
    return iter([b'hello'])


@case
def text_errors(environ, start_response):
    environ['wsgi.errors'].write(u'\u20ac 1\n')
    environ['wsgi.errors'].writelines([u'\u20ac 2\n', '3\n'])
    environ['wsgi.errors'].flush()
    return answer('plain', start_response)


@case
def environ(environ, start_response):
    shown = dict((key, value) for key, value in environ.items() if isinstance(value, str))
    body = json.dumps(dict(shown, input=environ['wsgi.input'].read().decode('latin-1'),
                           wrapper='wsgi.file_wrapper' in environ)).encode('ascii')
    start_response('200 OK', sized(len(body)))
    return [body]


@case
def upload(environ, start_response):
    """Reads the request's body as cgi.FieldStorage does a part that tells its length."""
    stream = environ['wsgi.input']
    body = stream.readline() + stream.read(50) + stream.readline() + stream.read()
    start_response('200 OK', list(TEXT))
    return [hashlib.sha256(body).hexdigest().encode('ascii'), b'' if stream.read() else b' end']


@case
def closed(environ, start_response):
    start_response('200 OK', list(TEXT))
    return [','.join(CLOSED).encode('ascii')]


@case
def big_file(environ, start_response):
    file = tempfile.TemporaryFile()
    file.write(b''.join(b'%08d' % number for number in range(BIG // 8)))
    file.seek(0)
    start_response('200 OK', sized(BIG))
    return environ['wsgi.file_wrapper'](file, 4096)


@case
def waits(environ, start_response):
    """Makes its second chunk when another request says so."""
    start_response('200 OK', list(TEXT))
    yield b'first'
    GO_ON.wait(60)
    yield b'second' if GO_ON.is_set() else b'in vain'


@case
def go_on(environ, start_response):
    GO_ON.set()
    return answer('plain', start_response)


@case
def long_stream(environ, start_response):
    start_response('200 OK', list(TEXT))
    return Body('long_stream', (b'x' * 65536 for _ in range(256)))


def answer(name, start_response):
    status, headers, body = ANSWERS[name]
    start_response(status, headers[:])
    return body


def bare(environ, start_response):
    name = environ['PATH_INFO'].rpartition('/')[2]
    if name in ANSWERS:
        return answer(name, start_response)
    return APPLICATIONS[name](environ, start_response)


gateway = Gateway(bare)


def application(environ, start_response):
    layer = gateway if environ['PATH_INFO'].startswith('/with/') else bare
    return layer(environ, start_response)


if os.environ.get('GATEWAY_APPS_LOG'):  # in Unit
    logging.basicConfig()

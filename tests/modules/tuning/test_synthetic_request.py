"""A request of one's own: what it is, and what becomes of the answer."""

import pytest

from support.tuned import answering
from trac_unit.tuning.synthetic_request import synthetic_request


def test_the_body_is_read_and_closed_even_if_it_breaks():
    class Body(object):
        closed = 0

        def __iter__(self):
            yield b'x'
            raise ValueError('half')

        def close(self):
            self.closed += 1

    body = Body()
    with pytest.raises(ValueError):
        synthetic_request(answering('200 OK', body), '/')
    assert body.closed == 1


def test_it_is_what_it_is_told_to_be():
    asked = []

    def application(environ, start_response):
        asked.append(environ)
        return answering('204 No Content')(environ, start_response)

    assert synthetic_request(application, '/wiki', '/trac', {'REMOTE_USER': 'alice'}) == \
        '204 No Content'
    assert [(environ['SCRIPT_NAME'], environ['PATH_INFO'], environ['REMOTE_USER'])
            for environ in asked] == [('/trac', '/wiki', 'alice')]


def test_an_application_that_begins_late_has_a_status_too():
    def late(environ, start_response):
        start_response('200 OK', [])(b'x')
        yield b'y'

    assert synthetic_request(late, '/') == '200 OK'
    assert synthetic_request(lambda environ, start_response: [], '/') == ''

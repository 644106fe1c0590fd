# -*- coding: utf-8 -*-
"""One request as the sign-in layer sees it: its base URL, its method, its form, and redirects."""
import io

import pytest

from support.form_post import FORM
from support.oidc_request import oidc_request
from trac_unit.errors import BadRequest
from trac_unit.oidc.browser.request import MethodNotAllowed, see_other


# Addresses

@pytest.mark.parametrize('base_url, link, external', [
    ('https://trac.example.org', '/wiki', 'https://trac.example.org/wiki'),
    ('http://localhost:8080/a/b', '/a/b/wiki', 'http://localhost:8080/a/b/wiki'),
    ('https://trac.example.org/%C5%BE', '/%C5%BE/wiki', 'https://trac.example.org/%C5%BE/wiki')])
def test_a_path_of_this_trac_has_a_link_and_a_url(base_url, link, external):
    assert oidc_request(base_url=base_url).link('/wiki') == link
    assert oidc_request(base_url=base_url).external('/wiki') == external


@pytest.mark.parametrize('base_url', ['https://trac.example.org',
                                      'https://trac.example.org/trac'])
def test_a_redirect_is_absolute_and_to_this_site_whatever_the_host_header_says(base_url):
    response = oidc_request(base_url=base_url, HTTP_HOST='evil.example').redirect('/trac/wiki?x=1')
    assert response.status == '303 See Other'
    assert response.location == 'https://trac.example.org/trac/wiki?x=1'


def test_a_redirect_is_kept_by_nobody_and_has_no_body():
    response = see_other('https://id.example/authorize?state=x')
    assert (response.status_int, response.location) == (
        303, 'https://id.example/authorize?state=x')
    assert response.headers['Cache-Control'] == 'no-store'
    assert response.body == b''
    assert all(type(part) is str for pair in response.headerlist for part in pair)


# The request

def test_a_sparse_environ_is_a_get_of_nothing():
    asked = oidc_request()
    del asked.environ['PATH_INFO'], asked.environ['REQUEST_METHOD'], asked.environ['QUERY_STRING']
    again = type(asked)(asked.environ, asked.base_url, 'name')
    assert (again.path, again.method, again.query, again.base_path) == ('', 'GET', '', '')


@pytest.mark.parametrize('method', ['GET', 'HEAD'])
def test_a_method_that_is_allowed_passes(method):
    assert oidc_request(method=method).allow('GET', 'HEAD') is None


@pytest.mark.parametrize('method', ['POST', 'get', 'HEAD ', '', 'GETX', 'x\r\ny' * 100, '\xff'])
def test_another_method_is_refused(method):
    with pytest.raises(MethodNotAllowed) as caught:
        oidc_request(method=method).allow('GET', 'HEAD')
    assert caught.value.reason == 'method'
    assert caught.value.status == '405 Method Not Allowed'
    assert str(caught.value).startswith('expected GET or HEAD, got ')
    assert len(str(caught.value)) < 200 and '\n' not in str(caught.value)


def test_the_session_is_the_cookie_of_the_name_that_this_trac_has():
    header = {'HTTP_COOKIE': 'other=1; name=2; __Host-name=3'}
    assert oidc_request(cookie='name', **header).secret == '2'
    assert oidc_request(cookie='__Host-name', **header).secret == '3'
    assert oidc_request(cookie='missing', **header).secret is None
    assert oidc_request(cookie='name').secret is None


# Forms

def test_a_form_is_read_as_it_came():
    assert oidc_request(method='POST', form=b'a=1&b=%ff\xff').form() == 'a=1&b=%ff\xff'
    assert oidc_request(method='POST', form=b'').form() == ''
    assert type(oidc_request(method='POST', form=b'x').form()) is str


@pytest.mark.parametrize('kind', [
    None, '', 'application/json', 'text/plain', 'multipart/form-data; boundary=x', FORM + 'x',
    FORM + ', text/plain', 'x' * 9999])
def test_what_is_no_form_is_refused_unread(kind):
    environ = {} if kind is None else {'CONTENT_TYPE': kind}
    with pytest.raises(BadRequest) as caught:
        oidc_request(method='POST', CONTENT_LENGTH='10', **environ).form()
    assert caught.value.reason == 'form_type'
    assert len(str(caught.value)) < 200


class HangsUp(object):
    """A browser that went away while it sent its form."""

    def read(self, size=-1):
        raise IOError('connection reset: evilmark')


class Drips(object):
    """A server that gives the body in small pieces, which PEP 3333 allows."""

    def __init__(self, body):
        self._file = io.BytesIO(body)

    def read(self, size=-1):
        return self._file.read(min(size, 3))


def visit_with(body, length, content_type=FORM):
    environ = {'CONTENT_TYPE': content_type, 'wsgi.input': body}
    if length is not None:
        environ['CONTENT_LENGTH'] = length
    return oidc_request('/oidc/callback', 'POST', **environ)


LENGTHS = [
    ('none', None, 'form_length'), ('empty', '', 'form_length'), ('negative', '-1', 'form_length'),
    ('text', 'evilmark', 'form_length'), ('with a plus', '+10', 'form_length'),
    ('a float', '1e1', 'form_length'), ('hexadecimal', '0x10', 'form_length'),
    ('with an underscore', '1_0', 'form_length'), ('with a space', '1 0', 'form_length'),
    ('with a line break', '10\n', 'form_length'), ('two of them', '10, 10', 'form_length'),
    ('other digits', '\xb2', 'form_length'), ('of 5000 digits', '9' * 5000, 'form_length'),
    ('one byte too many', '65537', 'form_size'), ('huge', '999999999999', 'form_size'),
    ('more than there is', '11', 'form_cut'),
]


@pytest.mark.parametrize('length, reason', [row[1:] for row in LENGTHS],
                         ids=[row[0] for row in LENGTHS])
def test_a_form_without_a_good_length_is_refused(length, reason):
    with pytest.raises(BadRequest) as caught:
        visit_with(io.BytesIO(b'0123456789'), length).form()
    assert caught.value.reason == reason
    assert len(str(caught.value)) < 200


def test_a_browser_that_hangs_up_sends_no_form():
    with pytest.raises(BadRequest) as caught:
        visit_with(HangsUp(), '10').form()
    assert caught.value.reason == 'form_cut'
    assert 'evilmark' not in str(caught.value)


def test_a_body_that_comes_in_pieces_is_read_as_far_as_it_is_long():
    asked = visit_with(Drips(b'a=1&b=\xff\xfexyz'), '10',
                       'Application/X-WWW-Form-Urlencoded; charset=UTF-8')
    assert asked.form() == 'a=1&b=\xff\xfexy'

"""Calls to the provider: so much is read, no redirect followed, the right certificate wanted."""
import gzip
import io

import pytest

from support.scripted_server import OK, Authority, refused
from support.scripted_server import authority, no_proxy, serve  # noqa: F401 (fixtures)
from trac_unit.errors import ProviderError
from trac_unit.oidc.provider.transport import MAX_BODY, Transport, json_object


# Size

def test_a_body_of_the_largest_size_is_read_and_one_byte_more_is_not(serve):  # noqa: F811
    whole = b'x' * MAX_BODY
    url = serve(OK + b'Connection: close\r\n\r\n' + whole).url()
    assert len(Transport(5).get(url).content) == MAX_BODY
    url = serve(OK + b'Connection: close\r\n\r\n' + whole + b'x').url()
    assert refused(lambda: Transport(5).get(url)) == 'too_large'


def test_an_endless_body_is_left_early(serve):  # noqa: F811
    sent = []

    def endless(server, connection):
        server.read(connection)
        connection.sendall(OK + b'Transfer-Encoding: chunked\r\n\r\n')
        while not server.stopping.is_set():
            connection.sendall(b'10000\r\n' + b'x' * 65536 + b'\r\n')
            sent.append(65536)
    assert refused(lambda: Transport(5).get(serve(endless).url())) == 'too_large'
    assert sum(sent) < 30 * MAX_BODY


@pytest.mark.parametrize('response', [
    b'', b'\0' * 100, b'HTTP/1.1\r\n\r\n', b'HTTP/1.1 abc OK\r\n\r\n', b'\r\n' * 10,
    OK + b'X: ' + b'y' * 200000 + b'\r\n\r\n{}', OK + b'X: y\r\n' * 1000 + b'\r\n{}',
    OK + b'Content-Length: 100\r\n\r\n{}', OK + b'Transfer-Encoding: chunked\r\n\r\nzz\r\n{}',
    OK + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{}',
    OK + b'Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\njunk'])
def test_what_is_no_http_is_no_answer(response, serve):  # noqa: F811
    assert refused(lambda: Transport(2).get(serve(response).url())) == 'unreachable'


@pytest.mark.parametrize('coding', [b'deflate', b'br', b'gzip, gzip', b'zstd', b'compress'])
def test_an_encoding_that_was_not_asked_for_is_no_answer(coding, serve):  # noqa: F811
    url = serve(OK + b'Content-Encoding: ' + coding + b'\r\nContent-Length: 2\r\n\r\n{}').url()
    assert refused(lambda: Transport(2).get(url)) == 'encoding'


def test_gzip_is_read_though_it_was_not_asked_for(serve):  # noqa: F811
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode='wb') as file:
        file.write(b'{"a": 1}')
    head = OK + b'Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n' % len(packed.getvalue())
    server = serve(head + packed.getvalue())
    assert json_object(Transport(2).get(server.url()), 'x') == {'a': 1}
    assert b'Accept-Encoding: identity\r\n' in server.requests[0]


# Redirects, credentials, errors

@pytest.mark.parametrize('status', [300, 301, 302, 303, 304, 305, 307, 308, 399])
def test_no_redirect_is_followed(status, serve):  # noqa: F811
    goal = serve(OK + b'Content-Length: 2\r\n\r\n{}')
    moved = serve(b'HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n'
                  % (status, goal.url().encode('ascii')))
    assert refused(lambda: Transport(2).get(moved.url())) == 'redirect'
    assert goal.requests == []


def test_no_netrc_is_consulted(serve, tmpdir, monkeypatch):  # noqa: F811
    netrc = tmpdir.join('netrc')
    netrc.write('machine 127.0.0.1 login mallory password netrc-secret\n'
                'default login mallory password netrc-secret\n')
    netrc.chmod(0o600)
    monkeypatch.setenv('NETRC', str(netrc))
    monkeypatch.setenv('HOME', str(tmpdir))
    server = serve(OK + b'Content-Length: 2\r\n\r\n{}')
    Transport(2).get(server.url())
    assert b'authorization' not in server.requests[0].lower()


def test_no_cookie_is_kept_from_one_call_to_the_next(serve):  # noqa: F811
    server = serve(OK + b'Set-Cookie: a=b; Path=/\r\nContent-Length: 2\r\n\r\n{}')
    transport = Transport(2)
    for _ in range(2):
        transport.get(server.url())
    assert b'cookie' not in server.requests[1].lower()


@pytest.mark.parametrize('url', ['', 'nonsense', 'http://', 'http:///x', 'http://[::1/', '//x/y',
                                 'http://127.0.0.1:99999/', 'http://127.0.0.1:x/', 'ftp://x/y',
                                 'file:///etc/passwd', 'http://.example/', 'http://*/',
                                 'http://' + 'a' * 300 + '.example/',
                                 u'http://\xe4\u0300..x/'])
def test_a_url_that_is_none_is_a_provider_error(url):
    assert refused(lambda: Transport(1).get(url)) == 'unreachable'


def test_nobody_listening_is_a_provider_error(serve):  # noqa: F811
    server = serve(b'')
    server.stop()
    assert refused(lambda: Transport(1).get(server.url())) in ('unreachable', 'timeout')


def test_an_error_tells_the_place_but_not_the_query(serve):  # noqa: F811
    with pytest.raises(ProviderError) as caught:
        Transport(1).get(serve(b'').url() + '?token=hidden')
    assert 'hidden' not in str(caught.value)
    assert '/place' in str(caught.value)


# Certificates

def test_only_the_configured_authority_is_trusted(
        serve, authority, tmpdir, monkeypatch):  # noqa: F811
    url = serve(OK + b'Content-Length: 2\r\n\r\n{}', authority.context()).url('https')
    other = Authority(tmpdir, u'127.0.0.2')
    assert refused(lambda: Transport(2).get(url)) == 'unreachable'
    assert Transport(2, authority.path).get(url).content == b'{}'
    monkeypatch.setenv('REQUESTS_CA_BUNDLE', other.path)
    assert Transport(2, authority.path).get(url).content == b'{}'
    monkeypatch.setenv('REQUESTS_CA_BUNDLE', authority.path)
    assert refused(lambda: Transport(2, other.path).get(url)) == 'unreachable'


def test_a_certificate_for_another_name_is_refused(serve, tmpdir):  # noqa: F811
    other = Authority(tmpdir, u'provider.example')
    url = serve(OK + b'Content-Length: 2\r\n\r\n{}', other.context()).url('https')
    assert refused(lambda: Transport(2, other.path).get(url)) == 'unreachable'


def test_a_missing_authority_file_is_a_provider_error(serve, authority):  # noqa: F811
    url = serve(OK + b'Content-Length: 2\r\n\r\n{}', authority.context()).url('https')
    assert refused(lambda: Transport(2, '/nonexistent/ca.pem').get(url)) == 'unreachable'

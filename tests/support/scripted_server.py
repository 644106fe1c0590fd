"""A server on loopback that does at each connection what a test says, with TLS or without."""
import datetime
import ipaddress
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from support.jws import new_key
from trac_unit.errors import ProviderError

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'


class ScriptedServer(object):
    """A server on loopback that does what a function of the socket says, once a connection."""

    def __init__(self, behave, context=None):
        self.behave = behave
        self.context = context
        self.requests = []
        self.stopping = threading.Event()
        self._listener = socket.socket()
        self._listener.bind(('127.0.0.1', 0))
        self._listener.listen(8)
        self.port = self._listener.getsockname()[1]
        thread = threading.Thread(target=self._serve)
        thread.daemon = True
        thread.start()

    def url(self, scheme='http', host='127.0.0.1'):
        return '%s://%s:%d/place' % (scheme, host, self.port)

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except (OSError, socket.error):
                return
            thread = threading.Thread(target=self._handle, args=(connection,))
            thread.daemon = True
            thread.start()

    def _handle(self, connection):
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            self.behave(self, connection)
        except (OSError, socket.error):
            pass  # the client hung up, which is its right
        finally:
            connection.close()

    def read(self, connection):
        head = b''
        while b'\r\n\r\n' not in head:
            piece = connection.recv(4096)
            if not piece:
                break
            head += piece
        self.requests.append(head)

    def drip(self, connection, piece, pause=.1):
        # Four times the deadline, so that a lost one fails the test and does not hang it.
        for _ in range(int(4 / pause)):
            if self.stopping.wait(pause):
                break
            connection.sendall(piece)

    def stop(self):
        self.stopping.set()
        self._listener.close()


def make_certificate(private, name, authority=True):
    """A certificate in PEM that vouches for itself and for one name, valid for a century."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, u'test')])
    now = datetime.datetime(2020, 1, 1)
    names = [x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit()
             else x509.DNSName(name)]
    certificate = x509.CertificateBuilder().subject_name(subject).issuer_name(
        subject).public_key(private.public_key()).serial_number(7).not_valid_before(
        now).not_valid_after(now + datetime.timedelta(days=36500)).add_extension(
        x509.SubjectAlternativeName(names), False).add_extension(
        x509.BasicConstraints(authority, None), True).sign(
        private, hashes.SHA256(), default_backend())
    return certificate.public_bytes(serialization.Encoding.PEM)


class Authority(object):
    """A certificate that vouches for itself and for one name."""

    def __init__(self, folder, name):
        private = new_key('tls').private
        self.path = str(folder.join('ca-%s.pem' % name))
        self._key = str(folder.join('key.pem'))
        with open(self.path, 'wb') as file:
            file.write(make_certificate(private, name))
        with open(self._key, 'wb') as file:
            file.write(private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption()))

    def context(self, client_authority=None):
        """A server's; it asks for a certificate that the PEM `client_authority` vouches for."""
        context = ssl.SSLContext(getattr(ssl, 'PROTOCOL_TLS_SERVER', ssl.PROTOCOL_SSLv23))
        context.load_cert_chain(self.path, self._key)
        if client_authority is not None:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(client_authority)
        return context


@pytest.fixture
def serve():
    """A function that starts one."""
    servers = []

    def start(behave, context=None):
        if isinstance(behave, bytes):
            servers.append(ScriptedServer(lambda server, connection: (
                server.read(connection), connection.sendall(behave)), context))
        else:
            servers.append(ScriptedServer(behave, context))
        return servers[-1]
    yield start
    for each in servers:
        each.stop()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ('http_proxy', 'https_proxy', 'all_proxy', 'no_proxy', 'REQUESTS_CA_BUNDLE'):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def authority(tmpdir):
    return Authority(tmpdir, u'127.0.0.1')


def refused(call):
    with pytest.raises(ProviderError) as caught:
        call()
    return caught.value.reason

"""Real servers for tests: Trac in waitress or Unit, a front with TLS before them, Node.js.

All of them listen on loopback, on ports that were free, and end when stop() is called or when the
block of a with statement is left.
"""
from __future__ import print_function

import datetime
import ipaddress
import json
import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import trac_unit
from support.browser import native

try:
    from http.client import HTTPConnection
except ImportError:  # Python 2.7
    from httplib import HTTPConnection

STARTING = 60  # seconds that a server has to answer; a loaded machine is slow
STOPPING = 20  # seconds that it has to stop by itself

#: Where the package is imported from: site-packages, or the source tree.
PACKAGE_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(trac_unit.__file__)))

# The child's standard input is its leash: it ends with the process that holds the other end.
SERVE = """
import os, sys, threading
from waitress.server import create_server
from trac_unit.trac_wsgi import application
def leash():
    sys.stdin.read()
    os._exit(1)
thread = threading.Thread(target=leash)
thread.daemon = True
thread.start()
server = create_server(application, host='127.0.0.1', port=int(sys.argv[1]),
                       threads=int(sys.argv[2]))
print(server.effective_port)
sys.stdout.flush()
server.run()
"""


class Unavailable(Exception):
    """What this machine lacks for a server to start."""


class Unregistered(Unavailable):
    """It lacks what CI does not install either: Unit, which is in no registry."""


#: The programs that CI installs where they are missing.
INSTALLED = ('chromedriver', 'chromium', 'nginx', 'node', 'npm', 'redis-server')


def wait_for(condition, what, timeout=STARTING):
    """Return the first true value of condition(); AssertionError after `timeout` seconds."""
    waited, before = 0, time.time()
    while True:
        value = condition()
        if value:
            return value
        assert waited < timeout, 'waited %d s in vain for %s' % (timeout, what)
        time.sleep(.02)
        # A machine that was suspended meanwhile has not given the server that time.
        now = time.time()
        waited, before = waited + max(0, min(now - before, 1)), now


def free_port():
    """A TCP port of loopback on which nothing listens."""
    with_port = socket.socket()
    try:
        with_port.bind(('127.0.0.1', 0))
        return with_port.getsockname()[1]
    finally:
        with_port.close()


def child_environ(settings):
    """The variables of this process without those of Trac, with `settings`, a dict."""
    environ = dict((name, value) for name, value in os.environ.items()
                   if not name.startswith('TRAC_') and name != 'PYTHON_EGG_CACHE')
    environ.update(PYTHONPATH=PACKAGE_FOLDER, no_proxy='127.0.0.1,localhost,::1',
                   PATH=os.path.dirname(sys.executable) + os.pathsep + environ.get('PATH', ''))
    environ.update(settings)
    return environ


class ServerProcess(object):
    """A child process in a group of its own, whose output is kept in a folder of its own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='trac-unit-')
        self.process = None
        self._log = None

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.stop()

    def path(self, name):
        return os.path.join(self.folder, name)

    def launch(self, command, environ, cwd=None):
        with open(self.path('stdout'), 'wb') as out, open(self.path('stderr'), 'wb') as err:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=out, stderr=err,
                cwd=cwd or self.folder, env=environ, close_fds=True, preexec_fn=os.setsid)

    def read(self, name):
        """The text of a file that the process writes; empty if there is none."""
        try:
            with open(self.path(name), 'rb') as file:
                return file.read().decode('utf-8', 'replace')
        except EnvironmentError:
            return u''

    def check(self):
        """Raise AssertionError if the process has ended."""
        status = self.process.poll()
        assert status is None, 'ended with status %d; its log:\n%s' % (status, self.log())

    def _announced(self):
        """The first line that it prints, or None."""
        self.check()
        line = self.read('stdout')
        return line if line.endswith(u'\n') else None

    def log(self):
        """The text of its standard error, also after it was stopped."""
        return self.read('stderr') if self._log is None else self._log

    def signal(self, number):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self):
        """End it at once, without a chance to tidy up."""
        self.signal(signal.SIGKILL)
        self._end()

    def stop(self):
        """End it, and whatever it started; nothing if it has ended before."""
        self.signal(signal.SIGTERM)
        self._end()

    def _end(self):
        if self.process is not None:
            try:
                wait_for(lambda: self.process.poll() is not None, 'the end of a server', STOPPING)
            finally:
                try:
                    os.killpg(self.process.pid, signal.SIGKILL)
                except OSError:
                    pass  # nobody is left
                self.process.wait()
                self.process.stdin.close()
                self.process = None
        if self._log is None:
            self._log = self.log()
            # Shown by pytest if the test fails.
            print('The log of %s:\n%s' % (type(self).__name__, native(self._log)))
            shutil.rmtree(self.folder, ignore_errors=True)


class TracServer(ServerProcess):
    """waitress with trac_unit.trac_wsgi, on this Python.

    settings: the environment variables that configure it, a dict; no other TRAC_ variable is seen.
    port: None for a free one.
    """

    def __init__(self, settings, port=None, threads=4):
        ServerProcess.__init__(self)
        try:
            self.launch([sys.executable, '-c', SERVE, str(port or 0), str(threads)],
                        child_environ(settings))
            self.port = int(wait_for(self._announced, 'the server to listen'))
        except BaseException:
            self.kill()
            raise
        self.url = 'http://127.0.0.1:%d' % self.port


class UnitServer(ServerProcess):
    """A Unit daemon that serves trac_unit.trac_wsgi with its module for this Python.

    The daemon is the one that the variable UNITD names, else unitd on the PATH.

    settings: the environment variables that configure it, a dict.
    Raises Unavailable if there is no daemon, or none with a module for this Python.
    """

    processes, threads = 2, 2

    def __init__(self, settings):
        unitd = os.environ.get('UNITD') or find_program('unitd')
        ServerProcess.__init__(self)
        try:
            self._start(unitd, settings)
        except BaseException:
            self.kill()
            raise

    def _start(self, unitd, settings):
        for name in ('state', 'tmp'):
            os.mkdir(self.path(name))
        command = [unitd, '--no-daemon', '--control', 'unix:' + self.path('control'),
                   '--pid', self.path('pid'), '--log', self.path('stderr'),
                   '--statedir', self.path('state'), '--tmpdir', self.path('tmp')]
        if os.geteuid() == 0:
            # It would become "nobody", who can neither read the tests nor write the environment.
            user = pwd.getpwuid(0).pw_name
            command += ['--user', user, '--group', user]
        self.launch(command, child_environ({}))
        wait_for(self._answers, 'the Unit daemon to answer')
        self.port = free_port()
        self.url = 'http://127.0.0.1:%d' % self.port
        status, answer = self._control('PUT', '/config', self._configuration(settings))
        if 'is not found' in answer:  # of the module that runs "python X.Y"
            raise Unregistered('%s has no module for Python %d.%d'
                               % ((unitd,) + sys.version_info[:2]))
        assert status == 200, answer + '\n' + self.log()

    def _configuration(self, settings):
        environ = child_environ(settings)
        application = {
            'type': 'python %d.%d' % sys.version_info[:2], 'module': 'trac_unit.trac_wsgi',
            'path': PACKAGE_FOLDER, 'processes': self.processes, 'threads': self.threads,
            'environment': dict(settings, no_proxy=environ['no_proxy'], PATH=environ['PATH'])}
        if os.path.exists(os.path.join(sys.prefix, 'pyvenv.cfg')):
            application['home'] = sys.prefix
        return {'listeners': {'127.0.0.1:%d' % self.port: {'pass': 'applications/trac'}},
                'applications': {'trac': application}}

    def _answers(self):
        self.check()
        try:
            return self._control('GET', '/config')[0] == 200
        except socket.error:
            return False

    def _control(self, method, path, data=None):
        connection = UnixConnection(self.path('control'))
        try:
            connection.request(method, path, json.dumps(data) if data else None)
            answer = connection.getresponse()
            return answer.status, answer.read().decode('utf-8')
        finally:
            connection.close()


class UnixConnection(HTTPConnection):
    """HTTP over a UNIX socket."""

    def __init__(self, path):
        HTTPConnection.__init__(self, 'localhost', timeout=STARTING)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class DemoServer(ServerProcess):
    """`trac-unit demo` with waitress, at free ports."""

    def __init__(self):
        ServerProcess.__init__(self)
        try:
            self.launch([sys.executable, '-m', 'trac_unit', 'demo', '--server', 'waitress',
                         '--port', str(free_port()), '--provider-port', str(free_port())],
                        child_environ({}))
            self.url = wait_for(self._address, 'the demo to print its address').rstrip('/')
        except BaseException:
            self.stop()
            raise

    def _address(self):
        self.check()
        match = re.search(r'Trac is at +(http://\S+)', self.read('stdout'))
        return match.group(1) if match else None


class NodeServer(ServerProcess):
    """A Node.js program that prints its address once it listens, and ends with its input.

    folder: where the program and its node_modules are.
    arguments: the program and its arguments, a list.
    environ: further environment variables, a dict.
    """

    def __init__(self, folder, arguments, environ=()):
        ServerProcess.__init__(self)
        try:
            self.launch([find_program('node')] + arguments, child_environ(environ), folder)
            self.url = wait_for(self._announced, 'the Node.js server to listen').strip()
        except BaseException:
            self.kill()
            raise


def find_program(name):
    """The path of a program on the PATH; raises Unavailable if there is none."""
    for folder in os.environ.get('PATH', '').split(os.pathsep):
        path = os.path.join(folder, name)
        if folder and os.access(path, os.X_OK):
            return path
    raise (Unavailable if name in INSTALLED else Unregistered)('%s is not on the PATH' % name)


def skip_unless_required(missing):
    """Skip the test for what is missing; fail where every test must run.

    missing: an Unavailable; of what no package registry has, a skip is all right.
    """
    if os.environ.get('TESTS_REQUIRE_ALL') and not isinstance(missing, Unregistered):
        pytest.fail('required by TESTS_REQUIRE_ALL: %s' % missing)
    pytest.skip(str(missing))


def unit_server(settings):
    """A started UnitServer; where there is no Unit, the test is skipped."""
    try:
        return UnitServer(settings)
    except Unavailable as missing:
        skip_unless_required(missing)


class Front(object):
    """One address before several servers, over https too: a load balancer that tests direct.

    It takes one request a connection, and passes on every byte as it is.

    certificate: a Certificate to speak https with, or None.
    Set .target to the server that gets the next request.
    """

    def __init__(self, certificate=None):
        self.target = None
        self._context = None
        if certificate is not None:
            self._context = ssl.SSLContext(getattr(ssl, 'PROTOCOL_TLS_SERVER',
                                                   ssl.PROTOCOL_SSLv23))
            certificate.load_into(self._context)
        self._listener = socket.socket()
        self._listener.bind(('127.0.0.1', 0))
        self._listener.listen(20)
        self.url = '%s://127.0.0.1:%d' % ('https' if certificate else 'http',
                                          self._listener.getsockname()[1])
        self._in_thread(self._listen)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        finally:
            self._listener.close()

    def _in_thread(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments)
        thread.daemon = True
        thread.start()

    def _listen(self):
        while True:
            try:
                client = self._listener.accept()[0]
            except EnvironmentError:
                return  # closed
            self._in_thread(self._serve, client, self.target.port)

    def _serve(self, client, port):
        server = socket.create_connection(('127.0.0.1', port), 30)
        try:
            client.settimeout(30)
            if self._context is not None:
                client = self._context.wrap_socket(client, server_side=True)
            server.sendall(read_request(client))
            for chunk in iter(lambda: server.recv(65536), b''):
                client.sendall(chunk)
        except EnvironmentError:
            pass  # the browser sees a connection that ends, and says so
        finally:
            server.close()
            client.close()


def read_request(connection):
    """The bytes of the one HTTP/1.1 request that comes on a socket."""
    data = b''
    while b'\r\n\r\n' not in data:
        data = more(connection, data)
    head = data.partition(b'\r\n\r\n')[0]
    lengths = [line.partition(b':')[2] for line in head.lower().split(b'\r\n')
               if line.startswith(b'content-length:')]
    size = len(head) + 4 + (int(lengths[0]) if lengths else 0)
    while len(data) < size:
        data = more(connection, data)
    return data


def more(connection, data):
    chunk = connection.recv(65536)
    if not chunk:
        raise EnvironmentError('the request ended early')
    return data + chunk


class Certificate(object):
    """A self-signed certificate of this machine in a file, which browsers can be told to trust.

    It is good for 127.0.0.1, and for further names: to a browser localhost is another site.
    """

    def __init__(self, path, names=(u'localhost',)):
        self.path = path
        key = ec.generate_private_key(ec.SECP256R1(), default_backend())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, u'127.0.0.1')])
        # Among the names is where Python 2.7 looks for addresses.
        names = [x509.IPAddress(ipaddress.ip_address(u'127.0.0.1'))] + [
            x509.DNSName(further) for further in (u'127.0.0.1',) + names]
        now = datetime.datetime.utcfromtimestamp(time.time())
        certificate = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(1))
            .not_valid_after(now + datetime.timedelta(1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256(), default_backend()))
        with open(path, 'wb') as file:
            file.write(key.private_bytes(serialization.Encoding.PEM,
                                         serialization.PrivateFormat.PKCS8,
                                         serialization.NoEncryption()))
            file.write(certificate.public_bytes(serialization.Encoding.PEM))

    def load_into(self, context):
        """Have a server's SSLContext show it."""
        context.load_cert_chain(self.path)

    def trusting_context(self):
        """An SSLContext for a browser that trusts it alone."""
        return ssl.create_default_context(cafile=self.path)

"""Unit's control API without Unit, and a process without settings of its own."""

import collections
import copy
import json
import os
import shutil
import tempfile
import threading

import pytest


try:
    from http.server import BaseHTTPRequestHandler
    from socketserver import ThreadingMixIn, UnixStreamServer
except ImportError:  # Python 2.7
    from BaseHTTPServer import BaseHTTPRequestHandler
    from SocketServer import ThreadingMixIn, UnixStreamServer


SECRET = 'hidden-9Qz'
EMPTY = {'listeners': {}, 'routes': [], 'applications': {}}
OTHER = {
    'settings': {'http': {'max_body_size': 1000}},
    'listeners': {'*:9000': {'pass': 'routes/blog'}},
    'routes': {'blog': [{'action': {'share': '/srv/blog$uri'}}]},
    'applications': {'shop': {'type': 'php', 'root': '/srv/shop',
                              'environment': {'SHOP_PASSWORD': SECRET}}}}


class Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a test that breaks off


class FakeUnit(object):
    """Unit's control API, as far as it keeps a configuration, on a UNIX socket.

    config: the configuration, parsed JSON.
    refusals: what it answers to the next PUTs in place of doing them: (status, JSON) or None.
    """

    def __init__(self, folder):
        self.config = copy.deepcopy(EMPTY)
        self.refusals = []
        self.puts = []
        self.certificates = {}
        self.address = 'unix:' + os.path.join(folder, 'control')

        class Handler(BaseHTTPRequestHandler):
            def address_string(self):
                return 'unix'

            def log_message(self, *args):
                pass

            def do_GET(handler):
                handler.answer(*self.get(handler.path))

            def do_PUT(handler):
                data = handler.rfile.read(int(handler.headers['Content-Length']))
                handler.answer(*self.put(handler.path, json.loads(
                    data.decode('utf-8'), object_pairs_hook=collections.OrderedDict)))

            def answer(handler, status, value):
                data = value if isinstance(value, bytes) else json.dumps(value).encode('utf-8')
                handler.send_response(status)
                handler.send_header('Content-Length', str(len(data)))
                handler.end_headers()
                handler.wfile.write(data)

        self._server = Server(self.address[len('unix:'):], Handler)
        thread = threading.Thread(target=self._server.serve_forever, args=(.02,))
        thread.daemon = True
        thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def _all(self):
        return {'config': self.config, 'certificates': self.certificates}

    def get(self, path):
        value = self._all()
        for part in path.strip('/').split('/'):
            if part not in value:
                return 404, {'error': "Value doesn't exist."}
            value = value[part]
        return 200, value

    def put(self, path, value):
        if self.refusals:
            refusal = self.refusals.pop(0)
            if refusal:
                return refusal
        self.puts.append((path, value))
        parts = path.strip('/').split('/')
        everything = self._all()
        place = everything
        for part in parts[:-1]:
            place = place[part]
        place[parts[-1]] = value
        self.config = everything['config']
        return 200, {'success': 'Reconfiguration done.'}


@pytest.fixture
def folder():
    """A folder with a short path, as that of a socket has to be."""
    path = tempfile.mkdtemp(prefix='trac-unit-')
    yield path
    shutil.rmtree(path)


@pytest.fixture
def fake(folder):
    server = FakeUnit(folder)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    for name in list(os.environ):
        if name.startswith('TRAC_') or name == 'PYTHON_EGG_CACHE':
            monkeypatch.delenv(name)


def raiser(error):
    def function(*arguments):
        raise error
    return function

"""A real Unit that serves a WSGI module of the tests, on a TCP port and a UNIX socket."""

import socket

from support import serving
from support.paths import TESTS

TIMEOUT = 30  # seconds


class GatewayUnit(serving.UnitServer):
    """Unit with the module gateway_apps, in one process, so that it can tell what it saw."""

    processes, threads = 1, 4

    def __init__(self):
        serving.UnitServer.__init__(self, {'GATEWAY_APPS_LOG': 'on'})

    def _configuration(self, settings):
        configuration = serving.UnitServer._configuration(self, settings)
        configuration['applications']['trac'].update(
            module='support.gateway_apps', path=[TESTS, serving.PACKAGE_FOLDER])
        for address in ('unix:' + self.path('socket'), '127.0.0.1:%d' % self.port):
            configuration['listeners'][address] = {'pass': 'applications/trac'}
        return configuration

    def connect(self, unix=False):
        """Open a connection, to the UNIX socket or the port."""
        connection = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
        connection.settimeout(TIMEOUT)
        connection.connect(self.path('socket') if unix else ('127.0.0.1', self.port))
        return connection

    def talk(self, requests, unix=False):
        """Return all bytes that one connection gives for the bytes of some requests."""
        connection = self.connect(unix)
        try:
            connection.sendall(requests)
            return b''.join(iter(lambda: self._received(connection), b''))
        finally:
            connection.close()

    @staticmethod
    def _received(connection):
        try:
            return connection.recv(1 << 16)
        except socket.timeout:
            raise
        except EnvironmentError:
            return b''  # reset, which ends it as well


def start():
    """Start one, or skip the test for what is missing."""
    try:
        return GatewayUnit()
    except serving.Unavailable as missing:
        serving.skip_unless_required(missing)

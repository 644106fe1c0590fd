"""A Redis server of the tests' own, on loopback."""
import socket

from support.serving import ServerProcess, child_environ, find_program, free_port, wait_for


class RedisServer(ServerProcess):
    """redis-server, which keeps nothing when it ends.

    options: further ones, as on its command line, a list.
    port: None for a free one.
    Raises Unavailable if there is no redis-server.
    """

    def __init__(self, options=(), port=None):
        program = find_program('redis-server')
        ServerProcess.__init__(self)
        self.port = port or free_port()
        try:
            self.launch([program, '--bind', '127.0.0.1', '--port', str(self.port), '--save', '',
                         '--appendonly', 'no', '--dir', self.folder] + list(options),
                        child_environ({}))
            wait_for(self._answers, 'Redis to answer')
        except BaseException:
            self.kill()
            raise
        self.url = 'redis://127.0.0.1:%d/0' % self.port

    def log(self):
        return self.read('stdout')

    def _answers(self):
        self.check()
        try:
            self.ask('PING')
            return True
        except EnvironmentError:
            return False

    def ask(self, *words):
        """Send a command; return the beginning of what the server answers, bytes."""
        connection = socket.create_connection(('127.0.0.1', self.port), 10)
        try:
            connection.sendall(' '.join(words).encode('ascii') + b'\r\n')
            return connection.recv(65536)
        finally:
            connection.close()

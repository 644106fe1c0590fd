"""The client of Unit's control API: HTTP over a UNIX socket, or over TCP."""

import collections
import errno
import json
import re
import socket

from ..._compat import PY2, exception_text, native, quote
from ..host.errors import CommandError

if PY2:
    from httplib import HTTPConnection, HTTPException
else:
    from http.client import HTTPConnection, HTTPException

#: Where Unit's packages put the socket.
DEFAULT = 'unix:/var/run/control.unit.sock'

TIMEOUT = 120  # seconds: Unit answers once applications are loaded

_TCP = re.compile(r'^(?:http://)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})/?\Z')


def add_argument(parser):
    """Give the :class:`argparse.ArgumentParser` the option ``--control``."""
    parser.add_argument('--control', default=DEFAULT, metavar='ADDRESS',
                        help='Unit\'s control API: unix:PATH or HOST:PORT (default: %(default)s)')


class UnixConnection(HTTPConnection):
    """HTTP over a UNIX socket.

    :param path: of the socket
    :param timeout: seconds
    """

    def __init__(self, path, timeout=TIMEOUT):
        HTTPConnection.__init__(self, 'localhost', timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        # Unit's way to write an abstract name, which no file has: unix(7).
        self.sock.connect('\0' + self._path[1:] if self._path[:1] == '@' else self._path)


class Control(object):
    """The control API of one running Unit.

    :param address: ``unix:PATH``, a path, or ``HOST:PORT``
    :param timeout: seconds
    :raises CommandError: the address is none
    """

    def __init__(self, address=DEFAULT, timeout=TIMEOUT):
        self.address = address
        self._timeout = timeout
        self._path = address[len('unix:'):] if address.startswith('unix:') else address
        #: The name of the machine, or None if the socket is here.
        self.host = None
        if not self._path.startswith('/'):
            match = _TCP.match(address)
            if not match or not 0 < int(match.group(2)) < 65536:
                raise CommandError('control', '--control takes unix:PATH or HOST:PORT, not %s.'
                                   % address)
            self._path = None
            self.host, self._port = match.group(1).strip('[]'), int(match.group(2))

    def get(self, path):
        """Return the object at `path`, such as ``/config``, or None if there is nothing.

        :raises CommandError: Unit cannot be asked
        """
        status, response = self._request('GET', path)
        if status == 404:
            return None
        if status != 200:
            raise CommandError('control_foreign', 'What listens at %s answers %d: %s.'
                               % (self.address, status, explanation(response, status)))
        if not isinstance(response, dict):
            raise self._foreign()
        return response

    def configuration(self):
        """Return the whole configuration, a dict.

        :raises CommandError: Unit cannot be asked
        """
        found = self.get('/config')
        if found is None or not all(isinstance(found.get(part, {}), dict)
                                    for part in ('settings', 'listeners', 'applications')):
            raise self._foreign()
        return found

    def put(self, path, value):
        """Put `value` in the place of what is at `path`.

        :raises CommandError: Unit refuses, and goes on as before
        """
        status, response = self._request('PUT', path, json.dumps(value))
        if status != 200:
            raise CommandError('unit_refused', 'Unit refuses the change, and goes on as before: '
                               '%s.' % explanation(response, status))

    def _request(self, method, path, body=None):
        if self._path:
            connection = UnixConnection(self._path, self._timeout)
        else:
            connection = HTTPConnection(self.host, self._port, timeout=self._timeout)
        try:
            connection.request(method, quote(path), body)
            response = connection.getresponse()
            text = response.read().decode('utf-8')
            return response.status, json.loads(text, object_pairs_hook=collections.OrderedDict)
        except EnvironmentError as e:
            raise self._unreachable(e)
        except (HTTPException, ValueError):  # of the decoder, and of json
            raise self._foreign()
        finally:
            connection.close()

    def _unreachable(self, error):
        number = error.errno
        if number in (errno.EACCES, errno.EPERM):
            return CommandError('control_denied', 'This user may not use Unit\'s control socket '
                                '%s; run the command as root.' % self.address)
        if number == errno.ENOENT:
            return CommandError('control_missing', 'There is no Unit control socket at %s; start '
                                'Unit, or give --control the address that unitd --help shows.'
                                % self.address)
        return CommandError('control_silent', 'Unit does not answer at %s (%s); start it, or '
                            'give another address with --control.'
                            % (self.address, error.strerror or exception_text(error)))

    def _foreign(self):
        return CommandError('control_foreign', 'What listens at %s does not answer as Unit\'s '
                            'control API does.' % self.address)


def explanation(response, status):
    """Return what Unit's `answer`, parsed JSON, says of a refusal; no final full stop."""
    parts = []
    if isinstance(response, dict):
        parts = [response[name].strip(u' .') for name in ('error', 'detail')
                 if isinstance(response.get(name), type(u''))]
    if not parts:
        return 'status %d' % status
    # Unit tells the reason to its log alone.
    hint = ' (its log has the reason)' if len(parts) == 1 else ''
    return native(u': '.join(parts)) + hint

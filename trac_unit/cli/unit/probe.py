"""Whether Trac answers through a listener of Unit."""

import re
import ssl

from ..._compat import PY2, exception_text, native, urlsplit
from ...settings.parsers import is_host
from .address import is_ip
from .control import UnixConnection

if PY2:
    from httplib import HTTPConnection, HTTPException, HTTPSConnection
else:
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

TIMEOUT = 60  # seconds: a worker's first request loads what later ones find

CONNECTING = 5  # seconds, to a listener of this machine most likely

_REFERENCE = re.compile(br'Reference: (?:<[a-z]+>)?([0-9a-f]{8})\b')


class NoAnswer(Exception):
    """Trac does not answer; the message says what came instead, as the end of a sentence."""


def reachable(listen, control_host):
    """Return the (host, port) at which a listener can be asked; None if it cannot from here.

    :param listen: the listener, such as ``*:8080``
    :param control_host: the machine that Unit is on, or None: this one
    """
    host, _, port = listen.rpartition(':')
    host = host.strip('[]')
    here = is_here(control_host)
    if listen.startswith('unix:'):
        return (listen[len('unix:'):], None) if here else None
    if host in ('*', '0.0.0.0', '::'):
        return (control_host or '127.0.0.1', int(port))
    if not here and is_loopback(host):
        return None
    return host, int(port)


def is_here(control_host):
    """Return whether a Unit with this control address is on this machine.

    :param control_host: the machine that it names, or None: a UNIX socket
    """
    return control_host in (None, 'localhost', '::1') or control_host.startswith('127.')


def is_loopback(host):
    return is_ip(host) and (host.startswith('127.') or host == '::1')


def listens(address):
    """Return whether any program listens at (host, port), or (path of a UNIX socket, None)."""
    connection = _connection(address, False, CONNECTING)
    try:
        connection.connect()
    except EnvironmentError:
        return False
    finally:
        connection.close()
    return True


def host_of(base_url):
    """Return the Host header for a Trac whose address is `base_url`, native or text, or None.

    It is ``localhost`` where that is no address: anything can stand in Unit's configuration.
    """
    try:
        host = native(urlsplit(base_url or '').netloc)
        return host if is_host(host) else 'localhost'
    except ValueError:
        return 'localhost'


def ask(address, tls, path, host, timeout=TIMEOUT):
    """Return the status of the page at `path`, below 500.

    :param address: (host, port), or (path of a UNIX socket, None)
    :param tls: whether the listener speaks https
    :param host: the Host header
    :raises NoAnswer: there is none, or one that tells of trouble
    """
    connection = _connection(address, tls, timeout)
    headers = {'Host': host, 'User-Agent': 'trac-unit'}
    try:
        connection.request('GET', path, headers=headers)
        response = connection.getresponse()
        body = response.read(65536)
    except (EnvironmentError, HTTPException) as e:
        raise NoAnswer('does not answer (%s)' % (exception_text(e) or type(e).__name__))
    finally:
        connection.close()
    if response.status >= 500:
        reference = _REFERENCE.search(body)
        raise NoAnswer('answers %d %s%s' % (
            response.status, response.reason,
            ' (Unit\'s log has the cause, with reference=%s)'
            % reference.group(1).decode('ascii') if reference else ' (Unit\'s log has the cause)'))
    return response.status


def _connection(address, tls, timeout):
    if address[1] is None:
        return UnixConnection(address[0], timeout)
    if tls:
        # The certificate is for the name that browsers use, and nothing that
        # is secret is sent.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return HTTPSConnection(address[0], address[1], timeout=timeout, context=context)
    return HTTPConnection(address[0], address[1], timeout=timeout)

"""Calls to the provider, within bounds: time, size, no redirects, no surprises.

One adapter holds the whole policy, so that the sessions of requests and those
of Authlib, which are the same kind, follow it alike.
"""

import socket
import threading
import zlib

import requests
from requests.adapters import HTTPAdapter
from requests.packages.urllib3.exceptions import HTTPError, TimeoutError
from requests.packages.urllib3.poolmanager import pool_classes_by_scheme

from ..._compat import exception_text
from ...errors import ProviderError, shown
from ..rules.strict_json import load_object

#: Bytes of a response's body, at most.
MAX_BODY = 1024 * 1024

_CHUNK = 16384


class BoundedAdapter(HTTPAdapter):
    """Reads the whole response within a deadline and a size.

    The timeouts of requests are for each read: a server that sends one byte
    every four seconds would hold a thread for days.  Here a timer ends the
    connection at the deadline, whatever it is doing.

    :param timeout: seconds for the whole call
    :param ca_file: the path of PEM certificates to trust, or None for the default
    """

    def __init__(self, timeout, ca_file=None):
        self._timeout = timeout
        self._ca_file = ca_file
        HTTPAdapter.__init__(self)

    def init_poolmanager(self, *args, **kwargs):
        HTTPAdapter.init_poolmanager(self, *args, **kwargs)
        self._late = False
        self._sockets = []
        self._record(self.poolmanager)

    def proxy_manager_for(self, *args, **kwargs):
        manager = HTTPAdapter.proxy_manager_for(self, *args, **kwargs)
        self._record(manager)
        return manager

    def _record(self, manager):
        """Have the connections of a pool manager tell us their sockets."""
        manager.pool_classes_by_scheme = dict(
            (scheme, _recording(pool_class, self._connected))
            for scheme, pool_class in pool_classes_by_scheme.items())

    def _connected(self, sock):
        # A duplicate: the original is handed on to TLS, or closed by Python 2 when the
        # header is read, while its connection lives on.
        duplicate = socket.fromfd(sock.fileno(), sock.family, sock.type)
        self._sockets.append(duplicate)
        if self._late:
            self._hang_up()

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        """Send a prepared request; return the response with its body read.

        :raises ProviderError: it did not answer in time, answered too much, or redirected
        """
        timer = threading.Timer(self._timeout, self._hang_up)
        timer.daemon = True
        request.headers['Accept-Encoding'] = 'identity'
        timer.start()
        try:
            response = HTTPAdapter.send(
                self, request, stream=True, timeout=self._timeout,
                verify=self._ca_file or verify, cert=cert, proxies=proxies)
            try:
                self._read(response, request)
            finally:
                response.close()
            if self._late:  # what was read just seems to end where we hung up
                raise requests.Timeout()
            return response
        except (requests.RequestException, HTTPError, EnvironmentError, ValueError,
                zlib.error) as e:
            late = self._late or isinstance(e, (requests.Timeout, TimeoutError))
            raise ProviderError('timeout' if late else 'unreachable',
                                'expected an answer of %s within %d s, got %s'
                                % (_place(request), self._timeout, _cause(e)))
        finally:
            timer.cancel()
            while self._sockets:
                self._sockets.pop().close()
            self.close()

    def _read(self, response, request):
        if response.is_redirect or 300 <= response.status_code < 400:
            raise ProviderError('redirect', 'expected an answer of %s, got a redirect'
                                % _place(request))
        # What is cut short is no answer; urllib3 1.26 has to be told.
        response.raw.enforce_content_length = True
        body = b''
        # As it came over the wire: a few hundred bytes can be inflated to gigabytes.
        for chunk in response.raw.stream(_CHUNK, decode_content=False):
            body += chunk
            if len(body) > MAX_BODY:
                raise self._too_large(request)
        response._content = self._decoded(body, response, request)

    def _decoded(self, body, response, request):
        coding = response.headers.get('Content-Encoding', 'identity').strip().lower()
        if coding == 'identity':
            return body
        if coding not in ('gzip', 'x-gzip'):
            raise ProviderError('encoding', 'expected an answer of %s as it is, got it encoded '
                                'as %s' % (_place(request), shown(coding)))
        inflated = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body, MAX_BODY + 1)
        if len(inflated) > MAX_BODY:
            raise self._too_large(request)
        return inflated

    def _too_large(self, request):
        return ProviderError('too_large', 'expected at most %d bytes of %s, got more'
                             % (MAX_BODY, _place(request)))

    def _hang_up(self):
        self._late = True
        for sock in list(self._sockets):
            try:
                sock.shutdown(2)
            except EnvironmentError:
                pass  # gone already


def _recording(pool_class, connected):
    """Return a subclass of a connection pool that calls `connected` with each new socket."""
    class Connection(pool_class.ConnectionCls):
        def _new_conn(self):
            sock = pool_class.ConnectionCls._new_conn(self)
            connected(sock)
            return sock

    return type(pool_class.__name__, (pool_class,), {'ConnectionCls': Connection})


def _place(request):
    """The URL of a request without its query, which can hold secrets."""
    return request.url.split('?')[0]


def _cause(error):
    # The text of a requests error repeats the URL; its kind, and the first cause, say enough.
    reason = getattr(error.args[0] if error.args else None, 'reason', None)
    return type(error).__name__ + (': %s' % type(reason).__name__ if reason else '')


#: What a timer is: on Python 2 threading.Timer is a function.
_TIMER = getattr(threading, '_Timer', threading.Timer)


def wait_for_timers():
    """Wait for the timers of requests that have been answered: they are cancelled by then.

    On Python 2 that takes some of them a moment, and an interpreter that ends meanwhile
    writes a traceback.
    """
    for thread in threading.enumerate():
        if isinstance(thread, _TIMER):
            thread.join(1)


class Transport(object):
    """Makes the sessions that calls to the provider go through.

    :param timeout: seconds for one whole call
    :param ca_file: the path of PEM certificates to trust, or None for the default
    :param certificate: the paths of our own certificate and its key in PEM, a
        pair, to be shown to whom asks for it (RFC 8705); None: there is none
    """

    def __init__(self, timeout, ca_file=None, certificate=None):
        self.timeout = timeout
        self.ca_file = ca_file
        self.certificate = certificate

    def equip(self, session):
        """Put the bounds on a :class:`requests.Session`, and return it."""
        session.cert = self.certificate
        for scheme in ('http://', 'https://'):
            session.mount(scheme, BoundedAdapter(self.timeout, self.ca_file))
        return session

    def get(self, url, auth=None, accept='application/json'):
        """Return the response to a GET as a :class:`requests.Response`.

        :param auth: what requests takes; without one, no ``.netrc`` is consulted
        :param accept: the media types that will do
        :raises ProviderError: no usable answer
        """
        session = self.equip(requests.Session())
        try:
            return session.get(url, auth=auth or (lambda request: request),
                               headers={'Accept': accept}, allow_redirects=False)
        except requests.RequestException as e:  # such as a URL that is none
            raise ProviderError('unreachable', 'expected a URL, got %s (%s)'
                                % (url.split('?')[0], type(e).__name__))
        finally:
            session.close()


def json_object(response, what, status=200):
    """Return the JSON object that a response holds, as a dict.

    :param what: the document's name, for the log
    :param status: what the response's status has to be
    :raises ProviderError: it is another, or the response holds no such object
    """
    if response.status_code != status:
        raise ProviderError('status', 'expected status %d for the %s, got %d'
                            % (status, what, response.status_code))
    try:
        return load_object(response.content)
    except ValueError as e:
        raise ProviderError('not_json', 'expected the %s as a JSON object, got something else '
                            '(%s)' % (what, exception_text(e)[:80]))

"""The provider as it describes itself: discovery and keys, cached and throttled."""

import re
import threading

from .. import values
from .._compat import text_type
from ..errors import ProviderError, UnknownKey, shown
from . import _jose
from .transport import json_object

#: Seconds that a document is kept: what Cache-Control asks for, within these bounds.
MIN_AGE, DEFAULT_AGE, MAX_AGE = 300, 3600, 86400

#: Seconds until a document that could not be had is asked for again.
FAILURE_AGE = 10

#: Seconds between two fetches of the keys that unknown key ids cause: without
#: a bound, anyone with a forged token could drive us against the provider.
REFETCH_AGE = 60

_ENDPOINTS = ('authorization_endpoint', 'token_endpoint', 'jwks_uri')
_OPTIONAL_ENDPOINTS = ('userinfo_endpoint', 'end_session_endpoint', 'revocation_endpoint',
                       'pushed_authorization_request_endpoint')


class _Document(object):
    """A JSON document at a URL: fetched by one thread at a time, kept for a while.

    :param fetch: called without arguments; returns the value and its age limit
        in seconds, or raises ProviderError
    :param clock: returns seconds since the epoch
    """

    def __init__(self, fetch, clock):
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._value = self._failure = None
        self._attempted = self._fetched = self._expires = 0

    def get(self, older_than=None):
        """Return the value.

        :param older_than: seconds since the epoch; unless a fetch was tried
            since then, the value is fetched again
        :raises ProviderError: it cannot be had, or could not just now
        """
        if self._fresh(older_than):
            return self._value
        with self._lock:
            if self._fresh(older_than):  # another thread was faster
                return self._value
            now = self._clock()
            if self._failure is not None and now < self._failure[0]:
                return self._fall_back(self._failure[1])
            try:
                self._value, age = self._fetch()
            except ProviderError as e:
                self._attempted = self._clock()
                self._failure = (self._attempted + FAILURE_AGE, e)
                return self._fall_back(e)
            self._attempted = self._clock()
            self._failure = None
            self._fetched, self._expires = now, now + age
            return self._value

    def _fresh(self, older_than):
        return self._value is not None and self._clock() < self._expires and \
            (older_than is None or self._attempted >= older_than)

    def _fall_back(self, error):
        # A provider that is away for an hour need not end sign-ins that its old
        # keys can still verify; a day later it must have answered.
        if self._value is not None and self._clock() < self._fetched + MAX_AGE:
            return self._value
        raise ProviderError(error.reason, str(error))


class Provider(object):
    """An OpenID provider: OpenID Connect Discovery 1.0 section 4.

    :param issuer: the issuer identifier
    :param transport: a :class:`~trac_unit.oidc.transport.Transport`
    :param clock: returns seconds since the epoch
    :param insecure_http: whether its endpoints may be http although they are not on loopback
    """

    def __init__(self, issuer, transport, clock, insecure_http=False):
        self.issuer = issuer
        self._transport = transport
        self._clock = clock
        self._insecure_http = insecure_http
        self._metadata = _Document(self._fetch_metadata, clock)
        self._keys = _Document(self._fetch_keys, clock)

    def metadata(self):
        """Return the provider's metadata, a dict.

        :raises ProviderError: it cannot be had, or is another issuer's
        """
        return self._metadata.get()

    def verify(self, token, algorithms):
        """Return the header and claims of a token that this provider signed.

        An unknown key has the keys fetched again, at most once a minute.

        :raises TokenError: the provider did not sign it
        :raises ProviderError: its keys cannot be had
        """
        try:
            return _jose.verify(token, self._keys.get(), algorithms)
        except UnknownKey:
            keys = self._keys.get(older_than=self._clock() - REFETCH_AGE)
            return _jose.verify(token, keys, algorithms)

    def _fetch_metadata(self):
        url = self.issuer.rstrip('/') + '/.well-known/openid-configuration'
        response = self._transport.get(url)
        metadata = json_object(response, 'discovery document')
        if metadata.get('issuer') != self.issuer:
            # A document that speaks for another could redirect every sign-in (section 4.3).
            raise ProviderError('issuer', 'expected issuer %s in the discovery document, got %s'
                                % (shown(self.issuer), shown(metadata.get('issuer'))))
        for name in _ENDPOINTS:
            self._check_endpoint(name, metadata.get(name))
        for name in _OPTIONAL_ENDPOINTS:
            if metadata.get(name) is not None:
                self._check_endpoint(name, metadata[name])
        self._check_aliases(metadata.get('mtls_endpoint_aliases'))
        return metadata, _age(response)

    def _check_aliases(self, aliases):
        """The endpoints for who shows a certificate: RFC 8705 section 5."""
        if not isinstance(aliases, (dict, type(None))):
            raise ProviderError('endpoint', 'expected an object as mtls_endpoint_aliases, got %s'
                                % shown(aliases))
        for name in _ENDPOINTS + _OPTIONAL_ENDPOINTS:
            if aliases and aliases.get(name) is not None:
                self._check_endpoint('mtls_endpoint_aliases.' + name, aliases[name])

    def _check_endpoint(self, name, url):
        try:
            values.parse_url(url if isinstance(url, text_type) else u'', query=True)
            secure = values.is_secure(url) or self._insecure_http
        except ValueError:
            secure = False
        if not secure:
            raise ProviderError('endpoint', 'expected an https URL as %s, got %s'
                                % (name, shown(url)))

    def _fetch_keys(self):
        response = self._transport.get(self.metadata()['jwks_uri'])
        keys = json_object(response, 'key set').get('keys')
        if not isinstance(keys, list):
            raise ProviderError('keys', 'expected a list of keys in the key set, got %s'
                                % shown(keys))
        return keys, _age(response)


def _age(response):
    """Return for how many seconds a response may be kept (RFC 9111 section 5.2.2.1)."""
    match = re.search(r'(?:^|[,\s])max-age=(\d{1,9})(?:$|[,\s])',
                      response.headers.get('Cache-Control', ''), re.IGNORECASE)
    return max(MIN_AGE, min(MAX_AGE, int(match.group(1)))) if match else DEFAULT_AGE

"""The provider as it describes itself: discovery and keys, cached and throttled."""

import re
import threading

from ..._compat import text_type
from ...errors import ProviderError, UnknownKey, shown
from ...settings import parsers
from . import signatures
from .transport import json_object

#: Seconds that a document is kept: what Cache-Control asks for, within these bounds.
MIN_AGE, DEFAULT_AGE, MAX_AGE = 300, 3600, 86400

#: Seconds until a document that could not be had is asked for again.
FAILURE_AGE = 10

#: Seconds between two fetches that unknown key ids cause: without a bound,
#: anyone with a forged token could drive us against the provider.
REFETCH_AGE = 60

_ENDPOINTS = ('authorization_endpoint', 'token_endpoint', 'jwks_uri')
_OPTIONAL_ENDPOINTS = ('userinfo_endpoint', 'end_session_endpoint', 'revocation_endpoint',
                       'pushed_authorization_request_endpoint')


class _Document(object):
    """A JSON document at a URL: fetched by one thread at a time, kept for a while.

    A thread waits for another one's fetch only if it needs what that brings.

    :param fetch: called without arguments; returns the value and its age limit
        in seconds, or raises ProviderError
    :param clock: returns seconds since the epoch; it may be set back
    """

    def __init__(self, fetch, clock):
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._value = self._failure = None
        self._age = 0
        # When a fetch succeeded, failed, and was made for a key; None: never, or not since.
        self._fetched = self._failed = self._refetched = None
        #: How many fetches there were, also in vain.
        self.fetches = 0

    def get(self):
        """Return the value.

        :raises ProviderError: it cannot be had, or could not just now
        """
        if self._within(self._fetched, self._age):
            return self._value
        # Too old, but good enough until the thread that is about it has a new one.
        if not self._lock.acquire(not self._usable()):
            return self._value
        try:
            if not self._within(self._fetched, self._age):  # another thread was not faster
                self._renew()
            return self._present()
        finally:
            self._lock.release()

    def renewed(self, seen):
        """Return a value newer than one that was no good, if there is and may be one.

        :param seen: what :attr:`fetches` was before that one was read
        :raises ProviderError: it cannot be had
        """
        with self._lock:
            if self.fetches == seen and not self._within(self._refetched, REFETCH_AGE):
                self._refetched = self._clock()
                self._renew()
            return self._present()

    def check(self):
        """Return nothing if the last fetch succeeded.

        :raises ProviderError: what it failed with
        """
        failure = self._failure if self._failed is not None else None
        if failure is not None:
            raise ProviderError(failure.reason, str(failure))

    def _renew(self):
        """Fetch the value, unless that failed just now."""
        if self._within(self._failed, FAILURE_AGE):
            return
        begun = self._clock()
        try:
            self._value, self._age = self._fetch()
            self._fetched, self._failed = begun, None
        except ProviderError as e:
            self._failure, self._failed = e, self._clock()
        finally:
            self.fetches += 1

    def _present(self):
        if not self._usable():
            self.check()
        return self._value

    def _usable(self):
        # A provider that is away for an hour need not end sign-ins that its old
        # keys can still verify; a day later it must have answered.
        return self._fetched is not None and self._clock() < self._fetched + MAX_AGE

    def _within(self, since, seconds):
        # From the future: the clock was set back, perhaps by years.
        return since is not None and since <= self._clock() < since + seconds


class Provider(object):
    """An OpenID provider: OpenID Connect Discovery 1.0 section 4.

    :param issuer: the issuer identifier
    :param transport: a :class:`~trac_unit.oidc.provider.transport.Transport`
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

        An unknown key has the keys fetched again, at most once a minute: a key that
        the provider did not have then is none of its keys.

        :raises TokenError: the provider did not sign it
        :raises ProviderError: its keys cannot be had
        """
        seen = self._keys.fetches
        try:
            return signatures.verify(token, self._keys.get(), algorithms)
        except UnknownKey:
            keys = self._keys.renewed(seen)
        try:
            return signatures.verify(token, keys, algorithms)
        except UnknownKey:
            # No verdict on the token, if the keys are only those of long ago.
            self._keys.check()
            raise

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
        aliases = metadata.get('mtls_endpoint_aliases')  # RFC 8705 section 5
        if not isinstance(aliases, (dict, type(None))):
            raise ProviderError('endpoint', 'expected an object as mtls_endpoint_aliases, got %s'
                                % shown(aliases))
        for document in (metadata, aliases or {}):
            for name in _ENDPOINTS + _OPTIONAL_ENDPOINTS:
                if document.get(name) is not None:
                    self._check_endpoint(name, document[name])
        return metadata, _age(response)

    def _check_endpoint(self, name, url):
        try:
            parsers.parse_url(url if isinstance(url, text_type) else u'', query=True)
            secure = parsers.is_secure(url) or self._insecure_http
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
    """Return for how many seconds a response may be kept (RFC 9111 section 5.2.2)."""
    control = response.headers.get('Cache-Control', '').lower()
    if re.search(r'(?:^|[,\s])no-(?:cache|store)(?:$|[,\s])', control):
        return MIN_AGE
    match = re.search(r'(?:^|[,\s])max-age=(\d{1,9}|"\d{1,9}")(?:$|[,\s])', control)
    return max(MIN_AGE, min(MAX_AGE, int(match.group(1).strip('"')))) if match else DEFAULT_AGE

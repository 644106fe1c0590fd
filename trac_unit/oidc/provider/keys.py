"""The keys that a provider signs with, which it rotates: its JWKS (RFC 7517 section 5)."""

from ...errors import ProviderError, UnknownKey, shown
from . import signatures
from .cached_document import CachedDocument, age_limit
from .transport import json_object


class KeySet(object):
    """The keys at a provider's ``jwks_uri``.

    :param uri: called for the URL; returns it or raises ProviderError
    :param transport: a :class:`~trac_unit.oidc.provider.transport.Transport`
    :param clock: returns seconds since the epoch
    """

    def __init__(self, uri, transport, clock):
        self._uri = uri
        self._transport = transport
        self._document = CachedDocument(self._fetch, clock)

    def verify(self, token, algorithms):
        """Return the header and claims of a token that one of the keys signed.

        An unknown key has the keys fetched again, at most once a minute: a key that
        the provider did not have then is none of its keys.

        :raises TokenError: none of them did
        :raises ProviderError: the keys cannot be had
        """
        seen = self._document.fetches
        try:
            return signatures.verify(token, self._document.get(), algorithms)
        except UnknownKey:
            keys = self._document.renewed(seen)
        try:
            return signatures.verify(token, keys, algorithms)
        except UnknownKey:
            # No verdict on the token, if the keys are only those of long ago.
            self._document.check()
            raise

    def _fetch(self):
        response = self._transport.get(self._uri())
        keys = json_object(response, 'key set').get('keys')
        if not isinstance(keys, list):
            raise ProviderError('keys', 'expected a list of keys in the key set, got %s'
                                % shown(keys))
        return keys, age_limit(response)

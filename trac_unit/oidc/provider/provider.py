"""The OpenID provider: what it says of itself, and whether it signed a token."""

from .cached_document import CachedDocument
from .discovery import fetch_metadata
from .keys import KeySet


class Provider(object):
    """An OpenID provider.

    :param issuer: the issuer identifier
    :param transport: a :class:`~trac_unit.oidc.provider.transport.Transport`
    :param clock: returns seconds since the epoch
    :param insecure_http: whether its endpoints may be http although they are not on loopback
    """

    def __init__(self, issuer, transport, clock, insecure_http=False):
        self.issuer = issuer
        self._metadata = CachedDocument(
            lambda: fetch_metadata(issuer, transport, insecure_http), clock)
        self._keys = KeySet(lambda: self.metadata()['jwks_uri'], transport, clock)

    def metadata(self):
        """Return the provider's metadata, a dict.

        :raises ProviderError: it cannot be had, or is another issuer's
        """
        return self._metadata.get()

    def verify(self, token, algorithms):
        """Return the header and claims of a token that this provider signed.

        :raises TokenError: the provider did not sign it
        :raises ProviderError: its keys cannot be had
        """
        return self._keys.verify(token, algorithms)

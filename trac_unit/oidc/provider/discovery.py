"""The provider's metadata: OpenID Connect Discovery 1.0 section 4."""

from ..._compat import text_type
from ...errors import ProviderError, shown
from ...settings import parsers
from .cached_document import age_limit
from .transport import json_object

_ENDPOINTS = ('authorization_endpoint', 'token_endpoint', 'jwks_uri')
_OPTIONAL_ENDPOINTS = ('userinfo_endpoint', 'end_session_endpoint', 'revocation_endpoint',
                       'pushed_authorization_request_endpoint')


def fetch_metadata(issuer, transport, insecure_http=False):
    """Return the provider's metadata, a dict, and how many seconds they may be kept.

    :param issuer: the issuer identifier
    :param transport: a :class:`~trac_unit.oidc.provider.transport.Transport`
    :param insecure_http: whether its endpoints may be http although they are not on loopback
    :raises ProviderError: they cannot be had, are another issuer's, or name an
        endpoint where others can listen in
    """
    response = transport.get(issuer.rstrip('/') + '/.well-known/openid-configuration')
    metadata = json_object(response, 'discovery document')
    if metadata.get('issuer') != issuer:
        # A document that speaks for another could redirect every sign-in (section 4.3).
        raise ProviderError('issuer', 'expected issuer %s in the discovery document, got %s'
                            % (shown(issuer), shown(metadata.get('issuer'))))
    for name in _ENDPOINTS:
        _check_endpoint(name, metadata.get(name), insecure_http)
    aliases = metadata.get('mtls_endpoint_aliases')  # RFC 8705 section 5
    if not isinstance(aliases, (dict, type(None))):
        raise ProviderError('endpoint', 'expected an object as mtls_endpoint_aliases, got %s'
                            % shown(aliases))
    for document in (metadata, aliases or {}):
        for name in _ENDPOINTS + _OPTIONAL_ENDPOINTS:
            if document.get(name) is not None:
                _check_endpoint(name, document[name], insecure_http)
    return metadata, age_limit(response)


def _check_endpoint(name, url, insecure_http):
    try:
        parsers.parse_url(url if isinstance(url, text_type) else u'', query=True)
        secure = parsers.is_secure(url) or insecure_http
    except ValueError:
        secure = False
    if not secure:
        raise ProviderError('endpoint', 'expected an https URL as %s, got %s'
                            % (name, shown(url)))

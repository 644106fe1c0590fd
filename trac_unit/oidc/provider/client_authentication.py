"""How the client proves to the provider who it is."""

import base64

from ..._compat import native, query_pairs, quote, to_bytes, urlencode
from ..session.secret import new_secret
from . import signatures

#: Seconds that an assertion can be used.
ASSERTION_AGE = 60

_ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'


class ClientAuth(object):
    """A client's credentials: RFC 6749 section 2.3, OpenID Connect Core 1.0 section 9.

    :param client_id: as the provider registered it
    :param method: ``client_secret_basic``, ``client_secret_post``,
        ``client_secret_jwt``, ``private_key_jwt``, ``tls_client_auth`` (RFC 8705
        section 2.1: the transport shows the certificate), or ``none``
    :param secret: text, for the methods that are named after it
    :param key: a :class:`~trac_unit.oidc.provider.client_key.ClientKey`, for ``private_key_jwt``
    :param clock: returns seconds since the epoch; for the two ``_jwt`` methods
    """

    def __init__(self, client_id, method='none', secret=None, key=None, clock=None):
        self.client_id = client_id
        self.method = method
        self._secret = secret
        self._key = key
        self._clock = clock
        self._put = {'client_secret_basic': self._basic, 'client_secret_post': self._post,
                     'client_secret_jwt': self._secret_jwt, 'private_key_jwt': self._key_jwt,
                     'tls_client_auth': self._id, 'none': self._id}[method]

    def __repr__(self):
        return '<ClientAuth %s>' % self.method

    @property
    def mutual_tls(self):
        """Whether the client shows a certificate."""
        return self.method == 'tls_client_auth'

    def to(self, audience):
        """Return what authenticates one request with a form, as requests takes it.

        :param audience: the URL of the token endpoint, whichever endpoint is asked
        """
        def authenticate(request):
            self._put(request, native(audience))
            return request
        return authenticate

    def _basic(self, request, audience):
        # Form-encoded first (RFC 6749 section 2.3.1): a secret with a colon or a
        # percent sign fails otherwise, at the providers that decode it.
        pair = '%s:%s' % (quote(to_bytes(self.client_id), safe=''),
                          quote(to_bytes(self._secret), safe=''))
        request.headers['Authorization'] = 'Basic ' + native(base64.b64encode(to_bytes(pair)))

    def _post(self, request, audience):
        self._add(request, ('client_secret', native(self._secret)))

    def _id(self, request, audience):
        self._add(request)

    def _secret_jwt(self, request, audience):
        self._assert(request, signatures.sign(self._claims(audience), to_bytes(self._secret),
                                              'HS256', {'typ': 'JWT'}))

    def _key_jwt(self, request, audience):
        self._assert(request, self._key.sign(self._claims(audience)))

    def _assert(self, request, assertion):
        self._add(request, ('client_assertion_type', _ASSERTION_TYPE),
                  ('client_assertion', assertion))

    def _claims(self, audience):
        """RFC 7523 section 3; `jti` is new each time, so that an assertion works once."""
        now = int(self._clock())
        client_id = native(self.client_id)
        return {'iss': client_id, 'sub': client_id, 'aud': audience, 'jti': new_secret(),
                'iat': now, 'exp': now + ASSERTION_AGE}

    def _add(self, request, *pairs):
        """Add parameters to the form, and the client's id unless the form has it already."""
        body = native(request.body)
        if 'client_id' not in dict(query_pairs(body)):
            pairs = (('client_id', native(self.client_id)),) + pairs
        request.body = '&'.join(part for part in (body, urlencode(pairs)) if part)

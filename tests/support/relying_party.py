"""A client of the tests' own provider, without an application around it."""
import requests

from support.provider import form_decode
from trac_unit.oidc.provider.client import Client
from trac_unit.oidc.provider.client_authentication import ClientAuth
from trac_unit.oidc.provider.provider import Provider
from trac_unit.oidc.provider.transport import Transport

BACK = 'http://trac.example.org/oidc/callback'
VERIFIER = 'v' * 43


def client_at(counterpart, secret=u'provider-test-secret', method='client_secret_basic',
              client_id=u'trac'):
    counterpart.clients[client_id] = dict(counterpart.clients['trac'], secret=secret)
    transport = Transport(5)
    provider = Provider(counterpart.issuer, transport, lambda: 1700000000)
    return Client(provider, transport, ClientAuth(client_id, method, secret))


def code_of(counterpart, client, **parameters):
    """Sign in at the provider; return the code, and what the authorization request said."""
    url = client.authorization_url(BACK, 's' * 43, 'n' * 43, VERIFIER, **parameters)
    answer = requests.get(url, allow_redirects=False).headers['Location']
    return dict(form_decode(answer.partition('?')[2]))['code'], counterpart.requests[-1].params

# -*- coding: utf-8 -*-
"""How the client proves who it is: what each method sends, and that nothing else goes along."""
import binascii

import pytest

from support.jws import is_signed, new_key, read_jws
from support.provider import Provider as Counterpart
from support.relying_party import BACK, VERIFIER, code_of
from support.scripted_server import authority, make_certificate, no_proxy  # noqa: F401 (fixtures)
from trac_unit.errors import ProviderError
from trac_unit.oidc.provider.client import Client
from trac_unit.oidc.provider.client_authentication import ClientAuth
from trac_unit.oidc.provider.client_key import ClientKey, open_key
from trac_unit.oidc.provider.provider import Provider
from trac_unit.oidc.provider.transport import Transport

NOW = 1700000000
SECRET = u'a secret of 32 bytes and more: ž%+'
RSA, EC = new_key(None), new_key(None, 'ES256')
ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'


@pytest.fixture
def counterpart():
    with Counterpart(clock=lambda: NOW) as running:
        yield running


def client_at(counterpart, auth, transport=None):
    transport = transport or Transport(5)
    return Client(Provider(counterpart.issuer, transport, lambda: NOW), transport, auth)


def by_secret(counterpart, secret=SECRET):
    counterpart.clients['trac'].update(auth='client_secret_jwt', secret=SECRET)
    return ClientAuth(u'trac', 'client_secret_jwt', secret, clock=lambda: NOW)


def by_key(counterpart, key=RSA, registered=None):
    counterpart.clients['trac'].update(auth='private_key_jwt', secret=None, key=registered or key)
    return ClientAuth(u'trac', 'private_key_jwt', None, ClientKey(key.private), lambda: NOW)


METHODS = {
    'client_secret_jwt': by_secret, 'RS256': by_key,
    'ES256': lambda counterpart: by_key(counterpart, EC)}
by_assertion = pytest.mark.parametrize('auth_at', [METHODS[name] for name in sorted(METHODS)],
                                       ids=sorted(METHODS))


def exchanged(counterpart, auth, transport=None):
    client = client_at(counterpart, auth, transport)
    tokens = client.exchange(code_of(counterpart, client)[0], BACK, VERIFIER)
    assert tokens.id_token.count('.') == 2
    return counterpart.requests[-1]


@by_assertion
def test_an_assertion_proves_the_client(auth_at, counterpart):
    request = exchanged(counterpart, auth_at(counterpart))
    assert set(request.params) == set([
        'grant_type', 'code', 'redirect_uri', 'code_verifier', 'client_id', 'client_assertion',
        'client_assertion_type'])
    assert request.params['client_id'] == 'trac'
    assert request.params['client_assertion_type'] == ASSERTION_TYPE
    assert 'authorization' not in request.headers
    _, claims = read_jws(request.params['client_assertion'])
    assert len(claims.pop('jti')) == 43
    assert claims == {'iss': 'trac', 'sub': 'trac', 'aud': counterpart.url + '/token',
                      'iat': NOW, 'exp': NOW + 60}


@by_assertion
def test_no_assertion_is_sent_twice(auth_at, counterpart):
    auth = auth_at(counterpart)
    sent = [exchanged(counterpart, auth).params['client_assertion'] for _ in range(3)]
    assert len(set(read_jws(assertion)[1]['jti'] for assertion in sent)) == 3


def test_the_bytes_of_the_secret_are_the_key(counterpart):
    assertion = exchanged(counterpart, by_secret(counterpart)).params['client_assertion']
    assert is_signed(assertion, SECRET.encode('utf-8'))
    assert read_jws(assertion)[0] == {'alg': 'HS256', 'typ': 'JWT'}


@pytest.mark.parametrize('auth_at', [
    lambda counterpart: by_secret(counterpart, SECRET + u'x'),
    lambda counterpart: by_key(counterpart, RSA, new_key(None, number=1)),
    lambda counterpart: by_key(counterpart, RSA, EC)])
def test_another_key_proves_nothing(auth_at, counterpart):
    auth = auth_at(counterpart)
    client = client_at(counterpart, auth)
    code = code_of(counterpart, client)[0]
    with pytest.raises(ProviderError) as caught:
        client.exchange(code, BACK, VERIFIER)
    assert caught.value.reason == 'token_endpoint'
    assert 'invalid_client' in str(caught.value)


@pytest.mark.parametrize('client_id', [u'a:b', u'\u017eofie', u'https://trac.example/#x&y=z'])
@pytest.mark.parametrize('method', ['client_secret_post', 'client_secret_jwt', 'none'])
def test_any_client_id_arrives(client_id, method, counterpart):
    secret = None if method == 'none' else SECRET
    counterpart.clients[client_id] = dict(counterpart.clients['trac'], auth=method, secret=secret)
    auth = ClientAuth(client_id, method, secret, clock=lambda: NOW)
    assert exchanged(counterpart, auth).params['client_id'] == client_id


@pytest.mark.parametrize('method', ['client_secret_basic', 'client_secret_post',
                                    'client_secret_jwt', 'none'])
def test_the_repr_of_credentials_is_their_method(method):
    assert repr(ClientAuth(u'trac', method, SECRET)) == '<ClientAuth %s>' % method


def test_a_method_that_is_not_known_is_an_error_at_once():
    with pytest.raises(KeyError):
        ClientAuth(u'trac', 'client_secret_magic', SECRET)


# Client certificates

@pytest.fixture
def files(tmpdir):
    """The paths of a client's certificate and key, and the certificate in DER."""
    certificate = make_certificate(EC.private, u'trac.example')
    tmpdir.join('client.pem').write_binary(certificate)
    tmpdir.join('client.key').write_binary(EC.pem())
    der = binascii.a2b_base64(b''.join(certificate.splitlines()[1:-1]))
    return str(tmpdir.join('client.pem')), str(tmpdir.join('client.key')), der


@pytest.fixture
def mutual(counterpart, files, authority):  # noqa: F811
    """The provider, with a TLS port that asks for the client's certificate."""
    counterpart.start_tls(authority.context(files[0]))
    counterpart.clients['trac'].update(auth='tls_client_auth', secret=None, certificate=files[2])
    return counterpart


def tls_client(mutual, authority, certificate):  # noqa: F811
    return client_at(mutual, ClientAuth(u'trac', 'tls_client_auth'),
                     Transport(5, authority.path, certificate))


def test_a_certificate_proves_the_client(mutual, files, authority):  # noqa: F811
    client = tls_client(mutual, authority, files[:2])
    tokens = client.exchange(code_of(mutual, client)[0], BACK, VERIFIER)
    request = mutual.requests[-1]
    assert request.certificate == files[2]
    assert request.params['client_id'] == 'trac'
    assert 'authorization' not in request.headers
    assert set(request.params) == set(['grant_type', 'code', 'redirect_uri', 'code_verifier',
                                       'client_id'])
    # A token that is bound to the certificate is good only with it (RFC 8705 section 3).
    assert client.userinfo(tokens.access_token, ('RS256',))['sub'] == 'alice'
    assert mutual.requests[-1].path == '/userinfo'
    assert mutual.requests[-1].certificate == files[2]


def test_a_pushed_request_goes_where_the_certificate_is_asked_for(
        mutual, files, authority):  # noqa: F811
    mutual.par = 'required'
    client = tls_client(mutual, authority, files[:2])
    assert client.exchange(code_of(mutual, client)[0], BACK, VERIFIER)
    pushed, = [request for request in mutual.requests if request.path == '/par']
    assert pushed.certificate == files[2]


def test_without_the_certificate_the_client_is_nobody(mutual, authority):  # noqa: F811
    client = tls_client(mutual, authority, None)
    code = code_of(mutual, client)[0]
    with pytest.raises(ProviderError) as caught:
        client.exchange(code, BACK, VERIFIER)
    assert mutual.requests[-1].certificate is None
    assert 'invalid_client' in str(caught.value)


def test_the_certificate_of_a_stranger_is_not_taken(
        mutual, authority, files, tmpdir):  # noqa: F811
    stranger = new_key(None, number=1)
    tmpdir.join('other.pem').write_binary(make_certificate(stranger.private, u'trac.example'))
    tmpdir.join('other.key').write_binary(stranger.pem())
    client = tls_client(mutual, authority, (str(tmpdir.join('other.pem')),
                                            str(tmpdir.join('other.key'))))
    code = code_of(mutual, client)[0]
    with pytest.raises(ProviderError):
        client.exchange(code, BACK, VERIFIER)


def test_certificate_files_that_went_away_are_a_provider_error(
        mutual, authority, files, tmpdir):  # noqa: F811
    client = tls_client(mutual, authority, files[:2])
    code = code_of(mutual, client)[0]
    tmpdir.join('client.key').remove()
    with pytest.raises(ProviderError) as caught:
        client.exchange(code, BACK, VERIFIER)
    assert caught.value.reason == 'unreachable'


def test_without_aliases_the_plain_endpoints_are_asked(mutual, files, authority):  # noqa: F811
    mutual.hooks['discovery'] = lambda document: dict(document, mtls_endpoint_aliases={})
    client = tls_client(mutual, authority, files[:2])
    code = code_of(mutual, client)[0]
    with pytest.raises(ProviderError):
        client.exchange(code, BACK, VERIFIER)
    assert mutual.requests[-1].certificate is None  # http has none


def test_the_aliases_are_for_certificates_alone(mutual):
    mutual.clients['trac'].update(auth=None, secret=u'x')
    request = exchanged(mutual, ClientAuth(u'trac', 'client_secret_basic', u'x'))
    assert request.certificate is None


@pytest.mark.parametrize('aliases', [
    [], u'x', 17, {'token_endpoint': u'http://evil.example/'}, {'token_endpoint': u'x'},
    {'token_endpoint': 17}, {'userinfo_endpoint': u'ftp://127.0.0.1/'},
    {'pushed_authorization_request_endpoint': [u'https://a.example/']}])
def test_aliases_that_are_none_are_refused(aliases, counterpart):
    counterpart.hooks['discovery'] = lambda document: dict(document, mtls_endpoint_aliases=aliases)
    with pytest.raises(ProviderError) as caught:
        client_at(counterpart, ClientAuth(u'trac')).provider.metadata()
    assert caught.value.reason == 'endpoint'


def test_open_key_reads_what_the_transport_will_show(files):
    assert open_key(files[1], files[0], signs=False).jwk()['x'] == EC.jwk()['x']

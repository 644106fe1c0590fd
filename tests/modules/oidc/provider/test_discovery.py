"""What a discovery document may say."""
# flake8: noqa: F811

import pytest

from support.provider_documents import ISSUER, Web, reason
from support.provider_documents import clock, provider, web  # noqa: F401 (fixtures)
from trac_unit.oidc.provider.provider import Provider


@pytest.mark.parametrize('issuer, url', [
    (u'https://provider.example', 'https://provider.example/.well-known/openid-configuration'),
    (u'https://provider.example/', 'https://provider.example/.well-known/openid-configuration'),
    (u'https://provider.example/realms/x',
     'https://provider.example/realms/x/.well-known/openid-configuration')])
def test_the_document_is_where_the_standard_has_it(issuer, url, clock):
    web = Web()
    web.metadata['issuer'] = issuer
    Provider(issuer, web, clock).metadata()
    assert web.asked == [url]


@pytest.mark.parametrize('configured, told', [
    (ISSUER, ISSUER + u'/'), (ISSUER + u'/', ISSUER), (ISSUER, ISSUER.upper()),
    (ISSUER, u'http://provider.example'), (ISSUER, u'https://provider.example:443')])
def test_an_issuer_is_compared_letter_by_letter(configured, told, clock):
    web = Web()
    web.metadata['issuer'] = told
    assert reason(Provider(configured, web, clock).metadata) == 'issuer'


ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint',
             'end_session_endpoint', 'revocation_endpoint',
             'pushed_authorization_request_endpoint']


@pytest.mark.parametrize('name', ENDPOINTS)
@pytest.mark.parametrize('url', [u'http://evil.example/', u'', u'/x', 1, [], u'javascript:x'])
def test_no_endpoint_is_where_others_can_listen_in_or_nowhere(name, url, web, provider):
    web.metadata[name] = url
    assert reason(provider.metadata) == 'endpoint'


@pytest.mark.parametrize('aliases, expected', [
    ({name: u'http://evil.example/'}, 'endpoint') for name in ENDPOINTS
] + [(value, 'endpoint') for value in (1, u'', [], u'https://mtls.provider.example', False)
     ] + [(None, None), ({}, None), ({u'other': u'x'}, None), ({'token_endpoint': None}, None),
          ({'token_endpoint': u'https://mtls.provider.example/token'}, None)])
def test_the_aliases_of_endpoints_are_endpoints_too(aliases, expected, web, provider):
    web.metadata['mtls_endpoint_aliases'] = aliases
    if expected is None:
        assert provider.metadata()['mtls_endpoint_aliases'] == aliases
    else:
        assert reason(provider.metadata) == expected


@pytest.mark.parametrize('name', ENDPOINTS)
def test_an_endpoint_is_required_only_if_no_sign_in_is_possible_without(name, web, provider):
    web.metadata[name] = None
    if ENDPOINTS.index(name) < 3:
        assert reason(provider.metadata) == 'endpoint'
    else:
        assert provider.metadata()[name] is None

# -*- coding: utf-8 -*-
"""Pushed authorization requests: RFC 9126."""
import pytest
import requests

from support.misbehaviour import misbehaviours
from support.provider import Provider as Counterpart, form_decode, json_response
from support.relying_party import BACK, VERIFIER, client_at
from trac_unit.errors import ProviderError, SignInError

STATE, NONCE = 's' * 43, 'n' * 43


@pytest.fixture(params=['offered', 'required'])
def counterpart(request):
    with Counterpart() as running:
        running.par = request.param
        yield running


def begun(client, **parameters):
    return client.authorization_url(BACK, STATE, NONCE, VERIFIER, **parameters)


def parameters_of(url):
    return dict(form_decode(url.partition('?')[2]))


def test_the_browser_carries_a_reference_and_nothing_else(counterpart):
    url = begun(client_at(counterpart), prompt='login', login_hint=u'žofie & co.')
    asked = parameters_of(url)
    assert set(asked) == set(['client_id', 'request_uri'])
    assert asked['client_id'] == 'trac'
    assert asked['request_uri'].startswith('urn:ietf:params:oauth:request_uri:request-')
    pushed, = counterpart.pushed
    assert set(pushed) == set([
        'response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'nonce',
        'code_challenge', 'code_challenge_method', 'prompt', 'login_hint'])
    assert (pushed['state'], pushed['redirect_uri']) == (STATE, BACK)
    assert pushed['login_hint'] == u'žofie & co.'
    assert type(url) is str


@pytest.mark.parametrize('method, secret', [
    ('client_secret_basic', u'a secret: ž%'), ('client_secret_post', u'a secret: ž%'),
    ('none', None)])
@pytest.mark.parametrize('client_id', [u'trac', u'a:b', u'žofie'])
def test_the_request_is_pushed_by_the_authenticated_client(
        method, secret, client_id, counterpart):
    client = client_at(counterpart, secret, method, client_id)
    counterpart.clients[client_id]['auth'] = method
    answer = requests.get(begun(client), allow_redirects=False).headers['Location']
    code = parameters_of(answer)['code']
    assert client.exchange(code, BACK, VERIFIER).id_token
    request, = [request for request in counterpart.requests if request.path == '/par']
    assert ('authorization' in request.headers) == (method == 'client_secret_basic')


def test_a_reference_works_once(counterpart):
    url = begun(client_at(counterpart))
    assert requests.get(url, allow_redirects=False).status_code == 302
    assert requests.get(url, allow_redirects=False).status_code == 400


def test_the_authorization_endpoints_own_query_stays_with_the_browser(counterpart):
    counterpart.hooks['discovery'] = lambda document: dict(
        document, authorization_endpoint=document['authorization_endpoint'] + u'?tenant=1')
    url = begun(client_at(counterpart))
    assert url.startswith(counterpart.issuer + '/authorize?tenant=1&')
    assert set(parameters_of(url)) == set(['tenant', 'client_id', 'request_uri'])
    assert 'tenant' not in counterpart.pushed[0]


def refusal(counterpart, answer=None, discovery=None, secret=u'provider-test-secret'):
    if answer is not None:
        counterpart.hooks['raw:/par'] = lambda _: answer
    if discovery is not None:
        counterpart.hooks['discovery'] = lambda document: dict(document, **discovery)
    client = client_at(counterpart, secret)
    counterpart.clients['trac']['secret'] = u'provider-test-secret'
    with pytest.raises(SignInError) as caught:
        begun(client)
    assert isinstance(caught.value, ProviderError)
    assert 'evilmark' not in str(caught.value)
    return caught.value.reason


def pushed(status=201, **changes):
    document = dict({'request_uri': u'urn:evilmark', 'expires_in': 60}, **changes)
    return json_response(status, dict((name, value) for name, value in document.items()
                                      if value is not Ellipsis))


ANSWERS = misbehaviours(
    'Pushed requests',
    ('status 200', pushed(200), 'pushed_request'),
    ('status 202', pushed(202), 'pushed_request'),
    ('status 400', json_response(400, {'error': 'invalid_request'}), 'pushed_request'),
    ('status 401', json_response(401, {'error': 'invalid_client'}), 'pushed_request'),
    ('status 403', pushed(403), 'pushed_request'),
    ('status 413', pushed(413), 'pushed_request'),
    ('status 429', pushed(429), 'pushed_request'),
    ('status 500', pushed(500), 'pushed_request'),
    ('an error with a description', json_response(400, {
        'error': 'invalid_request', 'error_description': 'evilmark'}), 'pushed_request'),
    ('an error of a strange type', json_response(400, {'error': ['evilmark']}), 'pushed_request'),
    ('a redirect', (302, [('Location', 'http://127.0.0.1:9/evilmark')], b''), 'redirect'),
    ('HTML', (201, [], b'<html>evilmark'), 'not_json'),
    ('an array', json_response(201, [{'request_uri': 'evilmark'}]), 'not_json'),
    ('nothing', (201, [], b''), 'not_json'),
    ('2 MB', (201, [], b' ' * 2000000), 'too_large'),
    ('no request_uri', pushed(request_uri=Ellipsis), 'pushed_request'),
    ('request_uri null', pushed(request_uri=None), 'pushed_request'),
    ('request_uri empty', pushed(request_uri=u''), 'pushed_request'),
    ('request_uri a number', pushed(request_uri=17), 'pushed_request'),
    ('request_uri a list', pushed(request_uri=[u'urn:evilmark']), 'pushed_request'),
    ('request_uri with a line break', pushed(request_uri=u'urn:a\r\nevilmark: x'),
     'pushed_request'),
    ('request_uri with a space', pushed(request_uri=u'urn:evilmark x'), 'pushed_request'),
    ('request_uri not ASCII', pushed(request_uri=u'urn:evilmarkž'), 'pushed_request'),
    ('request_uri of 2049 characters', pushed(request_uri=u'x' * 2049), 'pushed_request'),
    ('no expires_in', pushed(expires_in=Ellipsis), 'pushed_request'),
    ('expires_in null', pushed(expires_in=None), 'pushed_request'),
    ('expires_in text', pushed(expires_in=u'60'), 'pushed_request'),
    ('expires_in true', pushed(expires_in=True), 'pushed_request'),
    ('expires_in zero', pushed(expires_in=0), 'pushed_request'),
    ('expires_in negative', pushed(expires_in=-1), 'pushed_request'),
    ('expires_in a list', pushed(expires_in=[60]), 'pushed_request'),
)


@ANSWERS
def test_an_answer_without_a_reference_begins_no_sign_in(case, counterpart):
    # Also where pushing is only offered: whoever could make it fail could choose what a
    # browser may change.
    answer, reason = case
    assert refusal(counterpart, answer) == reason
    assert [request.path for request in counterpart.requests if request.path == '/authorize'] == []


def test_a_wrong_secret_begins_no_sign_in(counterpart):
    assert refusal(counterpart, secret=u'wrong') == 'pushed_request'


def test_a_provider_that_requires_what_it_does_not_have(counterpart):
    assert refusal(counterpart, discovery={
        'pushed_authorization_request_endpoint': None,
        'require_pushed_authorization_requests': True}) == 'endpoint'


@pytest.mark.parametrize('url', [17, [], u'', u'http://evil.example/par', u'ftp://127.0.0.1/',
                                 u'//x', u'javascript:alert(1)'])
def test_an_endpoint_that_is_none_is_refused(url, counterpart):
    assert refusal(counterpart, discovery={
        'pushed_authorization_request_endpoint': url}) == 'endpoint'


def test_a_reference_of_the_greatest_length_is_carried_as_it_is(counterpart):
    reference = u'urn:x?&=#+%' + u'x' * 2037
    counterpart.hooks['raw:/par'] = lambda _: pushed(request_uri=reference)
    assert parameters_of(begun(client_at(counterpart)))['request_uri'] == reference


@pytest.mark.parametrize('flag', [False, None, u'true', 1, []])
def test_without_the_endpoint_nothing_is_pushed_unless_it_is_required(flag, counterpart):
    counterpart.hooks['discovery'] = lambda document: dict(
        document, pushed_authorization_request_endpoint=None,
        require_pushed_authorization_requests=flag)
    assert 'state' in parameters_of(begun(client_at(counterpart)))
    assert counterpart.pushed == []

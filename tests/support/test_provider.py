# -*- coding: utf-8 -*-
"""The tests' own OpenID provider, proven: it behaves, and misbehaves as it is told to."""
import base64
import hashlib
import json
import socket

import pytest

from support.browser import Browser, form_encode
from support.jws import b64url, half_hash, is_signed, read_jws
from support.provider import LOGOUT_EVENT, Provider, basic_credentials, form_decode

BACK = u'http://127.0.0.1:9/oidc/callback'  # nobody listens there
VERIFIER = u'v' * 43
CHALLENGE = b64url(hashlib.sha256(VERIFIER.encode('ascii')).digest())
SECRET = u'provider-test-secret'


class Clock(object):
    now = 1700000000

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def provider(clock):
    with Provider(clock=clock) as provider:
        yield provider


def without_none(params):
    return dict((name, value) for name, value in params.items() if value is not None)


def ask(provider, **changes):
    """The answer to a good authorization request with some changes; None leaves one out."""
    params = dict({'client_id': u'trac', 'redirect_uri': BACK, 'response_type': u'code',
                   'scope': u'openid profile email', 'state': u'state-1', 'nonce': u'nonce-1',
                   'code_challenge': CHALLENGE, 'code_challenge_method': u'S256'}, **changes)
    query = form_encode(without_none(params)).decode('ascii')
    return Browser().get(provider.url + '/authorize?' + query, follow=False)


def answer_of(response):
    """The parameters of a redirect back to the client."""
    assert response.status == 302, response.text
    return dict(form_decode(response.header('Location').partition('?')[2]))


def redeem(provider, code, headers=None, **changes):
    params = dict({'grant_type': u'authorization_code', 'code': code, 'redirect_uri': BACK,
                   'code_verifier': VERIFIER, 'client_id': u'trac', 'client_secret': SECRET},
                  **changes)
    return Browser().post(provider.url + '/token', without_none(params), headers)


def sign_in(provider, **changes):
    """The token response of a whole, correct sign-in."""
    response = redeem(provider, answer_of(ask(provider, **changes))['code'])
    assert response.status == 200, response.text
    return json.loads(response.text)


def userinfo(provider, token):
    return Browser().get(provider.url + '/userinfo', {'Authorization': 'Bearer ' + token})


def error_of(response):
    return response.status, json.loads(response.text)['error']


# It behaves


def test_discovery_names_endpoints_below_the_issuer(provider):
    document = json.loads(Browser().get(provider.url + '/.well-known/openid-configuration').text)
    assert document['issuer'] == provider.issuer == provider.url
    assert document['token_endpoint'] == provider.url + '/token'
    assert document['authorization_response_iss_parameter_supported'] is True
    assert document['id_token_signing_alg_values_supported'] == ['RS256']


def test_sign_in_by_hand(provider, clock):
    answer = answer_of(ask(provider))
    assert (answer['state'], answer['iss']) == ('state-1', provider.issuer)
    tokens = json.loads(redeem(provider, answer['code']).text)
    assert (tokens['token_type'], tokens['expires_in']) == ('Bearer', 300)
    header, claims = read_jws(tokens['id_token'])
    assert is_signed(tokens['id_token'], provider.keys[0])
    sid = claims.pop('sid')
    assert header == {'alg': 'RS256', 'kid': 'key-1', 'typ': 'JWT'}
    assert sid and claims == {
        'iss': provider.issuer, 'sub': 'alice', 'aud': 'trac', 'nonce': 'nonce-1',
        'iat': clock.now, 'exp': clock.now + 300, 'auth_time': clock.now,
        'at_hash': half_hash('RS256', tokens['access_token'])}
    assert json.loads(userinfo(provider, tokens['access_token']).text) == {
        'sub': 'alice', 'preferred_username': 'alice', 'name': 'Alice Liddell',
        'email': 'alice@example.org', 'groups': ['developers']}
    assert set(provider.issued) == set(
        [answer['code'], tokens['access_token'], tokens['refresh_token'], tokens['id_token']])


@pytest.mark.parametrize('name', ['client_id', 'redirect_uri', 'response_type', 'scope', 'state',
                                  'nonce', 'code_challenge', 'code_challenge_method'])
def test_authorization_without_a_required_parameter_is_refused(provider, name):
    response = ask(provider, **{name: None})
    named = 'client_id, redirect_uri' if name == 'client_id' else name
    assert (response.status, response.text) == (400, 'missing or wrong: ' + named)


@pytest.mark.parametrize('name, value', [
    ('client_id', u'another'), ('response_type', u'token'), ('scope', u'profile'),
    ('scope', u'notopenid'), ('response_mode', u'fragment'), ('code_challenge', VERIFIER[1:]),
    ('code_challenge_method', u'plain'), ('redirect_uri', u'http://127.0.0.1:9/elsewhere')])
def test_authorization_with_a_wrong_parameter_is_refused(provider, name, value):
    provider.clients['trac']['redirect_uris'] = [BACK]
    assert ask(provider).status == 302
    response = ask(provider, **{name: value})
    assert response.status == 400 and name in response.text.replace(',', '').split()


@pytest.mark.parametrize('changes, description', [
    ({'code_verifier': u'w' * 43}, 'wrong code_verifier'),
    ({'code_verifier': None}, 'missing or malformed code_verifier'),
    ({'code_verifier': u'v' * 42}, 'missing or malformed code_verifier'),
    ({'redirect_uri': BACK + u'/'}, 'the redirect_uri is not that of the authorization request'),
    ({'redirect_uri': None}, 'the redirect_uri is not that of the authorization request'),
    ({'client_id': u'other', 'client_secret': None}, 'the code is for another client'),
    ({'code': u'code-forged'}, 'unknown code')])
def test_a_code_is_bound_to_its_request(provider, changes, description):
    provider.clients['other'] = {'secret': None}
    response = redeem(provider, **dict({'code': answer_of(ask(provider))['code']}, **changes))
    assert error_of(response) == (400, 'invalid_grant')
    assert json.loads(response.text)['error_description'] == description


def test_a_code_works_once_and_its_replay_ends_the_access_token(provider):
    code = answer_of(ask(provider))['code']
    tokens = json.loads(redeem(provider, code).text)
    assert userinfo(provider, tokens['access_token']).status == 200
    assert error_of(redeem(provider, code)) == (400, 'invalid_grant')
    assert userinfo(provider, tokens['access_token']).status == 401


def test_a_code_lives_for_60_seconds(provider, clock):
    codes = [answer_of(ask(provider))['code'] for _ in range(2)]
    clock.now += 59
    assert redeem(provider, codes[0]).status == 200
    clock.now += 1
    assert error_of(redeem(provider, codes[1])) == (400, 'invalid_grant')


@pytest.mark.parametrize('header, posted, status', [
    (b'trac:provider-test-secret', {}, 200),
    (b'tr%61c:provider%2Dtest-secret', {}, 200),
    (b'trac:wrong', {}, 401),
    (b'trac', {}, 401),
    (b'trac:provider-test-secret', {'client_secret': SECRET}, 400),
    (None, {'client_secret': SECRET}, 200),
    (None, {'client_secret': u'wrong'}, 401),
    (None, {}, 401),
    (None, {'client_id': None}, 401)])
def test_client_authentication(provider, header, posted, status):
    headers = header and {'Authorization': u'Basic ' + base64.b64encode(header).decode('ascii')}
    params = dict({'client_secret': None}, **posted)
    response = redeem(provider, answer_of(ask(provider))['code'], headers, **params)
    assert response.status == status, response.text
    assert (response.header('WWW-Authenticate') is not None) == (status == 401)


def test_basic_credentials_are_form_decoded():
    header = 'Basic ' + base64.b64encode(b'a%3Ab:c+%C5%BE%25').decode('ascii')
    assert basic_credentials(header) == (u'a:b', u'c ž%')


def test_a_public_client_has_no_secret():
    with Provider(client_secret=None) as provider:
        code = answer_of(ask(provider))['code']
        assert error_of(redeem(provider, code)) == (401, 'invalid_client')
        assert redeem(provider, code, client_secret=None).status == 200


def test_refresh_rotates_the_token_and_keeps_the_sign_in(provider, clock):
    first = sign_in(provider)
    clock.now += 1000
    refresh = {'grant_type': u'refresh_token', 'refresh_token': first['refresh_token'],
               'code': None}
    second = json.loads(redeem(provider, **refresh).text)
    old, new = read_jws(first['id_token'])[1], read_jws(second['id_token'])[1]
    assert 'nonce' not in new and new['iat'] == old['iat'] + 1000
    assert [new[name] for name in ('sub', 'sid', 'auth_time')] == [
        old[name] for name in ('sub', 'sid', 'auth_time')]
    assert error_of(redeem(provider, **refresh)) == (400, 'invalid_grant')
    refresh['refresh_token'] = second['refresh_token']
    assert redeem(provider, **refresh).status == 200


def test_an_unknown_grant_type_is_refused(provider):
    assert error_of(redeem(provider, None, grant_type=u'password')) == (
        400, 'unsupported_grant_type')


def test_userinfo_takes_a_live_token_in_the_header_only(provider, clock):
    token = sign_in(provider)['access_token']
    page = provider.url + '/userinfo'
    assert Browser().get(page + '?access_token=' + token).status == 401
    assert Browser().post(page, {'access_token': token}).status == 401
    assert userinfo(provider, 'forged').status == 401
    assert Browser().get(page, {'Authorization': 'Basic ' + token}).status == 401
    assert userinfo(provider, token).status == 200
    clock.now += 300
    assert userinfo(provider, token).header('WWW-Authenticate') == 'Bearer error="invalid_token"'


def test_claims_follow_the_scope(provider):
    token = sign_in(provider, scope=u'openid')['access_token']
    assert json.loads(userinfo(provider, token).text) == {'sub': 'alice', 'groups': ['developers']}


def test_login_hint_and_login_as_choose_the_person(provider):
    assert read_jws(sign_in(provider, login_hint=u'bob')['id_token'])[1]['sub'] == 'bob'
    provider.login_as = u'zofie'
    provider.claims_in_id_token = True
    claims = read_jws(sign_in(provider, login_hint=u'nobody')['id_token'])[1]
    assert (claims['preferred_username'], claims['name']) == (u'žofie', u'Žofie Nováková')
    provider.login_as = None
    assert answer_of(ask(provider)) == {
        'error': 'access_denied', 'error_description': 'nobody signed in', 'state': 'state-1',
        'iss': provider.issuer}


def test_acr_answers_acr_values(provider):
    assert 'acr' not in read_jws(sign_in(provider)['id_token'])[1]
    claims = read_jws(sign_in(provider, acr_values=u'gold silver')['id_token'])[1]
    assert claims['acr'] == 'gold'


def test_form_post_answers_a_form(provider):
    form = ask(provider, response_mode=u'form_post', state=u'"<&\'>').form()
    assert (form.method, form.action) == ('POST', BACK)
    assert sorted(form.fields) == ['code', 'iss', 'state']
    assert form.fields['state'] == u'"<&\'>'


def test_end_session_sends_the_person_back(provider):
    params = {'id_token_hint': sign_in(provider)['id_token'], 'client_id': u'trac',
              'post_logout_redirect_uri': BACK, 'state': u's p'}
    page = provider.url + '/end_session?'
    response = Browser().get(page + form_encode(params).decode('ascii'), follow=False)
    assert (response.status, response.header('Location')) == (302, BACK + '?state=s+p')
    assert provider.logouts == [params]
    assert Browser().get(page).text == 'You are signed out of the provider.'


@pytest.mark.parametrize('name, value', [
    ('id_token_hint', None), ('id_token_hint', u'forged'), ('client_id', u'other'),
    ('post_logout_redirect_uri', u'http://evil.example/')])
def test_end_session_refuses(provider, name, value):
    provider.clients['trac']['post_logout_redirect_uris'] = [BACK]
    params = without_none(dict({'id_token_hint': sign_in(provider)['id_token'],
                                'post_logout_redirect_uri': BACK}, **{name: value}))
    response = Browser().post(provider.url + '/end_session', params, follow=False)
    assert (response.status, response.text) == (400, 'missing or wrong: ' + name)
    assert provider.logouts == []


def test_revoke_ends_a_grant(provider):
    page, tokens = provider.url + '/revoke', sign_in(provider)
    provider.clients['other'] = {'secret': None}
    params = {'client_id': u'other', 'token': tokens['refresh_token']}
    assert Browser().post(page, params).status == 200
    assert userinfo(provider, tokens['access_token']).status == 200, 'revoked by another client'
    params['client_id'] = u'trac'
    assert Browser().post(page, params).status == 401
    params['client_secret'] = SECRET
    assert Browser().post(page, params).status == 200
    assert userinfo(provider, tokens['access_token']).status == 401
    assert provider.revoked == [tokens['refresh_token']] * 2


def test_a_person_who_is_withdrawn_can_refresh_no_more(provider):
    tokens, others = sign_in(provider), sign_in(provider, login_hint=u'bob')
    provider.withdraw(u'alice')
    assert userinfo(provider, tokens['access_token']).status == 401
    refresh = {'grant_type': u'refresh_token', 'code': None}
    assert error_of(redeem(provider, refresh_token=tokens['refresh_token'], **refresh)) == (
        400, 'invalid_grant')
    assert redeem(provider, refresh_token=others['refresh_token'], **refresh).status == 200


def test_a_logout_token_says_whose_sessions_end(provider, clock):
    sign_in(provider)
    sid = provider.grants[-1].sid
    first, second = provider.logout_token(u'alice', sid), provider.logout_token(u'bob')
    header, claims = read_jws(first)
    assert is_signed(first, provider.keys[0])
    assert header == {'alg': 'RS256', 'kid': 'key-1', 'typ': 'logout+jwt'}
    assert claims.pop('jti') != read_jws(second)[1]['jti']
    assert claims == {'iss': provider.issuer, 'aud': 'trac', 'iat': clock.now,
                      'exp': clock.now + 120, 'sub': 'alice', 'sid': sid,
                      'events': {LOGOUT_EVENT: {}}}
    assert 'sid' not in read_jws(second)[1]
    assert provider.issued[-2:] == [first, second]


def test_requests_are_recorded(provider):
    ask(provider, state=u'ž')
    redeem(provider, u'x', {'X-Test': 'y'})
    method, path, params, headers, _ = provider.requests[1]
    assert (method, path, params['code']) == ('POST', '/token', u'x')
    assert headers['X-Test'] == headers.get('x-test') == 'y' and 'X-TEST' in headers
    assert provider.requests[0].params['state'] == u'ž'
    assert (provider.count('/token'), provider.count('/authorize'), provider.count('/')) == (
        1, 1, 0)


def test_parameters_come_once_and_not_in_the_url_of_a_post(provider):
    assert Browser().get(provider.url + '/authorize?state=1&state=2').text == (
        'expected each parameter once')
    assert Browser().post(provider.url + '/token?code=1').text == (
        'expected all parameters in the body')
    assert Browser().get(provider.url + '/token').status == 405
    assert Browser().get(provider.url + '/elsewhere').status == 404


# It misbehaves


@pytest.mark.parametrize('hook, path', [('discovery', '/.well-known/openid-configuration'),
                                        ('jwks', '/jwks')])
def test_a_document_can_become_anything(provider, hook, path):
    seen = []
    provider.hooks[hook] = lambda document: seen.append(document) or [1, None]
    assert json.loads(Browser().get(provider.url + path).text) == [1, None]
    assert 'issuer' in seen[0] or 'keys' in seen[0]


def test_the_authorization_answer_can_be_changed_or_doubled(provider):
    provider.hooks['authorize'] = lambda params: dict(params, iss='http://evil.example')
    assert answer_of(ask(provider))['iss'] == 'http://evil.example'
    provider.hooks['authorize'] = lambda params: [('state', 'a'), ('state', 'b')]
    assert ask(provider).header('Location') == BACK + '?state=a&state=b'


def test_the_id_token_can_be_changed_at_every_stage(provider):
    provider.hooks['id_token_header'] = lambda header: dict(header, kid='unknown')
    provider.hooks['id_token_claims'] = lambda claims: dict(claims, iss='http://evil.example')
    token = sign_in(provider)['id_token']
    assert read_jws(token)[0]['kid'] == 'unknown'
    assert read_jws(token)[1]['iss'] == 'http://evil.example'
    assert is_signed(token, provider.keys[0])
    provider.hooks['id_token'] = lambda text: text[:-1]
    assert not is_signed(sign_in(provider)['id_token'] + 'AAA', provider.keys[0])
    provider.hooks['sign'] = lambda header, claims: u'%s wholly made up ' % header['alg']
    assert sign_in(provider)['id_token'] == 'RS256 wholly made up'


def test_the_logout_token_can_be_changed_at_every_stage(provider):
    provider.hooks['logout_token_header'] = lambda header: dict(header, typ='JWT')
    provider.hooks['logout_token_claims'] = lambda claims: dict(claims, nonce='n')
    header, claims = read_jws(provider.logout_token(u'alice'))
    assert (header['typ'], claims['nonce']) == ('JWT', 'n')
    provider.hooks['logout_token'] = lambda text: text[:5]
    assert len(provider.logout_token(u'alice')) == 5


def test_token_response_and_userinfo_can_become_anything(provider):
    provider.hooks['userinfo'] = lambda claims: dict(claims, sub='bob')
    token = sign_in(provider)['access_token']
    assert json.loads(userinfo(provider, token).text)['sub'] == 'bob'
    provider.hooks['token_response'] = lambda response: [response['token_type']]
    assert sign_in(provider) == ['Bearer']


def test_a_raw_response_replaces_an_endpoint(provider):
    provider.hooks['raw:/jwks'] = lambda handler: (
        299, [('Content-Type', 'text/html'), ('X-Path', handler.record.path)], b'<p>')
    response = Browser().get(provider.url + '/jwks')
    assert (response.status, response.header('X-Path'), response.body) == (299, '/jwks', b'<p>')
    provider.hooks['raw:/jwks'] = lambda handler: (200, [], (b'x' for _ in range(3)))
    assert Browser().get(provider.url + '/jwks').body == b'xxx'
    provider.hooks['raw:/jwks'] = lambda handler: (
        piece for piece in (b'HTTP/1.0 200 Fine\r\n', b'Content-Length: 5\r\n\r\n', b'12'))
    with pytest.raises(Exception) as caught:  # http.client and httplib name it differently
        Browser().get(provider.url + '/jwks')
    assert type(caught.value).__name__ == 'IncompleteRead'


def test_a_misspelt_hook_is_an_error(provider):
    for name in ('id_token_claim', 'raw:jwks', 'raw'):
        with pytest.raises(KeyError):
            provider.hooks[name] = None
    with pytest.raises(KeyError):
        provider.hooks.update(jwk=None)
    assert provider.hooks == {}


def test_a_failing_hook_fails_the_test():
    with pytest.raises(AssertionError) as caught:
        with Provider() as provider:
            provider.hooks['jwks'] = lambda document: 1 // 0
            assert Browser().get(provider.url + '/jwks').status == 500
    assert 'ZeroDivisionError' in str(caught.value)


def test_a_client_that_hangs_up_is_no_failure():
    with Provider() as provider:
        started = []

        def endless(handler):
            while not provider.stopping.is_set():
                started.append(1)
                yield b'x' * 65536

        provider.hooks['raw:/jwks'] = endless
        client = socket.create_connection(('127.0.0.1', int(provider.url.rpartition(':')[2])))
        client.sendall(b'GET /jwks HTTP/1.0\r\n\r\n')
        assert client.recv(1) == b'x'
        client.close()
    assert started


def test_keys_rotate(provider):
    old = provider.keys[0]
    new = provider.rotate_keys()
    assert provider.keys == [new, old] and new.kid != old.kid
    assert is_signed(sign_in(provider)['id_token'], new)
    assert not is_signed(sign_in(provider)['id_token'], old)
    newest = provider.rotate_keys(keep_old=False)
    published = json.loads(Browser().get(provider.url + '/jwks').text)['keys']
    assert [jwk['kid'] for jwk in published] == [newest.kid] == ['key-3']


def test_reset_forgets_everything_but_the_address(provider):
    url = provider.url
    sign_in(provider)
    provider.hooks['jwks'] = lambda document: {}
    provider.users['alice']['name'] = u'Someone Else'
    provider.clients.clear()
    provider.login_as = u'bob'
    provider.rotate_keys()
    provider.reset()
    assert provider.url == url and provider.requests == provider.issued == []
    token = sign_in(provider)
    assert read_jws(token['id_token'])[0]['kid'] == 'key-1'
    assert json.loads(userinfo(provider, token['access_token']).text)['name'] == 'Alice Liddell'


def test_a_stopped_provider_refuses_connections_and_starts_again_where_it_was(provider):
    url = provider.url
    provider.stop()
    assert provider.stopping.is_set()
    with pytest.raises(socket.error):
        Browser().get(url + '/jwks')
    provider.start()
    assert provider.url == url and Browser().get(url + '/jwks').status == 200

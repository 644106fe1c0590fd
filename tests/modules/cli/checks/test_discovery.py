"""What a provider says of itself, against what the settings ask of it."""
import pytest
from support.checking import found

from support.asked_provider import ask, settings  # noqa: F401 (fixtures)
from support.asked_provider import hooked, marks
from trac_unit.cli.checks import provider as theme


@pytest.mark.parametrize('name', [
    'token_endpoint_auth_methods_supported', 'id_token_signing_alg_values_supported',
    'code_challenge_methods_supported', 'scopes_supported', 'response_types_supported',
    'claims_supported'])
@pytest.mark.parametrize('value', [u'RS256', 17, {u'a': 1}, [1], [[]], [None], False])
def test_a_list_that_is_none_is_an_error_line(settings, provider, name, value):  # noqa: F811
    provider.hooks['discovery'] = hooked(**{name: value})
    errors = [result for result in found(theme.asked, settings) if result[0] == 'error']
    assert [result[1] for result in errors] == ['discovery']
    assert name in errors[0][2] and errors[0][3]


@pytest.mark.parametrize('methods, chosen, mark, mend', [
    ([u'client_secret_basic'], None, 'ok', None),
    (None, None, 'ok', None),  # the default of Discovery section 3
    ([u'client_secret_post'], None, 'error', 'set TRAC_OIDC_CLIENT_AUTH=client_secret_post'),
    ([u'client_secret_post'], 'client_secret_post', 'ok', None),
    (None, 'client_secret_post', 'error', 'set TRAC_OIDC_CLIENT_AUTH=client_secret_basic'),
    ([u'private_key_jwt', u'none', u'\u20ac'], None, 'error', 'turn on client_secret_basic'),
    ([u'tls_client_auth'], 'client_secret_post', 'error', 'turn on client_secret_post'),
    ([], 'client_secret_basic', 'ok', None),
])
def test_client_authentication(ask, provider, methods, chosen, mark, mend):  # noqa: F811
    provider.hooks['discovery'] = hooked(token_endpoint_auth_methods_supported=methods)
    more = {'TRAC_OIDC_CLIENT_AUTH': chosen} if chosen else {}
    told = ask(**more)['client authentication']
    assert told[0] == mark
    assert told[2] is mend is None or mend in told[2]


@pytest.mark.parametrize('methods, mark', [
    ([u'none'], 'ok'), ([u'client_secret_basic'], 'warning')])
def test_client_authentication_without_a_secret(ask, provider, methods, mark):  # noqa: F811
    provider.hooks['discovery'] = hooked(token_endpoint_auth_methods_supported=methods)
    assert ask(TRAC_OIDC_CLIENT_SECRET='')['client authentication'][0] == mark


@pytest.mark.parametrize('announced, allowed, mark, mend', [
    ([u'RS256', u'ES256'], 'RS256', 'ok', None),
    ([u'ES256', u'none', u'HS256'], 'RS256', 'error', 'set TRAC_OIDC_SIGNING_ALGS=ES256'),
    ([u'HS256', u'none'], 'RS256', 'error', 'have the provider sign ID tokens with RS256'),
    ([u'ES256'], 'RS256,ES256', 'ok', None),
    ([], 'RS256', 'error', 'have the provider sign'),
    (None, 'RS256', 'warning', None),
])
def test_signing_algorithms(ask, provider, announced, allowed, mark, mend):  # noqa: F811
    provider.hooks['discovery'] = hooked(id_token_signing_alg_values_supported=announced)
    told = ask(TRAC_OIDC_SIGNING_ALGS=allowed)['signing algorithms']
    assert told[0] == mark
    assert told[2] is mend is None or told[2].startswith(mend)


@pytest.mark.parametrize('methods', [None, [], [u'plain']])
def test_pkce_that_is_not_announced_is_a_warning(ask, provider, methods):  # noqa: F811
    provider.hooks['discovery'] = hooked(code_challenge_methods_supported=methods)
    told = ask()
    assert told['PKCE'][0] == 'warning' and marks(told) == {'ok', 'warning'}


def test_a_provider_without_the_code_flow(ask, provider):  # noqa: F811
    provider.hooks['discovery'] = hooked(response_types_supported=[u'id_token'])
    assert ask()['flow'][0] == 'error'


def test_a_provider_without_optional_endpoints(ask, provider):  # noqa: F811
    provider.hooks['discovery'] = hooked(userinfo_endpoint=None, end_session_endpoint=None)
    told = ask()
    assert told['userinfo'][0] == told['sign-out'][0] == 'warning'
    assert told['sign-out'][2] == 'set TRAC_OIDC_LOGOUT=local'
    assert 'sign-out' not in ask(TRAC_OIDC_LOGOUT='local')


def test_scopes_and_claims_that_are_not_announced(ask, provider):  # noqa: F811
    provider.hooks['discovery'] = hooked(scopes_supported=[u'openid'],
                                         claims_supported=[u'sub', u'realm'])
    told = ask()
    assert told['scope'][:2] == ('warning', 'the provider does not announce ["profile", "email"]')
    assert told['user name'][0] == 'warning'
    assert 'user name' not in ask(TRAC_OIDC_USERNAME_CLAIM='upn,sub')
    assert 'user name' not in ask(TRAC_OIDC_USERNAME_CLAIM='realm.name')


@pytest.mark.parametrize('announced, recheck, mark', [
    (True, 'off', 'ok'), (True, '10m', 'ok'), (None, 'off', 'note'), (False, 'off', 'note'),
    (u'true', 'off', 'note'), (None, '10m', None)])
def test_back_channel_logout(ask, provider, announced, recheck, mark):  # noqa: F811
    provider.hooks['discovery'] = hooked(backchannel_logout_supported=announced)
    told = ask(TRAC_OIDC_RECHECK=recheck).get('back-channel logout')
    assert (told and told[0]) == mark
    assert mark != 'note' or 'TRAC_OIDC_RECHECK=10m' in told[1]

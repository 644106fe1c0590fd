"""Which addresses are the sign-in layer's own."""

import pytest

from trac_unit.oidc.browser.addresses import Addresses

ONE, MANY = Addresses(), Addresses('/sso/trac', many=True)


@pytest.mark.parametrize('path', ['/oidc', '/oidc/', '/oidc/callback', '/oidc/x/../y'])
def test_what_is_below_the_path_is_an_endpoint(path):
    assert ONE.is_endpoint(path)
    assert ONE.is_own(path)


@pytest.mark.parametrize('path', ['/oidcx', '/wiki/oidc', '/', '', '/OIDC/callback', '/oidc\n'])
def test_what_only_looks_like_it_is_none(path):
    assert not ONE.is_endpoint(path)
    assert not ONE.is_own(path)


@pytest.mark.parametrize('addresses, path, door', [
    (ONE, '/login', ('', 'login')), (ONE, '/logout/', ('', 'logout')),
    (MANY, '/one/login', ('/one', 'login')), (MANY, '/one/logout', ('/one', 'logout'))])
def test_a_door_is_known_with_the_place_it_leads_to(addresses, path, door):
    assert addresses.trac_action(path) == door
    assert addresses.is_own(path)


@pytest.mark.parametrize('addresses, path', [
    (ONE, '/wiki/login'), (ONE, '/login/more'), (ONE, '/LOGIN'), (ONE, 'login'),
    (ONE, '/logout\n'), (MANY, '/login'), (MANY, '/a/b/login'), (MANY, '//login')])
def test_other_paths_are_no_doors(addresses, path):
    assert addresses.trac_action(path) == (None, None)
    assert not addresses.is_own(path)


@pytest.mark.parametrize('addresses', [ONE, MANY])
@pytest.mark.parametrize('path', [
    '', '/', '/wiki', '/one/wiki', '/oidc', '/oidc/callback', '/oidcx', '/sso/trac/', '/sso/tracs',
    '/sso/trac/login', '/login', '/logout/', '/login/x', '/one/login', '/one/logout/',
    '/a/b/login', '//login', '/one/login\n', '\xc5\xbe', '/\xff'])
def test_a_page_is_what_is_not_ours(path, addresses):
    assert addresses.is_page(path) == (not addresses.is_own(path) and '\n' not in path)


@pytest.mark.parametrize('control', ['\0', '\t', '\n', '\r', '\x1f', '\x7f'])
@pytest.mark.parametrize('path', ['%s', '/%s', '/wiki%s', '%s/login', '/wiki/A%sB', '/login%s'])
def test_a_path_with_a_control_character_is_no_page(path, control):
    for addresses in ONE, MANY:
        assert not addresses.is_page(path % control) and addresses.has_control(path % control)
        assert not addresses.has_control(path % '\x80 ~')


def test_the_endpoints_are_below_the_path():
    assert [MANY.callback, MANY.login, MANY.signed_out, MANY.backchannel_logout, MANY.health] == [
        '/sso/trac/callback', '/sso/trac/login', '/sso/trac/signed-out',
        '/sso/trac/backchannel-logout', '/sso/trac/health']


@pytest.mark.parametrize('addresses, path, place', [
    (ONE, '/', ''), (ONE, '/wiki/A', ''), (ONE, '', ''), (MANY, '/', None), (MANY, '', None),
    (MANY, '//', None), (MANY, '/?x', None), (MANY, '/one', '/one'), (MANY, '/one/', '/one'),
    (MANY, '/one?x=/two', '/one'), (MANY, '/%C5%BE/wiki/A?x', '/%C5%BE')])
def test_a_path_tells_the_place_it_is_in(addresses, path, place):
    assert addresses.base_path(path) == place

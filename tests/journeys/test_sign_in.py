# -*- coding: utf-8 -*-
"""Sign-in through the composed application, with a real Trac."""

from support.hostile import user_of, with_cookies
from support.journey import Journey
from support.provider import Provider


def test_sign_in_and_out(journey, provider):
    assert journey.user() is None
    response = journey.sign_in(Referer='http://trac.example.org/wiki?x=1')
    assert (response.status_int, response.location) == (303, 'http://trac.example.org/wiki?x=1')
    assert journey.user() == 'alice'
    response = journey.logout()
    assert response.location.startswith(provider.issuer + '/end_session?')
    assert journey.user() is None


def test_a_non_ascii_user_name_arrives_intact(journey, provider):
    provider.login_as = 'zofie'
    journey.sign_in()
    assert journey.user() == u'žofie'


def test_a_session_of_another_issuer_is_nobodys(journey, settings, clock, provider, tmpdir):
    shared = dict(settings, TRAC_OIDC_SESSION_STORE='sqlite://' + str(tmpdir.join('shared.db')))
    here = Journey(shared, clock)
    here.sign_in()
    with Provider() as other:
        there = Journey(dict(shared, TRAC_OIDC_ISSUER=other.issuer), clock)
        there.sign_in()
        name, own = session_cookie(there)
        assert user_of(with_cookies(there, '%s=%s' % (name, own))) == 'alice'
        assert user_of(with_cookies(there, '%s=%s' % (name, session_cookie(here)[1]))) is None


def test_a_session_of_another_client_of_the_issuer_is_nobodys(settings, clock, provider, tmpdir):
    shared = dict(settings, TRAC_OIDC_SESSION_STORE='sqlite://' + str(tmpdir.join('shared.db')))
    here = Journey(shared, clock)
    here.sign_in()
    name, own = session_cookie(here)
    assert user_of(with_cookies(here, '%s=%s' % (name, own))) == 'alice'
    there = Journey(dict(shared, TRAC_OIDC_CLIENT_ID='wiki'), clock)
    there.login()
    under_way, = there.cookies
    name = under_way.rpartition('_')[0]
    assert user_of(with_cookies(there, '%s=%s' % (name, own))) is None


def session_cookie(journey):
    """The name and the value of a browser's session cookie."""
    found, = [pair for pair in journey.cookies.items() if pair[0].count('_') == 2]
    return found


ELSEWHERE = {u'_claim_names': {u'groups': u'src1'},
             u'_claim_sources': {u'src1': {u'endpoint': u'https://graph.example/marked'}}}


def test_groups_that_are_elsewhere_are_said_to_be_unknown(journey, provider, caplog):
    provider.hooks['id_token_claims'] = lambda claims: dict(claims, **ELSEWHERE)
    provider.hooks['userinfo'] = lambda claims: dict(
        (name, value) for name, value in claims.items() if name != 'groups')
    journey.sign_in()
    assert journey.user() == 'alice'
    said, = [record for record in caplog.records if 'the claim groups' in record.getMessage()]
    assert said.levelname == 'WARNING'
    assert 'it is unknown, not empty' in said.getMessage()
    assert 'marked' not in said.getMessage()


def test_a_claim_that_is_missing_is_named_in_the_log(journey, provider, caplog):
    provider.hooks['userinfo'] = lambda claims: {u'sub': claims[u'sub'],
                                                 u'preferred_username': u'alice'}
    journey.sign_in()
    assert journey.user() == 'alice'
    said = [record.getMessage() for record in caplog.records if record.levelname == 'INFO'
            and 'got none' in record.getMessage()]
    assert [line.split(' ', 1)[1] for line in said] == [
        'expected the claim %s, got none' % name for name in ('name', 'email', 'groups')]


def test_a_user_name_that_is_missing_is_named_on_the_page_and_in_the_log(
        settings, clock, provider, log):
    journey = Journey(dict(settings, TRAC_OIDC_USERNAME_CLAIM='upn,<login>.name'), clock)
    response = journey.sign_in()
    assert response.status_int == 403
    assert u'did not send the claim upn or &lt;login&gt;.name' in response.text
    assert u'alice' not in response.text
    assert 'reason=username_missing IdentityError: expected a claim upn or <login>.name' in log()
    assert journey.user() is None

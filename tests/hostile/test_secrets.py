# -*- coding: utf-8 -*-
"""Nothing secret comes out: not in a log, not on a page, not in a repr, whatever happens."""
import gc
import re

import pytest

from support.everything_logged import logged  # noqa: F401 (fixture)
from support.hostile import HTML, MISSING, claims, header, id_token, raw, token_response, userinfo
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.provider import json_response
from trac_unit.settings.config import Config

SECRET = 'client-SECRET:with%odd+characters'


def pieces(value):
    """Parts of a secret that no output may hold either, should it be cut."""
    if value.count('.') == 2:  # the header of a token is the same for all
        return [value[80:100], value[-40:]]
    return [value[:20]] if len(value) >= 40 else []


class Run(object):
    """One browser at a fresh application; remembers all that came out, and all that must not."""

    def __init__(self, journey, provider, logged):  # noqa: F811
        self.provider = provider
        self.logged = logged
        self.journey = journey
        self.secrets = {'client secret': SECRET}
        self.pages = []
        self.locations = []

    def keep(self, name, value):
        assert len(value) >= 8, (name, value)
        self.secrets[name] = value

    def get(self, path, **environ):
        response = self.journey.web.get(path, status='*', extra_environ=environ)
        return self.saw(path, response)

    def saw(self, path, response):
        headers = [(name, value) for name, value in response.headers.items()
                   if name.lower() != 'set-cookie']
        location = response.headers.get('Location', '')
        if location.startswith(self.provider.issuer):
            # The authorization request and the sign-out carry state, nonce and hint, by design.
            self.locations.append(location)
            headers = [pair for pair in headers if pair[0].lower() != 'location']
        self.pages.append((path, response.text + repr(headers)))
        for name, value in self.journey.cookies.items():
            if name.startswith('trac_oidc_') and value:
                self.keep('cookie ' + name, value)
        return response

    def login(self):
        response = self.get('/login')
        location = response.headers.get('Location')
        if location is None:
            return None
        parameters = dict(re.findall('[?&]([^=&]*)=([^&]*)', location))
        for name in ('state', 'nonce', 'code_challenge'):
            self.keep(name, parameters[name])
        return self.journey.authorize(location)

    def sign_in(self):
        target = self.login()
        if target is None:
            return None
        code = re.search('[?&]code=([^&]*)', target)
        if code:
            self.keep('code', code.group(1))
        return self.get(target)

    def verdict(self, objects=()):
        for number, value in enumerate(self.provider.issued):
            if len(value) > 20:
                self.keep('issued %d' % number, value)
        for request in self.provider.requests:
            for name in ('code_verifier', 'authorization'):
                value = request.params.get(name) or request.headers.get(name)
                if value:
                    self.keep(name, value)
        outputs = [('page ' + path, text) for path, text in self.pages]
        # The test's own browser talks to the authorization endpoint through urllib3 too.
        outputs += [('log ' + name, text) for name, text in self.logged.lines
                    if not (name.startswith('urllib3') and '/authorize?' in text)]
        outputs += [('repr of %s' % type(each).__name__, repr(each)) for each in objects]
        assert len(outputs) > 1
        for what, text in outputs:
            for name, value in self.secrets.items():
                assert value not in text, '%s is in the %s: %s' % (name, what, text[:2000])
                for piece in pieces(value):
                    assert piece not in text, 'of the %s is %s in the %s: %s' % (
                        name, piece, what, text[:2000])


@pytest.fixture
def run(visitor, hostile, logged):  # noqa: F811
    hostile.clients['trac']['secret'] = SECRET
    return Run(visitor(TRAC_OIDC_CLIENT_SECRET=SECRET), hostile, logged)


def objects_of(package):
    """Every object of a class of the package that is alive now."""
    if hasattr(gc, 'unfreeze'):
        gc.unfreeze()  # what lives as long as the process is not listed
    return [each for each in gc.get_objects()
            # Some classes have a descriptor there.
            if str(getattr(type(each), '__module__', '')).startswith(package)]


def test_a_whole_visit_gives_nothing_away(run, logged):  # noqa: F811
    assert run.sign_in().status_int == 303
    page = run.get('/wiki')
    assert 'logged in as' in page.text
    run.get('/oidc/health')
    run.get('/oidc/signed-out')
    run.saw('/logout', run.journey.logout())
    run.get('/oidc/signed-out')
    objects = objects_of('trac_unit')
    names = set(type(each).__name__ for each in objects)
    assert set(['Client', 'SignIn', 'SQLiteStore', 'OIDCMiddleware', 'Provider', 'Transport',
                'TransactionCookies']) <= names, names
    assert any(name.startswith('urllib3') for name, _ in logged.lines)
    run.verdict(objects)
    kinds = ' '.join(run.secrets)
    for kind in ('client secret', 'code', 'state', 'nonce', 'code_verifier', 'authorization',
                 'cookie', 'issued'):
        assert kind in kinds
    # The code, the access, refresh and ID token; the cookies of sign-in, session and sign-out.
    assert kinds.count('issued') == 4 and kinds.count('cookie') == 3, kinds


def test_the_secrets_would_be_found(run):
    run.sign_in()
    assert run.secrets['state'] in run.locations[0]
    run.pages.append(('/', 'x' + run.secrets['state'] + 'y'))
    with pytest.raises(AssertionError):
        run.verdict()


def test_no_repr_of_what_a_sign_in_makes_gives_anything_away(run, monkeypatch):
    from trac_unit.oidc.browser import transaction
    from trac_unit.oidc.flows import sign_in
    from trac_unit.oidc.provider import client
    from trac_unit.oidc.session import session
    made = []

    def remember(module, name):
        real = getattr(module, name)

        class Remembered(real):
            def __init__(self, *args, **kwargs):
                real.__init__(self, *args, **kwargs)
                made.append(self)
        Remembered.__name__ = name
        monkeypatch.setattr(module, name, Remembered)
    remember(client, 'Tokens')
    remember(sign_in, 'Session')
    remember(sign_in, 'Transaction')
    assert transaction.Transaction and session.Session
    run.sign_in()
    assert set(type(each).__name__ for each in made) == set(['Tokens', 'Session', 'Transaction'])
    for each in made:
        for name, value in vars(each).items():
            if name in ('state', 'nonce', 'code_verifier', 'id_token', 'access_token'):
                run.keep(name, value)
    run.verdict(made)


def test_the_settings_hide_the_secret(run, tmpdir):
    config = Config.from_environ(run.journey.settings)
    assert SECRET not in repr(config) and SECRET not in str(config)
    assert '***' in repr(config)
    tmpdir.join('secret').write(SECRET + '\n')
    settings = dict(run.journey.settings, TRAC_OIDC_CLIENT_SECRET_FILE=str(tmpdir.join('secret')))
    del settings['TRAC_OIDC_CLIENT_SECRET']
    config = Config.from_environ(settings)
    assert config.oidc_client_secret == SECRET
    assert SECRET not in repr(config)


def test_a_broken_setting_is_reported_without_the_secret(run):
    from trac_unit.app import from_environ
    from webtest import TestApp
    for wrong in ({'TRAC_OIDC_CLIENT_AUTH': 'none'}, {'TRAC_OIDC_ISSUER': 'nonsense'},
                  {'TRAC_OIDC_CLIENT_SECRET': SECRET + '\x01'}, {'TRAC_OIDC_CLIENTSECRET': SECRET},
                  {'TRAC_OIDC_CLIENT_SECRET_FILE': '/nonexistent'}):
        web = TestApp(from_environ(dict(run.journey.settings, **wrong)))
        run.pages.append((str(wrong.keys()), web.get('/', status=503).text))
    run.verdict()


FAILURES = [
    ('nonce', claims(nonce=u'x')), ('aud', claims(aud=u'x')), ('exp', claims(exp=1)),
    ('at_hash', claims(at_hash=u'x')), ('iss', claims(iss=u'x')), ('sub', claims(sub=u'bob')),
    ('kid', header(kid=u'x')), ('alg', header(alg=u'none')), ('crit', header(crit=[u'x'])),
    ('signature', id_token(lambda token: token[:-6] + u'AAAAAA')),
    ('two parts', id_token(lambda token: token.rsplit('.', 1)[0])),
    ('no ASCII', id_token(lambda token: token + u'ž')),
    ('too large', claims(padding=u'x' * 13000)),
    ('no id_token', token_response(id_token=MISSING)),
    ('no access_token', token_response(access_token=MISSING)),
    ('access_token odd', token_response(access_token=lambda token: token + u'\r\nX: y')),
    ('access_token a list', token_response(access_token=lambda token: [token])),
    ('id_token a list', token_response(id_token=lambda token: [token])),
    ('id_token for token_type', lambda provider: provider.hooks.update(
        token_response=lambda answer: dict(answer, token_type=answer['id_token']))),
    ('token endpoint HTML', raw('/token', HTML)), ('token endpoint 500', raw('/token', (
        500, [], b'x'))), ('token endpoint closed', raw('/token', [])),
    ('userinfo of another', userinfo(sub=u'bob')), ('userinfo HTML', raw('/userinfo', HTML)),
    ('userinfo 401', raw('/userinfo', (401, [], b''))),
    ('userinfo closed', raw('/userinfo', [])),
    ('no user name', userinfo(preferred_username=MISSING)),
    ('user name a list', userinfo(preferred_username=[u'x'])),
    ('keys HTML', raw('/jwks', HTML)), ('keys closed', raw('/jwks', [])),
    ('discovery HTML', raw('/.well-known/openid-configuration', HTML)),
    ('declined', lambda provider: provider.hooks.update(authorize=lambda answer: dict(
        [pair for pair in answer.items() if pair[0] != 'code'], error=u'access_denied'))),
    ('iss of the answer', lambda provider: provider.hooks.update(
        authorize=lambda answer: dict(answer, iss=u'x'))),
    ('code twice', lambda provider: provider.hooks.update(
        authorize=lambda answer: list(answer.items()) + [('code', answer['code'])])),
    ('state as code', lambda provider: provider.hooks.update(
        authorize=lambda answer: dict(answer, code=answer['state']))),
]


@pytest.mark.parametrize('misbehave', [row[1] for row in FAILURES],
                         ids=[row[0].replace(' ', '-') for row in FAILURES])
def test_a_failed_sign_in_gives_nothing_away(misbehave, run, hostile):  # noqa: F811
    misbehave(hostile)
    response = run.sign_in() or run.get('/login')
    assert response.status_int >= 400
    run.get('/wiki')
    run.verdict()


def reflecting(handler):
    """The provider repeats all that it was sent, as error and description, token and claim."""
    params = handler.record.params
    said = u' '.join(sorted(params.values())) + handler.record.headers.get('authorization', '')
    return json_response(400, {'error': 'invalid_grant', 'error_description': said,
                               'error_uri': said, 'id_token': said, 'sub': said})


@pytest.mark.parametrize('path', ['/token', '/userinfo'])
def test_what_a_provider_repeats_is_not_repeated(path, run, hostile):  # noqa: F811
    raw(path, reflecting)(hostile)
    run.sign_in()
    run.verdict()


def test_a_token_in_the_wrong_place_is_not_shown(run, hostile):  # noqa: F811
    """Values that we do show, such as a wrong issuer, could be secrets of the provider's."""
    hostile.hooks['token_response'] = lambda answer: dict(
        answer, token_type=answer['access_token'])
    run.sign_in()
    run.verdict()


def test_broken_requests_give_nothing_away(run, hostile):  # noqa: F811
    target = run.login()
    run.keep('code', re.search('code=([^&]*)', target).group(1))
    for changed in (target.replace('state=', 'stat='), target + '&code=2', target + '&state=2',
                    target + '&x=' + 'y' * 9000,
                    re.sub('state=[^&]*', 'state=' + 'x' * 43, target)):
        assert run.get(changed).status_int == 400
    assert run.get(target, HTTP_HOST='a b').status_int == 400
    assert run.get(target, REQUEST_METHOD='POST').status_int == 405
    assert run.get(target, HTTP_HOST='other.example').status_int == 400
    assert run.get(target).status_int == 303
    assert run.get(target).status_int == 400
    run.verdict()


def test_a_store_that_fails_gives_nothing_away(run, hostile, monkeypatch):  # noqa: F811
    import sqlite3
    target = run.login()
    run.sign_in()
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, 'connect', lambda *args, **kwargs: real('/nonexistent/x'))
    from trac_unit.oidc.session.stores.sqlite_file import SQLiteFile
    monkeypatch.setattr(SQLiteFile, 'opened', lambda self: sqlite3.connect('x'))
    for path in ('/wiki', '/login', target, '/oidc/signed-out', '/oidc/health'):
        assert run.get(path).status_int == 503, path
    run.verdict()


def test_an_exception_that_nobody_foresaw_gives_nothing_away(
        run, hostile, monkeypatch):  # noqa: F811
    from trac_unit.oidc.flows import sign_in

    def broken(*args, **kwargs):
        raise RuntimeError('unforeseen')
    monkeypatch.setattr(sign_in, 'identify', broken)
    response = run.sign_in()
    assert response.status_int == 500
    assert 'unforeseen' not in response.text
    run.verdict()

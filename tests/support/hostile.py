# -*- coding: utf-8 -*-
"""What the hostile tables share: how a provider is made to misbehave, and what a refusal is.

A misbehaviour is a function that takes the running Provider and sets its hooks.
"""
import json
import logging
import re
import shutil

import pytest

from support.clock import Clock
from support.journey import BASE, SECRET, Journey
from support.jws import b64url, make_jws, new_key
from support.provider import Provider, json_response

#: Takes a claim, a header or a member out.
MISSING = object()

#: Stands in hostile values; no page may repeat it.
MARK = u'evilmark'

#: The clock of the provider and of the application, which tests move on together.
CLOCK = Clock()

HTML = (200, [('Content-Type', 'text/html')], b'<html><body>evilmark: please log in</body></html>')


# Fixtures: one environment and one provider for a whole module, since making them costs a second.

@pytest.fixture(scope='module')
def served(environment_template, tmpdir_factory):
    """The path of a Trac environment that all tests of a module share."""
    path = str(tmpdir_factory.mktemp('served').join('trac'))
    shutil.copytree(environment_template, path)
    return path


@pytest.fixture(scope='module')
def running_provider():
    with Provider(client_id='trac', client_secret=SECRET, clock=CLOCK) as running:
        yield running


@pytest.fixture
def hostile(running_provider, caplog):
    """The provider, behaving well until a test says otherwise.

    Whatever it does, nothing that it gave out, and nothing that it was sent, is logged.
    """
    # Two days later nothing that an earlier test made the application remember counts.
    CLOCK.offset += 2 * 86400
    running_provider.reset()
    yield running_provider
    if running_provider._server is None:
        running_provider.start()
    errors = running_provider.errors[:]
    secrets = [SECRET] + secrets_of(running_provider) + [
        value for request in running_provider.requests
        for value in (request.params.get('code_verifier'), request.headers.get('authorization'))
        if value]
    running_provider.reset()
    assert not errors, '\n'.join(errors)
    # Trac logs the address of a page that it does not have, query and all; and the test's own
    # browser goes to the provider with a reference to a pushed request.
    logged = '\n'.join(record.getMessage() for record in caplog.get_records('call')
                       if not record.name.startswith('Trac.')
                       and '"GET /authorize?' not in record.getMessage())
    assert [secret for secret in secrets if secret in logged] == []


@pytest.fixture(scope='module')
def applications():
    """The applications of a module by their settings."""
    return {}


@pytest.fixture
def visitor(served, hostile, applications, caplog):
    """A function that returns a new browser at the application with further settings."""
    caplog.set_level(logging.DEBUG, logger='trac_unit')

    def visit(**settings):
        settings = dict({'TRAC_ENV': served, 'TRAC_OIDC_ISSUER': hostile.issuer,
                         'TRAC_OIDC_CLIENT_ID': 'trac', 'TRAC_OIDC_CLIENT_SECRET': SECRET},
                        **settings)
        key = tuple(sorted(settings.items()))
        journey = Journey(settings, CLOCK, applications.get(key))
        applications[key] = journey.application
        return journey
    return visit


# Tables

def table(*rows):
    """A parametrize mark for rows of (name, argument...); the name is the test's id."""
    return pytest.mark.parametrize('case', [row[1:] for row in rows],
                                   ids=[row[0].replace(' ', '-') for row in rows])


# What a provider can do wrong

def changed(document, changes):
    """A copy of a dict with `changes`: a callable is given the old value; MISSING takes out."""
    document = dict(document)
    for name, value in changes.items():
        if value is MISSING:
            document.pop(name, None)
        else:
            document[name] = value(document.get(name)) if callable(value) else value
    return document


def _hook(hook, changes):
    def misbehave(provider):
        provider.hooks[hook] = lambda document: changed(document, changes)
    return misbehave


def claims(**changes):
    return _hook('id_token_claims', changes)


def header(**changes):
    return _hook('id_token_header', changes)


def token_response(**changes):
    return _hook('token_response', changes)


def userinfo(**changes):
    return _hook('userinfo', changes)


def discovery(**changes):
    return _hook('discovery', changes)


def answer(**changes):
    return _hook('authorize', changes)


def id_token(change):
    """The finished token becomes what `change` makes of it."""
    def misbehave(provider):
        provider.hooks['id_token'] = change
    return misbehave


def signed(sign):
    """`sign(provider, header, claims)` makes the token."""
    def misbehave(provider):
        provider.hooks['sign'] = lambda header, claims: sign(provider, header, claims)
    return misbehave


def payload(change):
    """The claims go out as the bytes that `change` makes of their JSON, well signed."""
    return signed(lambda provider, header, claims: make_jws(
        header, change(json.dumps(claims).encode('ascii')), provider.keys[0]))


def keys(change):
    """The key set becomes `change(provider)`."""
    def misbehave(provider):
        provider.hooks['jwks'] = lambda _: change(provider)
    return misbehave


def raw(path, response):
    """A path answers `response`: a triple, raw pieces, or a function of the handler."""
    def misbehave(provider):
        provider.hooks['raw:' + path] = response if callable(response) else lambda _: response
    return misbehave


def all_of(*misbehaviours):
    def misbehave(provider):
        for each in misbehaviours:
            each(provider)
    return misbehave


def json_answer(document, status=200):
    return json_response(status, document)


def text_answer(body, status=200, headers=()):
    return status, [('Content-Type', 'application/json')] + list(headers), body


def at(seconds):
    """A time claim, so many seconds from now."""
    return lambda _: int(CLOCK()) + seconds


def attacker(provider=None):
    return new_key('key-1', number=7)


def raw_part(data):
    return b64url(data if isinstance(data, bytes) else data.encode('utf-8'))


# What a visitor does, and sees

def attempt(journey):
    """Sign in as far as it goes; return the last response of our application."""
    response = journey.web.get('/login', status='*')
    if response.status_int != 303:
        return response
    return journey.callback(journey.authorize(response.location))


def session_name(journey):
    names = [name for name in journey.cookies if re.match(r'trac_oidc_[0-9a-f]{8}$', name)]
    assert len(names) == 1, names
    return names[0]


def with_cookies(journey, cookies, path='/wiki', **environ):
    """A request that sends just this Cookie header; the jar stays as it is."""
    return journey.another_browser().web.get(
        path, extra_environ=dict({'HTTP_COOKIE': cookies}, **environ), status='*')


def cookie_header(cookies):
    return '; '.join('%s=%s' % pair for pair in sorted(cookies.items()))


def user_of(response):
    match = re.search(u'logged in as\\s*<[^>]*>([^<]*)<', response.text)
    return match.group(1) if match else None


def lines(caplog):
    """The messages that this package logged."""
    return [record.getMessage() for record in caplog.records
            if record.name.split('.')[0] == 'trac_unit']


def reason_of(response, caplog):
    """The reason that the log gives for an error page, by the reference id on it."""
    reference = re.search(r'Reference: <code>([0-9a-f]{8})</code>', response.text)
    assert reference, response.text
    found = [line for line in lines(caplog) if 'reference=' + reference.group(1) in line]
    assert len(found) == 1, found
    assert not re.search(r'[\x00-\x1f]', found[0]), 'a log line is forged: %r' % found[0]
    assert len(found[0]) < 1000
    return re.search(r' reason=(\S+) ', found[0]).group(1)


def links(response):
    return re.findall(r'<a href="([^"]*)"', response.text)


def assert_refused(journey, response, caplog, reason, hidden=()):
    """It is an error page for that reason, it tells nothing, and nobody is signed in."""
    assert response.status_int in (400, 403, 502, 503), response.status
    assert reason_of(response, caplog) == reason
    assert_tells_nothing(response, hidden)
    assert links(response) and all(re.match(r'/(?![/\\])', href) for href in links(response))
    assert journey.user() is None


def assert_tells_nothing(response, hidden=()):
    for value in [MARK, u'127.0.0.1', u'alice', u'eyJ', u'Traceback', u'nonce', u'id_token',
                  BASE, SECRET] + list(hidden):
        assert value not in response.text, value


def secrets_of(provider):
    """Every code and token that the provider gave out."""
    return [value for value in provider.issued if len(value) > 8]


def refused(case, visitor, hostile, caplog, path='/token'):
    """Sign in at a provider that misbehaves, and be refused for the reason; return the page.

    :param case: the misbehaviour and the reason
    :param path: which the provider is asked for once on the way; None: it does not matter
    """
    misbehave, reason = case
    misbehave(hostile)
    journey = visitor()
    response = attempt(journey)
    assert path is None or hostile.count(path) == 1, 'the case never reached %s' % path
    assert_refused(journey, response, caplog, reason, secrets_of(hostile))
    return response

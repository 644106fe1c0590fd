# -*- coding: utf-8 -*-
"""Sessions, their secrets, and the contract of the stores."""

import hashlib
import re

import pytest

from trac_unit.oidc.identity import Identity
from trac_unit.oidc.session import Limits, Session, Store, Tokens, digest, new_secret

IDENTITY = Identity(u'https://id.example.org', u'1', u'žofie', u'Žofie', u'', ())


def test_a_secret_is_256_random_bits_that_need_no_escape():
    secrets = [new_secret() for _ in range(100)]
    assert len(set(secrets)) == 100
    assert all(type(secret) is str and re.match(r'[A-Za-z0-9_-]{43}\Z', secret)
               for secret in secrets)


def test_a_store_keeps_the_hash_of_a_secret_only():
    assert digest('secret') == hashlib.sha256(b'secret').hexdigest()
    assert digest(u'ž') == digest(u'ž'.encode('utf-8'))
    assert digest('secret') != digest('secret ')


@pytest.mark.parametrize('idle, touch', [
    (1, 1), (9, 1), (10, 1), (59, 5), (100, 10), (600, 60), (601, 60), (86400, 60)])
def test_last_seen_is_written_often_enough_and_not_too_often(idle, touch):
    assert Limits(idle, 86400).touch == touch


@pytest.mark.parametrize('created, seen, end', [
    (1000, 1000, 1060), (1000, 1030, 1090), (1000, 1540, 1600), (1000, 1560, 1600),
    (1000, 900, 960)])
def test_a_session_ends_idle_or_old_whichever_comes_first(created, seen, end):
    assert Limits(60, 600).end(created, seen) == end


def test_a_new_session_was_seen_and_confirmed_when_it_was_made():
    new = Session(IDENTITY, Tokens(u'token'), None, 1000)
    assert (new.seen, new.checked) == (1000, 1000)
    old = Session(IDENTITY, Tokens(u'token'), None, 1000, 0, 7)
    assert (old.seen, old.checked) == (0, 7)


def test_a_session_shows_its_user_and_no_token():
    tokens = Tokens('marked-token', 'marked-access', 'marked-refresh')
    assert repr(Session(IDENTITY, tokens, 'marked-sid', 1000)) == '<Session of %r>' % (u'žofie',)
    assert repr(tokens) == '<Tokens>'


@pytest.mark.parametrize('method, arguments', [
    ('add', ('secret', None)), ('get', ('secret', 0)), ('update', ('secret', None)),
    ('end', ('secret',)), ('end_by_sid', ('sid',)), ('end_by_subject', ('subject',)),
    ('sessions', (0,)), ('count', (0,)), ('once', ('kind', 'value', 0, 0)),
    ('keys', ('name', 0, None, 1))])
def test_a_store_must_do_everything_of_the_contract(method, arguments):
    with pytest.raises(NotImplementedError):
        getattr(Store(), method)(*arguments)

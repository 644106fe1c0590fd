# -*- coding: utf-8 -*-
"""What a thief of a store does not get: session ids, tokens, what was taken once."""
import base64
import itertools
import re

import pytest
from cryptography.fernet import Fernet, InvalidToken

from support.store_kinds import NOW, NAMESPACE, session
from support.store_kinds import (kind, redis_kind, redis_server,  # noqa: F401 (fixtures)
                                 sqlite_kind, store)
from trac_unit.oidc.session.secret import new_secret
from trac_unit.oidc.session.stores.records import Namespace
from trac_unit.oidc.session.tokens import Tokens


@pytest.fixture
def secrets(store):  # noqa: F811
    """All that a store is given and must not keep: a dict of names and native strings."""
    marked = dict((name, 'marked-%s-%s' % (name, new_secret())) for name in (
        'id_token', 'access_token', 'refresh_token', 'new_id_token', 'new_access_token',
        'new_refresh_token', 'state', 'jti'))
    marked.update(session=new_secret(), ended=new_secret())
    first = session()
    first.tokens = Tokens(*[u'%s' % marked[name] for name in (
        'id_token', 'access_token', 'refresh_token')])
    store.add(marked['session'], first)
    store.add(marked['ended'], first)
    found = store.get(marked['session'], NOW + 100)
    assert found.tokens.access_token == marked['access_token']
    found.tokens = Tokens(*[u'%s' % marked[name] for name in (
        'new_id_token', 'new_access_token', 'new_refresh_token')])
    assert store.update(marked['session'], found)
    store.end(marked['ended'])
    store.once('state', marked['state'], NOW, NOW + 60)
    store.once('jti', marked['jti'], NOW, NOW + 60)
    return marked


def test_a_thief_finds_no_secret(secrets, kind):  # noqa: F811
    content = kind.everything()
    assert u'sub-alice'.encode('ascii') in content, 'it is not what was kept'
    for name, value in secrets.items():
        for spelling in (value.encode('ascii'), base64.b64encode(value.encode('ascii'))[:-4],
                         value[8:40].encode('ascii')):
            assert spelling not in content, name


def test_nothing_that_a_thief_finds_opens_a_session(secrets, store, kind):  # noqa: F811
    found = set(re.findall(b'[A-Za-z0-9_=-]{16,}', kind.everything()))
    assert len(found) > 5
    for text in found:
        assert store.get(text.decode('ascii'), NOW) is None, text


def test_nothing_that_a_thief_finds_opens_the_tokens(secrets, kind):  # noqa: F811
    texts = set(re.findall(b'[A-Za-z0-9_=-]{16,}', kind.everything()))
    sealed = [text for text in texts if text.startswith(b'gAAAA')]
    keys = [text for text in texts if not text.startswith(b'gAAAA')] + [NAMESPACE.encode('ascii')]
    assert sealed and keys
    for text, key in itertools.product(sealed, keys):
        with pytest.raises(ValueError):
            Namespace(NAMESPACE).unseal(key, text)
        try:
            cipher = Fernet((key + b'=' * 44)[:43] + b'=')
        except (TypeError, ValueError):
            continue  # as little a key as it looks
        with pytest.raises(InvalidToken):
            cipher.decrypt(text)


def test_an_ordinary_request_unseals_nothing(store, monkeypatch):  # noqa: F811
    def broken(*args):
        raise AssertionError('a key was derived')
    store.add('x', session())
    monkeypatch.setattr(Namespace, '_cipher', broken)
    found = store.get('x', NOW + 100)
    assert found.identity.username == u'alice' and 'token' not in repr(found).lower()
    for name in ('id_token', 'access_token', 'refresh_token'):
        with pytest.raises(AssertionError):
            getattr(found.tokens, name)
    assert not hasattr(found.tokens, 'password')


def test_nothing_of_a_store_shows_a_secret_in_its_repr(secrets, store):  # noqa: F811
    found = store.get(secrets['session'], NOW)
    for shown in (store, found, found.tokens, store.sessions(NOW),
                  [getattr(found, name) for name in found.__slots__]):
        for value in secrets.values():
            assert value not in repr(shown)

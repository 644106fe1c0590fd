# -*- coding: utf-8 -*-
"""What a store writes of a session: digests, sealed tokens, an identity as text."""
import hashlib
import json

import pytest

from support.store_kinds import GARBAGE, NOW, NAMESPACE, garbage_id, session
from trac_unit._compat import text_type
from trac_unit.oidc.rules.identity import Identity
from trac_unit.oidc.session.secret import new_secret
from trac_unit.oidc.session.session import Session
from trac_unit.oidc.session.stores.records import (Namespace, SealedTokens, dump_identity,
                                                   load_identity, whole_numbers)
from trac_unit.oidc.session.tokens import Tokens

IDENTITY = Identity(u'https://id.example', u'sub', u'žofie', u'Žofie €', u'a@b', (u'x', u'ž'))


OURS = Namespace(NAMESPACE)


# Names in a store

def test_a_namespace_has_a_short_name_that_tells_nothing():
    assert OURS.name == hashlib.sha256(NAMESPACE.encode('utf-8')).hexdigest()[:32]
    assert OURS.name == Namespace(NAMESPACE.encode('ascii')).name
    assert OURS.name != Namespace(NAMESPACE + u' ').name


def test_a_key_is_a_digest_of_its_own_for_each_namespace_kind_and_value():
    keys = [Namespace(namespace).key(kind, value) for namespace in (NAMESPACE, u'other')
            for kind, value in (('state', 'x'), ('jti', 'x'), ('state', 'y'), ('statex', ''),
                                ('state', u'ž'), ('', 'statex'))]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 64 and int(key, 16) for key in keys)
    assert OURS.key('state', u'x') == OURS.key(u'state', b'x') == keys[0]


# Tokens

@pytest.mark.parametrize('tokens', [
    (u'id', u'access', u'refresh'), (u'id', None, None), (u'', u'ž€', u'"\\\0'),
    (u'x' * 100000, None, u'y')], ids=lambda value: repr(value)[:20])
def test_tokens_come_back_as_they_were(tokens):
    secret = new_secret()
    sealed = OURS.seal(secret, Session(IDENTITY, Tokens(*tokens), None, NOW + .5))
    assert type(sealed) is text_type
    for form in (sealed, sealed.encode('ascii')):
        opened = OURS.unseal(secret, form)
        assert (opened.id_token, opened.access_token, opened.refresh_token) == tokens


def test_the_same_secret_opens_nothing_of_another_namespace():
    secret = new_secret()
    sealed = OURS.seal(secret, session())
    assert OURS.unseal(secret, sealed).refresh_token == u'refresh-token'
    for namespace, other in ((NAMESPACE + u'2', secret), (NAMESPACE, new_secret()),
                             (NAMESPACE, secret[:-1])):
        with pytest.raises(ValueError):
            Namespace(namespace).unseal(other, sealed)


def test_two_sessions_with_the_same_tokens_do_not_show_it():
    secret = new_secret()
    sealed = [OURS.seal(each, session()) for each in (secret, secret, new_secret())]
    assert len(set(each[24:60] for each in sealed)) == 3


@pytest.mark.parametrize('document', [b'', b'null', b'[]', b'["a"]', b'["a", "b", "c", "d"]',
                                      b'["a", "b", 1]', b'{"a": 1}', b'\xff', b'[' * 9999],
                         ids=lambda value: repr(value)[:20])
def test_what_was_sealed_and_is_no_tokens_is_refused(document):
    secret, namespace = new_secret(), OURS
    sealed = namespace._cipher(secret).encrypt_at_time(document, NOW)
    with pytest.raises(ValueError):
        namespace.unseal(secret, sealed)


@pytest.mark.parametrize('sealed', [
    u'', b'', u'gAAAAA', u'ž', b'\xff', None, 7, [], u'x' * 99999],
    ids=lambda value: repr(value)[:20])
def test_what_nobody_sealed_is_a_value_error(sealed):
    with pytest.raises(ValueError):
        OURS.unseal(new_secret(), sealed)


def test_one_letter_changed_opens_nothing():
    secret = new_secret()
    sealed = OURS.seal(secret, session())
    for place in range(0, len(sealed) - 4, 7):
        other = u'A' if sealed[place] != u'A' else u'B'
        with pytest.raises(ValueError):
            OURS.unseal(secret, sealed[:place] + other + sealed[place + 1:])


def test_sealed_tokens_are_unsealed_once_and_only_when_somebody_asks():
    calls = []

    def unseal():
        calls.append(1)
        return Tokens(u'id', u'access')

    tokens = SealedTokens(unseal)
    assert repr(tokens) == '<Tokens>' and not hasattr(tokens, 'password')
    assert calls == []
    assert (tokens.access_token, tokens.id_token, tokens.refresh_token) == (u'access', u'id', None)
    assert calls == [1]


def test_tokens_that_cannot_be_unsealed_are_none_of_the_next_time_either():
    def unseal():
        raise ValueError('expected tokens')

    tokens = SealedTokens(unseal)
    for name in ('id_token', 'access_token', 'refresh_token') * 2:
        with pytest.raises(ValueError):
            getattr(tokens, name)


# Identities

@pytest.mark.parametrize('identity', [
    IDENTITY, Identity(u'i', u's', u'u', u'', u'', ()),
    Identity(u'i', u's', u'u', u'n', u'e', (), False),
    Identity(*[u'"\\\0\u2028\U0001f600'] * 5 + [(u'[', u'')])], ids=lambda value: 'identity')
def test_an_identity_comes_back_as_it_was(identity):
    text = dump_identity(identity)
    assert type(text) is text_type
    for form in (text, text.encode('utf-8')):
        loaded = load_identity(form)
        assert loaded == identity and type(loaded.groups) is tuple
        assert loaded.groups_known is identity.groups_known


FIELDS = [u'i', u's', u'u', u'n', u'e', [u'g'], True]
WRONG = [(0, None), (1, 1), (2, []), (3, {}), (4, True), (5, u'g'), (5, None), (5, [1]),
         (5, [None]), (5, {u'g': 1}), (6, 1), (6, None), (6, u'true')]


@pytest.mark.parametrize('text', GARBAGE + [
    None, b'\xff', json.dumps(FIELDS[:6]), json.dumps(FIELDS + [1])] + [
    json.dumps(FIELDS[:place] + [wrong] + FIELDS[place + 1:]) for place, wrong in WRONG],
    ids=garbage_id)
def test_what_is_no_identity_is_a_value_error(text):
    assert load_identity(json.dumps(FIELDS)).groups == (u'g',)
    with pytest.raises(ValueError):
        load_identity(text)


# Numbers

@pytest.mark.parametrize('values', [(), (0,), (1, -1, 2 ** 70)])
def test_whole_numbers_are_taken_as_they_are(values):
    assert whole_numbers(values) is values


@pytest.mark.parametrize('wrong', [None, u'1', b'1', 1.0, True, False, [1], float('nan')])
def test_anything_else_is_no_whole_number(wrong):
    with pytest.raises(ValueError):
        whole_numbers((1, wrong))

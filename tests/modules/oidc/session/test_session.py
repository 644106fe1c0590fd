# -*- coding: utf-8 -*-
"""A signed-in person's session."""

from trac_unit.oidc.rules.identity import Identity
from trac_unit.oidc.session.session import Session
from trac_unit.oidc.session.tokens import Tokens

IDENTITY = Identity(u'https://id.example.org', u'1', u'žofie', u'Žofie', u'', ())


def test_a_new_session_was_seen_and_confirmed_when_it_was_made():
    new = Session(IDENTITY, Tokens(u'token'), None, 1000)
    assert (new.seen, new.checked) == (1000, 1000)
    old = Session(IDENTITY, Tokens(u'token'), None, 1000, 0, 7)
    assert (old.seen, old.checked) == (0, 7)


def test_a_session_shows_its_user_and_no_token():
    tokens = Tokens('marked-token', 'marked-access', 'marked-refresh')
    assert repr(Session(IDENTITY, tokens, 'marked-sid', 1000)) == '<Session of %r>' % (u'žofie',)

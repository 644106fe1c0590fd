# -*- coding: utf-8 -*-
"""What the token endpoint gave."""


from trac_unit.oidc.rules.identity import Identity
from trac_unit.oidc.session.tokens import Tokens

IDENTITY = Identity(u'https://id.example.org', u'1', u'žofie', u'Žofie', u'', ())


def test_tokens_are_not_shown():
    assert repr(Tokens('marked-token', 'marked-access', 'marked-refresh')) == '<Tokens>'

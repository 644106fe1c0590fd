# -*- coding: utf-8 -*-
"""The contract of the stores: whoever writes a store is told what is missing."""

import pytest

from trac_unit.oidc.rules.identity import Identity
from trac_unit.oidc.session.store import Store

IDENTITY = Identity(u'https://id.example.org', u'1', u'žofie', u'Žofie', u'', ())


@pytest.mark.parametrize('method, arguments', [
    ('add', ('secret', None)), ('get', ('secret', 0)), ('update', ('secret', None)),
    ('end', ('secret',)), ('end_by_sid', ('sid',)), ('end_by_subject', ('subject',)),
    ('sessions', (0,)), ('count', (0,)), ('once', ('kind', 'value', 0, 0)),
    ('keys', ('name', 0, None, 1))])
def test_a_store_must_do_everything_of_the_contract(method, arguments):
    with pytest.raises(NotImplementedError):
        getattr(Store(), method)(*arguments)

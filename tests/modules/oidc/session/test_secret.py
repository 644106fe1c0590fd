# -*- coding: utf-8 -*-
"""Secrets that a browser holds, and what a store keeps of them."""

import hashlib
import re


from trac_unit.oidc.rules.identity import Identity
from trac_unit.oidc.session.secret import digest, new_secret

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

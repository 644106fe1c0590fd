"""The names that others build on stay where they are."""

import importlib
import re
import subprocess
import sys

import pytest

import trac_unit

NAMED = re.findall(r'^``(trac_unit[\w.]*)\.(\w+)``', trac_unit.__doc__, re.M)


def test_the_package_says_what_is_public():
    assert ('trac_unit.app', 'make_application') in NAMED
    assert ('trac_unit.oidc', 'OIDCMiddleware') in NAMED
    assert len(NAMED) == 8


@pytest.mark.parametrize('module, name', NAMED + [
    ('trac_unit.oidc.middleware', 'OIDCMiddleware'), ('trac_unit.trac_wsgi', 'application')])
def test_a_public_name_is_there(module, name):
    assert callable(getattr(importlib.import_module(module), name))


def test_the_package_of_sign_in_is_a_package_like_others():
    code = ('from trac_unit.oidc import OIDCMiddleware, middleware, rules; '
            'import trac_unit.oidc.rules.id_token, trac_unit; '
            'assert trac_unit.oidc.rules is rules; '
            'assert OIDCMiddleware is middleware.OIDCMiddleware; '
            'print(trac_unit.oidc.__name__, trac_unit.oidc.__doc__)')
    said = subprocess.check_output([sys.executable, '-c', code]).decode('utf-8')
    assert 'trac_unit.oidc' in said and 'OpenID Connect sign-in' in said

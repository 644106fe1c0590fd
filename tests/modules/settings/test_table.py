# -*- coding: utf-8 -*-
"""The table of settings: each once, and what of it may be shown."""

import pytest

from trac_unit.settings.config import Config
from trac_unit.settings.table import SETTINGS

SECRET = 'marked-secret-7f3a'
ENV = {'TRAC_ENV': '/srv/trac'}
SIGN_IN = dict(ENV, TRAC_OIDC_ISSUER='https://id.example.org', TRAC_OIDC_CLIENT_ID='trac')
WITH_SECRET = dict(SIGN_IN, TRAC_OIDC_CLIENT_SECRET=SECRET)


def test_no_variable_is_in_the_table_twice():
    names = [setting.variable for setting in SETTINGS]
    assert len(names) == len(set(names)) > 20


@pytest.mark.parametrize('url, shown', [
    ('sqlite:///srv/sessions.db', True), ('redis://redis.example:6379/0', True),
    ('rediss://redis.example', True), ('redis://:' + SECRET + '@redis.example', False),
    ('rediss://user:' + SECRET + '@redis.example/0', False)])
def test_the_url_of_a_store_is_shown_unless_there_is_a_password_in_it(url, shown):
    text = repr(Config.from_environ(dict(SIGN_IN, TRAC_OIDC_SESSION_STORE=url)))
    assert ('TRAC_OIDC_SESSION_STORE=***' in text) == (not shown)
    assert (url in text) == shown and SECRET not in text

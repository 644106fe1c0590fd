# -*- coding: utf-8 -*-
"""Settings that are no good, and the page that tells of it."""
import os
import re

from webob import Request

from trac_unit._compat import PY2

SECRET = 'marked-secret-7f3a'
PLACE = '/marked/place'
NOT_UTF8 = b'\xff\xfe' if PY2 else os.fsdecode(b'\xff\xfe')
GOOD = {'TRAC_ENV': PLACE, 'TRAC_OIDC_ISSUER': 'https://id.example.org',
        'TRAC_OIDC_CLIENT_ID': 'trac', 'TRAC_OIDC_CLIENT_SECRET': SECRET}

#: For each setting a value that is no good.
BROKEN = {
    'TRAC_ENV': 'marked/relative', 'TRAC_ENV_PARENT_DIR': 'marked', 'TRAC_ENV_INDEX_TEMPLATE': 'x',
    'TRAC_TEMPLATE_VARS': 'marked', 'TRAC_BASE_URL': 'marked', 'PYTHON_EGG_CACHE': 'marked',
    'TRAC_LOCALE': 'C\n', 'TRAC_OIDC_ISSUER': 'marked', 'TRAC_OIDC_CLIENT_ID': NOT_UTF8,
    'TRAC_OIDC_CLIENT_SECRET': SECRET + '\n', 'TRAC_OIDC_CLIENT_AUTH': 'marked',
    'TRAC_OIDC_CLIENT_KEY_FILE': 'marked', 'TRAC_OIDC_CLIENT_CERT_FILE': 'marked',
    'TRAC_OIDC_RESPONSE_MODE': 'fragment', 'TRAC_OIDC_SCOPE': 'marked',
    'TRAC_OIDC_SIGNING_ALGS': 'none', 'TRAC_OIDC_RECHECK': 'hourly',
    'TRAC_OIDC_USERNAME_CLAIM': ',', 'TRAC_OIDC_NAME_CLAIM': 'a..b', 'TRAC_OIDC_EMAIL_CLAIM': '.',
    'TRAC_OIDC_GROUPS_CLAIM': NOT_UTF8, 'TRAC_OIDC_SESSION_STORE': 'marked',
    'TRAC_OIDC_SESSION_IDLE': '12', 'TRAC_OIDC_SESSION_LIFETIME': '0d', 'TRAC_OIDC_PATH': 'marked',
    'TRAC_OIDC_PROMPT': 'none', 'TRAC_OIDC_MAX_AGE': '-1s', 'TRAC_OIDC_ACR_VALUES': NOT_UTF8,
    'TRAC_OIDC_LOGOUT': 'marked', 'TRAC_OIDC_CA_FILE': 'marked', 'TRAC_OIDC_TIMEOUT': 'marked',
    'TRAC_OIDC_INSECURE_HTTP': 'yes', 'TRAC_UNIT_TUNING': 'yes'}


def page(application, path='/wiki', **environ):
    """The response to a GET."""
    return Request.blank(path, environ).get_response(application)


def reference(response):
    """The reference id of an error page."""
    return str(re.search(u'Reference: <code>([0-9a-f]{8})</code>', response.text).group(1))


def assert_a_kind_page(response, log):
    """Assert that a response is the 503 page, and the log has its reference."""
    assert response.status == '503 Service Unavailable'
    assert '<h1>This Trac is not set up yet</h1>' in response.text
    assert 'reference=%s reason=configuration' % reference(response) in log()
    assert 'marked' not in response.text and 'TRAC_' not in response.text
    assert SECRET not in log()

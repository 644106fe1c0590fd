"""What Unit's "module" names: importing it never raises, and gives an application that answers."""

import importlib
import os
import re
import subprocess
import sys

import pytest

from support.broken_settings import BROKEN, GOOD, NOT_UTF8, SECRET, assert_a_kind_page, page


@pytest.fixture(autouse=True)
def egg_cache(monkeypatch):
    """What an application does to PYTHON_EGG_CACHE is undone."""
    monkeypatch.setenv('PYTHON_EGG_CACHE', '')


@pytest.mark.parametrize('variable', sorted(BROKEN))
def test_importing_the_module_with_a_broken_setting_gives_an_application_that_answers_503(
        variable, monkeypatch, log):
    for name in os.environ:
        if name.startswith('TRAC_'):
            monkeypatch.delenv(name)
    settings = dict(GOOD, **{variable: BROKEN[variable]})
    if variable == 'TRAC_ENV_PARENT_DIR':
        del settings['TRAC_ENV']
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, 'trac_unit.trac_wsgi', raising=False)
    module = importlib.import_module('trac_unit.trac_wsgi')
    assert '%s: expected ' % variable in log()
    assert_a_kind_page(page(module.application), log)


BROKEN_PROCESSES = [
    {}, {'TRAC_ENV': ''}, dict(GOOD, TRAC_ENV='relative'), dict(GOOD, TRAC_OIDC_ISSUER=NOT_UTF8),
    dict(GOOD, TRAC_OIDC_ISUER='mistyped'), dict(GOOD, **{'TRAC_OIDC_' + NOT_UTF8: NOT_UTF8}),
    dict(GOOD, TRAC_OIDC_CLIENT_ID='x' * 100000 + '\n'),
    dict(GOOD, TRAC_OIDC_CLIENT_SECRET='', TRAC_OIDC_CLIENT_SECRET_FILE='/marked/nowhere'),
    dict(GOOD, TRAC_OIDC_CLIENT_SECRET='', TRAC_OIDC_CLIENT_SECRET_FILE='/'), BROKEN]

IMPORT = '''
import sys
from trac_unit.trac_wsgi import application
from webob import Request
response = Request.blank("/wiki").get_response(application)
getattr(sys.stdout, "buffer", sys.stdout).write(response.status.encode() + b" " + response.body)
'''


@pytest.mark.parametrize('settings', BROKEN_PROCESSES, ids=lambda value: '%d-set' % len(value))
def test_a_process_with_broken_settings_starts_and_answers_503(settings):
    environ = dict((name, value) for name, value in os.environ.items()
                   if not name.startswith('TRAC_'))
    process = subprocess.Popen([sys.executable, '-c', IMPORT], env=dict(environ, **settings),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = (stream.decode('utf-8', 'replace') for stream in process.communicate())
    assert process.returncode == 0, err
    assert out.startswith('503 Service Unavailable <!DOCTYPE html>')
    ref = re.search(u'<code>(.*?)</code>', out).group(1)
    assert 'reference=%s reason=configuration' % ref in err
    assert ' ERROR [' in err and 'Traceback' not in err
    assert SECRET not in out + err and 'marked' not in out

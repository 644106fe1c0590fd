# -*- coding: utf-8 -*-
"""All themes of `trac-unit check`: one that fails does not end the others."""

import sys


from trac_unit.cli.checks import result, themes
from trac_unit.cli.checks.context import Context
from trac_unit.cli.host.errors import CommandError

SECRET = 'hush-hush-7d1f'


def test_a_check_that_fails_itself_is_a_line_and_the_others_go_on():
    def broken(context):
        yield result.ok('this', 'was still fine')
        raise RuntimeError('odd\nthing')

    def refused(context):
        raise CommandError('reason', 'No luck.')

    class Theme(object):
        TITLE = 'Theme'
        CHECKS = (broken, refused, lambda context: [result.ok('last', 'there')])

    (title, found), = themes.run_all(None, (Theme,))
    assert [(each.mark, each.found) for each in found] == [
        ('ok', 'was still fine'), ('error', 'the check itself failed: RuntimeError: odd thing'),
        ('error', 'No luck.'), ('ok', 'there')]


def test_hostile_values_never_become_a_traceback(process):
    for value in ('\x01', u'ž'.encode('utf-8').decode('latin-1') if sys.version_info[0] > 2
                  else u'ž'.encode('utf-8'), '../..', '/\n', 'x' * 5000, '%s%s', '{}'):
        for name in ('TRAC_ENV', 'TRAC_ENV_PARENT_DIR', 'TRAC_BASE_URL', 'TRAC_OIDC_ISSUER',
                     'TRAC_LOCALE', 'TRAC_OIDC_SESSION_STORE', 'PYTHON_EGG_CACHE',
                     'TRAC_OIDC_CA_FILE', 'TRAC_OIDC_PATH'):
            variables = {'TRAC_ENV': '/nowhere', 'TRAC_OIDC_CLIENT_ID': 'x', name: value}
            for each in themes.run_all(Context(variables, offline=True, process={})):
                for found in each[1]:
                    assert 'itself failed' not in found.found, (name, value, found)

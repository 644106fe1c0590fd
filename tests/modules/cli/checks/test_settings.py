"""What `trac-unit check` says of settings, and of the files that they name."""
import os

import pytest

from support.checking import chmod, context, found, one
from trac_unit import errors
from trac_unit.cli.checks import context as checks_context, settings
from trac_unit.cli.host.accounts import Account
from trac_unit.settings import parsers, table


STRANGER = Account('stranger', 54321, 54321, ())
BASE = {'TRAC_ENV': '/nowhere/trac'}
OIDC = dict(BASE, TRAC_OIDC_ISSUER='https://login.example.org', TRAC_OIDC_CLIENT_ID='trac')


def subjects(results):
    return [result[1] for result in results]


def test_settings_that_are_right_have_no_problems():
    assert found(settings.problems, OIDC) == []
    assert found(settings.sign_in, OIDC) == []
    assert [result[:3] for result in found(settings.values, OIDC)] == [
        ('ok', 'TRAC_ENV', '/nowhere/trac'),
        ('ok', 'TRAC_OIDC_ISSUER', 'https://login.example.org'),
        ('ok', 'TRAC_OIDC_CLIENT_ID', 'trac')]


def test_every_problem_is_a_line_with_what_mends_it():
    results = found(settings.problems, dict(OIDC, TRAC_OIDC_TIMEOUT='soon',
                                            TRAC_OIDC_LOGOUT='never', TRAC_OIDC_CLIENTID='x'))
    assert sorted(subjects(results)) == ['TRAC_OIDC_CLIENTID', 'TRAC_OIDC_LOGOUT',
                                         'TRAC_OIDC_TIMEOUT']
    mends = dict((subject, mend) for _, subject, _, mend in results)
    assert mends['TRAC_OIDC_CLIENTID'] == 'rename it to TRAC_OIDC_CLIENT_ID in the environment'
    assert mends['TRAC_OIDC_TIMEOUT'].startswith('correct TRAC_OIDC_TIMEOUT in the environment')
    assert set(result[0] for result in results) == {'error'}


def test_a_setting_that_is_missing_is_to_be_set_and_one_of_two_to_be_taken_out():
    missing = dict(BASE, TRAC_OIDC_ISSUER='https://login.example.org')
    assert one(settings.problems, missing)[3].startswith('set TRAC_OIDC_CLIENT_ID in ')
    twice = dict(OIDC, TRAC_OIDC_CLIENT_SECRET='x', TRAC_OIDC_CLIENT_SECRET_FILE='/x')
    assert one(settings.problems, twice)[3] == 'take one of the two out of the environment'
    twice = dict(BASE, TRAC_ENV_PARENT_DIR='/nowhere')
    assert one(settings.problems, twice)[3] == 'take one of the two out of the environment'


@pytest.mark.parametrize('euid, account, mark, mend', [
    (1, STRANGER, 'warning', 'run this check as root, or as stranger'),
    (0, STRANGER, 'error', 'correct TRAC_OIDC_CLIENT_SECRET_FILE in the environment'),
    (1, None, 'error', 'correct TRAC_OIDC_CLIENT_SECRET_FILE in the environment')])
def test_a_secret_that_another_user_may_be_able_to_read(monkeypatch, euid, account, mark, mend):
    looked = context(dict(OIDC, TRAC_OIDC_CLIENT_SECRET='x'))
    monkeypatch.setattr(os, 'geteuid', lambda: euid)
    looked.account = account or Account('me', euid, euid, ())
    looked.environ['TRAC_OIDC_CLIENT_SECRET_FILE'] = '/secret'
    looked.problems = [errors.Problem(
        'TRAC_OIDC_CLIENT_SECRET_FILE', 'a readable text file',
        "'/secret'", denied=True)]
    result, = settings.problems(looked)
    assert (result.mark, result.mend.partition(';')[0]) == (mark, mend)


def test_for_a_unit_configuration_its_place_is_named():
    mend = one(settings.problems, dict(BASE, TRAC_UNIT_TUNING='x'), application={'x': 1})[3]
    assert '"environment" of the application' in mend


def test_what_is_wrong_is_not_also_told_as_right():
    looked_at = dict(OIDC, TRAC_OIDC_TIMEOUT='soon')
    assert 'TRAC_OIDC_TIMEOUT' not in subjects(found(settings.values, looked_at))


def test_what_is_right_is_still_looked_at_when_something_else_is_wrong():
    looked_at = context(dict(OIDC, TRAC_OIDC_TIMEOUT='soon'))
    assert looked_at.config.oidc_issuer == 'https://login.example.org' and looked_at.problems
    looked_at = context(dict(BASE, TRAC_OIDC_ISSUER='https://login.example.org'))
    assert looked_at.config.trac_env == '/nowhere/trac' and looked_at.sign_in
    assert context({'TRAC_OIDC_TIMEOUT': 'soon'}).config is None


def test_the_password_of_a_url_is_masked():
    value, = [text for _, subject, text, _ in found(settings.values, dict(
        BASE, TRAC_ENV_INDEX_TEMPLATE='/x://user:hush@host')) if 'TEMPLATE' in subject]
    assert value == '/x://***@host'


def test_sign_in_that_is_off_is_a_warning():
    assert one(settings.sign_in, BASE)[:2] == ('warning', 'sign-in')


def test_an_insecure_issuer_is_a_warning():
    insecure = dict(OIDC, TRAC_OIDC_ISSUER='http://login.example.org',
                    TRAC_OIDC_INSECURE_HTTP='on')
    assert one(settings.sign_in, insecure)[:2] == ('warning', 'TRAC_OIDC_INSECURE_HTTP')


@pytest.fixture
def secret_file(tmpdir):
    file = tmpdir.join('secret')
    file.write('hush')
    chmod(0o600, str(file))
    return str(file)


def test_the_file_of_a_secret(secret_file):
    looked_at = dict(OIDC, TRAC_OIDC_CLIENT_SECRET_FILE=secret_file)
    assert found(settings.files, looked_at) == []
    chmod(0o644, secret_file)
    mark, subject, _, mend = one(settings.files, looked_at)
    assert (mark, subject, mend) == ('warning', 'TRAC_OIDC_CLIENT_SECRET_FILE',
                                     'chmod o-rwx %s' % secret_file)


def test_the_file_of_a_secret_that_units_user_cannot_read(secret_file, monkeypatch):
    looked_at = context(dict(OIDC, TRAC_OIDC_CLIENT_SECRET_FILE=secret_file))
    looked_at.account = STRANGER
    monkeypatch.setattr(Account, 'barrier', lambda self, path: None)
    mark, _, text, mend = one(settings.files, looked_at)
    assert mark == 'error' and 'cannot be read by stranger' in text
    assert mend == 'chown stranger %s' % secret_file


def test_a_file_of_certificates(tmpdir):
    looked_at = dict(OIDC, TRAC_OIDC_CA_FILE=str(tmpdir.join('ca.pem')))
    assert one(settings.files, looked_at)[:2] == ('error', 'TRAC_OIDC_CA_FILE')
    tmpdir.join('ca.pem').write('')
    assert found(settings.files, looked_at) == []


def test_a_private_key_that_everybody_can_read(tmpdir, monkeypatch):
    key = table.Setting('TRAC_X_KEY_FILE', parsers.path, None, '', False)
    monkeypatch.setattr(checks_context, 'SETTINGS', table.SETTINGS + (key,))
    looked_at = dict(BASE, TRAC_X_KEY_FILE=str(tmpdir.join('key.pem')))
    assert one(settings.files, looked_at)[0] == 'error'
    tmpdir.join('key.pem').write('')
    for mode, marks in ((0o644, ['warning']), (0o600, [])):
        chmod(mode, str(tmpdir.join('key.pem')))
        assert [result[0] for result in found(settings.files, looked_at)] == marks

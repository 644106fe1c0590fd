"""The options of a configuration: out of arguments and settings, or refused."""

import argparse
import os

import pytest

from support.configuring import SECRET, SIGN_IN, application
from support.configuring import config, refused, variables  # noqa: F401 (fixtures)
from trac_unit._compat import PY2
from trac_unit.cli.host.errors import CommandError
from trac_unit.cli.unit import address, options as unit_options, upload_limit


def test_the_environment_may_come_from_the_settings(config, environment, variables):  # noqa: F811
    variables(TRAC_ENV=environment)
    assert application(config()[0])['environment']['TRAC_ENV'] == environment


def test_the_command_line_wins_over_the_settings(config, parent_dir, variables):  # noqa: F811
    variables(TRAC_ENV='/srv/another')
    environ = application(config('--parent', parent_dir)[0])['environment']
    assert environ['TRAC_ENV_PARENT_DIR'] == parent_dir and 'TRAC_ENV' not in environ


def test_a_relative_path_becomes_absolute(config, environment, monkeypatch):  # noqa: F811
    monkeypatch.chdir(os.path.dirname(environment))
    environ = application(config(os.path.basename(environment))[0])['environment']
    assert environ['TRAC_ENV'] == environment


def test_the_first_step_refuses_whoever_names_a_user(config, environment):  # noqa: F811
    step = config(environment)[0]['routes']['trac'][0]
    assert step == {'match': {'headers': [{'Remote-User': '*'}, {'Remote_User': '*'}]},
                    'action': {'return': 400}}


def test_a_plain_secret_is_refused_with_the_way_out(refused, environment, variables):  # noqa: F811
    variables(TRAC_OIDC_CLIENT_SECRET=SECRET, **SIGN_IN)
    err = refused(environment)
    assert 'TRAC_OIDC_CLIENT_SECRET_FILE' in err and '--with-secrets' in err
    assert SECRET not in err


def test_a_plain_secret_is_in_it_when_asked_for(config, environment, variables):  # noqa: F811
    variables(TRAC_OIDC_CLIENT_SECRET=SECRET, **SIGN_IN)
    environ = application(config(environment, '--with-secrets')[0])['environment']
    assert environ['TRAC_OIDC_CLIENT_SECRET'] == SECRET


def test_a_secret_that_only_unit_may_read_is_no_hindrance(tmpdir):
    notes = []

    def denied(path):
        raise EnvironmentError(13, 'Permission denied', path)
    before, unit_options.read_file = unit_options.read_file, denied
    try:
        unit_options._config(dict(SIGN_IN, TRAC_ENV='/srv/env',
                                  TRAC_OIDC_CLIENT_SECRET_FILE='/srv/secret'), notes.append)
    finally:
        unit_options.read_file = before
    assert notes == ['The secret in /srv/secret could not be checked: Permission denied.']


def test_all_problems_of_the_settings_are_told(refused, environment, variables):  # noqa: F811
    variables(TRAC_OIDC_ISSUR='x', TRAC_UNIT_TUNING='perhaps')
    err = refused(environment)
    assert 'TRAC_OIDC_ISSUR' in err and 'TRAC_UNIT_TUNING' in err and err.count('\n') == 1


def test_a_secret_s_file_that_is_missing_is_told(refused, environment, variables):  # noqa: F811
    variables(TRAC_OIDC_CLIENT_SECRET_FILE='/nowhere/secret', **SIGN_IN)
    assert '/nowhere/secret' in refused(environment)


def test_no_trac_at_all_is_a_question(refused):  # noqa: F811
    assert 'Which Trac?' in refused()


def test_path_and_parent_exclude_each_other(refused, environment):  # noqa: F811
    assert '--parent' in refused(environment, '--parent', environment)


@pytest.mark.parametrize('base, arguments', [
    ('https://example.org', ['--prefix', '/trac']),
    ('http://example.org', ['--tls', 'example.org'])])
def test_a_base_url_that_contradicts_the_options(
        refused, environment, variables, base, arguments):  # noqa: F811
    variables(TRAC_BASE_URL=base)
    assert base in refused(environment, *arguments)


def test_a_proxy_may_add_to_the_prefix_and_may_cut_it(
        config, environment, variables):  # noqa: F811
    variables(TRAC_BASE_URL='https://example.org/team/trac')
    for arguments, prefix in ((['--prefix', '/trac'], '/trac'), ([], None)):
        found, notes = config(environment, *arguments)
        application = found['applications']['trac']
        assert application.get('prefix') == prefix
        assert application['environment']['TRAC_BASE_URL'] == 'https://example.org/team/trac'


@pytest.mark.parametrize('arguments', [['--listen', '*:80'], ['--proxy', '10.0.0.1']])
def test_a_note_where_the_host_header_is_believed(config, environment, arguments):  # noqa: F811
    assert 'TRAC_BASE_URL' in config(environment, *arguments)[1]


def test_a_setting_that_is_no_text(environment):
    with pytest.raises(CommandError) as caught:
        unit_options._text('TRAC_ENV', b'/srv/\xff' if PY2 else '/srv/\udcff')
    assert caught.value.reason == 'settings'


def test_a_type_of_an_argument_raises_what_argparse_wants():
    for function in (address.listener, address.proxy, address.url_prefix,
                     address.bundle, upload_limit.size, unit_options.name):
        with pytest.raises(argparse.ArgumentTypeError):
            function('\0')

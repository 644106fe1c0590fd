"""Whose permissions `trac-unit check` judges."""

import os

import pytest

from support.checking import context


BASE = {'TRAC_ENV': '/nowhere/trac'}


def test_the_user_is_that_of_the_application():
    assert context(BASE, application={'user': u'nobody'}).account.name == 'nobody'
    assert context(BASE, application={'user': u'nobody'}, user='root').account.name == 'root'


@pytest.mark.skipif(os.geteuid() != 0, reason='only root can give files away')
def test_root_judges_for_the_owner_of_the_environment(tmpdir):
    os.chown(str(tmpdir), 54321, 54321)
    assert context({'TRAC_ENV': str(tmpdir)}).account.uid == 54321


@pytest.mark.skipif(os.geteuid() != 0, reason='only root can give files away')
def test_root_judges_for_the_owner_of_the_environments_in_a_folder_of_its_own(tmpdir):
    for name, uid in ('backup', 0), ('one', 54321), ('two', 54322):
        os.chown(str(tmpdir.mkdir(name)), uid, uid)
    looked_at = {'TRAC_ENV_PARENT_DIR': str(tmpdir)}
    assert context(looked_at).account.uid == 54321
    os.chown(str(tmpdir), 54323, 54323)
    assert context(looked_at).account.uid == 54323


@pytest.mark.skipif(os.geteuid() != 0, reason='only root can give files away')
def test_root_judges_for_itself_where_all_is_its_own(tmpdir):
    tmpdir.mkdir('one')
    assert context({'TRAC_ENV_PARENT_DIR': str(tmpdir)}).account.uid == 0
    assert context({'TRAC_ENV_PARENT_DIR': '/nowhere'}).account.uid == 0


def test_who_changes_an_option_for_another_user_gives_the_file_back():
    option = 'trac', 'secure_cookies', 'enabled'
    assert context(BASE).set_option('/srv/my trac', *option) == (
        "trac-admin '/srv/my trac' config set trac secure_cookies enabled")
    other = context(BASE, user='nobody' if os.geteuid() == 0 else 'root')
    assert other.set_option('/srv/my trac', *option) == (
        "trac-admin '/srv/my trac' config set trac secure_cookies enabled && "
        "chown %s '/srv/my trac/conf/trac.ini'" % other.account.name)
    assert context(BASE).set_option('/srv/trac', 'attachment', 'max_size') == (
        'trac-admin /srv/trac config remove attachment max_size')


def test_else_it_is_the_current_one():
    assert context(BASE).account.current

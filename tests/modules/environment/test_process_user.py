"""The user of this process, as a message names it."""

import os
import pwd

from trac_unit.environment import process_user
from trac_unit.environment.process_user import chown, make_folder, user_name


def test_a_user_has_the_name_that_the_machine_knows():
    assert pwd.getpwnam(user_name()).pw_uid == os.geteuid()


def test_a_user_without_a_name_has_a_number(monkeypatch):
    def getpwuid(uid):
        raise KeyError('getpwuid(): uid not found: %d' % uid)

    monkeypatch.setattr(process_user.pwd, 'getpwuid', getpwuid)
    assert user_name() == str(os.geteuid())
    assert chown('/srv/trac') == 'chown %d /srv/trac' % os.geteuid()


def test_the_command_is_one_that_a_shell_takes_as_it_is_meant(monkeypatch):
    monkeypatch.setattr(process_user, 'user_name', lambda: 'unit')
    assert chown("/srv/a b; rm -r") == "chown unit '/srv/a b; rm -r'"
    assert chown('/srv/trac', recursive=True) == 'chown -R unit /srv/trac'
    assert chown('/srv/trac', user='www') == 'chown www /srv/trac'
    assert make_folder('/srv/a b') == "mkdir -p '/srv/a b' && chown unit '/srv/a b'"
    assert make_folder('/srv/trac', 'www') == 'mkdir -p /srv/trac && chown www /srv/trac'

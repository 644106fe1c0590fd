"""Who may do what with a file."""

import os

import pytest

from support.checked_environment import made, owner, path  # noqa: F401 (fixtures)
from support.checking import chmod
from trac_unit.cli.host.accounts import Account, close_to_others, give
from trac_unit.cli.host.errors import CommandError


@pytest.mark.parametrize('mode, uid, gid, groups, how, may', [
    (0o640, 1, 1, (), 'r', False), (0o640, 54321, 1, (), 'rw', True),
    (0o640, 1, 7, (7,), 'r', True), (0o640, 1, 7, (7,), 'w', False),
    (0o604, 54321, 1, (), 'r', True), (0o004, 54321, 1, (), 'r', False),
    (0o044, 1, 7, (7,), 'r', True), (0o004, 1, 7, (7,), 'r', False)])
def test_whose_bits_count(tmpdir, monkeypatch, mode, uid, gid, groups, how, may):
    class Status(object):
        st_mode, st_uid, st_gid = mode, uid, gid

    monkeypatch.setattr(os, 'stat', lambda path: Status)  # noqa: F811
    assert Account('x', 54321, 54321, groups)._fits('/x', how) is may


def test_the_folders_that_lead_there_count(tmpdir, owner):  # noqa: F811
    inside = tmpdir.mkdir('a').mkdir('b')
    inside.join('file').write('')
    assert owner.may(str(inside.join('file')), 'r')
    chmod(0o600, str(tmpdir), 'a')
    assert not owner.may(str(inside.join('file')), 'r')
    assert owner.barrier(str(inside.join('no', 'file'))) == str(tmpdir.join('a'))
    chmod(0o700, str(tmpdir), 'a')
    assert owner.barrier(str(inside.join('no', 'file'))) is None


def test_an_account_is_found_by_its_name_or_number():
    assert (Account.named('root').uid, Account.numbered(0).name) == (0, 'root')
    assert Account.named('root').gid in Account.named('root').groups
    unknown = Account.numbered(54321)
    assert (unknown.name, unknown.uid, unknown.gid) == ('54321', 54321, 54321)


@pytest.mark.parametrize('name', ['', 'nobody-of-that-name', 'a\nb', '../etc/passwd'])
def test_an_account_that_there_is_not_is_a_sentence(name):
    with pytest.raises(CommandError) as caught:
        Account.named(name)
    assert caught.value.reason == 'user'


def test_the_current_account_is_asked_of_the_system(tmpdir):
    current = Account.numbered(os.geteuid())
    assert current.current and not Account.numbered(54321).current
    assert current.may(str(tmpdir), 'rwx')
    assert not current.may(str(tmpdir.join('missing')), 'r')


def test_root_may_everything_that_is_there():
    root = Account('root', 0, 0, ())
    assert root._fits('/', 'rwx') and not root._fits('/nowhere', 'r')


def test_what_others_can_read_or_write_is_closed_to_them_and_counted(tmpdir):
    for name, mode in (('read', 0o644), ('written', 0o602), ('closed', 0o640), ('run', 0o751)):
        tmpdir.join(name).write('x')
        chmod(mode, str(tmpdir), name)
    tmpdir.join('link').mksymlinkto('/etc/passwd')
    chmod(0o700, str(tmpdir))
    assert close_to_others(str(tmpdir)) == 2
    assert [tmpdir.join(name).stat().mode & 0o777 for name in (
        'read', 'written', 'closed', 'run')] == [0o640, 0o600, 0o640, 0o751]
    assert close_to_others(str(tmpdir)) == 0


def test_what_is_another_users_is_given_and_what_links_lead_to_is_not(tmpdir, monkeypatch):
    given = []
    monkeypatch.setattr(os, 'lchown', lambda *arguments: given.append(arguments))
    folder = tmpdir.mkdir('env')
    folder.mkdir('conf').join('trac.ini').write('x')
    folder.join('link').mksymlinkto(tmpdir)
    assert give(str(folder), Account('x', 54321, 54322, ())) == 4
    assert set(given) == set((str(each), 54321, 54322) for each in [
        folder, folder.join('conf'), folder.join('conf', 'trac.ini'), folder.join('link')])
    del given[:]
    assert give(str(folder), Account.numbered(os.geteuid())) == 0 and given == []

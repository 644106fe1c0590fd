"""A new Trac environment, whole or not at all; and one that is there, if it is sound."""
import os

import pytest

from trac_unit.cli.host import new_environment, trac_environment
from trac_unit.cli.host.errors import CommandError


@pytest.fixture
def fails(monkeypatch):
    """Have Trac fail with an error once it has written something."""
    def fail(error):
        def make(path, **arguments):
            if not os.path.isdir(path):
                os.mkdir(path)
            os.mkdir(os.path.join(path, 'conf'))
            with open(os.path.join(path, 'VERSION'), 'w'):
                pass
            raise error
        monkeypatch.setattr(trac_environment, 'open_quietly', make)
    return fail


@pytest.mark.parametrize('error, raised, reason', [
    (RuntimeError('odd\nthing'), CommandError, 'environment'),
    (CommandError('trac_import', 'No Trac.'), CommandError, 'trac_import'),
    (OSError(28, 'No space left on device'), OSError, None),
    (KeyboardInterrupt(), KeyboardInterrupt, None)])
@pytest.mark.parametrize('was_there', [False, True])
def test_what_fails_on_the_way_leaves_nothing_behind(
        error, raised, reason, was_there, fails, tmpdir):
    fails(error)
    path = tmpdir.join('trac')
    if was_there:
        path.mkdir()
    with pytest.raises(raised) as caught:
        new_environment.make(str(path), [])
    assert getattr(caught.value, 'reason', None) == reason
    assert '\n' not in str(caught.value)
    assert path.check() == was_there and not (was_there and path.listdir())


def test_the_folders_on_the_way_are_made(fails, tmpdir, monkeypatch):
    made = []
    monkeypatch.setattr(trac_environment, 'open_quietly',
                        lambda path, **more: made.append((path, more)))
    path = str(tmpdir.join('a', 'b', 'trac'))
    new_environment.make(path, [('project', 'name', b'\xc5\xbe')])
    assert made == [(path, {'create': True, 'options': [('project', 'name', u'\u017e')]})]
    assert os.path.isdir(os.path.dirname(path)) and not os.path.exists(path)


@pytest.mark.parametrize('name', ['file', 'folder', 'link'])
def test_what_is_there_is_left_alone(name, tmpdir):
    tmpdir.join('file').write('x')
    tmpdir.mkdir('folder').join('inside').write('x')
    tmpdir.join('link').mksymlinkto('nowhere')
    before = sorted(each.basename for each in tmpdir.listdir())
    with pytest.raises(CommandError) as caught:
        new_environment.make(str(tmpdir.join(name)), [])
    assert caught.value.reason == 'path'
    assert sorted(each.basename for each in tmpdir.listdir()) == before
    assert tmpdir.join('folder', 'inside').read() == 'x'


class Opened(object):
    def __init__(self, needs):
        self.needs, self.closed = needs, False

    def needs_upgrade(self):
        if isinstance(self.needs, Exception):
            raise self.needs
        return self.needs

    def shutdown(self):
        self.closed = True


@pytest.mark.parametrize('needs, reason', [
    (False, None), (True, 'upgrade'), (RuntimeError('a\nplugin'), 'environment'),
    (CommandError('mine', 'A sentence.'), 'mine')])
def test_one_that_is_there_is_opened_if_it_is_sound(needs, reason, monkeypatch):
    opened = Opened(needs)
    monkeypatch.setattr(trac_environment, 'open_quietly', lambda path: opened)
    monkeypatch.setattr(new_environment, 'diagnose', lambda path, opener: None)
    if reason is None:
        assert new_environment.existing('/srv/env') is opened and not opened.closed
    else:
        with pytest.raises(CommandError) as caught:
            new_environment.existing('/srv/env')
        assert caught.value.reason == reason and '\n' not in str(caught.value)
        assert opened.closed

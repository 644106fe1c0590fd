"""Static files, deployed to a folder that Unit shares."""

import os

import pytest

from trac_unit.cli.host import static_files
from trac_unit.cli.host.errors import CommandError


def test_a_file_that_cannot_be_copied_leaves_no_scrap(tmpdir, monkeypatch):
    source, target = tmpdir.join('a.css'), tmpdir.mkdir('static').join('a.css')
    source.write('x')
    monkeypatch.setattr(os, 'rename', lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        static_files._replace(str(source), str(target))
    assert tmpdir.join('static').listdir() == []


@pytest.fixture
def root(tmpdir):
    """The static files of a plugin."""
    root = tmpdir.mkdir('root')
    root.join('a.css').write('a')
    root.mkdir('js').join('b.js').write('b')
    return root


def test_what_is_not_deployed_as_it_is_installed_is_found(root, tmpdir):
    static, sources = tmpdir.mkdir('static'), [('plugin', str(root))]
    place = static.join('chrome', 'plugin')
    assert sorted(static_files.stale_files(sources, str(static))) == [
        (str(root.join('a.css')), str(place.join('a.css')), True),
        (str(root.join('js', 'b.js')), str(place.join('js', 'b.js')), True)]
    assert static_files.deploy(sources, str(static)) == (2, 0)
    assert place.join('js', 'b.js').read() == 'b'
    assert static_files.stale_files(sources, str(static)) == []
    root.join('a.css').write('c')  # as long as before
    assert [new for _, _, new in static_files.stale_files(sources, str(static))] == [False]
    assert static_files.deploy(sources, str(static)) == (0, 1)
    assert place.join('a.css').read() == 'c' and place.join('a.css').stat().mode & 0o777 == 0o644


def test_a_link_among_the_folders_is_not_written_through(root, tmpdir):
    static, victim = tmpdir.mkdir('static'), tmpdir.mkdir('victim')
    static.mkdir('chrome').join('plugin').mksymlinkto(victim)
    with pytest.raises(CommandError) as caught:
        static_files.deploy([('plugin', str(root))], str(static))
    assert caught.value.reason == 'static_link' and victim.listdir() == []


def test_a_link_in_place_of_a_file_is_replaced_and_not_written_through(root, tmpdir):
    static, victim = tmpdir.mkdir('static'), tmpdir.join('victim')
    victim.write('mine')
    place = static.mkdir('chrome').mkdir('plugin')
    place.join('a.css').mksymlinkto(victim)
    assert static_files.deploy([('plugin', str(root))], str(static)) == (1, 1)
    assert victim.read() == 'mine'
    assert not place.join('a.css').islink() and place.join('a.css').read() == 'a'


def test_the_link_of_a_prefix_is_made_once(tmpdir):
    static = str(tmpdir.mkdir('static'))
    link = os.path.join(static, 'team', 'trac')
    assert static_files.link_prefix(static, '/team/trac') == (link, True)
    assert static_files.link_prefix(static, '/team/trac') == (link, False)
    assert os.path.realpath(link) == os.path.realpath(static)


@pytest.mark.parametrize('place', ['file', 'folder', 'other link'])
def test_what_is_in_the_place_of_the_link_is_left_alone(place, tmpdir):
    static = tmpdir.mkdir('static')
    there = static.join('trac')
    if place == 'file':
        there.write('x')
    elif place == 'folder':
        there.mkdir()
    else:
        there.mksymlinkto('/nowhere')
    with pytest.raises(CommandError) as caught:
        static_files.link_prefix(str(static), '/trac')
    assert caught.value.reason == 'static_prefix'
    assert there.islink() == (place == 'other link')

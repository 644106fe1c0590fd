# -*- coding: utf-8 -*-
"""Which environment a request is for, and what is wrong with it."""

import os
import re
import shutil

import pytest
from webob import Request, Response

from support.sound_environment import fails, make, opens
from support.sound_environment import sound  # noqa: F401 (a fixture)
from trac_unit.environment.middleware import EnvironmentMiddleware


def served(middleware, path='/', **environ):
    return Request.blank(path, environ).get_response(middleware)


def keys(environ, start_response):
    """An application that shows its trac.* keys."""
    found = sorted((key, environ[key]) for key in environ if key.startswith('trac.'))
    return Response(json=found)(environ, start_response)


def test_one_environment_is_served_at_every_path(sound):  # noqa: F811
    middleware = EnvironmentMiddleware(keys, path=sound, opener=opens, keys={'trac.base_url': 'x'})
    assert served(middleware, '/any/path', **{'trac.env_path': '/etc'}).json == [
        ['trac.base_url', 'x'], ['trac.env_parent_dir', None], ['trac.env_path', sound]]


@pytest.mark.parametrize('path', ['/', '/wiki'])
def test_trouble_is_a_503_without_a_path_and_the_log_has_the_cause(sound, path, log):  # noqa: F811
    middleware = EnvironmentMiddleware(keys, path=sound, opener=fails(Exception('locked')))
    response = served(middleware, path)
    assert response.status_int == 503
    assert sound not in response.text and 'locked' not in response.text
    reference = re.search(u'Reference: <code>([0-9a-f]{8})</code>', response.text).group(1)
    assert 'reference=%s reason=environment_broken' % reference in log()
    assert sound in log() and 'locked' in log()


def test_an_environment_is_opened_for_a_check_until_it_is_sound_then_no_more(sound):  # noqa: F811
    answers = [Exception('locked'), None]
    opened = []

    def opener(path):
        opened.append(path)
        if answers[len(opened) - 1]:
            raise answers[len(opened) - 1]

    middleware = EnvironmentMiddleware(keys, path=sound, opener=opener)
    assert [served(middleware).status_int for _ in range(4)] == [503, 200, 200, 200]
    assert len(opened) == 2
    shutil.rmtree(sound)
    assert served(middleware).status_int == 503


@pytest.mark.parametrize('change', [
    lambda ini: ini.write('longer'), lambda ini: os.utime(str(ini), (1, 1)),
    lambda ini: (ini.move(ini.new(basename='old')), ini.new(basename='old').copy(ini))])
def test_an_environment_is_opened_for_a_check_again_when_it_was_configured(
        sound, tmpdir, change, log):  # noqa: F811
    # Trac opens it again too, and tells every visitor what is wrong with it, and where it is.
    opened = []
    middleware = EnvironmentMiddleware(keys, path=sound, opener=opened.append)
    assert [served(middleware).status_int for _ in range(2)] == [200, 200]
    change(tmpdir.join('trac', 'conf', 'trac.ini'))
    assert [served(middleware).status_int for _ in range(2)] == [200, 200]
    assert opened == [sound] * 2
    tmpdir.join('trac', 'conf', 'trac.ini').remove()
    assert served(middleware).status_int == 503
    assert 'reason=environment_incomplete' in log()


@pytest.fixture
def many(tmpdir):
    """The middleware over the environments ``one`` and ``my project``."""
    for name in ('one', 'my project'):
        make(tmpdir.join('all', name))
    make(tmpdir.join('secret'))
    tmpdir.join('all', 'file').write('')
    tmpdir.join('all', '.hidden').mkdir()
    return EnvironmentMiddleware(
        keys, parent=str(tmpdir.join('all')), opener=opens, keys={'trac.base_url': 'http://x'},
        reserved=['oidc'], lister=lambda parent: sorted(
            os.path.join(parent, name) for name in ('one', 'my project', 'empty')))


@pytest.mark.parametrize('path, base_url', [
    ('/oidc', 'http://x'), ('/oidc/callback', 'http://x'), ('/one', 'http://x/one'),
    ('/one/wiki', 'http://x/one'), ('//one/wiki', 'http://x/one'),
    ('/my%20project/wiki', 'http://x/my%20project')])
def test_a_parent_directory_serves_each_environment(many, path, base_url):
    for _ in range(2):  # nothing of a request stays for the next one
        response = served(many, path)
        assert response.json == [['trac.base_url', base_url],
                                 ['trac.env_parent_dir', many.parent], ['trac.env_path', None]]


@pytest.mark.parametrize('path', ['/', '', '//'])
def test_the_list_of_a_parent_directory_has_what_is_sound(many, path, tmpdir, log):
    tmpdir.join('all', 'empty').mkdir()
    for name in ('one', 'my project'):
        response = served(many, path)
        assert ['trac.env_parent_dir', None] in response.json
        assert ['trac.env_paths', [os.path.join(many.parent, name)
                                   for name in ('my project', 'one')]] in response.json
    assert log() == ''  # of a folder that is none nothing needs to be said


def test_the_list_has_no_environment_in_trouble_and_the_log_has_the_cause(many, log):
    many.opener = fails(Exception('The Trac Environment needs to be upgraded.'))
    response = served(many, '/')
    assert ['trac.env_paths', [os.devnull]] in response.json
    one = os.path.join(many.parent, 'one')
    assert 'reason=environment_upgrade not in the list' in log()
    assert 'run: trac-admin %s upgrade' % one in log()


@pytest.mark.parametrize('path', ['/', '/oidc/callback', '/one/wiki'])
def test_a_parent_directory_that_is_missing_comes_with_the_command_that_makes_it(
        tmpdir, path, log):
    parent = str(tmpdir.join('nothing'))
    response = served(EnvironmentMiddleware(keys, parent=parent, reserved=['oidc']), path)
    assert response.status_int == 503
    assert log().endswith('for a new one run: mkdir -p %s' % parent)


@pytest.mark.parametrize('name', [
    'two', 'ONE', '..', '...', '.', '.hidden', '../secret', '%2e%2e', '..%2fsecret',
    '%2E%2E%2Fsecret', 'one%00', '%00', 'one%0a', 'file', '~root', 'x' * 5000, '%ff',
    '%C5%BEofie', '%F0%9F%98%80'])
def test_what_is_no_environment_of_the_parent_directory_is_not_found(many, name, log):
    response = served(many, '/' + name)
    assert response.status_int == 404
    assert many.parent not in response.text
    assert 'reason=no_environment' in log() and len(log()) < 500 + len(many.parent)


def test_a_folder_that_is_no_environment_does_not_harm_the_others(many, tmpdir):
    tmpdir.join('all', 'empty').mkdir()
    assert served(many, '/empty').status_int == 503
    assert served(many, '/one').status_int == 200

"""Zipped plugins are unpacked where this user can write, and nobody else."""

import os

import pytest

from trac_unit.environment.egg_cache import egg_cache


def test_the_egg_cache_is_the_configured_folder_if_it_can_be_written(tmpdir):
    assert egg_cache('/nowhere', str(tmpdir)) == str(tmpdir)


def test_the_egg_cache_is_made_in_the_environment_for_this_user_alone(tmpdir):
    path = egg_cache(str(tmpdir))
    assert path == str(tmpdir.join('.egg-cache'))
    assert os.stat(path).st_mode & 0o777 == 0o700
    assert egg_cache(str(tmpdir)) == path


@pytest.mark.parametrize('configured', [None, '/proc/nowhere'])
def test_where_nothing_can_be_written_the_egg_cache_is_a_temporary_folder(configured, log):
    path = egg_cache('/proc/nothing', configured)
    try:
        assert os.path.isdir(path) and not path.startswith('/proc')
    finally:
        os.rmdir(path)
    assert 'PYTHON_EGG_CACHE: expected a folder that ' in log()

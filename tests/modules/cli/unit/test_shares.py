"""Which static files Unit answers for itself, and which it leaves to Trac."""

import os

from support.configuring import config, variables  # noqa: F401 (fixtures)
from trac_unit.cli.host import layout
from trac_unit.cli.unit import shares


def test_static_files_fall_back_to_trac(config, environment):  # noqa: F811
    step = config(environment)[0]['routes']['trac'][1]
    assert step == {'match': {'uri': '/chrome/*'},
                    'action': {'share': layout.static_folder(environment) + '$uri',
                               'fallback': {'pass': 'applications/trac'}}}


def test_each_environment_of_a_folder_has_static_files_of_its_own(
        config, parent_dir):  # noqa: F811
    configuration, notes = config('--parent', parent_dir)
    shares = [(step['match']['uri'], step['action']['share'])
              for step in configuration['routes']['trac'][1:-1]]
    assert shares == [('/%s/chrome/*' % name, '%s/%s/static$uri' % (parent_dir, name))
                      for name in ('one', 'two')]
    assert configuration['routes']['trac'][-1] == {'action': {'pass': 'applications/trac'}}
    assert 'trac-unit init %s/one --prefix /one' % parent_dir in notes


def test_a_folder_of_static_files_for_all_environments(config, parent_dir, tmpdir):  # noqa: F811
    configuration, _ = config('--parent', parent_dir, '--static', str(tmpdir))
    step = configuration['routes']['trac'][1]
    assert step['match'] == {'uri': '/*/chrome/*'}
    assert step['action']['share'] == str(tmpdir) + '$uri'


def test_no_note_once_the_static_files_are_there(config, environment):  # noqa: F811
    os.makedirs(layout.common_folder(layout.static_folder(environment)))
    assert config(environment)[1] == ''
    assert '--prefix /trac' in config(environment, '--prefix', '/trac')[1]
    link, target = layout.prefix_link(layout.static_folder(environment), '/trac')
    os.symlink(target, link)
    assert config(environment, '--prefix', '/trac')[1] == ''


def test_a_path_that_unit_would_take_for_a_variable_is_not_shared(
        config, environment):  # noqa: F811
    configuration, notes = config(environment, '--static', '/srv/$host')
    assert not [step for step in configuration['routes']['trac'] if 'share' in step['action']]
    assert '/srv/$host' in notes


def test_an_environment_whose_name_would_be_a_pattern_is_not_shared(parent_dir):
    os.rename(os.path.join(parent_dir, 'one'), os.path.join(parent_dir, 'o*'))

    class Settings(object):
        trac_env, trac_env_parent_dir = None, parent_dir
    found = shares.shares(Settings, shares.environments_of(Settings), '', None, lambda note: 0)
    assert [pattern for pattern, _ in found] == ['/two/chrome/*']

# -*- coding: utf-8 -*-
"""What the commands do with Trac itself."""
import os
import sys

import pytest
from trac.env import Environment
from trac.perm import PermissionSystem

from trac_unit.cli.host import trac_environment
from trac_unit.cli.host.errors import CommandError


def test_a_trac_that_is_not_there_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, 'trac.env', None)
    with pytest.raises(CommandError) as caught:
        trac_environment.import_trac()
    assert caught.value.reason == 'trac_import' and '\n' not in str(caught.value)


def test_opening_writes_no_log_and_disturbs_no_other_environment(environment):
    plain = Environment(environment)
    plain.config.set('logging', 'log_type', 'file')
    plain.config.save()
    plain.shutdown()
    opened = trac_environment.open_quietly(environment)
    opened.log.error('nobody reads this')
    assert os.listdir(os.path.join(environment, 'log')) == []
    assert opened[Environment] is opened
    opened.shutdown()
    again = Environment(environment)
    assert type(again[Environment]) is Environment
    again.shutdown()


def test_an_environment_of_an_older_trac_is_not_opened(environment):
    trac_environment.open_current(environment).shutdown()
    opened = Environment(environment)
    opened.db_transaction("UPDATE system SET value = '1' WHERE name = 'database_version'")
    opened.shutdown()
    with pytest.raises(trac_environment.UpgradeNeeded):
        trac_environment.open_current(environment)


@pytest.fixture
def opened(environment):
    opened = trac_environment.open_quietly(environment)
    yield opened
    opened.shutdown()


@pytest.mark.parametrize('value, on', [
    ('enabled', True), ('ENABLED', True), ('on', True), ('disabled', False), ('', False),
    ('yes', False)])
def test_a_component_is_on_by_its_own_name_alone(value, on, opened):
    opened.config.set('components', 'trac_unit.example.*', value)
    opened.config.set('components', 'trac_unit.*', 'enabled')
    assert trac_environment.is_on(opened, 'trac_unit.example.*') is on


def test_static_files_are_those_of_trac_and_not_the_administrators(opened):
    sources = dict(trac_environment.static_sources(opened))
    assert 'common' in sources and not {'site', 'shared'} & set(sources)
    assert os.path.isfile(os.path.join(sources['common'], 'css', 'trac.css'))
    assert all(type(part) is str for pair in sources.items() for part in pair)


def test_administrators_are_found_also_through_a_group_and_before_their_first_visit(opened):
    assert trac_environment.administrators(opened) == []
    permissions = PermissionSystem(opened)
    permissions.grant_permission(u'\u017eofie', 'TRAC_ADMIN')
    permissions.grant_permission('staff', 'TRAC_ADMIN')
    permissions.grant_permission('bob', 'staff')
    permissions.grant_permission('carol', 'WIKI_ADMIN')
    assert trac_environment.administrators(opened) == [u'bob', u'staff', u'\u017eofie']

"""Merging our part into a running configuration, and taking it out again."""

import copy

import pytest

from support.fake_unit import OTHER
from trac_unit.cli.unit import merge


@pytest.mark.parametrize('now, after, before, expected', [
    ({'a': 1}, {'a': 1}, {'a': 2}, {'a': 2}),
    ({'a': 1}, {'a': 1}, {}, {}),
    ({}, {}, {'a': 1}, {'a': 1}),
    ({'a': 1, 'b': 2}, {'a': 1}, {}, {'b': 2}),
    ({'b': 2}, {}, {'a': 1}, {'b': 2, 'a': 1}),
    ({'a': 3}, {'a': 1}, {'a': 2}, {'a': 3}),
    ({}, {'a': 1}, {'a': 2}, {}),
    ({'a': {'b': 1, 'c': 2}}, {'a': {'b': 1}}, {'a': {'b': 0}}, {'a': {'b': 0, 'c': 2}}),
    ({'a': {'b': 1, 'c': 2}}, {'a': {'b': 1}}, {}, {'a': {'c': 2}}),
    ({'routes': {'a': 1, 'b': 1}}, {'routes': {'a': 1}}, {'routes': []}, {'routes': {'b': 1}}),
    ({'routes': {'a': 1}}, {'routes': {'a': 1}}, {'routes': []}, {'routes': []}),
    ({'a': 3}, {'a': 1}, {}, {'a': 3}), ([1, 2], [1], [], [1, 2]), (None, {'a': 1}, {}, None)])
def test_what_is_left_of_a_change_that_was_taken_back(now, after, before, expected):
    assert merge.undone(now, after, before) == expected


def test_merging_changes_nothing_in_what_was_running(environment):
    running = copy.deepcopy(OTHER)
    wanted = {'settings': {'http': {}}, 'listeners': {'*:1': {'pass': 'routes/trac'}},
              'routes': {'trac': []}, 'applications': {'trac': {'environment': {}}}}
    for configuration in running, {}:
        before = copy.deepcopy(configuration)
        merged = merge.merge(configuration, wanted, 'trac')
        assert configuration == before and merged['listeners']['*:1']
        assert merge.dropped_settings(configuration, wanted, 'trac') == []
        assert configuration == before

# -*- coding: utf-8 -*-
"""Trouble that a command tells in plain words."""
from trac_unit.cli.host.errors import CommandError
from trac_unit.errors import TracUnitError


def test_a_command_cannot_go_on_for_a_reason_in_a_sentence():
    error = CommandError('config', u'There is no \u017e.')
    assert isinstance(error, TracUnitError)
    assert (error.reason, error.exit_status, error.log) == ('config', 2, None)
    assert type(str(error)) is str and str(error).startswith('There is no ')


def test_what_failed_on_the_way_has_another_status_and_the_end_of_a_log():
    error = CommandError('server', 'The server ended.', 1, u'last words')
    assert (error.exit_status, error.log) == (1, u'last words')

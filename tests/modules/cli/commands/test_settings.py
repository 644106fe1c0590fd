"""trac-unit settings: every variable, in the width of the terminal."""

import io

import pytest

from trac_unit.cli.commands import settings
from trac_unit.cli.main import main
from trac_unit.settings.reference import rst_table
from trac_unit.settings.table import SETTINGS


def test_settings_lists_every_variable(capsys, monkeypatch):
    monkeypatch.setenv('COLUMNS', '60')
    assert main(['settings']) == 0
    out = capsys.readouterr().out
    for setting in SETTINGS:
        assert setting.variable in out
        assert not setting.secret or setting.variable + '_FILE' in out
    assert 'Default: openid profile email' in out
    assert max(len(line) for line in out.splitlines()) <= 60


def test_settings_as_restructuredtext(capsys):
    assert main(['settings', '--rst']) == 0
    assert capsys.readouterr().out == rst_table()


@pytest.mark.parametrize('columns, expected', [
    ('72', 72), ('', 80), ('x', 80), ('0', 80), ('10', 40), ('500', 100)])
def test_the_width_is_the_terminal_s_within_reason(columns, expected):
    assert settings.width({'COLUMNS': columns}, io.BytesIO()) == expected

"""One line of what `trac-unit check` found."""
import pytest

from trac_unit.cli.checks import result


@pytest.mark.parametrize('text, told', [
    ('a\x1b[2Jb\nc\x00d', 'a [2Jb c d'), ('x' * 9999, 'x' * 400 + ' ...'),
    ('postgres://u:p/@ss@host/db', 'postgres://***@host/db'),
    ('https://example.org/x', 'https://example.org/x')])
def test_a_line_is_one_line_without_escapes_and_passwords(text, told):
    assert result.line(text) == told


def test_words_of_a_command_are_quoted_for_the_shell():
    assert result.command('rm', "a b's") == """rm 'a b'"'"'s'"""

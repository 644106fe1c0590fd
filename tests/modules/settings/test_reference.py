"""The README's table of settings is the code's."""

import io
import os

import pytest

from support.paths import ROOT
from trac_unit._compat import to_text
from trac_unit.settings import reference
from trac_unit.settings.table import SETTINGS, Setting

README = os.path.join(ROOT, 'README.rst')
REFRESH = 'to refresh it run: python -m trac_unit.settings.reference README.rst'


def block(text):
    """What stands between the two comments of `text`."""
    before, begin, rest = text.partition(u'\n%s\n' % reference.BEGIN)
    table, end, after = rest.partition(u'\n%s\n' % reference.END)
    assert begin and end, 'expected a table between "%s" and "%s"; %s' % (
        reference.BEGIN, reference.END, REFRESH)
    return table.strip(u'\n') + u'\n'


def test_the_table_of_the_readme_is_that_of_the_code():
    with io.open(README, encoding='utf-8') as file:
        found = block(file.read())
    assert found == to_text(reference.rst_table()), REFRESH


@pytest.mark.parametrize('setting', SETTINGS, ids=lambda setting: setting.variable)
def test_each_setting_has_a_row_with_its_default_and_meaning(setting):
    row, = [row for row in reference.rst_table().split('   * - ')
            if row.startswith('``%s``\n' % setting.variable)]
    _, default, meaning = row.rstrip('\n').split('\n     -')
    assert default.strip() == ('``%s``' % setting.default if setting.default else '')
    assert meaning.replace('``', '').strip().startswith(setting.meaning)
    assert (setting.variable + '_FILE' in meaning) is setting.secret


def test_a_table_has_a_row_for_each_setting_it_is_given():
    settings = [Setting('TRAC_ONE', None, '1', 'the first, see TRAC_TWO', False),
                Setting('TRAC_TWO', None, None, 'a URL: https://example.org/x; or none', True)]
    assert reference.rst_table(settings) == '''\
.. list-table::
   :header-rows: 1
   :widths: 30 20 50

   * - Variable
     - Default
     - Meaning
   * - ``TRAC_ONE``
     - ``1``
     - the first, see ``TRAC_TWO``
   * - ``TRAC_TWO``
     -
     - a URL: ``https://example.org/x``; or none; or ``TRAC_TWO_FILE``, the path of a file \
that holds it
'''


@pytest.mark.parametrize('old', ['', '\n', '\nan old table\n\nof two parts\n\n'])
def test_a_file_is_refreshed_in_place_and_a_second_time_changes_nothing(tmpdir, old):
    text = u'A \u017e\n\n.. settings-begin\n%s.. settings-end\n\nThe rest\n'
    file = tmpdir.join('README.rst')
    file.write_binary((text % old).encode('utf-8'))
    for _ in range(2):
        reference.main([str(file)])
        found = file.read_binary().decode('utf-8')
        assert found == text % (u'\n%s\n' % to_text(reference.rst_table()))
        assert block(found) == reference.rst_table()


@pytest.mark.parametrize('text', [
    '', '.. settings-begin\n', '.. settings-end\n.. settings-begin\n',
    '.. settings-begin\n.. settings-end\n' * 2])
def test_a_file_without_one_place_for_the_table_is_left_alone(tmpdir, text):
    file = tmpdir.join('README.rst')
    file.write(text)
    with pytest.raises(ValueError):
        reference.main([str(file)])
    assert file.read() == text


def test_without_a_file_the_table_is_printed(capsys):
    reference.main([])
    assert capsys.readouterr()[0] == reference.rst_table()

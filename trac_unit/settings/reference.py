"""The reference of the settings, as the README has it.

``python -m trac_unit.settings.reference README.rst`` brings the table in a file up to
date; without a file it prints the table.
"""

from __future__ import print_function

import io
import re
import sys

from .._compat import to_text
from .table import SETTINGS

#: Comments around the table in a reStructuredText file.
BEGIN = '.. settings-begin'
END = '.. settings-end'

#: What a reader types or copies, which no markup may touch.
_LITERAL = re.compile(r'[a-z]+:///?[^\s;,]+|\b[A-Z]+(?:_[A-Z]+)+\b')


def rst_table(settings=SETTINGS):
    """Return the table of `settings` as reStructuredText, a native ``str``."""
    lines = ['.. list-table::', '   :header-rows: 1', '   :widths: 30 20 50', '']
    for row in [('Variable', 'Default', 'Meaning')] + [_row(setting) for setting in settings]:
        lines += ['   %s %s' % (bullet, cell) if cell else '   ' + bullet
                  for bullet, cell in zip(('* -', '  -', '  -'), row)]
    return '\n'.join(lines) + '\n'


def _row(setting):
    meaning = setting.meaning
    if setting.secret:
        meaning += '; or %s_FILE, the path of a file that holds it' % setting.variable
    return (_literal(setting.variable), _literal(setting.default) if setting.default else '',
            _LITERAL.sub(lambda match: _literal(match.group()), meaning))


def _literal(text):
    return '``%s``' % text


def refreshed(text):
    """Return the reStructuredText `text` with the table between its two comments renewed.

    :raises ValueError: it has not one place for the table
    """
    pattern = re.compile('^%s\n.*?^%s$' % (re.escape(BEGIN), re.escape(END)), re.M | re.S)
    table = '%s\n\n%s\n%s' % (BEGIN, rst_table(), END)
    text, places = pattern.subn(lambda match: table, text)
    if places != 1:
        raise ValueError('expected one table between the lines "%s" and "%s", found %d'
                         % (BEGIN, END, places))
    return text


def main(arguments):
    """Print the table, or renew it in the file that is named."""
    if not arguments:
        print(rst_table(), end='')
        return
    with io.open(arguments[0], encoding='utf-8') as file:
        text = to_text(refreshed(file.read()))
    with io.open(arguments[0], 'w', encoding='utf-8') as file:
        file.write(text)


if __name__ == '__main__':
    main(sys.argv[1:])

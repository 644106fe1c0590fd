"""All that the tests' provider does wrong, as one table: ``python -m support.misbehaviour``.

Each row is a case: what the provider does, and the reason that the log gives when it is
refused.  The rows stand, with what makes the provider do it, in the files of the tests that
play them, by area; each area is a parametrize mark of one test, which asserts the reason.
``misbehaviour.txt`` is the whole table; ``python -m support.misbehaviour
--write``, in the folder of the tests, renews it.
"""

from __future__ import print_function

import importlib
import io
import os
import sys

from support.paths import TESTS

TABLE = os.path.join(TESTS, 'support', 'misbehaviour.txt')

#: Area: (its mark, pairs of a case and the reason of its refusal).
AREAS = {}


def misbehaviours(area, *rows, **options):
    """Enter rows of (name, argument..., reason) into the table; return the mark that plays them.

    reason: the column of the reason, if it is not the last one; or the reason of all rows,
    which do not have it then.
    """
    from support.hostile import table
    column = options.get('reason', -1)
    cases = [(row[0], column if isinstance(column, str) else row[column]) for row in rows]
    AREAS[area] = table(*rows), cases
    return AREAS[area][0]


def modules():
    """The test modules that enter rows, imported, by their names in order."""
    names = []
    for folder, _, files in os.walk(TESTS):
        for name in files:
            path = os.path.join(folder, name)
            if name.startswith('test_') and name.endswith('.py'):
                with io.open(path, encoding='utf-8') as file:
                    if u'import misbehaviours\n' in file.read():
                        names.append(os.path.relpath(path, TESTS)[:-len('.py')])
    return [importlib.import_module(name.replace(os.sep, '.')) for name in sorted(names)]


def text():
    """The table as text, once all modules are imported."""
    lines = []
    for area in sorted(AREAS):
        lines += ['', area, '-' * len(area)]
        lines += ['%-62s %s' % case for case in AREAS[area][1]]
    count = sum(len(cases) for _, cases in AREAS.values())
    return '%d cases of what a provider can do wrong, and the reasons of their refusal\n%s\n' % (
        count, '\n'.join(lines))


def main(arguments):
    from support import misbehaviour  # which is another module than this one, __main__
    misbehaviour.modules()
    if arguments == ['--write']:
        with open(TABLE, 'w') as file:
            file.write(misbehaviour.text())
    else:
        print(misbehaviour.text(), end='')


if __name__ == '__main__':
    main(sys.argv[1:])

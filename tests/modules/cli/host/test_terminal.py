# -*- coding: utf-8 -*-
"""Writing for the person at the terminal, whatever it can show and whoever listens."""

import io
import os
import subprocess
import sys

import pytest

from support.serving import child_environ
from trac_unit._compat import PY2
from trac_unit.cli.host.terminal import say


def python(*arguments):
    """Run this Python; return its exit status, output and errors, as text."""
    popen = subprocess.Popen((sys.executable,) + arguments, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=child_environ({}))
    out, err = popen.communicate()
    return popen.returncode, out.decode('utf-8'), err.decode('utf-8')


@pytest.mark.parametrize('text', [u'žofie', u'žofie'.encode('utf-8') if PY2 else 'žofie',
                                  ValueError('plain')])
def test_say_writes_what_the_terminal_cannot_show_in_another_way(text):
    raw = io.BytesIO()
    stream = Ascii(raw) if PY2 else io.TextIOWrapper(raw, encoding='ascii')
    say(text, stream)
    assert raw.getvalue() in (b'\\u017eofie\n', b'plain\n')


@pytest.mark.parametrize('name', [b'caf\xe9', b'\xff\xfe', b'\xc5'])
def test_say_writes_what_is_no_utf_8(name):
    raw = io.BytesIO()
    stream = Ascii(raw) if PY2 else io.TextIOWrapper(raw, encoding='ascii')
    say(name if PY2 else os.fsdecode(name), stream)
    assert b'\\u' in raw.getvalue() and raw.getvalue().endswith(b'\n')


class Ascii(object):
    """What sys.stdout is to Python 2: bytes, and an encoding."""

    encoding = 'ascii'

    def __init__(self, raw):
        self.write, self.flush = raw.write, raw.flush


@pytest.mark.skipif(not os.path.exists('/dev/full'), reason='there is no /dev/full here')
@pytest.mark.parametrize('arguments', [('settings',), ('settings', '--rst')])
def test_output_that_is_lost_is_no_success(arguments):
    with open('/dev/full', 'w') as full:
        popen = subprocess.Popen((sys.executable, '-m', 'trac_unit') + arguments, stdout=full,
                                 stderr=subprocess.PIPE, env=child_environ({}))
        err = popen.communicate()[1].decode('utf-8')
    assert (popen.returncode, err) == (
        1, 'trac-unit: Standard output cannot be written: No space left on device.\n')


def test_say_survives_a_reader_that_went_away():
    status, out, err = python('-c', '\n'.join([
        'import os, sys',
        'from trac_unit.cli.host.terminal import say',
        'reader, writer = os.pipe()',
        'os.dup2(writer, 1)',
        'os.close(reader); os.close(writer)',
        'say("one"); say("two")',
        'sys.stderr.write("survived")']))
    assert (status, err) == (0, 'survived')

"""Writing for the person at the terminal."""

import errno
import os
import re
import sys

from ..._compat import PY2, exception_text, native, to_text
from .errors import CommandError

#: A pipe that nobody reads any more, and a terminal that was closed.
_GONE = (errno.EPIPE, errno.EIO)

_LONGEST = 400
_USER_INFO = re.compile(r'(://)[^\s\'"]*@')


def say(text='', stream=None):
    """Write one line at once, whatever the encoding of the terminal.

    A reader that went away (``| head``) is no reason to stop.

    :param text: native string or text, or an exception for what it says
    :param stream: by default standard output
    :raises CommandError: standard output cannot be written, as on a full disk
    """
    stream = stream or sys.stdout
    if isinstance(text, Exception):
        text = exception_text(text)
    encoding = getattr(stream, 'encoding', None) or 'utf-8'
    # What a person typed, or the name of a file, need not be UTF-8.
    line = (to_text(text, 'replace') + u'\n').encode(encoding, 'backslashreplace')
    try:
        stream.write(line if PY2 else line.decode(encoding))
        stream.flush()
    except EnvironmentError as e:
        _silence(stream)
        if e.errno not in _GONE and stream is sys.stdout:
            raise CommandError('output', 'Standard output cannot be written: %s.' % e.strerror, 1)


def note(sentence):
    """Tell the person at the terminal, beside what goes to standard output."""
    say('Note: ' + sentence, sys.stderr)


def one_line(error):
    """Return what an exception says, in one line."""
    return ' '.join(exception_text(error).split())


def line(text):
    """Return native `text` in one line of bounded length, without what must not be shown.

    What a provider sends could otherwise write to the terminal as it likes; and
    the URL of a database or a store can hold a password.
    """
    # The name of a file need not be UTF-8.
    text = re.sub(r'[\x00-\x1f\x7f]+', ' ', native(to_text(text, 'replace'))).strip()
    text = _USER_INFO.sub(r'\1***@', text)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + ' ...'


def _silence(stream):
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (AttributeError, EnvironmentError, ValueError):
        pass  # a stream that is no file

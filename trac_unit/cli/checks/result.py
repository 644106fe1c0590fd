"""One line of what `check` found."""

import collections
import json

from ..._compat import shell_quote
from ..host.terminal import line

OK, NOTE, WARNING, ERROR = 'ok', 'note', 'warning', 'error'

#: What each mark means for the exit status.
STATUS = {OK: 0, NOTE: 0, WARNING: 1, ERROR: 2}


class Result(collections.namedtuple('Result', 'mark subject found mend')):
    """A mark, what was looked at, what was found, and the command that mends it, or None."""


def _result(mark, subject, found, mend=None):
    return Result(mark, line(subject), line(found), None if mend is None else line(mend))


def ok(subject, found):
    """It is as it should be."""
    return _result(OK, subject, found)


def note(subject, found):
    """Something to know, or that was not looked at."""
    return _result(NOTE, subject, found)


def warning(subject, found, mend=None):
    """It works, but not as well or as safely as it should."""
    return _result(WARNING, subject, found, mend)


def error(subject, found, mend=None):
    """It does not work."""
    return _result(ERROR, subject, found, mend)


def quoted(value):
    """Return a JSON value as a short native string of ASCII."""
    text = json.dumps(value)
    return text if len(text) <= 120 else text[:117] + '...'


def command(*words):
    """Return the native `words` as a command for a shell."""
    return ' '.join(shell_quote(word) for word in words)

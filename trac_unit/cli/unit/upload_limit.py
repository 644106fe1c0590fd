"""How large a request may be, so that Trac's attachments fit."""

import argparse
import os
import re

from ..host import trac_environment
from ..host.errors import CommandError
from ..host.terminal import one_line

MIB = 1024 * 1024

#: Bytes that the other fields of a form, and its form, take besides the file.
FORM = MIB

#: Unit's own limit, which pages and comments may need.
LEAST = 8 * MIB

#: For a Trac without a limit.  Unit keeps what it receives on the disk.
UNLIMITED = 1024 * MIB

_DEFAULT = 262144  # Trac's own
_UNITS = {'': 1, 'K': 1024, 'M': MIB, 'G': 1024 * MIB}


def size(text):
    """Bytes, or ``512K``, ``20M``, ``1G``, as a number of bytes."""
    match = re.match(r'^([1-9][0-9]{0,11})([KMG]?)(i?B)?\Z', text, re.I)
    if not match:
        raise argparse.ArgumentTypeError('expected a size such as 20M, got %r' % text)
    value = int(match.group(1)) * _UNITS[match.group(2).upper()]
    if value > 2 ** 40:
        raise argparse.ArgumentTypeError('expected a size of at most 1024G, got %r' % text)
    return value


def body_size(environments, wanted, note):
    """Return the bytes that a request may have.

    :param environments: pairs whose first is the path of one
    :param wanted: the size of the largest attachment in bytes, or None: as Trac has it
    :param note: called with a sentence where the two do not fit
    """
    largest = _DEFAULT
    for path, _ in environments:
        limit = attachment_limit(path, note)
        if limit < 0 and wanted is None:
            note('Trac at %s limits no attachment ([attachment] max_size); Unit will, to %d MiB, '
                 'unless --upload-limit says otherwise.' % (path, UNLIMITED // MIB))
        limit = UNLIMITED if limit < 0 else limit
        largest = max(largest, limit)
        if wanted is not None and wanted != limit:
            note('Trac at %s has a limit of its own for attachments, %d bytes ([attachment] '
                 'max_size); the smaller one counts.' % (path, limit))
    return max(LEAST, (largest if wanted is None else wanted) + FORM)


def attachment_limit(path, note):
    """Return the bytes that an attachment may have in the environment at `path`; -1: no limit."""
    file = os.path.join(path, 'conf', 'trac.ini')
    if not os.path.exists(file):
        return _DEFAULT
    try:
        trac_environment.import_trac()
        from trac.config import Configuration
        return Configuration(file).getint('attachment', 'max_size', _DEFAULT)
    except CommandError as e:
        cause = e
    except Exception as e:  # a file that cannot be read, or is none
        cause = one_line(e)
    note('The limit of attachments in %s could not be read, so Trac\'s usual one is assumed '
         '(%s).' % (file, cause))
    return _DEFAULT

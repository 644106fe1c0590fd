"""All that is logged while a test runs, by us and by the libraries below us."""
import logging
import traceback

import pytest


class Everything(logging.Handler):
    """Every record of every logger, as a formatter writes it, and as it was."""

    def __init__(self):
        logging.Handler.__init__(self, 1)
        self.lines = []

    def emit(self, record):
        # Trac's own log is Trac's; all else, also of the libraries below us, is ours.
        if record.name.startswith('Trac.'):
            return
        try:
            text = record.getMessage()
        except UnicodeError:
            text = ''
        text += ' %r %r' % (record.msg, record.args)
        if record.exc_info:
            text += ''.join(traceback.format_exception(*record.exc_info))
        self.lines.append((record.name, text))


@pytest.fixture
def logged():
    handler = Everything()
    root = logging.getLogger()
    levels = dict((logger, logger.level) for logger in [root, logging.getLogger('trac_unit')])
    root.addHandler(handler)
    for logger in levels:
        logger.setLevel(1)
    yield handler
    root.removeHandler(handler)
    for logger, level in levels.items():
        logger.setLevel(level)

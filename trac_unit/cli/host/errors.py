"""Trouble that a command tells in plain words, without a traceback."""

from ...errors import TracUnitError


class CommandError(TracUnitError):
    """A command cannot go on; the message is a sentence for the person at the terminal.

    :param reason: a short slug
    :param message: what is wrong, and what mends it
    :param exit_status: 2: cannot be done as asked; 1: failed on the way
    :param log: the end of the log of the program that failed, as text; None: there is none
    """

    def __init__(self, reason, message, exit_status=2, log=None):
        TracUnitError.__init__(self, reason, message)
        self.exit_status = exit_status
        self.log = log

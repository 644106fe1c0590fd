"""What the tests of `trac-unit check` have in common."""

import os

from trac.env import Environment

from trac_unit.cli.checks.context import Context
from trac_unit.cli.commands import init
from trac_unit.cli.main import main


def make_environment(path):
    """Make an environment as `trac-unit init` does, and return its path."""
    assert main(['init', path, '--admin', 'alice'], (init,)) == 0
    return path


def context(settings, **arguments):
    """A Context of these settings and no others."""
    arguments.setdefault('process', {'PATH': '/nowhere'})
    return Context(settings, **arguments)


def found(check, *arguments, **more):
    """What a check yields: a list of (mark, subject, found, mend)."""
    looked_at = arguments[0] if arguments else None
    looked_at = context(looked_at, **more) if isinstance(looked_at, dict) else looked_at
    try:
        return [tuple(result) for result in check(looked_at)]
    finally:
        looked_at.close()


def one(check, *arguments, **more):
    """The only result of a check."""
    result, = found(check, *arguments, **more)
    return result


def configure(path, section, option, value):
    """Set an option in the trac.ini of an environment."""
    environment = Environment(path)
    environment.config.set(section, option, value)
    environment.config.save()
    environment.shutdown()


def chmod(mode, *parts):
    os.chmod(os.path.join(*parts), mode)

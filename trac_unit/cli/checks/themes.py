"""All themes of `trac-unit check`, and what they find."""

from ..._compat import exception_text
from ...errors import TracUnitError
from . import environment, provider, python, serving, settings, storage
from .result import error

THEMES = (settings, python, environment, storage, serving, provider)


def run_all(context, themes=THEMES):
    """Yield the pairs (title, list of results) of all `themes`; never raises."""
    for theme in themes:
        results = []
        for check in theme.CHECKS:
            results += _results(check, context)
        yield theme.TITLE, results


def _results(check, context):
    results = []
    try:
        for result in check(context):
            results.append(result)
    except TracUnitError as e:
        results.append(error(_name(check), exception_text(e)))
    except Exception as e:  # what a plugin or a broken installation raises is anything
        results.append(error(_name(check), 'the check itself failed: %s: %s'
                             % (type(e).__name__, exception_text(e))))
    return results


def _name(check):
    return check.__name__.strip('_').replace('_', ' ')

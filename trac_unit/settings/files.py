"""Whether the files that settings name can be read."""

import io

from ..errors import Problem, shown

_NAMED = ('TRAC_ENV_INDEX_TEMPLATE', 'TRAC_OIDC_CA_FILE')


def problems(parsed):
    """Return the problems of the files that settings name, a list.

    Those of secrets and of the client's key are read, and judged, where they are used.

    :param parsed: the parsed settings by their variables, None where there is no right one
    """
    return [found for found in map(_problem, _NAMED, map(parsed.get, _NAMED)) if found]


def _problem(variable, path):
    if path is None:
        return None
    try:
        io.open(path, 'rb').close()
    except EnvironmentError as e:
        return Problem(variable, 'a readable file', '%s (%s)' % (shown(path), e.strerror))

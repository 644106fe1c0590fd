"""All settings of one Trac, read once from environment variables."""

import difflib
import errno
import io
import os

from ..errors import ConfigurationError, Problem, shown
from . import conflicts
from .table import OWN_PREFIXES, SETTINGS, attribute

_BY_VARIABLE = dict((setting.variable, setting) for setting in SETTINGS)
_FILE = '_FILE'


def read_file(path):
    """Return the text of the file at `path`, without the final line break.

    :raises EnvironmentError: it cannot be read
    """
    with io.open(path, encoding='utf-8') as file:
        return file.read(65536).rstrip(u'\r\n')


class Config(object):
    """All settings, as attributes; see :func:`attribute` for their names.

    Build one with :meth:`from_environ`.
    """

    def __init__(self, values_by_variable):
        for setting in SETTINGS:
            setattr(self, attribute(setting.variable), values_by_variable[setting.variable])

    @classmethod
    def from_environ(cls, environ, read_file=read_file, further=()):
        """Parse the environment variables `environ`, a dict of native strings.

        :param read_file: called with the path of the ``..._FILE`` variable of a
            secret; returns its text
        :param further: functions that look at more than a setting's text; each
            gets the parsed values by their variables, None where there is no
            right one, and returns the problems
        :raises ConfigurationError: with every problem there is
        """
        problems = _unknown(environ)
        parsed = {}
        for setting in SETTINGS:
            parsed[setting.variable] = _value(setting, environ, read_file, problems)
        # What fits together is worth asking only of values that are right by themselves.
        problems += conflicts.find(environ, parsed, set(
            problem.variable for problem in problems))
        for look in further:
            problems += look(parsed)
        if problems:
            raise ConfigurationError(problems)
        if parsed['TRAC_OIDC_CLIENT_AUTH'] is None:
            parsed['TRAC_OIDC_CLIENT_AUTH'] = (
                'client_secret_basic' if parsed['TRAC_OIDC_CLIENT_SECRET'] else 'none')
        return cls(parsed)

    @property
    def sign_in(self):
        """Whether sign-in is on."""
        return self.oidc_issuer is not None

    @property
    def home(self):
        """The folder that is certainly there: the environment, or the parent directory."""
        return self.trac_env or self.trac_env_parent_dir

    def __repr__(self):
        pairs = [(setting, getattr(self, attribute(setting.variable))) for setting in SETTINGS]
        shown_values = ('%s=%s' % (setting.variable,
                                   '***' if setting.hides(value) else shown(value))
                        for setting, value in pairs if value is not None)
        return '<Config %s>' % ' '.join(shown_values)


def _unknown(environ):
    known = set(_BY_VARIABLE)
    known.update(setting.variable + _FILE for setting in SETTINGS if setting.secret)
    problems = []
    for name in sorted(environ):
        if name.startswith(OWN_PREFIXES) and name not in known:
            nearest = difflib.get_close_matches(name, sorted(known), 1, 0)
            problems.append(Problem(name, 'a name that is known, such as ' + nearest[0],
                                    'this one'))
    return problems


def _value(setting, environ, read_file, problems):
    """Return the parsed value; on trouble append to `problems` and return None."""
    raw = environ.get(setting.variable) or None
    if setting.secret and environ.get(setting.variable + _FILE):
        if raw is not None:
            problems.append(Problem(setting.variable, 'either it or %s%s' %
                                    (setting.variable, _FILE), 'both'))
            return None
        raw = _file_value(setting.variable + _FILE, environ, read_file, problems)
        if raw is None:
            return None
    if raw is None:
        raw = setting.default
    if raw is None:
        return None
    try:
        return setting.parse(raw)
    except ValueError as e:
        # In place of its path, the key itself may have been put there.
        hidden = setting.secret or setting.variable.endswith('_KEY' + _FILE)
        problems.append(Problem(setting.variable, str(e),
                                'something else' if hidden else shown(raw)))


def _file_value(variable, environ, read_file, problems):
    path = environ[variable]
    if not os.path.isabs(path):
        # Not shown: it can be the secret itself, put into the wrong variable.
        problems.append(Problem(variable, 'an absolute path', 'something else'))
        return None
    try:
        value = read_file(path)
    except (EnvironmentError, ValueError) as e:
        cause = getattr(e, 'strerror', None) or type(e).__name__
        problems.append(Problem(variable, 'a readable text file',
                                '%s (%s)' % (shown(path), cause),
                                getattr(e, 'errno', None) == errno.EACCES))
        return None
    if not value:
        problems.append(Problem(variable, 'a file with a secret in it', 'an empty one'))
        return None
    return value

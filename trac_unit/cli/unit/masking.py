"""Configurations of Unit as they may be shown: without secrets."""

import collections
import difflib
import json
import re

from ...settings.table import SETTINGS

MASK = '***'
CHANGED = '*** (another one)'

_SETTINGS = dict((setting.variable, setting) for setting in SETTINGS)
_SECRET_NAME = re.compile(r'secret|passw|token|credential|private|api_?key|auth', re.I)
_PATH = re.compile(r'^/[^\s:@]*\Z')
_USERINFO = re.compile(r'(://)[^/@\s]+@')


def is_secret(variable, value):
    """Return whether an environment variable's value is not to be shown.

    Other people's applications have secrets as well, under names of their own;
    the path of a file is none.
    """
    if variable in _SETTINGS:
        return _SETTINGS[variable].hides(value)
    known = variable.startswith(('TRAC_OIDC_', 'TRAC_UNIT_'))
    return not known and bool(_SECRET_NAME.search(variable)) and not _PATH.match(value)


def masked(value, before=None, variables=False):
    """Return a copy of a configuration, or a part of it, that can be shown.

    :param value: parsed JSON
    :param before: the same part of the configuration before, if what changed
        shall be seen to have changed
    :param variables: whether it is the object of an application's variables
    """
    if isinstance(value, dict):
        before = before if isinstance(before, dict) else {}
        return collections.OrderedDict(
            (name, _hidden(item, before.get(name))
             if variables and is_secret(name, _text(item))
             else masked(item, before.get(name), name == 'environment'))
            for name, item in value.items())
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, (str, type(u''))):
        return _USERINFO.sub(r'\1%s@' % MASK, value)
    return value


def _hidden(value, before):
    return MASK if before in (None, value) else CHANGED


def _text(value):
    return value if isinstance(value, (str, type(u''))) else ''


def as_text(configuration):
    """Return a configuration as JSON of many lines, a native ``str``."""
    return json.dumps(configuration, indent=4, separators=(',', ': '))


def difference(before, after):
    """Return the lines of a unified diff of two configurations, without secrets."""
    old, new = as_text(masked(before)), as_text(masked(after, before))
    return list(difflib.unified_diff(old.splitlines(), new.splitlines(),
                                     'running', 'new', lineterm=''))

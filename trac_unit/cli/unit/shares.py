"""Which static files Unit answers itself."""

import os
import re

from ..._compat import shell_quote
from ..host import layout
from .configuration import static_pattern

# "$" begins a variable in Unit's configuration, and a backquote a script.
_SPEAKS_TO_UNIT = re.compile(r'[$`]')
_PLAIN = re.compile(r'^[A-Za-z0-9_~.-]+\Z')


def environments_of(config):
    """Return the environments there are, and the path that each has: pairs.

    :param config: a :class:`~trac_unit.settings.config.Config`
    """
    if config.trac_env:
        return [(config.trac_env, '')]
    parent = config.trac_env_parent_dir
    names = sorted(os.listdir(parent)) if os.path.isdir(parent) else []
    return [(os.path.join(parent, name), '/' + name) for name in names
            if os.path.exists(os.path.join(parent, name, 'VERSION'))]


def shares(config, environments, prefix, folder, note):
    """Return pairs of a pattern of addresses, and the folder to share there.

    :param config: a :class:`~trac_unit.settings.config.Config`
    :param environments: pairs of a path and a base path, see :func:`environments_of`
    :param prefix: the path of the Trac, or ``''``
    :param folder: that a person named for all of them, or None
    :param note: called with a sentence where something is missing
    """
    if folder is not None:
        base_path = '' if config.trac_env else '/*'
        wanted = [(os.path.abspath(folder), base_path, None)]
    else:
        # Another character in a name would be part of the pattern to Unit.
        wanted = [(layout.static_folder(path), base_path, path) for path, base_path in environments
                  if not base_path or _PLAIN.match(base_path[1:])]
    found = []
    for static, base_path, path in wanted:
        if _SPEAKS_TO_UNIT.search(static):
            note('The path %s has a character that Unit takes for a variable: Trac itself '
                 'answers for the static files there.' % static)
            continue
        _check(static, prefix + base_path, path, note)
        found.append((static_pattern(base_path), static))
    if config.trac_env_parent_dir and folder is None:
        note('Run this again when there is a new environment: for those that are there now (%d), '
             'Unit answers for static files itself.' % len(found))
    return tuple(found)


def _check(static, address, path, note):
    """Note what is missing for the static files to be found; Trac answers for them until then."""
    missing = not os.path.isdir(layout.common_folder(static))
    if not missing and address and '*' not in address:
        missing = not os.path.exists(layout.prefix_link(static, address)[0])
    if missing:
        note('Trac itself will answer for static files, which is slower, until they are in %s; '
             'run: trac-unit init %s%s%s'
             % (static, shell_quote(path) if path else 'PATH',
                ' --prefix ' + shell_quote(address) if address else '',
                '' if path else ' --static ' + shell_quote(static)))

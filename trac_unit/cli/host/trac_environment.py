"""What the commands do with Trac itself; it is imported inside the functions only."""

import logging
import os
import warnings

from ..._compat import native
from .errors import CommandError
from .terminal import one_line

#: The distribution whose components `init` enables and `check` looks for.
DISTRIBUTION = 'trac-unit'

#: Prefixes of static files that are administrators', not Trac's or a plugin's.
_SITE_PREFIXES = ('site', 'shared')


def import_trac():
    """Import Trac, without the warning that pkg_resources has for its authors.

    :raises CommandError: it is not there, or cannot be imported
    """
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', message='.*pkg_resources')
        try:
            import trac.env
        except Exception as e:  # an ImportError, or what a broken installation makes of it
            raise CommandError('trac_import', 'Trac cannot be imported: %s: %s'
                               % (type(e).__name__, one_line(e)))
    return trac.env


def open_quietly(path, **arguments):
    """Return the Trac environment at `path`, whose log goes nowhere.

    A log file that root opens for the first time is root's, and Unit's user
    could not write to it.

    :param arguments: those of :class:`trac.env.Environment`
    :raises Exception: what Trac, a plugin or the database raises
    """
    environment_class = import_trac().Environment

    class QuietEnvironment(environment_class):
        abstract = True  # else it would be a component of every environment

        def setup_log(self):
            self.components[environment_class] = self
            self.log = logging.Logger('trac_unit.quiet')
            self.log.addHandler(logging.NullHandler())

    return QuietEnvironment(path, **arguments)


class UpgradeNeeded(Exception):
    """The environment is of an older Trac."""


def open_current(path):
    """Return the Trac environment at `path`, like :func:`open_quietly`.

    :raises UpgradeNeeded: it is of an older Trac
    :raises Exception: what Trac, a plugin or the database raises
    """
    environment = open_quietly(path)
    if environment.needs_upgrade():
        environment.shutdown()
        raise UpgradeNeeded('The environment needs an upgrade')
    return environment


def own_components():
    """Return the names of this distribution's Trac components, as ``[components]`` has them.

    They are those of its entry points ``trac.plugins``, if it has any.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', message='.*pkg_resources')
        import pkg_resources
    try:
        points = pkg_resources.get_entry_map(DISTRIBUTION, 'trac.plugins')
    except pkg_resources.DistributionNotFound:  # run from the sources
        return []
    return sorted(set(point.module_name + '.*' for point in points.values()))


def is_on(environment, name):
    """Return whether ``[components]`` enables this very name."""
    return environment.config.get('components', name).lower() in ('enabled', 'on')


def sees_users(environment):
    """Return whether the component of Trac is enabled that looks who is signed in."""
    from trac.web.auth import LoginModule

    return environment.is_enabled(LoginModule)


def static_sources(environment):
    """Return the pairs (prefix, folder) of the static files of Trac and its plugins."""
    from trac.web.chrome import Chrome

    sources = []
    for provider in Chrome(environment).template_providers:
        for prefix, folder in provider.get_htdocs_dirs() or ():
            if folder and prefix not in _SITE_PREFIXES and os.path.isdir(folder):
                sources.append((native(prefix), native(os.path.normpath(folder))))
    return sources


def administrators(environment):
    """Return the names, text, of those who may do everything in the environment."""
    from trac.perm import PermissionSystem

    permissions = PermissionSystem(environment)
    # Its get_users_with_permission() knows only those who have been here before.
    names = set(subject for subject, _ in permissions.get_all_permissions())
    return sorted(name for name in names
                  if permissions.get_user_permissions(name).get('TRAC_ADMIN'))

"""The Trac environments: there, of this Trac's schema, and usable by Unit's user."""

import os

from ..._compat import exception_text, native
from ...environment.process_user import make_folder
from ...errors import EnvironmentUnavailable
from ..host import trac_environment
from ..host.accounts import open_to_others
from .result import command, error, note, ok, warning

TITLE = 'Environment'

#: What Unit's user must be able to do with what, unless it is not there.
_NEEDED = (('', 'rx'), ('VERSION', 'r'), ('conf', 'rx'), (os.path.join('conf', 'trac.ini'), 'r'),
           ('files', 'rwx'), (os.path.join('files', 'attachments'), 'rwx'), ('htdocs', 'rx'),
           ('templates', 'rx'), ('plugins', 'rx'))

#: Those that hold passwords and people's data.
_PRIVATE = (os.path.join('conf', 'trac.ini'), os.path.join('db', 'trac.db'))


def subject(name, what):
    """The subject of a check of one environment; `name` is '' if there is only one."""
    return '%s: %s' % (name, what) if name else what


def parent_folder(context):
    parent = context.config and context.config.trac_env_parent_dir
    if not parent:
        if context.config is None or not context.config.trac_env:
            yield note('environment', 'not looked at: the settings name none')
        return
    if not os.path.isdir(parent):
        yield error('TRAC_ENV_PARENT_DIR', 'there is no folder %s' % parent,
                    command('mkdir', '-p', parent))
        return
    if not context.account.may(parent, 'rx'):
        yield error('TRAC_ENV_PARENT_DIR', context.cannot(parent, 'rx'),
                    context.allow(parent, 'rx'))
    names = [name for name, _ in context.environments()]
    if not names:
        yield warning('TRAC_ENV_PARENT_DIR', '%s has no environment in it' % parent,
                      command('trac-unit', 'init', os.path.join(parent, 'NAME'),
                              '--prefix', '/NAME'))
    reserved = context.config.oidc_path.split('/')[1]
    if context.sign_in and reserved in names:
        yield error('TRAC_OIDC_PATH', 'the environment %s cannot be reached: its address is '
                    'that of the sign-in' % reserved, 'set TRAC_OIDC_PATH to another path')


def opens(context):
    for name, path in context.environments():
        what = subject(name, 'environment')
        try:
            context.open(path)
        except EnvironmentUnavailable as e:
            yield _unusable(context, what, path, e, error if not name else warning)
        else:
            yield ok(what, '%s opens' % path)


def _unusable(context, what, path, trouble, no_environment):
    text, _, mend = exception_text(trouble).partition('; run: ')
    if context.account.current and context.account.barrier(path):  # it may be there
        return error(what, context.cannot(path, 'rx'), context.allow(path, 'rx'))
    if trouble.reason in ('environment_missing', 'environment_invalid'):
        return no_environment(what, 'there is no Trac environment at %s' % path,
                              command('trac-unit', 'init', path))
    if trouble.reason == 'environment_upgrade':
        return error(what, '%s is of an older Trac' % path, mend)
    if trouble.reason == 'environment_permission' and not context.account.current:
        return warning(what, '%s cannot be opened by the user of this check' % path,
                       'run this check as root, or as %s' % context.account.name)
    return error(what, text, mend or 'see the message; trac-admin %s shows more' % path)


def permissions(context):
    for name, path in context.environments():
        if not os.path.isdir(path):
            continue
        what = subject(name, 'permissions')
        wrong = [(entry, how) for entry, how in _entries(context, path)
                 if os.path.lexists(entry) and not context.account.may(entry, how)]
        closed = [entry for entry, _ in wrong]
        for entry, how in wrong:
            if context.account.barrier(entry) in closed:
                continue  # which may be all that is wrong with it
            yield error(what, context.cannot(entry, how), context.allow(entry, how, path))
        if not wrong:
            yield ok(what, '%s can read and write what Trac needs' % context.account.name)


def _entries(context, path):
    """Yield the pairs (entry, what must be possible) of an environment."""
    for entry, how in _NEEDED:
        yield os.path.join(path, entry) if entry else path, how
    database = _database(context, path)
    if database:
        yield os.path.dirname(database), 'rwx'
        yield database, 'rw'
    try:
        environment = context.open(path)
    except EnvironmentUnavailable:
        yield os.path.join(path, 'log'), 'rwx'
        return
    if environment.log_type == 'file':
        log = native(environment.log_file_path)
        yield os.path.dirname(log), 'rwx'
        yield log, 'rw'


def _database(context, path):
    """The path of the SQLite file of an environment, or None: it has another database."""
    try:
        url = native(context.open(path).config.get('trac', 'database'))
    except EnvironmentUnavailable:
        url = 'sqlite:db/trac.db'
    if not url.startswith('sqlite:'):
        return None
    return os.path.join(path, url[len('sqlite:'):].split('?')[0])


def privacy(context):
    for name, path in context.environments():
        entries = [os.path.join(path, entry) for entry in _PRIVATE]
        database = _database(context, path)
        if database and database not in entries:
            entries.append(database)
        what = subject(name, 'privacy')
        seen = [entry for entry in entries if os.path.isfile(entry)]
        exposed = [entry for entry in seen if _reachable_by_all(entry)]
        for entry in exposed:
            yield warning(what, '%s can be read by every user of this machine' % entry,
                          command('chmod', 'o-rwx', entry))
        if seen and not exposed:
            yield ok(what, 'trac.ini and the database are closed to other users')


def _reachable_by_all(entry):
    """Whether everybody may read a file, and enter its folder."""
    return (open_to_others(os.stat(entry))
            and bool(os.stat(os.path.dirname(entry)).st_mode & 0o001))


def components(context):
    for name, path, environment in context.opened():
        for component in trac_environment.own_components():
            if trac_environment.is_on(environment, component):
                yield ok(subject(name, 'components'), '%s is enabled' % component)
            else:
                yield error(subject(name, 'components'), '%s is not enabled' % component,
                            command('trac-unit', 'init', path))
        if not trac_environment.sees_users(environment):
            yield error(subject(name, 'components'), 'trac.web.auth.LoginModule is not enabled, '
                        'so Trac does not see who is signed in',
                        context.set_option(path, 'components', 'trac.web.auth.LoginModule',
                                           'enabled'))
        else:
            yield ok(subject(name, 'components'), 'Trac sees who is signed in')


def administrator(context):
    for name, path, environment in context.opened():
        what = subject(name, 'administrator')
        names = [native(each) for each in trac_environment.administrators(environment)]
        # What anonymous visitors may do, authenticated ones may as well.
        everybody = [each for each in ('anonymous', 'authenticated') if each in names][:1]
        for each in everybody:
            yield error(what, '%s has TRAC_ADMIN: everybody is an administrator' % each,
                        command('trac-admin', path, 'permission', 'remove', each, 'TRAC_ADMIN'))
        if not names:
            yield warning(what, 'nobody', command('trac-unit', 'init', path, '--admin', 'NAME'))
        elif not everybody:
            yield ok(what, ', '.join(names))


def log(context):
    for name, path, environment in context.opened():
        folder = os.path.dirname(native(environment.log_file_path))
        if environment.log_type == 'file' and not os.path.isdir(folder):
            yield error(subject(name, 'log'), 'there is no folder %s for it, so Trac does not '
                        'open' % folder, make_folder(folder, context.account.name))
        elif environment.log_type == 'none':
            yield warning(subject(name, 'log'), 'Trac keeps none, so what goes wrong in it '
                          'cannot be found out',
                          context.set_option(path, 'logging', 'log_type', 'stderr'))
        else:
            yield ok(subject(name, 'log'), native(environment.log_type))


CHECKS = (parent_folder, opens, permissions, privacy, components, administrator, log)

"""``trac-unit init``: a Trac environment, ready for Unit, with no question asked.

It can be run again: each step looks at what is there, completes what is
missing, and says which of the two it was.
"""

import errno
import os

from ..._compat import native, shell_quote, to_text
from ...oidc.relying_party import default_store
from ..host import layout, new_environment, static_files, trac_environment
from ..host.accounts import Account, close_to_others, give
from ..host.errors import CommandError
from ..host.terminal import one_line, say
from ..unit.address import url_prefix

NAME = 'init'
HELP = 'Make a Trac environment that is ready for Unit, or complete one.'

EXAMPLES = """\
examples:
  trac-unit init /srv/trac/env --name "Garden" --admin alice
      a new environment, in which alice is the administrator
  sudo trac-unit init /srv/trac/env --user unit
      the same one, which then belongs to Unit's user
  trac-unit init /srv/trac/projects/one --prefix /one
      an environment that is served below a path

It is safe to run it again, after an update of Trac for one: it completes what
is missing and renews the static files.
"""

#: Trac's errors in Unit's log, not in a file that nobody reads.
OPTIONS = (('trac', 'database', 'sqlite:db/trac.db'),
           ('logging', 'log_type', 'stderr'),
           ('logging', 'log_level', 'WARNING'))

#: What only the environment's owner has to read: trac.ini can hold passwords.
PRIVATE = ('conf', 'db', 'files', 'log', '.egg-cache')

#: Folders that Trac makes with an environment; it does not open without one for its log.
FOLDERS = ('htdocs', 'log', 'plugins', 'templates')

#: Trac gives their permissions to everybody.
_EVERYBODY = (u'anonymous', u'authenticated')


def add_arguments(parser):
    parser.add_argument('path', metavar='PATH', help='the folder of the environment')
    parser.add_argument('--name', metavar='NAME',
                        help='the name of the project (default: that of the folder)')
    parser.add_argument('--admin', metavar='NAME',
                        help='the Trac user who becomes the administrator')
    parser.add_argument('--user', metavar='UNIT_USER',
                        help='the user of this machine that Unit runs applications as')
    parser.add_argument('--static', metavar='DIR',
                        help='where the static files go (default: PATH/%s)' % layout.STATIC)
    parser.add_argument('--prefix', metavar='PREFIX', type=url_prefix,
                        help='the path of the Trac\'s address, such as /trac, unless it is /')


def run(args):
    if not args.path:  # of a variable that is not set: the current folder is not meant
        raise CommandError('path', 'PATH is empty; name the folder of the environment.')
    path = os.path.abspath(args.path)
    static = os.path.realpath(args.static) if args.static else layout.static_folder(path)
    if (os.path.realpath(path) + os.sep).startswith(
            os.path.realpath(static).rstrip(os.sep) + os.sep):
        raise CommandError('static', 'The static files cannot be in %s: Unit would show the '
                           'environment %s to everybody.' % (static, path))
    account = _account(args.user, path)
    admin = _admin(args.admin)
    umask = os.umask(0o022)  # what must not be read by all is closed below
    try:
        environment = _environment(path, _text(args.name or os.path.basename(path), '--name'))
        try:
            _complete_folders(path)
            _enable_components(environment)
            _grant(environment, admin)
            _deploy(environment, static, args.prefix)
        finally:
            environment.shutdown()
        _close(path)
        _give(path, static, account)
    except CommandError:
        raise
    except EnvironmentError as e:
        hint = '; run this as root, with --user and the name of Unit\'s user' \
            if e.errno in (errno.EACCES, errno.EPERM) else ''
        raise CommandError('not_writable', '%s: %s%s.' % (e.filename or path, e.strerror, hint))
    except Exception as e:  # what a plugin or a database raises is anything
        raise CommandError('failed', 'The environment %s cannot be completed: %s: %s'
                           % (path, type(e).__name__, one_line(e)), 1)
    finally:
        os.umask(umask)
    say('Next: ' + _next(path, args.prefix))
    return 0


def _next(path, prefix):
    parent, name = os.path.split(path)
    one = 'trac-unit check ' + shell_quote(path)
    if prefix and prefix.endswith('/' + name):  # it can be one of many
        return '%s, or for all that are beside it: trac-unit check --parent %s' % (
            one, shell_quote(parent))
    return one


def _tell(word, what, text):
    """Say what became of one step; `word` is made, there or todo."""
    say('%-6s %-14s %s' % (word, what, text))


def _text(value, option):
    """An argument of the command line as text, or None."""
    try:
        text = None if value is None else to_text(value)
        if text is not None:
            text.encode('utf-8')
    except UnicodeError:
        raise CommandError('argument', 'The value of %s is not UTF-8.' % option)
    if text is not None and (not text.strip() or u'\n' in text):
        raise CommandError('argument', 'The value of %s is no name.' % option)
    return text


def _account(name, path):
    """The account that shall own the environment, or None: it stays as it is."""
    if name is None:
        # Whoever owns a folder is meant to own what root now adds to it.
        owner = os.stat(path).st_uid if os.path.isdir(path) else os.geteuid()
        return Account.numbered(owner) if os.geteuid() == 0 != owner else None
    account = Account.named(name)
    if os.geteuid() != 0 and not account.current:
        raise CommandError('not_root', 'Only root can give files to the user %s; run this as '
                           'root, or as %s without --user.' % (name, name))
    return account


def _admin(name):
    name = _text(name, '--admin')
    if name in _EVERYBODY:
        raise CommandError('admin', '%s is everybody, not an administrator; give --admin the '
                           'name of a user.' % native(name))
    if name is not None and name.isupper():
        raise CommandError('admin', 'Trac takes %s for a permission, as all names in capital '
                           'letters; choose another user.' % native(name))
    return name


def _environment(path, name):
    """Return the environment at `path`, made if it is not there."""
    if os.path.exists(os.path.join(path, 'VERSION')):
        environment = new_environment.existing(path)
        _tell('there', 'environment', path)
        return environment
    options = OPTIONS + (('project', 'name', name),)
    environment = new_environment.make(path, options)
    _tell('made', 'environment', path)
    return environment


def _complete_folders(path):
    missing = [name for name in FOLDERS if not os.path.lexists(os.path.join(path, name))]
    for name in missing:
        os.mkdir(os.path.join(path, name))
    if missing:
        _tell('made', 'folders', ', '.join(missing))


def _enable_components(environment):
    names = trac_environment.own_components()
    missing = [name for name in names if not trac_environment.is_on(environment, name)]
    for name in missing:
        environment.config.set('components', name, 'enabled')
    if missing:
        environment.config.save()
    for name in names:
        _tell('made' if name in missing else 'there', 'components', '%s enabled' % name)
    if not trac_environment.sees_users(environment):
        _tell('todo', 'components', 'trac.ini disables trac.web.auth.LoginModule, by which Trac '
              'sees who is signed in; run: trac-admin %s config set components '
              'trac.web.auth.LoginModule enabled, and then this again'
              % shell_quote(environment.path))


def _grant(environment, admin):
    from trac.perm import PermissionSystem

    present = trac_environment.administrators(environment)
    if admin is None:
        if present:
            _tell('there', 'administrator', native(u', '.join(present)))
        else:
            _tell('todo', 'administrator', 'nobody; run this again with --admin NAME')
        return
    if admin not in present:
        PermissionSystem(environment).grant_permission(admin, 'TRAC_ADMIN')
    _tell('there' if admin in present else 'made', 'administrator', native(admin))


def _deploy(environment, static, prefix):
    sources = trac_environment.static_sources(environment)
    if any((static + os.sep).startswith(folder + os.sep) for _, folder in sources):
        raise CommandError('static', 'The static files cannot be put into %s, where they come '
                           'from.' % static)
    added, renewed = static_files.deploy(sources, static)
    if added or renewed:
        _tell('made', 'static files', '%s: %d added, %d renewed' % (static, added, renewed))
    else:
        _tell('there', 'static files', static)
    if prefix:
        link, made = static_files.link_prefix(static, prefix)
        _tell('made' if made else 'there', 'static files', '%s, for addresses below %s'
              % (link, prefix))


def _close(path):
    private = [os.path.join(path, name) for name in PRIVATE]
    store = default_store(path)[len('sqlite://'):]
    private += [store, store + '-wal', store + '-shm']
    count = sum(close_to_others(entry) for entry in private if os.path.lexists(entry))
    if count:
        _tell('made', 'modes', '%s closed to other users, as trac.ini and the database are'
              % _files(count))
    else:
        _tell('there', 'modes', 'trac.ini and the database are closed to other users')


def _give(path, static, account):
    if account is None:
        owner = Account.numbered(os.stat(path).st_uid)
        if owner.uid == 0:
            _tell('todo', 'owner', 'root; run this again with --user and the name of Unit\'s user')
        else:
            _tell('there', 'owner', owner.name)
        return
    entries = [path] if (static + os.sep).startswith(path + os.sep) else [path, static]
    count = sum(give(entry, account) for entry in entries)
    _tell('made' if count else 'there', 'owner', account.name
          + (', of ' + _files(count) if count else ''))


def _files(count):
    return '1 file or folder' if count == 1 else '%d files and folders' % count

"""What the checks look at: settings, and the machine around them."""

import os
import time

from ..._compat import native
from ...environment.diagnosis import diagnose
from ...errors import ConfigurationError, EnvironmentUnavailable
from ...oidc.relying_party import default_store
from ...settings.config import Config
from ...settings.table import SETTINGS
from ..host import trac_environment
from ..host.accounts import Account
from .result import command

_OIDC = 'TRAC_OIDC_'
_WORDS = {'r': 'read', 'w': 'written', 'x': 'entered'}


class Context(object):
    """Settings and what belongs to them.

    :param environ: the environment variables of the application, a dict
    :param source: where they are from, for a person
    :param unit: Unit's whole configuration, a dict, or None
    :param application: the application's part of it, a dict, or None
    :param name: what the application is called there, or None
    :param user: the name of the user that Unit runs the application as, or None
    :param offline: whether the provider is left alone
    :param modules: the folder of Unit's modules, or None: look for it
    :param clock: returns seconds since the epoch
    :param process: the environment variables of this process
    """

    def __init__(self, environ, source='the environment of this process', unit=None,
                 application=None, name=None, user=None, offline=False, modules=None,
                 clock=time.time, process=os.environ):
        self.environ = environ
        self.source = source
        self.unit = unit
        self.application = application
        self.name = name
        self.offline = offline
        self.modules = modules
        self.clock = clock
        self.process = process
        self._opened = {}
        #: The settings, as far as they are right, or None
        self.config = None
        #: What is wrong with the settings
        self.problems = []
        self._read()
        #: The account that the application runs as
        self.account = self._account(user)

    def _read(self):
        try:
            self.config = Config.from_environ(self.environ)
            return
        except ConfigurationError as e:
            self.problems = e.problems
        wrong = set(problem.variable for problem in self.problems)
        # What is right by itself is worth looking at, whatever else is wrong.
        for sieve in (lambda name: name not in wrong,
                      lambda name: name not in wrong and not name.startswith(_OIDC)):
            try:
                self.config = Config.from_environ(dict(
                    (name, value) for name, value in self.environ.items() if sieve(name)))
                return
            except ConfigurationError:
                pass

    @property
    def sign_in(self):
        """Whether sign-in is on, or is meant to be."""
        return bool(self.config and self.config.sign_in) or any(
            self.environ.get(name) for name in self.environ if name.startswith(_OIDC))

    def _account(self, user):
        named = user or (self.application or {}).get('user')
        if named:
            return Account.named(native(named))
        if os.geteuid() == 0:
            owners = [os.stat(path).st_uid for path in self._places() if os.path.isdir(path)]
            # Root may have made a folder whose environments it gave away.
            return Account.numbered(next((uid for uid in owners if uid), 0))
        return Account.numbered(os.geteuid())

    def _places(self):
        """The folders that belong to Unit's user, or should."""
        home = self.config and self.config.home
        return ([home] if home else []) + [path for _, path in self.environments()]

    def cannot(self, path, how):
        """Return a sentence: what of `how`, some of rwx, the account cannot do with `path`."""
        missing = [_WORDS[letter] for letter in how if not self.account.may(path, letter)]
        barrier = self.account.barrier(path)
        return '%s cannot be %s by %s%s' % (
            path, ' or '.join(missing), self.account.name,
            ', who cannot enter %s' % barrier if barrier else '')

    def allow(self, path, how, below=None):
        """Return the command that lets the account do `how`, some of rwx, with `path`.

        :param below: the folder to give to the account where `path` is another user's
        """
        barrier = self.account.barrier(path)
        try:
            status = os.stat(barrier or path)
        except EnvironmentError:  # not for the user of this check to see
            status = None
        if barrier and status:
            return command('chmod', self.account.who(status) + '+x', barrier)
        if status and status.st_uid == self.account.uid:
            return command('chmod', 'u+' + how, path)
        return command('chown', *(['-R'] if below else []) + [self.account.name, below or path])

    def set_option(self, path, section, name, value=None):
        """Return the command that sets an option of an environment's trac.ini; None removes it.

        Trac writes the file anew, and it would belong to whoever does that.
        """
        words = ['set', section, name, value] if value is not None else ['remove', section, name]
        done = command('trac-admin', path, 'config', *words)
        if self.account.current:
            return done
        return '%s && %s' % (done, command('chown', self.account.name,
                                           os.path.join(path, 'conf', 'trac.ini')))

    def environments(self):
        """Return the pairs (name below the parent directory or '', path) of the environments."""
        if self.config is None:
            return []
        if self.config.trac_env:
            return [('', self.config.trac_env)]
        parent = self.config.trac_env_parent_dir
        try:
            names = sorted(os.listdir(parent))
        except EnvironmentError:
            return []
        return [(name, os.path.join(parent, name)) for name in names
                if not name.startswith('.') and os.path.isdir(os.path.join(parent, name))]

    def open(self, path):
        """Return the Trac environment at `path`, opened once.

        :raises EnvironmentUnavailable: it cannot be opened
        """
        if path not in self._opened:
            self._opened[path] = _open(path)
        environment, trouble = self._opened[path]
        if trouble is not None:
            raise trouble
        return environment

    def opened(self):
        """Yield the triples (name, path, environment) of those that open."""
        for name, path in self.environments():
            try:
                yield name, path, self.open(path)
            except EnvironmentUnavailable:
                continue  # which the check of environments says

    def close(self):
        """Let go of the environments."""
        for environment, _ in self._opened.values():
            if environment is not None:
                environment.shutdown()
        self._opened.clear()

    def session_store(self):
        """Return the URL of the session store."""
        return self.config.oidc_session_store or default_store(self.config.home)

    def given(self):
        """Return the settings that are set, with the variable that sets each: pairs."""
        pairs = []
        for setting in SETTINGS:
            for variable in (setting.variable, setting.variable + '_FILE'):
                if self.environ.get(variable) and (setting.secret or variable == setting.variable):
                    pairs.append((setting, variable))
        return pairs


def _open(path):
    """Return the environment, or None, and what is wrong with it, an exception or None."""
    opened = []
    try:
        diagnose(path, lambda path: opened.append(trac_environment.open_current(path)))
    except EnvironmentUnavailable as e:
        return None, e
    return opened[0], None

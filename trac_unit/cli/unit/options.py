"""The options that `config` and `apply` share, and what they make of machine and settings."""

import argparse
import errno
import os
import re

from ..._compat import native, to_text, urlsplit
from ...errors import ConfigurationError
from ...settings.config import Config, read_file
from ...settings.table import OWN_PREFIXES, SETTINGS
from ..host import machine
from ..host.errors import CommandError
from . import settings_source, shares, upload_limit
from .address import bundle, listener, proxy, url_prefix
from .configuration import Options

_VARIABLES = tuple(name for setting in SETTINGS for name in
                   ([setting.variable, setting.variable + '_FILE'] if setting.secret
                    else [setting.variable]))


def add_arguments(parser):
    settings_source.add_trac(parser.add_mutually_exclusive_group())
    option = parser.add_argument
    option('--name', default='trac', type=name, metavar='NAME',
           help='what the application and its route are called in Unit (default: trac)')
    option('--listen', default='127.0.0.1:8080', type=listener, metavar='ADDRESS',
           help='where Unit listens: IP-ADDRESS:PORT, *:PORT or unix:PATH (default: %(default)s)')
    option('--tls', type=bundle, metavar='BUNDLE',
           help='speak https, with the certificate bundle of this name in Unit')
    option('--prefix', default='', type=url_prefix, metavar='PREFIX',
           help='the path of the Trac\'s address, such as /trac, unless it is /')
    option('--proxy', action='append', default=[], type=proxy, metavar='ADDRESS',
           help='an IP address or network (or unix) whose X-Forwarded-For and X-Forwarded-Proto '
           'are believed; can be given several times (default: nobody)')
    option('--home', metavar='DIR',
           help='the virtual environment of the application (default: that of this command)')
    option('--python', type=_version, metavar='X.Y',
           help='the minor version of its Python (default: that of the virtual environment)')
    option('--processes', type=_number, metavar='N',
           help='how many processes (default: as many as there are processors, and fit)')
    option('--threads', type=_number, default=machine.THREADS, metavar='N',
           help='how many threads each (default: %(default)s)')
    option('--static', metavar='DIR',
           help='the folder of the static files (default: where init puts them)')
    option('--upload-limit', type=upload_limit.size, metavar='SIZE',
           help='the size that an attachment may have, such as 20M (default: as Trac has it)')
    option('--with-secrets', action='store_true',
           help='allow secrets in the configuration, where whoever may ask Unit sees them')


def name(text):
    """The name of an application in Unit."""
    if not re.match(r'^[A-Za-z0-9_-][A-Za-z0-9_.-]*\Z', text):
        raise argparse.ArgumentTypeError('expected letters, digits, -, _ and ., got %r' % text)
    return text


def _version(text):
    if not re.match(r'^[23]\.[0-9]{1,2}\Z', text):
        raise argparse.ArgumentTypeError('expected a version such as 3.11, got %r' % text)
    return text


def _number(text):
    if not re.match(r'^[1-9][0-9]{0,2}\Z', text):
        raise argparse.ArgumentTypeError('expected a number from 1 to 999, got %r' % text)
    return int(text)


def read(args, environ, note):
    """Return the :class:`.configuration.Options` for the parsed command line `args`.

    :param environ: the environment variables, which the settings are taken from
    :param note: called with each sentence that the person should know
    :raises CommandError: they fit neither each other nor the machine
    """
    variables = _variables(args, environ)
    config = _config(variables, note)
    _check_secrets(variables, args.with_secrets)
    _check_address(args, config, note)
    home = os.path.abspath(args.home) if args.home else machine.virtual_environment()
    python = machine.python_of(home, args.python)
    environments = shares.environments_of(config)
    return Options(
        name=args.name, listen=args.listen, tls=args.tls, prefix=args.prefix,
        proxies=tuple(args.proxy), python=python, home=home, path=tuple(machine.sources()),
        processes=args.processes or machine.processes(machine.cpus(), machine.memory()),
        threads=args.threads,
        static=shares.shares(config, environments, args.prefix, args.static, note),
        max_body_size=upload_limit.body_size(environments, args.upload_limit, note),
        environment=tuple((name, _text(name, variables[name])) for name in _VARIABLES
                          if name in variables) + _search_path(home, python))


def _variables(args, environ):
    """Return the settings among the variables, with the Trac that the command line names."""
    own = dict((name, value) for name, value in environ.items() if value and
               (name in _VARIABLES or name.startswith(OWN_PREFIXES)))
    own = settings_source.with_trac(own, args)
    if not set(own) & set(settings_source.TRAC_VARIABLES):
        raise CommandError('trac', 'Which Trac? Name an environment, or a folder of them with '
                           '--parent.')
    return own


def _config(variables, note):
    def read_secret(path):
        try:
            return read_file(path)
        except EnvironmentError as e:
            if e.errno == errno.EACCES:  # only Unit's user may read it, as it should be
                note('The secret in %s could not be checked: %s.' % (path, e.strerror))
                return u'redis://unknown'  # which any of these settings takes
            raise
    try:
        return Config.from_environ(variables, read_secret)
    except ConfigurationError as e:
        raise CommandError('settings', 'These settings cannot be used: %s.'
                           % '; '.join(str(problem) for problem in e.problems))


def _check_secrets(variables, allowed):
    for setting in SETTINGS:
        value = variables.get(setting.variable)
        if value is not None and setting.hides(value) and not allowed:
            raise CommandError(
                'secret', 'Whoever may ask Unit for its configuration would see %s; put the '
                'secret into a file that only Unit\'s user can read, and set %s_FILE to the '
                'file\'s path in place of %s (or give --with-secrets).'
                % ((setting.variable,) * 3))


def _check_address(args, config, note):
    base = config.trac_base_url
    if base is None:
        if args.proxy or args.tls or not args.listen.startswith(('127.', '[::1]', 'unix:')):
            note('TRAC_BASE_URL is not set: whatever name a browser asks for is believed to be '
                 'this site\'s.')
    elif not urlsplit(base).path.endswith(args.prefix):
        raise CommandError('base_url', 'TRAC_BASE_URL is %s, whose path does not end with the '
                           'prefix %s; correct one of the two.' % (base, args.prefix))
    elif args.tls and not base.startswith('https:'):
        raise CommandError('base_url', 'TRAC_BASE_URL is %s, and with --tls it begins with '
                           'https.' % base)


def _text(name, value):
    try:
        value = to_text(value)
        value.encode('utf-8')
        return value
    except UnicodeError:
        raise CommandError('settings', 'These settings cannot be used: %s is not UTF-8.' % name)


def _search_path(home, python):
    # Python 2.7 finds its virtual environment only if the first program of
    # that name on the PATH is in there.
    if not home or not python.startswith('2.'):
        return ()
    folders = [os.path.join(home, 'bin'), '/usr/local/bin', '/usr/bin', '/bin']
    return (('PATH', native(os.pathsep.join(folders))),)

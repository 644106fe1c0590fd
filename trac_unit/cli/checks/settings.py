"""The settings: whether each is right, and what they come to."""

import os

from ...errors import ConfigurationError
from ..host.accounts import open_to_others
from .result import command, error, note, ok, warning

TITLE = 'Settings'


def source(context):
    yield note('source', context.source)
    yield note('user', '%s; --user names another one' % context.account.name)


def problems(context):
    for problem in context.problems:
        found = 'expected %s, found %s' % (problem.expected, problem.found)
        if problem.denied and os.geteuid() != 0 and not context.account.current:
            # A secret is not for this user to read, and may well be for the other.
            yield warning(problem.variable, found, 'run this check as root, or as '
                          + context.account.name)
        else:
            yield error(problem.variable, found, _mend(context, problem))


def _mend(context, problem):
    where = ('the "environment" of the application in Unit\'s configuration'
             if context.application else 'the environment')
    if problem.found == 'this one':  # a name that is not known
        near = problem.expected.split()[-1]
        return 'rename it to %s in %s' % (near, where)
    if problem.found == 'both':
        return 'take one of the two out of %s' % where
    return '%s %s in %s; trac-unit settings explains it' % (
        'correct' if context.environ.get(problem.variable) else 'set', problem.variable, where)


def values(context):
    wrong = set(problem.variable for problem in context.problems)
    for setting, variable in context.given():
        if not wrong & {setting.variable, variable}:
            value = context.environ[variable]
            yield ok(variable, '***' if variable == setting.variable and setting.hides(value)
                     else value)


def sign_in(context):
    if not context.sign_in:
        yield warning('sign-in', 'off: nobody can sign in',
                      'set TRAC_OIDC_ISSUER and TRAC_OIDC_CLIENT_ID')
    elif context.config and context.config.oidc_insecure_http:
        yield warning('TRAC_OIDC_INSECURE_HTTP', 'on: whoever can listen to the network between '
                      'here and the provider can sign in as anyone', 'use an https issuer')


def files(context):
    for setting, variable in context.given():
        if variable.endswith('_FILE'):
            private = setting.secret or variable.endswith('_KEY_FILE')
            for result in _file(context, variable, private):
                yield result


def _file(context, variable, private):
    path = context.environ[variable]
    if not os.path.isfile(path):
        # Of a file that holds a setting, its problem has told.
        if variable not in [problem.variable for problem in context.problems]:
            yield error(variable, '%s is no file' % path, 'put it there, or correct %s' % variable)
    elif not context.account.may(path, 'r'):
        yield error(variable, context.cannot(path, 'r'), context.allow(path, 'r'))
    elif private and open_to_others(os.stat(path)):
        yield warning(variable, '%s can be read by every user of this machine' % path,
                      command('chmod', 'o-rwx', path))


def client_key(context):
    """Tell by which key id the provider knows the client's key."""
    path = context.config and context.config.oidc_client_key_file
    if not path or os.path.exists(path) and not context.account.may(path, 'r'):
        return  # which the check of files says
    from ...oidc.provider.client_key import of_config

    try:
        key = of_config(context.config)
    except ConfigurationError as e:
        for problem in e.problems:
            yield error(problem.variable, 'expected %s, found %s'
                        % (problem.expected, problem.found), _mend(context, problem))
        return
    yield ok('client key', 'key id %s, algorithm %s; to register it: %s' % (
        key.kid, key.algorithm, command('openssl', 'pkey', '-in', path, '-pubout')))


CHECKS = (source, problems, values, sign_in, files, client_key)

"""Whether the settings of the client's authentication fit together.  Pure rules."""

from . import values
from .errors import shown

_AUTH, _SECRET = 'TRAC_OIDC_CLIENT_AUTH', 'TRAC_OIDC_CLIENT_SECRET'
_KEY, _CERTIFICATE = 'TRAC_OIDC_CLIENT_KEY_FILE', 'TRAC_OIDC_CLIENT_CERT_FILE'


def judge(parsed, wrong, problem):
    """Report where the method lacks what it needs, or something is there for another one.

    :param parsed: the parsed settings by their variables
    :param wrong: the variables that are wrong by themselves
    :param problem: called with a variable, what was expected, and what is found
    """
    if _AUTH not in wrong:
        _judge_secret(parsed, wrong, problem)
        _judge_files(parsed, problem)


def _judge_secret(parsed, wrong, problem):
    auth, secret = parsed[_AUTH], parsed[_SECRET]
    if auth not in (None,) + values.SECRET_METHODS:
        if secret:
            problem(_AUTH, 'a method that sends the secret', shown(auth))
    elif auth and not secret and not wrong & {_SECRET, _SECRET + '_FILE'}:
        problem(_SECRET, 'a secret, since %s is %s' % (_AUTH, auth), 'nothing')
    elif auth == 'client_secret_jwt' and secret and \
            len(secret.encode('utf-8')) < values.MIN_HMAC_SECRET:
        problem(_SECRET, 'at least %d bytes, since %s is %s'
                % (values.MIN_HMAC_SECRET, _AUTH, auth), 'fewer')


def _judge_files(parsed, problem):
    auth = parsed[_AUTH]
    if auth in values.KEY_METHODS:
        for variable in (_KEY,) if auth == 'private_key_jwt' else (_KEY, _CERTIFICATE):
            if parsed[variable] is None:
                problem(variable, 'the path of a PEM file, since %s is %s' % (_AUTH, auth),
                        'nothing')
        return
    for variable in (_KEY, _CERTIFICATE):
        if parsed[variable] is not None:
            problem(_AUTH, '%s, since %s is set' % (' or '.join(values.KEY_METHODS), variable),
                    shown(auth) if auth else 'nothing')
            return

"""Which settings, right by themselves, do not fit together.  Pure rules."""

from .._compat import to_text
from ..errors import Problem, shown
from . import parsers

_AUTH, _SECRET = 'TRAC_OIDC_CLIENT_AUTH', 'TRAC_OIDC_CLIENT_SECRET'
_KEY, _CERTIFICATE = 'TRAC_OIDC_CLIENT_KEY_FILE', 'TRAC_OIDC_CLIENT_CERT_FILE'
_IDLE, _LIFETIME = 'TRAC_OIDC_SESSION_IDLE', 'TRAC_OIDC_SESSION_LIFETIME'


def find(environ, parsed, wrong):
    """Return the contradictions among settings, a list of :class:`~trac_unit.errors.Problem`.

    :param environ: the environment variables, a dict
    :param parsed: the parsed settings by their variables, None where there is no right one
    :param wrong: the variables that are wrong by themselves, which nothing more is said of
    """
    problems = []

    def problem(variable, expected, found):
        if variable not in wrong:
            problems.append(Problem(variable, expected, found))

    _judge_environment(parsed, wrong, problem)
    if parsed['TRAC_OIDC_ISSUER'] or any(value for name, value in environ.items()
                                         if name.startswith('TRAC_OIDC_')):
        _judge_provider(parsed, problem)
        if _AUTH not in wrong:
            _judge_secret(parsed, wrong, problem)
            _judge_files(parsed, problem)
        _judge_times(parsed, problem)
    return problems


def _judge_environment(parsed, wrong, problem):
    if parsed['TRAC_ENV'] and parsed['TRAC_ENV_PARENT_DIR']:
        problem('TRAC_ENV', 'either it or TRAC_ENV_PARENT_DIR', 'both')
    elif not parsed['TRAC_ENV'] and not parsed['TRAC_ENV_PARENT_DIR'] \
            and 'TRAC_ENV_PARENT_DIR' not in wrong:
        problem('TRAC_ENV', 'it or TRAC_ENV_PARENT_DIR to be set', 'neither')


def _judge_provider(parsed, problem):
    issuer, base = parsed['TRAC_OIDC_ISSUER'], parsed['TRAC_BASE_URL']
    if issuer is None:
        problem('TRAC_OIDC_ISSUER', 'the issuer of the provider, since other TRAC_OIDC_ '
                'settings are there', 'nothing')
    elif not parsers.is_secure(issuer) and not parsed['TRAC_OIDC_INSECURE_HTTP']:
        problem('TRAC_OIDC_ISSUER', 'an https URL (TRAC_OIDC_INSECURE_HTTP=on allows http)',
                shown(to_text(issuer)))
    if parsed['TRAC_OIDC_CLIENT_ID'] is None:
        problem('TRAC_OIDC_CLIENT_ID', 'the client id that the provider gave', 'nothing')
    if parsed['TRAC_OIDC_RESPONSE_MODE'] == 'form_post' and base and not parsers.is_secure(base):
        # Browsers take a cookie that other sites' forms bring along over https only.
        problem('TRAC_OIDC_RESPONSE_MODE', 'query, since TRAC_BASE_URL is http', "'form_post'")


def _judge_secret(parsed, wrong, problem):
    auth, secret = parsed[_AUTH], parsed[_SECRET]
    if auth not in (None,) + parsers.SECRET_METHODS:
        if secret:
            problem(_AUTH, 'a method that sends the secret', shown(auth))
    elif auth and not secret and not wrong & {_SECRET, _SECRET + '_FILE'}:
        problem(_SECRET, 'a secret, since %s is %s' % (_AUTH, auth), 'nothing')
    elif auth == 'client_secret_jwt' and secret and \
            len(secret.encode('utf-8')) < parsers.MIN_HMAC_SECRET:
        problem(_SECRET, 'at least %d bytes, since %s is %s'
                % (parsers.MIN_HMAC_SECRET, _AUTH, auth), 'fewer')


def _judge_files(parsed, problem):
    auth = parsed[_AUTH]
    if auth in parsers.KEY_METHODS:
        for variable in (_KEY,) if auth == 'private_key_jwt' else (_KEY, _CERTIFICATE):
            if parsed[variable] is None:
                problem(variable, 'the path of a PEM file, since %s is %s' % (_AUTH, auth),
                        'nothing')
        return
    for variable in (_KEY, _CERTIFICATE):
        if parsed[variable] is not None:
            problem(_AUTH, '%s, since %s is set' % (' or '.join(parsers.KEY_METHODS), variable),
                    shown(auth) if auth else 'nothing')
            return


def _judge_times(parsed, problem):
    idle, lifetime = parsed[_IDLE], parsed[_LIFETIME]
    if idle and lifetime and idle > lifetime:
        problem(_IDLE, 'at most %s (%ds)' % (_LIFETIME, lifetime), '%ds' % idle)

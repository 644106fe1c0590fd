"""What a provider says of itself, against what the settings ask of it."""

from ..._compat import exception_text, native, text_type
from ...errors import ConfigurationError, ProviderError
from ...settings.parsers import SIGNING_ALGORITHMS
from ...settings.table import SETTINGS
from .result import command, error, note, ok, quoted, warning

#: What the names of the methods begin with that prove who the client is by its secret.
_BY_SECRET = 'client_secret_'

#: The subject of what is said of the client's proof.
CLIENT_AUTH = 'client authentication'


def look(config):
    """Return the command that shows the discovery document."""
    url = native(config.oidc_issuer).rstrip('/') + '/.well-known/openid-configuration'
    return command('curl', '-sS', '-i', url)


def judge(config, metadata):
    """Yield the results for a provider's `metadata`: OpenID Connect Discovery 1.0 section 3.

    :param config: a :class:`~trac_unit.settings.config.Config` with sign-in on
    :param metadata: the discovery document, a dict of anything
    """
    for rule in (_optional_endpoints, _backchannel, _response_types, _response_mode, _client_auth,
                 _assertion_algorithm, _pushed_requests, _algorithms, _pkce, _scope, _claims):
        try:
            for result in rule(config, metadata):
                yield result
        except ProviderError as e:
            yield error('discovery', exception_text(e),
                        'correct it at the provider; %s shows it' % look(config))


def _words(metadata, name):
    """The words that the metadata lists under `name`; None if it has no such list.

    :raises ProviderError: it is something else than a list of text
    """
    value = metadata.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(word, text_type) for word in value):
        raise ProviderError('metadata', 'expected a list of words as %s in the discovery '
                            'document, got %s' % (name, quoted(value)))
    return value


def _optional_endpoints(config, metadata):
    if metadata.get('userinfo_endpoint') is None:
        yield warning('userinfo', 'the provider has none, so the ID token alone must have the '
                      'claims')
    if metadata.get('end_session_endpoint') is not None:
        yield ok('sign-out', native(metadata['end_session_endpoint']))
    elif config.oidc_logout == 'provider':
        yield warning('sign-out', 'the provider has no end_session_endpoint, so its own session '
                      'stays', 'set TRAC_OIDC_LOGOUT=local')


def _backchannel(config, metadata):
    # OpenID Connect Back-Channel Logout 1.0 section 2.1.
    if metadata.get('backchannel_logout_supported') is True:
        yield ok('back-channel logout', 'the provider has it')
    elif config.oidc_recheck is None:
        yield note('back-channel logout', 'the provider does not announce it, so who is locked '
                   'out there stays signed in here until the session ends; TRAC_OIDC_RECHECK=10m '
                   'asks now and then')


def _response_types(config, metadata):
    types = _words(metadata, 'response_types_supported')
    if types is not None and u'code' not in types:
        yield error('flow', 'the provider has no authorization code flow, only %s'
                    % quoted(types), 'turn it on at the provider')


def _response_mode(config, metadata):
    mode = config.oidc_response_mode
    # OpenID Connect Discovery section 3 has this default.
    modes = _words(metadata, 'response_modes_supported') or [u'query', u'fragment']
    if mode not in modes:
        other = 'query' if mode == 'form_post' else 'form_post'
        yield error('response mode', 'the provider announces no %s, only %s'
                    % (mode, quoted(modes)), 'set TRAC_OIDC_RESPONSE_MODE=%s' % other
                    if other in modes else 'turn on %s at the provider' % mode)
    elif mode == 'form_post':
        yield ok('response mode', mode)


def _pushed_requests(config, metadata):
    required = metadata.get('require_pushed_authorization_requests') is True
    if metadata.get('pushed_authorization_request_endpoint') is not None:
        yield ok('pushed requests', '%s, so used: %s' % (
            'required' if required else 'offered',
            native(metadata['pushed_authorization_request_endpoint'])))
    elif required:
        yield error('pushed requests', 'the provider requires them, and names no '
                    'pushed_authorization_request_endpoint', 'correct it at the provider')


def _assertion_algorithm(config, metadata):
    if config.oidc_client_auth not in ('client_secret_jwt', 'private_key_jwt'):
        return
    announced = _words(metadata, 'token_endpoint_auth_signing_alg_values_supported')
    algorithm = 'HS256'
    if config.oidc_client_auth == 'private_key_jwt':
        from ...oidc.provider.client_key import of_config
        try:
            algorithm = of_config(config).algorithm
        except ConfigurationError:
            return  # which the check of settings says
    if announced is not None and algorithm not in announced:
        yield error('client assertions', 'the provider takes those signed with %s, and '
                    'ours are with %s' % (quoted(announced), algorithm),
                    'turn on %s for this client at the provider' % algorithm)


def _client_auth(config, metadata):
    # OpenID Connect Discovery section 3 has this default.
    methods = _words(metadata, 'token_endpoint_auth_methods_supported') or [u'client_secret_basic']
    method = config.oidc_client_auth
    if method in methods:
        yield ok(CLIENT_AUTH, native(method))
    elif method == 'none':
        yield warning(CLIENT_AUTH, 'no secret is set, and the provider announces '
                      'only %s' % quoted(methods), 'set TRAC_OIDC_CLIENT_SECRET_FILE')
    else:
        yield error(CLIENT_AUTH, 'the provider knows no %s, only %s'
                    % (native(method), quoted(methods)),
                    _other_method(methods, method)
                    or 'turn on %s for this client at the provider' % native(method))


def _other_method(methods, method):
    """Return what sets the first of a provider's methods that takes the same credentials."""
    setting, = [each for each in SETTINGS if each.variable == 'TRAC_OIDC_CLIENT_AUTH']
    for each in methods:
        try:
            known = setting.parse(native(each))
        except ValueError:
            continue
        if known.startswith(_BY_SECRET) and method.startswith(_BY_SECRET):
            return 'set %s=%s' % (setting.variable, native(each))
    return None


def _algorithms(config, metadata):
    announced = _words(metadata, 'id_token_signing_alg_values_supported')
    allowed = config.oidc_signing_algs
    if announced is None:
        yield warning('signing algorithms', 'the provider does not announce any')
    elif set(announced) & set(allowed):
        yield ok('signing algorithms', ', '.join(native(each) for each in allowed
                                                 if each in announced))
    else:
        usable = [native(each) for each in announced if each in SIGNING_ALGORITHMS]
        yield error('signing algorithms', 'the provider signs with %s, and %s is allowed'
                    % (quoted(announced), ', '.join(native(each) for each in allowed)),
                    'set TRAC_OIDC_SIGNING_ALGS=%s' % ','.join(usable) if usable else
                    'have the provider sign ID tokens with RS256')


def _pkce(config, metadata):
    methods = _words(metadata, 'code_challenge_methods_supported')
    if methods is None or u'S256' not in methods:
        yield warning('PKCE', 'the provider does not announce S256; it is sent all the same',
                      'turn on PKCE with S256 for this client at the provider')
    else:
        yield ok('PKCE', 'S256')


def _scope(config, metadata):
    announced = _words(metadata, 'scopes_supported')
    missing = [each for each in config.oidc_scope.split() if each not in (announced or [each])]
    if missing:
        yield warning('scope', 'the provider does not announce %s' % quoted(missing),
                      'correct TRAC_OIDC_SCOPE')


def _claims(config, metadata):
    announced = _words(metadata, 'claims_supported')
    names = config.oidc_username_claim
    if announced and not any(name.split(u'.')[0] in announced for name in names):
        yield warning('user name', 'the provider does not announce the claim %s'
                      % ', '.join(native(name) for name in names),
                      'set TRAC_OIDC_USERNAME_CLAIM to one of its claims')

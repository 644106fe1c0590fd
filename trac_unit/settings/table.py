"""The table of settings: the source for parsing, for the defaults and for the reference."""

import collections

from . import parsers


class Setting(collections.namedtuple('Setting', 'variable parse default meaning secret public')):
    """One setting: a secret one can be in a file; ``public`` tells of a value that it is none."""

    def __new__(cls, variable, parse, default, meaning, secret=False, public=None):
        return super(Setting, cls).__new__(cls, variable, parse, default, meaning, secret, public)

    def hides(self, value):
        """Return whether `value`, the text of this setting, is not to be shown."""
        return self.secret and not (self.public and self.public(value))


SETTINGS = (
    Setting('TRAC_ENV', parsers.path, None,
            'the Trac environment to serve; this or TRAC_ENV_PARENT_DIR is required'),
    Setting('TRAC_ENV_PARENT_DIR', parsers.path, None,
            'a folder of Trac environments, each served at /<its name>/'),
    Setting('TRAC_ENV_INDEX_TEMPLATE', parsers.path, None,
            'the template of the page that lists the environments'),
    Setting('TRAC_TEMPLATE_VARS', parsers.template_vars, None,
            'name=value pairs for that template, separated by commas'),
    Setting('TRAC_BASE_URL', parsers.base_url, None,
            'the address that browsers use, such as https://example.org/trac; '
            'without it the Host header of each request is believed'),
    Setting('PYTHON_EGG_CACHE', parsers.path, None,
            'a writable folder for zipped plugins; by default .egg-cache in the environment'),
    Setting('TRAC_LOCALE', parsers.locale_name, None,
            'the locale of Trac, by default en_US.UTF-8; where it does not exist, '
            'C.UTF-8, else C'),
    Setting('TRAC_OIDC_ISSUER', parsers.issuer, None,
            'the issuer of the OpenID provider; setting it turns sign-in on'),
    Setting('TRAC_OIDC_CLIENT_ID', parsers.text, None,
            'the client id that the provider gave; required with an issuer'),
    Setting('TRAC_OIDC_CLIENT_SECRET', parsers.text, None,
            'the client secret; none: a public client', secret=True),
    Setting('TRAC_OIDC_CLIENT_AUTH', parsers.choice(*parsers.CLIENT_AUTH_METHODS), None,
            'how the client proves who it is: client_secret_basic (the default with a secret), '
            'client_secret_post, client_secret_jwt (a secret of at least 32 bytes), '
            'private_key_jwt or tls_client_auth (TRAC_OIDC_CLIENT_KEY_FILE), '
            'or none (the default without a secret)'),
    Setting('TRAC_OIDC_CLIENT_KEY_FILE', parsers.path, None,
            'the private key for private_key_jwt or tls_client_auth, in PEM, without a '
            'passphrase: RSA of at least 2048 bits, or EC of the curve P-256; '
            'trac-unit check prints its key id'),
    Setting('TRAC_OIDC_CLIENT_CERT_FILE', parsers.path, None,
            'the certificate of that key, in PEM: required for tls_client_auth; with '
            'private_key_jwt its thumbprints are sent, which Entra asks for'),
    Setting('TRAC_OIDC_SCOPE', parsers.scope, 'openid profile email',
            'the scope that is asked for'),
    Setting('TRAC_OIDC_SIGNING_ALGS', parsers.algorithms, 'RS256',
            'what an ID token may be signed with, of '
            + ', '.join(parsers.SIGNING_ALGORITHMS)),
    Setting('TRAC_OIDC_USERNAME_CLAIM', parsers.claim_paths, 'preferred_username',
            'the claim that is the Trac user name: the first present of several, '
            'separated by commas; a dot reaches inside an object'),
    Setting('TRAC_OIDC_NAME_CLAIM', parsers.claim_paths, 'name',
            'the claim that is the full name; kept with the session, Trac does not see it'),
    Setting('TRAC_OIDC_EMAIL_CLAIM', parsers.claim_paths, 'email',
            'the claim that is the e-mail address; kept in the same way'),
    Setting('TRAC_OIDC_GROUPS_CLAIM', parsers.claim_paths, 'groups',
            'the claim that lists the groups; kept in the same way'),
    Setting('TRAC_OIDC_SESSION_STORE', parsers.store, None,
            'where sessions are kept: sqlite:///PATH, by default a file in the environment; '
            'or, for several machines, redis://USER:PASSWORD@HOST:PORT/NUMBER, without what '
            'the server does not ask for, or the same with rediss, which is TLS',
            secret=True, public=parsers.is_public_store),
    Setting('TRAC_OIDC_SESSION_IDLE', parsers.duration, '12h',
            'a session ends after this long without a request'),
    Setting('TRAC_OIDC_SESSION_LIFETIME', parsers.duration, '7d',
            'a session ends this long after the sign-in'),
    Setting('TRAC_OIDC_RECHECK', parsers.off_or(parsers.duration), 'off',
            'how often the refresh token is used to ask the provider whether the person may '
            'still come in; a session without one ends after that time: many providers want '
            'offline_access in TRAC_OIDC_SCOPE, and some also consent in TRAC_OIDC_PROMPT'),
    Setting('TRAC_OIDC_PATH', parsers.url_path, '/oidc',
            'where the layer\'s own addresses are'),
    Setting('TRAC_OIDC_RESPONSE_MODE', parsers.choice('query', 'form_post'), 'query',
            'how the provider\'s answer comes back: query, in the address; or form_post, in a '
            'form, so that no log has it, which needs https'),
    Setting('TRAC_OIDC_PROMPT', parsers.prompt, None,
            'what the provider shall ask at each sign-in: login, consent, select_account'),
    Setting('TRAC_OIDC_MAX_AGE', parsers.duration, None,
            'how long ago the person may have signed in at the provider; '
            'the answer is checked'),
    Setting('TRAC_OIDC_ACR_VALUES', parsers.words, None,
            'the authentication contexts to ask for, separated by spaces; '
            'the answer must name one of them'),
    Setting('TRAC_OIDC_LOGOUT', parsers.choice('provider', 'local'), 'provider',
            'what signing out ends: provider, also the session there; local, only ours.  The '
            'tokens of the session are revoked in either case, where the provider can do that'),
    Setting('TRAC_OIDC_CA_FILE', parsers.path, None,
            'PEM certificates to trust for calls to the provider; by default those of requests'),
    Setting('TRAC_OIDC_TIMEOUT', parsers.duration, '5s',
            'how long one call to the provider may take'),
    Setting('TRAC_OIDC_INSECURE_HTTP', parsers.switch, 'off',
            'on: an http issuer that is not on loopback is allowed'),
    Setting('TRAC_UNIT_TUNING', parsers.switch, 'on',
            'off: no warm-up when a worker starts, no shortcuts, and the garbage collector as '
            'Trac has it'),
)
#: What the names of settings begin with that are not Trac's own.
OWN_PREFIXES = ('TRAC_OIDC_', 'TRAC_UNIT_')


def attribute(variable):
    """Return the name of the Config attribute for a variable: ``oidc_issuer``."""
    name = variable.lower()
    return name[len('trac_'):] if variable.startswith(OWN_PREFIXES) else name

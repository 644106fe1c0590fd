"""OpenID Connect sign-in: a relying party for the authorization code flow."""

import sys
import types
import warnings

# Cryptography says so at each start, and nobody who reads it there can act on it.
warnings.filterwarnings('ignore', message='Python 2 is no longer supported')


class _Package(types.ModuleType):
    """This package, which loads its layer when somebody asks for it: the rules need none of it."""

    @property
    def OIDCMiddleware(self):
        from .middleware import OIDCMiddleware
        return OIDCMiddleware


# Python 2.7 has no __getattr__ for modules, and empties one that nobody holds.
_package = _Package(__name__, __doc__)
vars(_package).update(globals(), _original=sys.modules[__name__])
sys.modules[__name__] = _package

"""OpenID Connect sign-in: a relying party for the authorization code flow."""

import warnings

# Cryptography says so at each start, and nobody who reads it there can act on it.
warnings.filterwarnings('ignore', message='Python 2 is no longer supported')

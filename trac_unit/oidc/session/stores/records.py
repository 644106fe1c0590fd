"""What a store writes of a session, the same in every kind of store.

A thief of the store gets neither a session's secret nor a token: the store
holds digests of secrets, and tokens sealed with keys that come from secrets.
"""

import base64
import json

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ...._compat import integer_types, text_type, to_bytes, to_text
from ...rules.identity import Identity
from ..secret import digest
from ..tokens import Tokens


class Namespace(object):
    """What belongs to one client of one provider, in a store that several may share.

    :param text: issuer and client id
    """

    def __init__(self, text):
        #: 128 bits of a digest, hexadecimal
        self.name = digest(text)[:32]

    def key(self, kind, value):
        """Return what stands for `value` in the store: a SHA-256 digest, hexadecimal."""
        return digest(to_bytes(self.name + '\0' + kind + '\0') + to_bytes(value))

    def seal(self, secret, session):
        """Return the tokens of `session` sealed, text."""
        tokens = session.tokens
        document = json.dumps([tokens.id_token, tokens.access_token, tokens.refresh_token])
        return to_text(self._cipher(secret).encrypt_at_time(to_bytes(document),
                                                            int(session.checked)))

    def unseal(self, secret, sealed):
        """Return the :class:`Tokens` in `sealed`, bytes or text.

        :raises ValueError: they are not sealed with this secret
        """
        try:
            opened = json.loads(to_text(self._cipher(secret).decrypt(to_bytes(sealed))))
        except (InvalidToken, AttributeError, TypeError, RuntimeError):
            raise ValueError('expected tokens sealed with the session\'s secret, got others')
        if not isinstance(opened, list) or len(opened) != 3 or not all(
                isinstance(token, text_type) or token is None for token in opened):
            raise ValueError('expected three tokens')
        return Tokens(*opened)

    def _cipher(self, secret):
        # RFC 5869; the secret has 256 random bits, so that no salt is needed.
        key = HKDF(hashes.SHA256(), 32, None, b'trac-unit tokens ' + to_bytes(self.name),
                   default_backend()).derive(to_bytes(secret))
        return Fernet(base64.urlsafe_b64encode(key))


class SealedTokens(Tokens):
    """The tokens of a session out of a store, unsealed when somebody asks for one of them.

    :param unseal: called once; returns :class:`Tokens`
    """

    def __init__(self, unseal):
        self._unseal = unseal

    def __getattr__(self, name):  # of what is not there yet
        if name not in ('id_token', 'access_token', 'refresh_token'):
            raise AttributeError(name)
        self.__dict__.update(vars(self._unseal()))
        return getattr(self, name)


def dump_identity(identity):
    """Return an :class:`~trac_unit.oidc.rules.identity.Identity` as text."""
    return to_text(json.dumps(list(identity[:5]) + [list(identity.groups),
                                                    identity.groups_known]))


def load_identity(text):
    """Return what :func:`dump_identity` wrote.

    :return: an :class:`~trac_unit.oidc.rules.identity.Identity`
    :raises ValueError: it did not write that
    """
    try:
        fields = json.loads(to_text(text))
    except (TypeError, AttributeError, RuntimeError):  # the last is nesting without end
        raise ValueError('expected an identity')
    if not isinstance(fields, list) or len(fields) != 7 or not isinstance(fields[5], list) \
            or not all(isinstance(field, text_type) for field in fields[:5] + fields[5]) \
            or not isinstance(fields[6], bool):
        raise ValueError('expected an identity')
    return Identity(*(fields[:5] + [tuple(fields[5]), fields[6]]))


def whole_numbers(values):
    """Return `values` as they are.

    :raises ValueError: one is no whole number
    """
    for value in values:
        if type(value) not in integer_types:  # True is none either
            raise ValueError('expected whole numbers')
    return values

"""A sign-in under way: one encrypted cookie for each attempt.

Two tabs never disturb each other, and a flood of sign-ins costs no storage.
"""

import json

from cryptography.fernet import Fernet, InvalidToken

from ..._compat import native, text_type, to_bytes, to_text
from ...errors import StoreError, TransactionError
from ..session.secret import digest, new_secret

#: Seconds from the beginning of a sign-in to the provider's answer, at most.
MAX_AGE = 600

#: Seconds that one key seals; it opens for as long again.
KEY_AGE = 86400

#: Sign-ins under way in one browser, at most, and the bytes of their cookies: servers
#: refuse a header of more than about 8,000 bytes.  The oldest gives way.
MAX_UNDER_WAY = 5
MAX_BYTES = 6000

#: Cookies that one answer drops, at most: its header has a limit too.
MAX_DELETED = 10


class Transaction(object):
    """What is remembered between the authorization request and its answer.

    :param return_to: the path and query to go to in the end
    :param login_path: the path that begins a sign-in again
    :param redirect_uri: what the authorization request said
    """

    def __init__(self, return_to, login_path, redirect_uri, state=None, nonce=None,
                 code_verifier=None):
        self.return_to = return_to
        self.login_path = login_path
        self.redirect_uri = redirect_uri
        #: binds the answer to this browser (RFC 6749 section 10.12)
        self.state = state or new_secret()
        #: binds the ID token to this sign-in (OpenID Connect Core section 15.5.2)
        self.nonce = nonce or new_secret()
        #: binds the code to this sign-in (RFC 7636 section 4.1)
        self.code_verifier = code_verifier or new_secret()

    def __repr__(self):
        return '<Transaction to %r>' % (self.return_to,)

    def fields(self):
        """Return the constructor's arguments, a list."""
        return [self.return_to, self.login_path, self.redirect_uri, self.state, self.nonce,
                self.code_verifier]


class TransactionCookies(object):
    """Seals transactions into a browser's cookies, and opens them.

    :param store: keeps the keys, so that all processes have the same
    :param cross_site: whether the answer comes as the form of another site
    """

    def __init__(self, store, cross_site=False):
        self._store = store
        self._cross_site = cross_site
        self._ciphers = []

    def add(self, transaction, jar, response, now):
        """Put a :class:`Transaction` into a cookie of `response`.

        :param jar: the browser's :class:`~trac_unit.oidc.browser.cookies.CookieJar`
        :param now: seconds since the epoch
        :raises StoreError: the key cannot be had
        """
        # The store decides on the key, for all processes alike.
        cipher = self._renewed(now)[0]
        sealed = native(cipher.encrypt_at_time(to_bytes(json.dumps(transaction.fields())),
                                               int(now)))
        for name in self._surplus(jar, len(sealed))[:MAX_DELETED]:
            jar.delete(response, name, self._cross_site)
        jar.set(response, _name(jar, transaction.state), sealed, MAX_AGE, self._cross_site)

    def open(self, jar, state, now):
        """Return the :class:`Transaction` with this state.

        :raises TransactionError: this browser has no such sign-in under way
        :raises StoreError: the key cannot be had
        """
        sealed = jar.all.get(_name(jar, state))
        if sealed is None:
            raise TransactionError('state_unknown', 'expected the cookie of a sign-in under way, '
                                   'got none for this state')
        cipher, begun = self._opened(sealed)
        if cipher is None:
            self._renewed(now)  # another process may have made a key
            cipher, begun = self._opened(sealed)
        if cipher is None:
            raise TransactionError('state_forged', 'expected a cookie sealed by this server, '
                                   'got another')
        if begun > now + 60 or now - begun > MAX_AGE:
            raise TransactionError('state_expired', 'expected a sign-in begun within %d s, got '
                                   'one begun %d s ago' % (MAX_AGE, now - begun))
        fields = json.loads(to_text(cipher.decrypt(to_bytes(sealed))))
        if not isinstance(fields, list) or len(fields) != 6 or \
                not all(isinstance(field, text_type) for field in fields):
            raise TransactionError('state_forged', 'expected a cookie of this version, got '
                                   'another')
        transaction = Transaction(*[native(field) for field in fields])
        if transaction.state != state:
            raise TransactionError('state_unknown', 'expected the state of the cookie, '
                                   'got another')
        return transaction

    def forget(self, transaction, jar, response):
        """Have the browser forget a transaction."""
        jar.delete(response, _name(jar, transaction.state), self._cross_site)

    def _surplus(self, jar, size):
        """The names of the cookies that give way to a new one of `size` bytes."""
        under_way = [name for name in jar.all if name.startswith(jar.name + '_')]
        age = dict((name, self._opened(jar.all[name])[1]) for name in under_way)
        under_way.sort(key=age.get, reverse=True)
        kept = 0
        for name in under_way[:MAX_UNDER_WAY - 1]:
            size += len(jar.all[name])
            if size > MAX_BYTES:
                break
            kept += 1
        return under_way[kept:]

    def _opened(self, sealed):
        """What opens a cookie and when it was sealed; None and 0 if it is not ours."""
        for cipher in self._ciphers:
            try:
                return cipher, cipher.extract_timestamp(to_bytes(sealed))
            except (InvalidToken, ValueError, TypeError):
                pass
        return None, 0

    def _renewed(self, now):
        """The ciphers of the store's keys, the newest first."""
        keys = self._store.keys('transaction', now, lambda: to_text(Fernet.generate_key()),
                                KEY_AGE)
        try:
            self._ciphers = [Fernet(to_bytes(key)) for key in keys]
        except (ValueError, TypeError) as e:  # what another program put there
            raise StoreError('store', 'expected a Fernet key in the session store, got %s'
                             % type(e).__name__)
        return self._ciphers


def _name(jar, state):
    return '%s_%s' % (jar.name, digest(state)[:16])

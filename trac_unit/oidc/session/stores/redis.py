"""Sessions in a Redis server, shared by the processes of several machines."""

from __future__ import absolute_import  # on Python 2 this module would be the library

import contextlib
import json

import redis

from ...._compat import REDIS_PROTOCOL, exception_text, integer_types, native, to_text, unquote
from ....errors import StoreError
from ....settings.parsers import REDIS_URL
from ..session import Session
from ..store import Store
from . import redis_scripts
from .records import Namespace, SealedTokens, dump_identity, load_identity
from .sealing_keys import Key, is_due, usable

#: Seconds for a connection, and for an answer.
CONNECTING, ANSWERING = 1, 2

#: Sessions that are asked for at once.
_PAGE = 500

_TROUBLE = (redis.RedisError, EnvironmentError, TypeError, ValueError, RuntimeError)


class RedisStore(Store):
    """A store for several machines.

    :param url: as :func:`trac_unit.settings.parsers.store` takes it; nothing is opened yet
    :param limits: :class:`~trac_unit.oidc.session.limits.Limits`
    :param namespace: issuer and client id, text
    """

    def __init__(self, url, limits, namespace):
        self._address = address(url)
        self._limits = limits
        self._namespace = Namespace(namespace)
        self._prefix = 'trac-unit:%s:' % self._namespace.name
        self._client = client = connect(url)
        self._add = client.register_script(redis_scripts.ADD)
        self._touch = client.register_script(redis_scripts.TOUCH)
        self._update = client.register_script(redis_scripts.UPDATE)
        self._end = client.register_script(redis_scripts.END)
        self._once = client.register_script(redis_scripts.ONCE)
        self._renew = client.register_script(redis_scripts.KEYS)

    def add(self, secret, session):
        key = self._namespace.key('session', secret)
        created = int(session.created)
        fields = self._fields(secret, session)
        fields.update(created=created, seen=int(session.seen))
        with self._talking():
            if not _number(self._add(
                    [self._session_key(key)] + self._index_keys(session),
                    [self._prefix, key, self._lasts(session, session.seen),
                     self._limits.lifetime * 1000, created, created - self._limits.lifetime]
                    + _flat(fields))):
                raise ValueError('a session with this id')

    def get(self, secret, now):
        key = self._session_key(self._namespace.key('session', secret))
        with self._talking():
            found = self._client.hmget(key, 'created', 'seen', 'checked', 'sid', 'identity',
                                       'tokens')
            if found == [None] * 6:
                return None
            session = self._kept(secret, *found)
        if self._limits.end(session.created, session.seen) <= now:
            return None
        if now - session.seen >= self._limits.touch:
            try:
                self._touch([key], [int(now), self._lasts(session, now)])
            except (redis.RedisError, EnvironmentError):
                pass  # it was seen all the same
        return session

    def _kept(self, secret, created, seen, checked, sid, identity, tokens):
        if tokens is None:
            raise ValueError('no tokens')

        def unseal():
            with self._talking():
                return self._namespace.unseal(secret, tokens)
        return Session(load_identity(identity), SealedTokens(unseal),
                       sid if sid is None else to_text(sid), int(created), int(seen), int(checked))

    def update(self, secret, session):
        key = self._namespace.key('session', secret)
        with self._talking():
            return _number(self._update(
                [self._session_key(key)] + self._index_keys(session),
                [self._prefix, key, self._limits.lifetime * 1000]
                + _flat(self._fields(secret, session)))) == 1

    def end(self, secret):
        with self._talking():
            _number(self._end([], [self._prefix, self._session_key(''), '',
                                   self._namespace.key('session', secret)]))

    def end_by_sid(self, sid, subject=None):
        with self._talking():
            return _number(self._end([self._index('sid', sid)], [
                self._prefix, self._session_key(''),
                '' if subject is None else self._index_name('subject', subject)]))

    def end_by_subject(self, subject):
        with self._talking():
            return _number(self._end([self._index('subject', subject)],
                                     [self._prefix, self._session_key(''), '']))

    def sessions(self, now, subject=None, username=None):
        username = None if username is None else to_text(username)
        if subject is not None:
            index = self._index('subject', subject)
        else:
            index = self._index('username', username) if username is not None \
                else self._index('all', '')
        with self._talking():
            return [session for session in self._listed(self._client.zrevrange(index, 0, -1))
                    if self._limits.end(session.created, session.seen) > now
                    and username in (None, session.identity.username)]

    def _listed(self, ids):
        for start in range(0, len(ids), _PAGE):
            pipeline = self._client.pipeline(transaction=False)
            for key in ids[start:start + _PAGE]:
                pipeline.hmget(self._session_key(native(key)), 'identity', 'sid', 'created',
                               'seen', 'checked')
            for identity, sid, created, seen, checked in pipeline.execute():
                if identity is not None:  # else it has expired
                    yield Session(load_identity(identity), None,
                                  sid if sid is None else to_text(sid),
                                  int(created), int(seen), int(checked))

    def count(self, now, subject=None, username=None):
        return len(self.sessions(now, subject, username))

    def once(self, kind, value, now, expires):
        with self._talking():
            return _number(self._once(
                [self._once_key(kind, value)],
                [repr(float(now)), repr(float(expires)),
                 max(1, int((expires - now) * 1000))])) == 1

    def seen(self, kind, value, now):
        with self._talking():
            expires = self._client.get(self._once_key(kind, value))
            return expires is not None and float(expires) > now

    def _once_key(self, kind, value):
        return self._prefix + 'once:' + self._namespace.key(kind, value)

    def keys(self, name, now, make, age):
        # Not "key": on Python 2 that of the list below would take its place.
        list_name = self._prefix + 'keys:' + name
        with self._talking():
            keys = _keys(self._client.lrange(list_name, 0, -1))
            useless = [key for key in keys if key not in usable(keys, now, age)]
            if is_due(keys, now, age) or useless:
                new = json.dumps([int(now), make()]) if is_due(keys, now, age) else ''
                keys = _keys(self._renew([list_name], [keys[0].handle if keys else '', new,
                                                       2 * age * 1000]
                                         + [key.handle for key in useless]))
        return [key.value for key in usable(keys, now, age)]

    def _fields(self, secret, session):
        """The fields of a session that may change."""
        fields = {'identity': dump_identity(session.identity),
                  'tokens': self._namespace.seal(secret, session), 'checked': int(session.checked),
                  'indexes': ' '.join(self._index_names(session))}
        if session.sid is not None:
            fields['sid'] = session.sid
        return fields

    def _session_key(self, key):
        return '%ssession:%s' % (self._prefix, key)

    def _index_name(self, kind, value):
        return 'index:' + self._namespace.key(kind, value)

    def _index(self, kind, value):
        return self._prefix + self._index_name(kind, value)

    def _index_names(self, session):
        identity = session.identity
        names = [self._index_name('all', ''), self._index_name('subject', identity.subject),
                 self._index_name('username', identity.username)]
        return names if session.sid is None else names + [self._index_name('sid', session.sid)]

    def _index_keys(self, session):
        return [self._prefix + name for name in self._index_names(session)]

    def _lasts(self, session, seen):
        """Milliseconds that a session lasts that is seen now."""
        return max(1, int((self._limits.end(session.created, seen) - seen) * 1000))

    def _talking(self):
        return talking(self._address)


@contextlib.contextmanager
def talking(address):
    """What goes wrong with the server at `address` leaves as StoreError."""
    try:
        yield
    except _TROUBLE as e:
        raise StoreError('store', 'expected a session store that works at %s, got %s: %s'
                         % (address, type(e).__name__, _text(e)))


def connect(url):
    """Return a client of the Redis server at `url`, which connects when it is used.

    :param url: as :func:`trac_unit.settings.parsers.store` takes it
    """
    parts = REDIS_URL.match(url).groupdict()
    options = dict(
        REDIS_PROTOCOL, host=parts['host'].strip('[]'), port=int(parts['port'] or 6379),
        db=int(parts['number'] or 0), username=unquote(parts['username'] or '') or None,
        password=unquote(parts['password'] or '') or None,
        socket_connect_timeout=CONNECTING, socket_timeout=ANSWERING, socket_keepalive=True)
    if parts['scheme'] == 'rediss':
        # Redis' own certificate, and its name, are checked; not every version does by default.
        options.update(connection_class=redis.SSLConnection, ssl_cert_reqs='required',
                       ssl_check_hostname=True, ssl_ca_certs=parts['ca'])
    return redis.Redis(connection_pool=redis.ConnectionPool(**options))


def facts(url):
    """Return what the Redis server at `url` tells of itself, a dict; empty if it may not.

    :raises StoreError: it cannot be reached
    """
    with talking(address(url)):
        client = connect(url)
        client.ping()
        try:
            return client.info()
        except redis.ResponseError:  # a user without that right
            return {}


def address(url):
    """Return `url` as it may be shown: without a password."""
    parts = REDIS_URL.match(url).groupdict()
    return '%s://%s/%s' % (parts['scheme'], parts['netloc'], parts['number'] or 0)


def _number(reply):
    """What a script returned; a server that is none of Redis may say anything."""
    if not isinstance(reply, integer_types):
        raise ValueError('a reply that is no number')
    return reply


def _flat(fields):
    return [part for pair in fields.items() for part in pair]


def _keys(entries):
    keys = []
    for entry in entries:
        made, value = json.loads(to_text(entry))
        keys.append(Key(entry, made, value))
    return keys


def _text(error):
    """What `error` says; a server repeats what it was sent, a password for one."""
    return exception_text(error).split(', with args')[0]

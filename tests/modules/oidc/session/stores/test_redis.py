# -*- coding: utf-8 -*-
"""What can befall a Redis server, its connections and what it holds."""
import signal
import time

import pytest

from support.redis_server import RedisServer
from support.serving import Certificate, Unavailable, free_port, skip_unless_required
from support.store_kinds import (CALLS, GARBAGE, IDLE, LIFETIME, LIMITS, NOW, NAMESPACE, refused,
                                 session)
from support.store_kinds import redis_kind, redis_server  # noqa: F401 (fixtures)
from support.scripted_server import serve  # noqa: F401 (a fixture)
from trac_unit.errors import StoreError
from trac_unit.oidc.session.stores.factory import open_store
from trac_unit.settings import parsers

calls = pytest.mark.parametrize('call', [row[1] for row in CALLS], ids=[row[0] for row in CALLS])


@pytest.fixture
def store(redis_kind):  # noqa: F811
    return redis_kind.open()


@pytest.fixture
def start():
    """What starts a server with options; all end with the test."""
    running = []

    def start(*options, **arguments):
        try:
            running.append(RedisServer(options, **arguments))
        except Unavailable as e:
            skip_unless_required(e)
        return running[-1]
    yield start
    for server in running:
        server.stop()


def opened(url):
    return open_store(parsers.store(url), LIMITS, NAMESPACE)


def keys(kind, kind_of):
    """The names of the server's keys of one kind, such as ``session``."""
    return [key for key in kind.client.keys('*') if b':%s:' % kind_of in key]


# What it holds

def test_everything_that_is_kept_goes_by_itself(store, redis_kind):  # noqa: F811
    store.add('x', session())
    store.add('y', session(sid=None))
    store.get('x', NOW + 100)
    store.update('y', session(u'bob'))
    store.once('state', 'v', NOW, NOW + 60)
    store.keys('k', NOW, lambda: u'k', 100)
    client = redis_kind.client
    lasts = dict((key, client.pttl(key) / 1000.) for key in client.keys('*'))
    assert len(lasts) == 10
    assert all(0 < seconds <= LIFETIME for seconds in lasts.values()), lasts
    for part, most in (('session', IDLE), ('once', 60), ('keys', 200)):
        found = [seconds for key, seconds in lasts.items()
                 if b':%s:' % part.encode('ascii') in key]
        assert found and all(most - 30 < seconds <= most for seconds in found), (part, found)


def test_a_look_at_the_end_of_a_lifetime_does_not_lengthen_it(store, redis_kind):  # noqa: F811
    last = session()
    last.seen = NOW + LIFETIME - 100
    store.add('x', last)
    assert store.get('x', NOW + LIFETIME - 10)
    client = redis_kind.client
    key, = [key for key in client.keys('*') if b':session:' in key]
    assert 0 < client.pttl(key) <= 10000


def test_a_look_revives_nothing(store, redis_kind, monkeypatch):  # noqa: F811
    store.add('x', session())
    touch = store._touch

    def late(*args):
        redis_kind.open().end('x')
        return touch(*args)
    monkeypatch.setattr(store, '_touch', late)
    assert store.get('x', NOW + 100)
    assert redis_kind.client.keys('*') == []


def test_what_expired_by_itself_is_neither_listed_nor_counted(store, redis_kind):  # noqa: F811
    for number in range(3):
        store.add(str(number), session(created=NOW + number))
    client = redis_kind.client
    newest = [key for key in client.keys('*:session:*')
              if client.hget(key, 'created') == b'%d' % (NOW + 2)]
    client.delete(*newest)
    assert [each.created for each in store.sessions(NOW + 9)] == [NOW + 1, NOW]
    assert store.count(NOW + 9) == 2
    assert store.end_by_subject(u'sub-alice') == 2
    for index in client.keys('*:index:*'):
        assert client.zcard(index) <= 1  # the name of the one that went by itself


def test_what_expired_is_forgotten_in_bites(store, redis_kind):  # noqa: F811
    for number in range(120):
        store.add('old-%d' % number, session())
    client = redis_kind.client
    sizes = []
    for number in range(3):
        store.add('new-%d' % number, session(created=NOW + LIFETIME + number))
        sizes.append(max(client.zcard(key) for key in client.keys('*:index:*')))
    assert sizes == [71, 22, 3]


def test_keys_begin_with_the_package_and_the_namespace(store, redis_kind):  # noqa: F811
    store.add('x', session())
    store.once('state', 'v', NOW, NOW + 60)
    store.keys('k', NOW, lambda: u'k', 100)
    prefix = store._prefix.encode('ascii')
    assert prefix.startswith(b'trac-unit:')
    assert all(key.startswith(prefix) for key in redis_kind.client.keys('*'))


FIELDS = ['identity', 'created', 'seen', 'checked']


@pytest.mark.parametrize('field', FIELDS)
@pytest.mark.parametrize('value', [b'', b'junk', b'null', b'\xff\xfe', b'[' * 9999, b'NaN',
                                   b'1.5', b'{}', b'inf'])
def test_a_field_that_cannot_be_read_is_a_store_error(
        value, field, store, redis_kind):  # noqa: F811
    store.add('x', session())
    client = redis_kind.client
    key, = client.keys('*:session:*')
    client.hset(key, field, value)
    refused(store.get, 'x', NOW)
    refused(store.sessions, NOW)
    assert store.end_by_subject(u'sub-alice') == 1, 'it can be ended all the same'


@pytest.mark.parametrize('field', FIELDS + ['tokens'])
def test_a_field_that_is_missing_is_a_store_error(field, store, redis_kind):  # noqa: F811
    store.add('x', session())
    client = redis_kind.client
    key, = client.keys('*:session:*')
    client.hdel(key, field)
    refused(store.get, 'x', NOW)


@pytest.mark.parametrize('tokens', [
    value for value in GARBAGE if isinstance(value, type(u''))] + [b'\xff\xfe', u'gAAAAA'])
def test_tokens_that_cannot_be_unsealed_are_a_store_error_when_asked_for(
        tokens, store, redis_kind):  # noqa: F811
    store.add('x', session())
    client = redis_kind.client
    key, = client.keys('*:session:*')
    client.hset(key, 'tokens', tokens)
    found = store.get('x', NOW)
    assert found.identity.username == u'alice'
    refused(lambda: found.tokens.id_token)


@pytest.mark.parametrize('made', [b'', b'junk', b'[]', b'[1]', b'["1", "k"]', b'[1, 2]', b'\xff',
                                  b'[1, null]', b'[NaN, "k"]', b'[1, "k", 2]', b'7', b'{}'])
def test_a_key_that_cannot_be_read_is_a_store_error(made, store, redis_kind):  # noqa: F811
    store.keys('k', NOW, lambda: u'k', 100)
    client = redis_kind.client
    address, = client.keys('*:keys:*')
    client.lset(address, 0, made)
    refused(store.keys, 'k', NOW, lambda: u'k', 100)


def test_a_memory_that_cannot_be_read_is_a_store_error(store, redis_kind):  # noqa: F811
    store.once('state', 'x', NOW, NOW + 60)
    client = redis_kind.client
    memory, = client.keys('*:once:*')
    client.set(memory, 'junk')
    refused(store.once, 'state', 'x', NOW, NOW + 60)


@calls
def test_another_type_where_ours_should_be_is_a_store_error(
        call, store, redis_kind):  # noqa: F811
    store.add('x', session())
    store.add('n', session(u'nobody'))
    store.once('state', 'x', NOW, NOW + 60)
    store.keys('k', NOW, lambda: u'k', 100)
    client = redis_kind.client
    for key in client.keys('*'):
        other = client.type(key) != b'hash'
        client.delete(key)
        client.hset(key, 'a', 'b') if other else client.set(key, 'text')
    if call is not dict(CALLS)['add']:  # which finds that there is something, and stops
        assert 'WRONGTYPE' in refused(call, store)
    else:
        refused(call, store)


# What happens to it

@calls
def test_a_server_that_is_not_there_is_a_store_error(call):
    port = free_port()
    said = refused(call, opened('redis://127.0.0.1:%d' % port))
    assert 'redis://127.0.0.1:%d/0' % port in said and 'ConnectionError' in said


@calls
def test_a_server_that_went_is_a_store_error_and_is_found_again_when_it_is_back(call, start):
    server = start()
    store = opened(server.url)
    store.add('x', session())
    assert store.get('x', NOW)
    server.kill()
    refused(call, store)
    server = start(port=server.port)
    # The first call already, though its connection was cut and its scripts are forgotten.
    call(store)
    store.add('y', session())
    assert store.get('y', NOW)


def test_a_server_that_was_restarted_between_two_calls_is_no_trouble(start):
    server = start()
    store = opened(server.url)
    store.add('x', session())
    server.kill()
    start(port=server.port)
    assert store.get('x', NOW) is None
    assert store.once('state', 'x', NOW, NOW + 1)


def test_a_server_that_hangs_is_a_store_error_soon(start):
    server = start()
    store = opened(server.url)
    store.add('x', session())
    server.signal(signal.SIGSTOP)
    try:
        before = time.time()
        assert 'Timeout' in refused(store.get, 'x', NOW)
        refused(opened(server.url).get, 'x', NOW)
        assert time.time() - before < 9
    finally:
        server.signal(signal.SIGCONT)
    assert store.get('x', NOW).identity.username == u'alice', 'not the answer of a call before'
    assert store.get('unknown', NOW) is None


def test_a_full_server_is_a_store_error_and_is_read(start):
    server = start('--maxmemory-policy', 'noeviction')
    store = opened(server.url)
    store.add('x', session())
    store.add('y', session(u'bob'))
    store.keys('k', NOW, lambda: u'k', 100)
    server.ask('CONFIG', 'SET', 'maxmemory', '1')
    for call in (lambda: store.add('n', session()), lambda: store.once('s', 'v', NOW, NOW + 1),
                 lambda: store.keys('k', NOW + 100, lambda: u'k2', 100)):
        assert 'used memory' in refused(call)
    found = store.get('x', NOW + 100)  # seen long enough ago to be noted
    assert found.identity.username == u'alice' and found.tokens.id_token == u'id-token'
    assert store.keys('k', NOW, lambda: u'k2', 100) == [u'k']
    assert store.count(NOW) == 2
    store.end('x')  # who signs out is signed out, full or not
    assert store.get('x', NOW) is None
    assert store.end_by_subject(u'sub-bob') == 1 and store.sessions(NOW) == []
    server.ask('CONFIG', 'SET', 'maxmemory', '0')
    store.add('n', session())


def test_a_server_that_may_not_be_written_is_read(start):
    primary, server = start(), start()
    store = opened(server.url)
    store.add('x', session())
    server.ask('CONFIG', 'SET', 'replica-serve-stale-data', 'yes')
    primary.kill()
    server.ask('REPLICAOF', '127.0.0.1', str(primary.port))
    assert store.get('x', NOW + 100).tokens.id_token == u'id-token'
    assert 'read only replica' in refused(store.add, 'y', session())
    server.ask('REPLICAOF', 'NO', 'ONE')
    store.add('y', session())


# Who may

@pytest.mark.parametrize('user_info, right', [
    ('', False), (':marked-wrong@', False), ('marked-wrong@', False),
    (':marked%20p%40ss@', True), ('default:marked%20p%40ss@', True),
    ('nobody:marked%20p%40ss@', False)])
def test_the_password_is_the_one_of_the_url(user_info, right, start):
    server = start()
    server.ask('CONFIG', 'SET', 'requirepass', '"marked p@ss"')
    store = opened('redis://%s127.0.0.1:%d/3' % (user_info, server.port))
    if right:
        store.add('x', session())
        assert store.get('x', NOW)
    else:
        for _, call in CALLS:
            said = refused(call, store)
            assert 'marked' not in said and 'redis://127.0.0.1:%d/3' % server.port in said
    assert 'marked' not in repr(store)


def test_two_numbers_are_two_stores(redis_kind):  # noqa: F811
    one, two = [opened(redis_kind.url[:-1] + number) for number in '01']
    one.add('x', session())
    assert two.get('x', NOW) is None and two.count(NOW) == 0


@pytest.fixture
def with_tls(start, tmpdir):
    """A server that speaks TLS, with the path of its certificate, which is for 127.0.0.1 alone."""
    path = str(tmpdir.join('certificate.pem'))
    Certificate(path, names=())
    port = free_port()
    start('--tls-port', str(port), '--tls-cert-file', path, '--tls-key-file', path,
          '--tls-ca-cert-file', path, '--tls-auth-clients', 'no')
    return port, path


def test_tls_with_a_certificate_that_was_named(with_tls):
    port, path = with_tls
    store = opened('rediss://127.0.0.1:%d/0?ssl_ca_certs=%s' % (port, path))
    store.add('x', session())
    assert store.get('x', NOW).identity.username == u'alice'


@calls
def test_a_certificate_that_nobody_vouches_for_is_a_store_error(call, with_tls):
    assert 'ertificate' in refused(call, opened('rediss://127.0.0.1:%d/0' % with_tls[0]))


def test_a_certificate_of_another_name_is_a_store_error(with_tls):
    port, path = with_tls
    said = refused(opened('rediss://localhost:%d?ssl_ca_certs=%s' % (port, path)).get, 'x', NOW)
    assert 'localhost' in said and 'match' in said


def test_a_certificate_file_that_is_not_there_is_a_store_error(with_tls, tmpdir):
    url = 'rediss://127.0.0.1:%d?ssl_ca_certs=%s' % (with_tls[0], tmpdir.join('missing'))
    refused(opened(url).get, 'x', NOW)


def test_no_tls_where_tls_is_asked_for_is_a_store_error(redis_server):  # noqa: F811
    refused(opened('rediss://127.0.0.1:%d/0' % redis_server.port).get, 'x', NOW)


@calls
@pytest.mark.parametrize('answer', [b'', b'HTTP/1.1 400 Bad Request\r\n\r\n', b'\0' * 100,
                                    b'*-5\r\n', b'$abc\r\n', b'+OK\r\n', b':1\r\n',
                                    b'*1\r\n*1\r\n',
                                    b'-ERR unknown command `X`, with args beginning with: secret'
                                    b'\r\n', b'*0\r\n'])
def test_a_server_that_is_no_redis_is_a_store_error(
        call, answer, serve, monkeypatch):  # noqa: F811
    # Most of these answers are the beginning of one that never ends.
    monkeypatch.setattr('trac_unit.oidc.session.stores.redis.ANSWERING', .3)

    def behave(server, connection):
        while connection.recv(65536):
            connection.sendall(answer or b'\xff\r\n')
    port = serve(behave).port
    store = opened('redis://127.0.0.1:%d/0' % port)
    try:
        result = call(store)
    except StoreError as e:
        assert e.reason == 'store' and 'secret' not in str(e)
    else:
        # What says yes to everything can be believed, but no person may come of it.
        assert result in (None, True, False, 1, 0, []), result

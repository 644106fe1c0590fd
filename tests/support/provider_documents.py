"""The documents of a provider, without a network: who asks is counted, and waits when told to."""

import json
import threading
import time

import pytest

from support.jws import make_jws, new_key
from trac_unit.errors import ProviderError, TokenError
from trac_unit.oidc.provider.provider import Provider

ISSUER = u'https://provider.example'
KEY, NEXT, THIRD, FORGED = [new_key('key-%d' % number, number=number) for number in (0, 1, 2, 7)]


class Clock(object):
    now = 1700000000

    def __call__(self):
        return self.now


class Response(object):
    status_code = 200

    def __init__(self, document, headers=None):
        self.content = json.dumps(document).encode('ascii')
        self.headers = headers or {}


class Web(object):
    """The provider's documents; counts who asks, fails and waits when told to."""

    def __init__(self, issuer=ISSUER, clock=None):
        self.metadata = {'issuer': issuer, 'authorization_endpoint': issuer + u'/authorize',
                         'token_endpoint': issuer + u'/token', 'jwks_uri': issuer + u'/jwks'}
        self.keys = [KEY]
        self.headers = {}
        self.down = False
        self.asked = []
        self.duration = 0  # seconds on the clock
        self.clock = clock
        self.gate = threading.Event()
        self.gate.set()
        self.inside = self.most_inside = 0
        self._lock = threading.Lock()

    def get(self, url, auth=None):
        with self._lock:
            self.asked.append(url)
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        assert self.gate.wait(10)
        with self._lock:
            self.inside -= 1
        if self.clock is not None:
            self.clock.now += self.duration
        if self.down:
            raise ProviderError('unreachable', 'expected an answer, got none')
        document = {'keys': [key.jwk() for key in self.keys]} if url.endswith('/jwks') \
            else self.metadata
        return Response(document, self.headers)

    def count(self, end):
        return sum(url.endswith(end) for url in self.asked)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def web(clock):
    return Web(clock=clock)


@pytest.fixture
def provider(web, clock):
    return Provider(ISSUER, web, clock)


def token(key):
    return make_jws({'alg': key.alg, 'kid': key.kid}, {'iss': ISSUER}, key)


def verified(provider, key):
    return provider.verify(token(key), ('RS256',))[1] == {'iss': ISSUER}


def reason(call, *arguments):
    with pytest.raises((ProviderError, TokenError)) as caught:
        call(*arguments)
    return caught.value.reason


def in_threads(count, call):
    """Start threads that run `call`; returns them and the list of what it returned."""
    results, threads = [], []

    def run():
        try:
            results.append(call())
        except Exception as e:
            results.append(e)
    for _ in range(count):
        threads.append(threading.Thread(target=run))
        threads[-1].daemon = True
        threads[-1].start()
    return threads, results


def joined(threads):
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)


def wait_until(condition):
    late = time.time() + 10
    while not condition():
        assert time.time() < late

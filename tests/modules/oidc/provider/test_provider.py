"""Discovery and keys: fetched when needed, by one at a time, and kept for a while."""
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


# Keeping

def test_nothing_is_asked_before_it_is_needed(web, provider):
    assert web.asked == []


@pytest.mark.parametrize('issuer, url', [
    (u'https://provider.example', 'https://provider.example/.well-known/openid-configuration'),
    (u'https://provider.example/', 'https://provider.example/.well-known/openid-configuration'),
    (u'https://provider.example/realms/x',
     'https://provider.example/realms/x/.well-known/openid-configuration')])
def test_the_document_is_where_the_standard_has_it(issuer, url, clock):
    web = Web()
    web.metadata['issuer'] = issuer
    Provider(issuer, web, clock).metadata()
    assert web.asked == [url]


@pytest.mark.parametrize('configured, told', [
    (ISSUER, ISSUER + u'/'), (ISSUER + u'/', ISSUER), (ISSUER, ISSUER.upper()),
    (ISSUER, u'http://provider.example'), (ISSUER, u'https://provider.example:443')])
def test_an_issuer_is_compared_letter_by_letter(configured, told, clock):
    web = Web()
    web.metadata['issuer'] = told
    assert reason(Provider(configured, web, clock).metadata) == 'issuer'


ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint',
             'end_session_endpoint', 'revocation_endpoint',
             'pushed_authorization_request_endpoint']


@pytest.mark.parametrize('name', ENDPOINTS)
@pytest.mark.parametrize('url', [u'http://evil.example/', u'', u'/x', 1, [], u'javascript:x'])
def test_no_endpoint_is_where_others_can_listen_in_or_nowhere(name, url, web, provider):
    web.metadata[name] = url
    assert reason(provider.metadata) == 'endpoint'


@pytest.mark.parametrize('aliases, expected', [
    ({name: u'http://evil.example/'}, 'endpoint') for name in ENDPOINTS
] + [(value, 'endpoint') for value in (1, u'', [], u'https://mtls.provider.example', False)
     ] + [(None, None), ({}, None), ({u'other': u'x'}, None), ({'token_endpoint': None}, None),
          ({'token_endpoint': u'https://mtls.provider.example/token'}, None)])
def test_the_aliases_of_endpoints_are_endpoints_too(aliases, expected, web, provider):
    web.metadata['mtls_endpoint_aliases'] = aliases
    if expected is None:
        assert provider.metadata()['mtls_endpoint_aliases'] == aliases
    else:
        assert reason(provider.metadata) == expected


@pytest.mark.parametrize('name', ENDPOINTS)
def test_an_endpoint_is_required_only_if_no_sign_in_is_possible_without(name, web, provider):
    web.metadata[name] = None
    if ENDPOINTS.index(name) < 3:
        assert reason(provider.metadata) == 'endpoint'
    else:
        assert provider.metadata()[name] is None


AGES = [(None, 3600), ('max-age=600', 600), ('max-age=1', 300), ('max-age=0', 300),
        ('max-age=299', 300), ('max-age=301', 301), ('max-age=86400', 86400),
        ('max-age=86401', 86400), ('max-age=999999999', 86400), ('max-age=junk', 3600),
        ('max-age=-1', 3600), ('max-age', 3600), ('', 3600), ('no-cache', 300),
        ('no-store', 300), ('max-age=600, no-cache', 300), ('NO-STORE,max-age=600', 300),
        ('x-no-cache', 3600), ('max-age="600"', 600), ('max-age="600', 3600),
        ('public, max-age=600', 600), ('public,max-age=600,must-revalidate', 600),
        ('MAX-AGE=600', 600), ('Public, Max-Age=600', 600), ('s-maxage=600', 3600),
        ('x-max-age=600', 3600), ('max-age=600; x', 3600)]


@pytest.mark.parametrize('control, age', AGES)
def test_documents_are_kept_as_cache_control_says_within_bounds(
        control, age, web, provider, clock):
    if control is not None:
        web.headers['Cache-Control'] = control
    assert verified(provider, KEY)
    clock.now += age - 1
    assert verified(provider, KEY)
    assert len(web.asked) == 2
    clock.now += 2
    assert verified(provider, KEY)
    assert (web.count('/openid-configuration'), web.count('/jwks')) == (2, 2)


# Failures

def test_a_failure_is_remembered_for_ten_seconds(web, provider, clock):
    web.down = True
    for _ in range(20):
        assert reason(provider.metadata) == 'unreachable'
        clock.now += .4
    assert len(web.asked) == 1
    clock.now += 3
    web.down = False
    assert provider.metadata()['issuer'] == ISSUER


def test_a_failure_that_took_long_is_remembered_from_its_end(web, provider, clock):
    web.down, web.duration = True, 30
    for _ in range(5):
        assert reason(provider.metadata) == 'unreachable'
    assert len(web.asked) == 1


def test_who_waits_for_a_fetch_that_fails_does_not_begin_another(web, provider, clock):
    web.down, web.duration = True, 30
    web.gate.clear()
    threads, results = in_threads(6, provider.metadata)
    web.gate.set()
    joined(threads)
    assert [type(result) for result in results] == [ProviderError] * 6
    assert len(web.asked) == 1


def test_a_wrong_document_is_a_failure_like_any_other(web, provider, clock):
    web.metadata['issuer'] = u'https://evil.example'
    for _ in range(3):
        assert reason(provider.metadata) == 'issuer'
    assert len(web.asked) == 1


def test_each_failure_is_raised_anew(web, provider):
    web.down = True
    caught = []
    for _ in range(2):
        with pytest.raises(ProviderError) as error:
            provider.metadata()
        caught.append(error.value)
    assert caught[0] is not caught[1]
    assert str(caught[0]) == str(caught[1])


def test_old_documents_serve_while_the_provider_is_away_but_not_for_ever(web, provider, clock):
    assert verified(provider, KEY)
    web.down = True
    clock.now += 3601
    assert verified(provider, KEY)
    clock.now += 86400 - 3601 - 1
    assert verified(provider, KEY)
    clock.now += 2
    assert reason(verified, provider, KEY) == 'unreachable'


def test_a_clock_that_is_set_back_does_no_harm(web, provider, clock):
    assert verified(provider, KEY)
    clock.now -= 100000
    assert verified(provider, KEY)


# Rotation

def test_an_unknown_key_has_the_keys_fetched_again(web, provider, clock):
    assert verified(provider, KEY)
    web.keys = [NEXT, KEY]
    clock.now += 61
    assert verified(provider, NEXT)
    assert verified(provider, KEY)
    assert web.count('/jwks') == 2


def test_a_token_without_kid_has_the_keys_fetched_again(web, provider, clock):
    assert verified(provider, KEY)
    web.keys = [NEXT]
    clock.now += 61
    assert provider.verify(make_jws({'alg': 'RS256'}, {'iss': ISSUER}, NEXT), ('RS256',))
    assert web.count('/jwks') == 2


def test_a_key_that_is_new_right_after_a_fetch_is_found(web, provider, clock):
    assert verified(provider, KEY)
    web.keys = [NEXT]
    assert verified(provider, NEXT)
    assert web.count('/jwks') == 2


def test_a_second_new_key_within_a_minute_has_to_wait(web, provider, clock):
    assert verified(provider, KEY)
    web.keys = [NEXT]
    assert verified(provider, NEXT)
    web.keys = [THIRD]
    clock.now += 59
    assert reason(verified, provider, THIRD) == 'key_unknown'
    clock.now += 1
    assert verified(provider, THIRD)
    assert web.count('/jwks') == 3


@pytest.mark.parametrize('age', [0, 3601])
def test_keys_that_were_fetched_for_this_very_token_are_not_fetched_twice(
        age, web, provider, clock):
    if age:
        assert verified(provider, KEY)
        clock.now += age
    before = web.count('/jwks')
    assert reason(verified, provider, FORGED) == 'key_unknown'
    assert web.count('/jwks') == before + 1


def test_a_clock_that_is_set_back_does_not_keep_new_keys_away(web, provider, clock):
    assert verified(provider, KEY)
    assert reason(verified, provider, FORGED) == 'key_unknown'
    clock.now -= 10 ** 8
    web.keys = [NEXT]
    assert verified(provider, NEXT)


def test_an_unknown_key_asks_for_no_metadata(web, provider, clock):
    assert verified(provider, KEY)
    web.keys = [NEXT]
    assert verified(provider, NEXT)
    assert web.count('/openid-configuration') == 1


def test_a_key_that_was_withdrawn_stops_working_when_the_set_is_fetched_again(
        web, provider, clock):
    assert verified(provider, KEY)
    web.keys = [NEXT]
    clock.now += 61
    assert verified(provider, NEXT)
    assert reason(verified, provider, KEY) == 'key_unknown'


def test_forged_tokens_cannot_drive_us_against_the_provider(web, provider, clock):
    assert verified(provider, KEY)
    for _ in range(600):
        assert reason(verified, provider, FORGED) == 'key_unknown'
        clock.now += 1
    # Ten minutes: once a minute at most.
    assert web.count('/jwks') == 11
    assert web.count('/openid-configuration') == 1


def test_forged_tokens_cannot_drive_us_while_the_provider_is_away(web, provider, clock):
    assert verified(provider, KEY)
    web.down = True
    for _ in range(600):
        assert reason(verified, provider, FORGED) == 'unreachable'
        clock.now += 1
    assert web.count('/jwks') <= 11


def test_a_key_is_unknown_if_the_provider_was_asked_and_not_if_it_could_not_be(
        web, provider, clock):
    assert verified(provider, KEY)
    web.down = True
    assert reason(verified, provider, NEXT) == 'unreachable'
    assert verified(provider, KEY)
    web.down, web.keys = False, [KEY]
    clock.now += 61
    assert reason(verified, provider, NEXT) == 'key_unknown'


def test_a_wrong_signature_under_a_known_kid_fetches_nothing(web, provider, clock):
    assert verified(provider, KEY)
    clock.now += 61
    for _ in range(5):
        bad = make_jws({'alg': 'RS256', 'kid': KEY.kid}, {'iss': ISSUER}, FORGED)
        assert reason(provider.verify, bad, ('RS256',)) == 'signature'
    assert web.count('/jwks') == 1


@pytest.mark.parametrize('bad', [u'', u'a.b.c', u'x' * 20000, u'..', None])
def test_what_is_no_token_fetches_no_keys_again(bad, web, provider, clock):
    assert verified(provider, KEY)
    clock.now += 61
    assert reason(provider.verify, bad, ('RS256',)) in ('token_form', 'token_size')
    assert web.count('/jwks') == 1


# Threads

def test_many_threads_cause_one_fetch_of_each_document(web, provider):
    web.gate.clear()
    threads, results = in_threads(12, lambda: verified(provider, KEY))
    web.gate.set()
    joined(threads)
    assert results == [True] * 12
    assert len(web.asked) == 2
    assert web.most_inside == 1


def test_many_unknown_keys_at_once_cause_one_fetch(web, provider, clock):
    assert verified(provider, KEY)
    web.keys = [NEXT]
    clock.now += 61
    web.gate.clear()
    threads, results = in_threads(12, lambda: verified(provider, NEXT))
    web.gate.set()
    joined(threads)
    assert results == [True] * 12
    assert web.count('/jwks') == 2


def test_a_fetch_for_an_unknown_key_holds_nobody_up_who_knows_theirs(web, provider, clock):
    assert verified(provider, KEY)
    clock.now += 61
    web.gate.clear()
    slow, _ = in_threads(1, lambda: verified(provider, FORGED))
    quick, results = in_threads(4, lambda: verified(provider, KEY))
    try:
        for thread in quick:
            thread.join(5)
        assert results == [True] * 4
    finally:
        web.gate.set()
    joined(slow)


@pytest.fixture
def stale(web, provider, clock):
    """Both documents are too old, and the provider hangs; a thread is about them."""
    assert verified(provider, KEY)
    clock.now += 3601
    web.gate.clear()
    threads, _ = in_threads(1, lambda: verified(provider, KEY))
    wait_until(lambda: web.inside)
    yield
    web.gate.set()
    joined(threads)


def wait_until(condition):
    late = time.time() + 10
    while not condition():
        assert time.time() < late


def test_a_provider_that_hangs_holds_nobody_up_whom_the_old_documents_serve(
        stale, web, provider):
    quick, results = in_threads(4, lambda: (verified(provider, KEY), provider.metadata()))
    for thread in quick:
        thread.join(5)
    assert [result[0] for result in results] == [True] * 4
    assert web.inside == 1 and len(web.asked) == 3


def test_who_needs_the_new_keys_waits_for_them(stale, web, provider):
    web.keys = [NEXT, KEY]
    slow, results = in_threads(6, lambda: verified(provider, NEXT))
    assert not results
    web.gate.set()
    joined(slow)
    assert results == [True] * 6
    assert web.count('/jwks') == 2


def test_documents_a_day_old_serve_nobody_while_the_provider_hangs(web, provider, clock):
    assert verified(provider, KEY)
    clock.now += 86400
    web.gate.clear()
    threads, results = in_threads(4, lambda: verified(provider, KEY))
    wait_until(lambda: web.inside)
    assert not results
    web.down = True
    web.gate.set()
    joined(threads)
    assert [type(result) for result in results] == [ProviderError] * 4
    assert len(web.asked) == 3


def test_a_fetch_that_fails_in_a_way_of_its_own_leaves_no_lock_behind(web, provider, clock):
    assert verified(provider, KEY)
    clock.now += 86400

    def broken(url, auth=None):
        raise KeyError(url)
    get, web.get = web.get, broken
    with pytest.raises(KeyError):
        provider.metadata()
    web.get = get
    assert verified(provider, KEY)

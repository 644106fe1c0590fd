"""The rotation of keys: a new one is found, a withdrawn one forgotten, and nobody drives us."""
# flake8: noqa: F811

import pytest

from support.jws import make_jws
from support.provider_documents import (FORGED, ISSUER, KEY, NEXT, THIRD, in_threads, joined,
                                        reason, verified)
from support.provider_documents import clock, provider, web  # noqa: F401 (fixtures)


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

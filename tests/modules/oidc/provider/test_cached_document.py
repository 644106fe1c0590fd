"""Documents of the provider: fetched when needed, by one at a time, and kept for a while."""
# flake8: noqa: F811

import pytest

from support.provider_documents import (ISSUER, KEY, NEXT, in_threads, joined, reason, verified,
                                        wait_until)
from support.provider_documents import clock, provider, web  # noqa: F401 (fixtures)
from trac_unit.errors import ProviderError

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


def test_many_threads_cause_one_fetch_of_each_document(web, provider):
    web.gate.clear()
    threads, results = in_threads(12, lambda: verified(provider, KEY))
    web.gate.set()
    joined(threads)
    assert results == [True] * 12
    assert len(web.asked) == 2
    assert web.most_inside == 1


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

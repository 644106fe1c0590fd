# -*- coding: utf-8 -*-
"""Sign-ins under way: sealed into cookies, opened once more by the same browser only."""
import json
import os
import time

import pytest
from cryptography.fernet import Fernet
from webob import Response

from support.store_kinds import (kind, redis_kind, redis_server,  # noqa: F401 (fixtures)
                                 sqlite_kind)
from trac_unit.errors import StoreError, TransactionError
from trac_unit.oidc.browser.cookies import CookieJar
from trac_unit.oidc.browser.transaction import (KEY_AGE, MAX_AGE, MAX_BYTES, MAX_UNDER_WAY,
                                                Transaction, TransactionCookies)

NOW = 1700000000
BACK = 'https://trac.example.org/oidc/callback'


class Store(object):
    """Keeps one key."""

    def __init__(self):
        self.made = {}

    def keys(self, name, now, make, age):
        return [self.made.setdefault(name, make())]


class Browser(object):
    """A cookie jar that only does as it is told."""

    def __init__(self, name='name', secure=True):
        self.cookies = {}
        self._name = name
        self._secure = secure

    @property
    def jar(self):
        header = '; '.join('%s=%s' % pair for pair in self.cookies.items())
        return CookieJar(header, self._secure, self._name)

    def take(self, response):
        for header in response.headers.getall('Set-Cookie'):
            name, value = header.split(';')[0].split('=', 1)
            if 'Max-Age=0' in header:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value

    def begin(self, transactions, return_to='/wiki', now=NOW):
        transaction = Transaction(return_to, '/login', BACK)
        response = Response()
        transactions.add(transaction, self.jar, response, now)
        self.take(response)
        return transaction


@pytest.fixture
def transactions():
    return TransactionCookies(Store())


@pytest.fixture
def browser():
    return Browser()


def reason(transactions, jar, state, now=NOW):
    with pytest.raises(TransactionError) as caught:
        transactions.open(jar, state, now)
    return caught.value.reason


@pytest.mark.parametrize('return_to', ['/', '/wiki/A?b=c&d', '/wiki/%C5%BDofie',
                                       '/x' + 'y' * 1490])
def test_a_transaction_comes_back_as_it_was(return_to, transactions, browser):
    begun = browser.begin(transactions, return_to)
    found = transactions.open(browser.jar, begun.state, NOW + 1)
    assert found.fields() == begun.fields()
    assert all(type(field) is str for field in found.fields())


def test_every_transaction_has_secrets_of_its_own():
    fields = [field for _ in range(50) for field in Transaction('/', '/login', BACK).fields()[3:]]
    assert len(set(fields)) == 150
    assert all(len(field) == 43 for field in fields)


def test_the_cookie_tells_nothing(transactions, browser):
    begun = browser.begin(transactions, '/wiki/Hidden')
    (name, value), = browser.cookies.items()
    for secret in begun.fields():
        assert secret not in name + value
    assert begun.state not in repr(begun) and begun.nonce not in repr(begun)
    assert begun.code_verifier not in repr(begun)


def test_a_transaction_lasts_ten_minutes(transactions, browser):
    begun = browser.begin(transactions)
    assert transactions.open(browser.jar, begun.state, NOW + MAX_AGE)
    assert reason(transactions, browser.jar, begun.state, NOW + MAX_AGE + 1) == 'state_expired'


def test_a_transaction_is_not_from_the_future(transactions, browser):
    begun = browser.begin(transactions, now=NOW + 3600)
    assert reason(transactions, browser.jar, begun.state) == 'state_expired'


def test_another_state_finds_nothing(transactions, browser):
    browser.begin(transactions)
    for state in ('x' * 43, '', '\xff' * 43):
        assert reason(transactions, browser.jar, state) == 'state_unknown'


def test_another_tracs_cookies_are_not_ours(transactions):
    browser = Browser('one')
    begun = browser.begin(transactions)
    other = Browser('two')
    other.cookies = browser.cookies
    assert reason(transactions, other.jar, begun.state) == 'state_unknown'


def test_another_key_opens_nothing(transactions, browser):
    begun = browser.begin(transactions)
    assert reason(TransactionCookies(Store()), browser.jar, begun.state) == 'state_forged'


def processes(kind, count=2):  # noqa: F811
    """The same Trac's cookies in several processes."""
    return [TransactionCookies(kind.open()) for _ in range(count)]


def test_processes_that_share_the_store_share_the_key(kind, browser):  # noqa: F811
    one, two = processes(kind)
    begun = browser.begin(one)
    assert two.open(browser.jar, begun.state, NOW).nonce == begun.nonce


def test_processes_share_the_key_again_after_the_store_was_removed(
        sqlite_kind, browser):  # noqa: F811
    one, two = processes(sqlite_kind)
    browser.begin(one)
    for path in sqlite_kind.files():
        os.remove(path)
    late = browser.begin(two)  # this one makes a new key
    assert two.open(browser.jar, late.state, NOW)
    begun = browser.begin(one)
    assert two.open(browser.jar, begun.state, NOW).nonce == begun.nonce
    assert one.open(browser.jar, late.state, NOW).nonce == late.nonce


@pytest.mark.parametrize('value', ['', 'x', 'gAAAAA', '=' * 100, 'A' * 6000, 'gAAAAABo' + 'A' * 92,
                                   '%', '"', '\\', '\xff'])
def test_a_forged_cookie_opens_nothing(value, transactions, browser):
    begun = browser.begin(transactions)
    name, = browser.cookies
    browser.cookies[name] = value
    assert reason(transactions, browser.jar, begun.state) in ('state_forged', 'state_unknown')


def test_what_the_key_sealed_for_another_purpose_is_an_error_of_ours(browser):
    store = Store()
    transactions = TransactionCookies(store)
    begun = browser.begin(transactions)
    name, = browser.cookies
    fernet = Fernet(store.made['transaction'].encode('ascii'))
    for document in ([], {}, 1, None, ['/'] * 5, ['/'] * 7, [None] * 6, [1] * 6, [[]] * 6):
        sealed = fernet.encrypt(json.dumps(document).encode('ascii'))
        browser.cookies[name] = sealed.decode('ascii')
        with pytest.raises(TransactionError):
            transactions.open(browser.jar, begun.state, time.time())


def test_five_are_under_way_and_the_oldest_gives_way(transactions, browser):
    begun = [browser.begin(transactions, now=NOW + number) for number in range(8)]
    assert len(browser.cookies) == MAX_UNDER_WAY
    for old in begun[:3]:
        assert reason(transactions, browser.jar, old.state, NOW + 9) == 'state_unknown'
    for young in begun[3:]:
        assert transactions.open(browser.jar, young.state, NOW + 9)


def test_their_cookies_never_outgrow_a_request(transactions, browser):
    for number in range(10):
        begun = browser.begin(transactions, '/' + 'x' * 1499, NOW + number)
        assert sum(map(len, browser.cookies.values())) <= MAX_BYTES
        assert transactions.open(browser.jar, begun.state, NOW + number)


def test_forged_cookies_give_way_to_real_ones(transactions, browser):
    real = browser.begin(transactions)
    prefix = list(browser.cookies)[0].rsplit('_', 1)[0]
    for number in range(20):
        browser.cookies['%s_%016d' % (prefix, number)] = 'forged'
    last = browser.begin(transactions, now=NOW + 1)
    for transaction in (real, last):
        assert transactions.open(browser.jar, transaction.state, NOW + 1)


def test_a_flood_of_forged_cookies_makes_no_flood_of_deletions(transactions, browser):
    browser.begin(transactions)
    prefix = list(browser.cookies)[0].rsplit('_', 1)[0]
    for number in range(500):
        browser.cookies['%s_%016d' % (prefix, number)] = 'forged'
    response = Response()
    transactions.add(Transaction('/', '/login', BACK), browser.jar, response, NOW)
    assert sum(map(len, response.headers.getall('Set-Cookie'))) < 6000


def test_cookies_of_others_stay(transactions, browser):
    browser.cookies['other'] = 'kept'
    browser.cookies['__Host-trac_oidc_00000000'] = 'kept'
    for number in range(8):
        browser.begin(transactions, now=NOW + number)
    assert browser.cookies['other'] == browser.cookies['__Host-trac_oidc_00000000'] == 'kept'


def test_a_transaction_can_be_forgotten(transactions, browser):
    first, second = browser.begin(transactions), browser.begin(transactions)
    response = Response()
    transactions.forget(first, browser.jar, response)
    browser.take(response)
    assert reason(transactions, browser.jar, first.state) == 'state_unknown'
    assert transactions.open(browser.jar, second.state, NOW)


@pytest.mark.parametrize('secure', [True, False])
def test_the_cookie_is_for_this_host_and_no_script(secure, transactions):
    browser = Browser(secure=secure)
    response = Response()
    transactions.add(Transaction('/', '/login', BACK), browser.jar, response, NOW)
    header, = response.headers.getall('Set-Cookie')
    parts = [part.strip().lower() for part in header.split(';')]
    assert parts[0].startswith('name_')
    assert ('secure' in parts) == secure
    assert set(['httponly', 'samesite=lax', 'path=/', 'max-age=%d' % MAX_AGE]) <= set(parts)


# Rotation

DAY = KEY_AGE


@pytest.mark.parametrize('begun_at, answered_at', [
    (DAY - 1, DAY), (DAY - 1, DAY + MAX_AGE - 1), (DAY - MAX_AGE, DAY), (DAY, DAY + MAX_AGE),
    (2 * DAY - 1, 2 * DAY + MAX_AGE - 1), (0, MAX_AGE), (30 * DAY - 5, 30 * DAY + 5)])
def test_no_sign_in_is_lost_when_the_key_is_followed_by_another(
        begun_at, answered_at, kind):  # noqa: F811
    one, two, three = processes(kind, 3)
    browser, others = Browser(), Browser()
    others.begin(one, now=NOW)  # the first key
    others.begin(two, now=NOW)
    begun = browser.begin(one, now=NOW + begun_at)
    others.begin(two, now=NOW + answered_at)  # if it is time for a new key, this makes it
    for cookies in (one, two, three):
        found = cookies.open(browser.jar, begun.state, NOW + answered_at)
        assert found.nonce == begun.nonce


def test_a_cookie_opens_that_was_sealed_with_a_key_of_a_moment_ago(kind):  # noqa: F811
    one, two = processes(kind)
    old, new = Browser(), Browser()
    before = old.begin(two, now=NOW + DAY - 1)  # this one knows the first key only
    after = new.begin(one, now=NOW + 2 * DAY - 1)
    assert two.open(new.jar, after.state, NOW + 2 * DAY - 1).nonce == after.nonce
    assert reason(two, old.jar, before.state, NOW + 2 * DAY - 1) == 'state_expired'


def test_the_key_is_another_every_day_and_old_ones_go(kind):  # noqa: F811
    cookies, = processes(kind, 1)
    seen = set()
    for day in range(5):
        Browser().begin(cookies, now=NOW + day * DAY)
        keys = kind.open().keys('transaction', NOW + day * DAY, None, DAY)
        assert len(keys) == min(day + 1, 2) and keys[0] not in seen
        assert set(keys[1:]) <= seen
        seen.update(keys)


def test_a_flood_of_sign_ins_makes_one_key(kind):  # noqa: F811
    cookies, = processes(kind, 1)
    for number in range(50):
        Browser().begin(cookies, now=NOW + number)
    assert len(kind.open().keys('transaction', NOW + 50, None, DAY)) == 1


@pytest.mark.parametrize('key', [u'', u'junk', u'A' * 43, u'\u017e' * 44, u'A' * 10000])
def test_a_key_that_is_none_is_a_store_error(key, browser):
    store = Store()
    store.made['transaction'] = key
    with pytest.raises(StoreError) as caught:
        browser.begin(TransactionCookies(store))
    assert caught.value.reason == 'store' and key[:5] not in str(caught.value) or not key

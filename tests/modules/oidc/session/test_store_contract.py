# -*- coding: utf-8 -*-
"""What every store does: sessions, who they belong to, when they end; memories; keys."""
import pytest

from support.store_kinds import IDLE, LIFETIME, LIMITS, NOW, NAMESPACE, session
from support.store_kinds import (kind, redis_kind, redis_server,  # noqa: F401 (fixtures)
                                 sqlite_kind, store)
from trac_unit.errors import StoreError
from trac_unit.oidc.rules.identity import Identity
from trac_unit.oidc.session.limits import Limits
from trac_unit.oidc.session.secret import new_secret
from trac_unit.oidc.session.session import Session
from trac_unit.oidc.session.tokens import Tokens

OTHER_NAMESPACES = [u'https://provider.example trac2', u'https://provider.example.evil trac',
                    u'https://provider.example trac ', u'https://provider.exampletrac',
                    u'', u'https://provider.example žluťoučký']


def names(sessions):
    return [each.identity.username for each in sessions]


# Sessions

def test_a_session_comes_back_as_it_was(store):  # noqa: F811
    secret = new_secret()
    store.add(secret, session())
    found = store.get(secret, NOW + 1)
    assert found.identity == session().identity
    assert (found.sid, found.created, found.seen, found.checked) == (u'sid-1', NOW, NOW, NOW)
    tokens = found.tokens
    assert (tokens.id_token, tokens.access_token, tokens.refresh_token) == (
        u'id-token', u'access-token', u'refresh-token')
    assert all(type(text) is type(u'') for text in
               found.identity[:5] + found.identity.groups + (found.sid, tokens.id_token))
    assert found.tokens is tokens


def test_a_session_without_sid_groups_profile_and_further_tokens(store):  # noqa: F811
    identity = Identity(u'i', u's', u'u', u'', u'', ())
    store.add('x', Session(identity, Tokens(u't'), None, NOW, NOW + 2, NOW + 3))
    found = store.get('x', NOW + 4)
    assert (found.identity, found.sid, found.seen, found.checked) == (
        identity, None, NOW + 2, NOW + 3)
    assert (found.tokens.id_token, found.tokens.access_token, found.tokens.refresh_token) == (
        u't', None, None)


def test_that_groups_are_unknown_is_kept(store):  # noqa: F811
    for known in (False, True):
        identity = Identity(u'i', u's', u'u', u'', u'', (), known)
        store.add('x%s' % known, Session(identity, Tokens(u't'), None, NOW))
        assert store.get('x%s' % known, NOW).identity.groups_known is known


def test_a_long_and_strange_identity_comes_back(store):  # noqa: F811
    identity = Identity(u'https://i.example/?a=b c', u'\U0001f600 "\'\\\n' + u's' * 240,
                        u'ž' * 255, u'%s\0', u'',
                        tuple(u'group %d' % number for number in range(500)))
    store.add('x', Session(identity, Tokens(u't' * 16384, u'a' * 8192), u'sid %s' % (u'y' * 5000),
                           NOW))
    found = store.get('x', NOW)
    assert found.identity == identity and len(found.tokens.id_token) == 16384
    assert store.count(NOW, subject=identity.subject, username=identity.username) == 1
    assert store.end_by_sid(u'sid %s' % (u'y' * 5000)) == 1


def test_each_secret_has_its_own_session(store):  # noqa: F811
    secrets = dict((name, new_secret()) for name in (u'alice', u'bob', u'žofie'))
    for name, secret in secrets.items():
        store.add(secret, session(name))
    for name, secret in secrets.items():
        assert store.get(secret, NOW).identity.username == name


@pytest.mark.parametrize('secret', ['', 'x', "' OR '1'='1", '%', '*', '\0', u'ž', 'A' * 100000])
def test_an_unknown_secret_has_none(secret, store):  # noqa: F811
    store.add('real', session())
    assert store.get(secret, NOW) is None
    assert store.update(secret, session()) is False
    store.end(secret)
    assert store.get(secret, NOW) is None
    assert store.get('real', NOW)


def test_an_ended_session_is_gone_for_every_process(store, kind):  # noqa: F811
    store.add('x', session())
    other = kind.open()
    assert other.get('x', NOW)
    store.end('x')
    assert store.get('x', NOW) is None and other.get('x', NOW) is None
    assert other.count(NOW) == 0
    store.end('x')


def test_a_session_cannot_be_added_twice(store):  # noqa: F811
    store.add('x', session(u'alice'))
    with pytest.raises(StoreError) as caught:
        store.add('x', session(u'mallory'))
    assert caught.value.reason == 'store'
    assert store.get('x', NOW).identity.username == u'alice'
    assert names(store.sessions(NOW)) == [u'alice']


# When they end by themselves

def test_a_session_ends_when_it_lies_idle(store):  # noqa: F811
    store.add('x', session())
    assert store.get('x', NOW + IDLE - 1)
    store.add('y', session())
    assert store.get('y', NOW + IDLE) is None
    assert store.count(NOW + IDLE) == 1


def test_a_look_keeps_a_session_alive(store):  # noqa: F811
    store.add('x', session())
    for hours in range(1, 20):
        assert store.get('x', NOW + hours * (IDLE - 60))


def test_a_session_ends_after_its_lifetime_whatever_happens(store):  # noqa: F811
    store.add('x', session())
    for hours in range(1, 25):
        assert store.get('x', NOW + hours * 3590)
    assert store.get('x', NOW + LIFETIME - 1)
    assert store.get('x', NOW + LIFETIME) is None
    assert store.sessions(NOW + LIFETIME) == []


def test_limits_that_were_made_tighter_hold_at_once(store, kind):  # noqa: F811
    store.add('x', session())
    tighter = kind.open(limits=Limits(60, LIFETIME))
    assert tighter.get('x', NOW + 60) is None and tighter.count(NOW + 60) == 0
    assert tighter.count(NOW + 59) == 1
    assert store.get('x', NOW + 60)


def test_not_every_look_is_noted(store):  # noqa: F811
    store.add('x', session())
    assert LIMITS.touch == 60
    store.get('x', NOW + 59)
    assert store.get('x', NOW + 59).seen == NOW
    store.get('x', NOW + 60)
    assert store.get('x', NOW + 60).seen == NOW + 60


def test_a_clock_set_back_makes_no_session_older(store):  # noqa: F811
    store.add('x', session())
    assert store.get('x', NOW + 600)
    assert store.get('x', NOW - 600)
    assert store.get('x', NOW + 600 + IDLE - 1)


# Changes

def test_what_the_provider_says_later_is_kept(store, kind):  # noqa: F811
    store.add('x', session())
    found = store.get('x', NOW + 100)
    found.identity = found.identity._replace(username=u'alicia', groups=(u'managers',))
    found.tokens = Tokens(u'new-id-token', u'new-access-token', u'new-refresh-token')
    found.sid, found.checked = u'sid-2', NOW + 100
    assert store.update('x', found) is True
    changed = kind.open().get('x', NOW + 101)
    assert changed.identity == found.identity
    assert (changed.sid, changed.created, changed.checked) == (u'sid-2', NOW, NOW + 100)
    assert changed.seen == NOW + 100, 'a change is no reason to forget when it was seen'
    assert changed.tokens.refresh_token == u'new-refresh-token'
    assert store.count(NOW + 101, username=u'alice') == 0
    assert store.count(NOW + 101, username=u'alicia') == 1
    assert store.end_by_sid(u'sid-1') == 0 and store.end_by_sid(u'sid-2') == 1


def test_a_change_of_one_thing_leaves_the_others(store):  # noqa: F811
    store.add('x', session())
    found = store.get('x', NOW)
    found.checked = NOW + 7
    assert store.update('x', found)
    changed = store.get('x', NOW)
    assert changed.checked == NOW + 7 and changed.identity == session().identity
    assert changed.tokens.refresh_token == u'refresh-token'


def test_a_sid_can_come_and_go(store):  # noqa: F811
    store.add('x', session(sid=None))
    found = store.get('x', NOW)
    for sid in (u'late', None):
        found.sid = sid
        assert store.update('x', found)
        assert store.get('x', NOW).sid == sid
    assert store.end_by_sid(u'late') == 0


@pytest.mark.parametrize('end', [
    lambda each: each.end('x'), lambda each: each.end_by_sid(u'sid-1'),
    lambda each: each.end_by_subject(u'sub-alice')])
def test_a_change_does_not_bring_an_ended_session_back(end, store):  # noqa: F811
    store.add('x', session())
    found = store.get('x', NOW)
    end(store)
    assert store.update('x', found) is False
    assert store.get('x', NOW) is None and store.sessions(NOW) == []


# Ends from outside

def fill(store):  # noqa: F811 (a fixture has that name)
    for secret, username, sid in (('a1', u'alice', u'one'), ('a2', u'alice', u'two'),
                                  ('a3', u'alice', None), ('b1', u'bob', u'one'),
                                  ('b2', u'bob', u'žluťoučký')):
        store.add(secret, session(username, sid=sid))


def left(store):  # noqa: F811
    return [name for name in ('a1', 'a2', 'a3', 'b1', 'b2') if store.get(name, NOW)]


@pytest.mark.parametrize('sid, subject, ended, survivors', [
    (u'one', None, 2, ['a2', 'a3', 'b2']),
    (u'one', u'sub-alice', 1, ['a2', 'a3', 'b1', 'b2']),
    (u'one', u'sub-nobody', 0, ['a1', 'a2', 'a3', 'b1', 'b2']),
    (u'two', u'sub-bob', 0, ['a1', 'a2', 'a3', 'b1', 'b2']),
    (u'žluťoučký', None, 1, ['a1', 'a2', 'a3', 'b1']),
    (u'', None, 0, ['a1', 'a2', 'a3', 'b1', 'b2']),
    (u'None', None, 0, ['a1', 'a2', 'a3', 'b1', 'b2']),
    (u'%', None, 0, ['a1', 'a2', 'a3', 'b1', 'b2']),
    (u'*', None, 0, ['a1', 'a2', 'a3', 'b1', 'b2']),
    (u'one', u'', 0, ['a1', 'a2', 'a3', 'b1', 'b2'])])
def test_the_provider_ends_a_session_by_its_sid(
        sid, subject, ended, survivors, store):  # noqa: F811
    fill(store)
    assert store.end_by_sid(sid, subject) == ended
    assert left(store) == survivors
    assert store.end_by_sid(sid, subject) == 0


def test_all_sessions_of_a_person_end(store, kind):  # noqa: F811
    fill(store)
    assert kind.open().end_by_subject(u'sub-alice') == 3
    assert left(store) == ['b1', 'b2']
    assert store.end_by_subject(u'sub-alice') == store.end_by_subject(u'sub-') == 0
    assert store.end_by_sid(u'one') == 1


def test_many_sessions_of_one_person_end_at_once(store):  # noqa: F811
    for number in range(1200):
        store.add(str(number), session(u'robot', sid=u'r%d' % number))
    assert store.count(NOW, username=u'robot') == len(store.sessions(NOW)) == 1200
    assert store.end_by_subject(u'sub-robot') == 1200
    assert store.count(NOW) == 0


# Who is signed in

def test_sessions_are_listed_without_tokens_the_newest_first(store):  # noqa: F811
    store.add('old', session(u'alice', NOW))
    store.add('new', session(u'bob', NOW + 200))
    store.add('middle', session(u'alice', NOW + 100))
    listed = store.sessions(NOW + 300)
    assert names(listed) == [u'bob', u'alice', u'alice']
    assert [each.created for each in listed] == [NOW + 200, NOW + 100, NOW]
    assert [each.tokens for each in listed] == [None] * 3
    assert (listed[0].sid, listed[0].seen, listed[0].checked) == (u'sid-1', NOW + 200, NOW + 200)


@pytest.mark.parametrize('who, found', [
    ({}, [u'carol', u'bob', u'alice']), ({'subject': u'sub-bob'}, [u'bob']),
    ({'username': u'bob'}, [u'bob']), ({'subject': u'sub-bob', 'username': u'bob'}, [u'bob']),
    ({'subject': u'sub-bob', 'username': u'alice'}, []), ({'username': u'BOB'}, []),
    ({'username': u''}, []), ({'subject': u''}, []), ({'username': u'%'}, [])])
def test_sessions_are_listed_and_counted_by_person(who, found, store):  # noqa: F811
    for number, name in enumerate([u'alice', u'bob', u'carol']):
        store.add(name, session(name, NOW + number))
    assert names(store.sessions(NOW + 9, **who)) == found
    assert store.count(NOW + 9, **who) == len(found)


# Realms

@pytest.mark.parametrize('namespace', OTHER_NAMESPACES)
def test_nothing_is_found_in_another_namespace(namespace, store, kind):  # noqa: F811
    other = kind.open(namespace)
    store.add('x', session())
    assert other.get('x', NOW) is None
    assert other.update('x', session()) is False
    assert other.sessions(NOW) == [] and other.count(NOW, username=u'alice') == 0
    assert other.end_by_sid(u'sid-1') == other.end_by_subject(u'sub-alice') == 0
    other.end('x')
    assert store.get('x', NOW)
    assert store.once('state', 'v', NOW, NOW + 9) and other.once('state', 'v', NOW, NOW + 9)
    assert store.keys('k', NOW, lambda: u'mine', 9) == [u'mine']
    assert other.keys('k', NOW, lambda: u'theirs', 9) == [u'theirs']


def test_the_same_realm_is_one_however_it_is_written(store, kind):  # noqa: F811
    store.add('x', session())
    assert kind.open(NAMESPACE.encode('utf-8')).get('x', NOW)


def test_two_realms_can_have_a_session_under_one_secret(store, kind):  # noqa: F811
    other = kind.open(OTHER_NAMESPACES[0])
    store.add('x', session(u'alice'))
    other.add('x', session(u'bob'))
    assert store.get('x', NOW).identity.username == u'alice'
    assert other.get('x', NOW).tokens.id_token == u'id-token'


def test_tighter_limits_of_one_realm_end_nothing_of_another(store, kind):  # noqa: F811
    store.add('x', session())
    other = kind.open(OTHER_NAMESPACES[0], Limits(10, 10))
    for number in range(5):
        other.add('new-%d' % number, session(created=NOW + 100 + number))
    assert store.get('x', NOW + 105)


# Memories

def test_once_is_once(store, kind):  # noqa: F811
    assert store.once('state', 'a', NOW, NOW + 60)
    assert not store.once('state', 'a', NOW, NOW + 60)
    assert not kind.open().once('state', 'a', NOW, NOW + 600)
    assert store.once('state', 'b', NOW, NOW + 60)
    assert store.once('jti', 'a', NOW, NOW + 60)
    assert store.once('state', u'ž', NOW, NOW + 60)
    assert not store.once('state', u'ž', NOW + 59, NOW + 119)


def test_a_memory_that_has_expired_counts_as_none(store, kind):  # noqa: F811
    for lap in range(3):
        now = NOW + 60 * lap
        assert store.once('lease', 'a', now, now + 60)
        assert not kind.open().once('lease', 'a', now + 59, now + 119)


def test_a_memory_lasts_to_the_fraction_of_a_second(store):  # noqa: F811
    assert store.once('lease', 'a', NOW + .2, NOW + .7)
    assert not store.once('lease', 'a', NOW + .6, NOW + 9)
    assert store.once('lease', 'a', NOW + .7, NOW + 9)


def test_a_refused_caller_does_not_lengthen_a_memory(store):  # noqa: F811
    assert store.once('lease', 'a', NOW, NOW + 60)
    assert not store.once('lease', 'a', NOW + 50, NOW + 1000)
    assert store.once('lease', 'a', NOW + 60, NOW + 120)


# Keys

def maker():
    """What makes keys, each another."""
    made = []

    def make():
        made.append(u'key-%d' % len(made))
        return made[-1]
    return make


def test_what_was_taken_once_has_been_seen_until_it_expires(store, kind):  # noqa: F811
    assert not store.seen('jti', u'ž', NOW)
    assert store.once('jti', u'ž', NOW, NOW + 60)
    assert store.seen('jti', u'ž', NOW) and kind.open().seen('jti', u'ž', NOW + 59)
    assert not store.seen('jti', u'ž', NOW + 60)
    assert not store.seen('jti', 'z', NOW) and not store.seen('state', u'ž', NOW)
    # To ask takes nothing.
    assert store.once('jti', 'z', NOW, NOW + 60)


def test_a_key_is_made_once(store, kind):  # noqa: F811
    make = maker()
    assert store.keys('transaction', NOW, make, 100) == [u'key-0']
    assert store.keys('transaction', NOW + 99, make, 100) == [u'key-0']
    assert kind.open().keys('transaction', NOW, make, 100) == [u'key-0']
    assert store.keys('other', NOW, make, 100) == [u'key-1']


def test_a_key_is_followed_by_another_and_still_opens(store, kind):  # noqa: F811
    make = maker()
    found = [store.keys('k', NOW + seconds, make, 100)
             for seconds in (0, 100, 199, 200, 299, 300, 450, 1000)]
    assert found == [[u'key-0'], [u'key-1', u'key-0'], [u'key-1', u'key-0'],
                     [u'key-2', u'key-1'], [u'key-2', u'key-1'], [u'key-3', u'key-2'],
                     [u'key-4', u'key-3'], [u'key-5']]
    assert kind.open().keys('k', NOW + 1001, make, 100) == [u'key-5']


def test_a_key_that_opens_nothing_any_more_is_removed(store, kind):  # noqa: F811
    make = maker()
    store.keys('k', NOW, make, 100)
    store.keys('k', NOW + 150, make, 100)
    assert store.keys('k', NOW + 199, make, 100) == [u'key-1', u'key-0']
    assert store.keys('k', NOW + 200, make, 100) == [u'key-1']
    assert kind.open().keys('k', NOW + 199, make, 100) == [u'key-1'], 'it is still there'


def test_a_key_from_far_ahead_gives_way(store):  # noqa: F811
    make = maker()
    store.keys('k', NOW + 10 * LIFETIME, make, 100)
    assert store.keys('k', NOW, make, 100) == [u'key-1']
    assert store.keys('k', NOW + 99, make, 100) == [u'key-1']


def test_clocks_that_differ_a_little_share_their_keys(store):  # noqa: F811
    make = maker()
    assert store.keys('k', NOW + 30, make, 100) == [u'key-0']
    assert store.keys('k', NOW, make, 100) == [u'key-0']


# What expired leaves

def test_a_sweep_takes_no_live_session(store):  # noqa: F811
    store.add('old', session())
    store.add('used', session())
    store.get('used', NOW + IDLE - 1)
    store.add('new', session(created=NOW + IDLE + 1))
    assert store.get('used', NOW + IDLE + 1) and store.get('new', NOW + IDLE + 1)

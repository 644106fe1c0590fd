# -*- coding: utf-8 -*-
"""The shortcuts to permissions: each returns what the function that it replaces would."""

import logging

import pytest
from trac.core import Component, implements
from trac.env import Environment
from trac.perm import (IPermissionPolicy, PermissionCache, PermissionError, PermissionSystem)
from trac.resource import Resource

from support.tuned import both
from support.tuned import untuned  # noqa: F401 (a fixture)
from trac_unit.tuning.shortcuts.table import take_shortcuts

ASKED = []


class Policy(Component):
    """Says yes and no by the resource's number, asks back, and keeps what it was asked."""

    implements(IPermissionPolicy)

    def check_permission(self, action, username, resource, perm):
        ASKED.append((action, username, repr(resource), repr(perm._resource), perm.username))
        if action == 'TICKET_CIRCLE':
            return 'TICKET_CIRCLE' in perm or None
        if resource and resource.realm == 'secret':
            return resource.id == 1
        return None


@pytest.fixture
def opened(environment):
    opened = Environment(environment)
    opened.config.set('components', __name__ + '.*', 'enabled')
    opened.config.set('trac', 'permission_policies', 'Policy, DefaultPermissionPolicy')
    PermissionSystem(opened).grant_permission('alice', 'TICKET_ADMIN')
    del ASKED[:]
    yield opened
    opened.shutdown()


def told(function):
    """What `function` returns and what the policies were asked meanwhile."""
    def outcome():
        del ASKED[:]
        found = function()
        return found, list(ASKED)
    return outcome


class OddResource(Resource):
    """A kind of its own."""

    def __hash__(self):
        return 1


RESOURCES = [
    None, '', 'ticket', 'secret', Resource('secret', 1), Resource('secret', 2), Resource(None),
    Resource('secret', u'\u017e', 3), Resource('secret', 1).child('attachment', 'x'),
    OddResource('secret', 1)]


@pytest.mark.parametrize('username', [None, 'alice', u'\u017elu\u0165', 'anonymous'])
@pytest.mark.parametrize('resource', RESOURCES, ids=repr)
@pytest.mark.parametrize('within', RESOURCES, ids=repr)
def test_a_decision_is_the_same_and_asked_for_as_often(opened, username, resource, within):
    def decided():
        perm = PermissionCache(opened, username, within or None)
        found = []
        for _ in range(2):
            for action in ('TICKET_VIEW', 'TICKET_ADMIN', 'NO_SUCH', 'TICKET_CIRCLE'):
                found += [action in perm, perm.has_permission(action, resource),
                          perm.has_permission(action, resource, 2),
                          perm.has_permission(action, resource, 2, 7)]
                if resource:
                    found += [action in perm(resource), action in perm(resource, 3),
                              action in perm(resource)(resource), perm(resource) is perm]
        return found

    both(told(decided))


def test_what_is_required_is_the_same(opened):
    perm = PermissionCache(opened, 'bob')
    kind, text = both(lambda: perm.require('TICKET_ADMIN', 'ticket', 1))
    assert kind is PermissionError and 'TICKET_ADMIN' in text


def test_people_do_not_share_decisions(opened):
    take_shortcuts()
    shared = {}
    for _ in range(2):
        for name, may in (('alice', True), ('bob', False), ('anonymous', False)):
            assert ('TICKET_ADMIN' in PermissionCache(opened, name, cache=shared)) is may
            assert ('TICKET_ADMIN' in PermissionCache(opened, name, cache=shared)(
                Resource('ticket', 1))) is may


def test_resources_of_one_number_do_not_share_decisions(opened):
    """A number is no name: two resources can have the same hash."""
    take_shortcuts()
    perm = PermissionCache(opened, 'bob')
    one, two = OddResource('secret', 1), OddResource('secret', 2)
    assert hash(one) == hash(two)
    for _ in range(2):
        assert perm.has_permission('TICKET_VIEW', one) is True
        assert perm.has_permission('TICKET_VIEW', two) is False


def test_permissions_of_a_kind_of_their_own_are_asked(opened):
    class Generous(PermissionCache):
        def _has_permission(self, action, resource):
            return True

    assert both(lambda: ('NO_SUCH' in Generous(opened, 'bob'),
                         type(Generous(opened, 'bob')(Resource('secret', 2))).__name__)) == (
        True, 'PermissionCache')


@pytest.mark.parametrize('level', [logging.DEBUG, logging.INFO, logging.NOTSET])
def test_the_log_has_the_decisions_where_it_takes_them(opened, caplog, level):
    caplog.set_level(logging.DEBUG)
    opened.log.propagate = True
    opened.log.setLevel(level)
    logging.getLogger().addHandler(caplog.handler)
    try:
        def decided():
            caplog.clear()
            found = 'TICKET_VIEW' in PermissionCache(opened, 'bob', Resource('secret', 1))
            return found, [record.getMessage() for record in caplog.records
                           if 'performing' in record.getMessage()]

        found, messages = both(decided)
    finally:
        logging.getLogger().removeHandler(caplog.handler)
    assert found is True
    assert bool(messages) == (level != logging.INFO)

# -*- coding: utf-8 -*-
"""What the demo puts into Trac."""

import datetime
import re

import pytest
from trac.env import open_environment
from trac.perm import PermissionSystem
from trac.ticket.model import Component, Milestone, Ticket, Version
from trac.util.datefmt import utc
from trac.wiki.model import WikiPage

from trac_unit.cli.demo import content


NOW = datetime.datetime(2026, 2, 20, 9, 30, tzinfo=utc)


@pytest.fixture(scope='module')
def trac(tmpdir_factory):
    """The demo's Trac environment, opened."""
    path = str(tmpdir_factory.mktemp('demo').join('trac'))
    content.make_environment(path, NOW)
    environment = open_environment(path)
    try:
        yield environment
    finally:
        environment.shutdown()


def names(model, trac):
    return [item.name for item in model.select(trac)]


def test_the_project_has_a_name_and_no_broken_logo(trac):
    assert trac.project_name == content.PROJECT
    assert trac.config.get('header_logo', 'src') == ''


def test_tickets_of_all_types_with_one_closed(trac):
    ids = [id for id, in trac.db_query('SELECT id FROM ticket ORDER BY id')]
    tickets = [Ticket(trac, id) for id in ids]
    assert len(tickets) == len(content.TICKETS) == 6
    assert set(ticket['type'] for ticket in tickets) == {'defect', 'enhancement', 'task'}
    assert [(ticket.id, ticket['resolution']) for ticket in tickets
            if ticket['status'] == 'closed'] == [(1, 'fixed')]
    people = set(user.username for user in content.USERS)
    assert set(ticket['owner'] for ticket in tickets) == people
    assert set(ticket['reporter'] for ticket in tickets) <= people
    assert set(ticket['component'] for ticket in tickets) == set(names(Component, trac))
    assert all(ticket['milestone'] == content.MILESTONE for ticket in tickets)
    assert [ticket['time'] for ticket in tickets] == sorted(
        ticket['time'] for ticket in tickets)
    assert all(ticket['time'] <= ticket['changetime'] < NOW for ticket in tickets)


def test_one_milestone_due_in_the_future_and_nothing_of_tracs_own(trac):
    milestone, = Milestone.select(trac)
    assert milestone.name == content.MILESTONE
    assert milestone.due == datetime.datetime(2026, 3, 22, 18, 0, tzinfo=utc)
    assert 'component1' not in names(Component, trac)
    assert names(Version, trac) == []


def test_three_pages_of_which_two_link_to_each_other(trac):
    pages = dict((name, WikiPage(trac, name).text) for name, author, text in content.PAGES)
    assert len(pages) == 3
    assert all(pages.values())
    assert 'Welcome to Trac' not in pages['WikiStart']
    assert 'SeedLibrary' in pages['PlantingCalendar']
    assert 'PlantingCalendar' in pages['SeedLibrary']


def test_every_ticket_that_a_text_names_exists(trac):
    texts = [text for name, author, text in content.PAGES] + [content.MILESTONE_TEXT]
    numbers = [int(number) for text in texts for number in re.findall('#([0-9]+)', text)]
    assert numbers
    for number in numbers:
        assert Ticket(trac, number).exists


@pytest.mark.parametrize('user, action, expected', [
    (u'alice', 'TRAC_ADMIN', True), (u'bob', 'TRAC_ADMIN', False), (u'žofie', 'TRAC_ADMIN', False),
    (u'bob', 'TICKET_CREATE', True), (u'žofie', 'TICKET_MODIFY', True),
    (u'žofie', 'WIKI_CREATE', True), (u'bob', 'WIKI_MODIFY', True),
    (u'anonymous', 'TICKET_VIEW', True), (u'anonymous', 'TICKET_CREATE', False),
    (u'anonymous', 'WIKI_MODIFY', False)])
def test_permissions(trac, user, action, expected):
    assert PermissionSystem(trac).check_permission(action, user) is expected

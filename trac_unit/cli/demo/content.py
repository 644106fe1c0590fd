# -*- coding: utf-8 -*-
"""The Trac environment of the demo: a small project that looks lived-in."""

import collections
import datetime

from ..._compat import to_text

PROJECT = u'Riverside Garden Planner'
ADMINISTRATOR = u'alice'
MILESTONE = u'Spring opening'

User = collections.namedtuple('User', 'subject username name email groups')

USERS = (
    User(u'alice', u'alice', u'Alice Archer', u'alice@example.org', (u'board', u'developers')),
    User(u'bob', u'bob', u'Bob Baker', u'bob@example.org', (u'developers',)),
    User(u'zofie', u'žofie', u'Žofie Nováková', u'zofie@example.org', (u'gardeners',)),
)

OPTIONS = (
    ('project', 'name', PROJECT),
    ('project', 'descr', u'Who grows what, where and when in the Riverside community garden'),
    ('header_logo', 'src', ''),
    ('header_logo', 'alt', ''),
    ('ticket', 'default_milestone', MILESTONE),
    ('ticket', 'default_component', u'Bed map'),
    ('logging', 'log_type', 'stderr'),
    ('logging', 'log_level', 'WARNING'),
)

COMPONENTS = ((u'Bed map', u'bob'), (u'Calendar', u'alice'), (u'Seed library', u'žofie'))

MILESTONE_DUE_IN = datetime.timedelta(days=30)
MILESTONE_TEXT = u"""\
The planner is ready for all 48 gardeners on the first planting day:

 * nobody loses an entry in the bed map any more (#2),
 * the PlantingCalendar can be taken along on a phone (#5),
 * every bed has a photograph (#4).
"""

PAGES = (
    (u'WikiStart', u'alice', u"""\
= Riverside Garden Planner

Welcome! Forty-eight gardeners share the beds between the river and the railway. This is where
we plan the garden, and where we look after the small web application that helps us do it.

Everybody may read along. To report a problem or to improve a page, please sign in first, with
the ''Login'' link at the top right.

== Where to go

 * PlantingCalendar: what goes into the ground, and when
 * SeedLibrary: which seeds you can borrow, and how to return them in autumn
 * [milestone:"Spring opening"]: what must be done before the first planting day
 * [query:status!=closed&order=priority All open tickets], or [/newticket write a new one]

== Who does what

|| '''Alice''' || the planting calendar, and this Trac ||
|| '''Bob''' || the bed map ||
|| '''Žofie''' || the seed library ||
"""),
    (u'PlantingCalendar', u'alice', u"""\
= Planting calendar

The dates hold for our place by the river, where frost stays about a week longer than in town.
The seeds come from the SeedLibrary, unless the last column says otherwise.

||= Crop =||= Sow indoors =||= Into the ground =||= Harvest =||= Seeds =||
|| Broad beans || || early March || June || library ||
|| Carrots || || mid-March || from July || library ||
|| Lettuce || February || April || from May || library ||
|| Tomatoes || March || after 15 May || from July || bring your own ||
|| Pumpkins || April || after 20 May || October || library ||

== Before you plant

 1. Look at the bed map: what grew here last year?
 2. Leave three years between two crops of the same family.
 3. Enter your crop on the day that you plant it. Others plan around it.

Something wrong or missing? Please correct it, or tell us in a [/newticket ticket].
"""),
    (u'SeedLibrary', u'žofie', u"""\
= Seed library

Take the seeds in spring, grow them, let a few plants go to seed, and bring some back in autumn.
The box is in the shed, on the shelf above the watering cans.

== How it works

 * Take what you need for one bed, not more than one bag of each kind.
 * Write your name and the kind on the list inside the lid.
 * Bring back at least twice as many seeds as you took, '''dry and labelled'''.

The PlantingCalendar tells when each kind wants to be sown.

== We are running low on

 * broad beans, after last year's wet summer
 * the yellow carrots that Žofie brought from Olomouc
"""),
)

# Days before now, who, and what changed.
Change = collections.namedtuple('Change', 'days author comment fields')


def _ticket(days, reporter, summary, description, changes=(), **fields):
    return days, dict(fields, reporter=reporter, summary=summary, description=description), changes


TICKETS = (
    _ticket(
        16, u'bob', u'Watering reminders arrive an hour late since the clocks changed',
        u'The reminder for bed 12 is set to 18:00 and has arrived at 19:00 since Sunday. '
        u'It is the same for three neighbours.',
        type=u'defect', component=u'Calendar', priority=u'major', owner=u'alice',
        changes=(
            Change(14, u'alice', u'Reminders are stored without a time zone. I will store them '
                   u'in UTC and convert them when they are sent.', {'status': u'accepted'}),
            Change(9, u'alice', u'Fixed, and checked with both dates on which the clocks change.',
                   {'status': u'closed', 'resolution': u'fixed'}))),
    _ticket(
        12, u'žofie', u'A bed disappears from the map when two people edit it at the same time',
        u'Bob and I both changed bed 31 on Saturday. After the second save the bed was gone, and '
        u'with it the list of what grew there.\n\n'
        u'How to see it:\n'
        u' 1. Open the same bed in two browsers.\n'
        u' 2. Save it in the first one.\n'
        u' 3. Save it in the second one: the bed is no longer on the map.',
        type=u'defect', component=u'Bed map', priority=u'critical', owner=u'bob',
        changes=(
            Change(11, u'bob', u'I can reproduce it. The second save must be refused, with a '
                   u'note that somebody else was faster.', {'status': u'accepted'}),)),
    _ticket(
        10, u'alice', u'Show the neighbouring crops while choosing what to plant',
        u'Whoever chooses a crop should see what grows in the beds next to it, so that potatoes '
        u'do not end up beside tomatoes again.',
        type=u'enhancement', component=u'Bed map', priority=u'major', owner=u'bob'),
    _ticket(
        8, u'alice', u'Photograph all beds before the first planting day',
        u'One photograph of each bed, taken from the path. 31 of 48 are done; beds 18 to 34 are '
        u'missing.',
        type=u'task', component=u'Bed map', priority=u'minor', owner=u'žofie',
        changes=(
            Change(3, u'žofie', u'I will take the missing ones on Sunday, if it stays dry.',
                   {'status': u'accepted'}),)),
    _ticket(
        6, u'bob', u'Take the planting calendar along on a phone',
        u'The PlantingCalendar as a file that phones can subscribe to, with one entry for each '
        u'sowing and planting date.',
        type=u'enhancement', component=u'Calendar', priority=u'major', owner=u'alice'),
    _ticket(
        2, u'žofie', u'The seed search does not find names with accents',
        u'A search for “kedlubna fialová” finds nothing, although we have two bags of it. '
        u'“kedlubna” alone finds it.',
        type=u'defect', component=u'Seed library', priority=u'major', owner=u'žofie'),
)


def make_environment(path, now=None):
    """Make a new Trac environment with the demo's content.

    :param path: a folder that does not exist, or is empty, as a native string
    :param now: an aware :class:`datetime.datetime`; None: the present
    :raises trac.core.TracError: the environment cannot be made
    """
    from trac.env import Environment
    from trac.util.datefmt import datetime_now, utc

    now = now or datetime_now(utc)
    env = Environment(path, create=True, options=[
        (section, name, to_text(value)) for section, name, value in OPTIONS])
    try:
        with env.db_transaction:
            _remove_default_content(env)
            _add_plan(env, now)
            _add_pages(env, now - datetime.timedelta(days=20))
            _add_tickets(env, now)
            _grant(env)
    finally:
        env.shutdown()


def _remove_default_content(env):
    from trac.ticket.model import Component, Milestone, Version

    for model in (Component, Milestone, Version):
        for item in list(model.select(env)):
            item.delete()


def _add_plan(env, now):
    from trac.ticket.model import Component, Milestone

    for name, owner in COMPONENTS:
        component = Component(env)
        component.name = name
        component.owner = owner
        component.insert()
    milestone = Milestone(env)
    milestone.name = MILESTONE
    milestone.due = (now + MILESTONE_DUE_IN).replace(hour=18, minute=0, second=0, microsecond=0)
    milestone.description = MILESTONE_TEXT
    milestone.insert()


def _add_pages(env, when):
    from trac.wiki.model import WikiPage

    for name, author, text in PAGES:
        page = WikiPage(env, name)
        page.text = text
        page.save(author, u'', when)


def _add_tickets(env, now):
    from trac.ticket.model import Ticket

    for days, fields, changes in TICKETS:
        ticket = Ticket(env)
        for name, value in dict(fields, status=u'new', milestone=MILESTONE).items():
            ticket[name] = value
        ticket.insert(when=now - datetime.timedelta(days=days))
        for change in changes:
            for name, value in change.fields.items():
                ticket[name] = value
            ticket.save_changes(change.author, change.comment,
                                now - datetime.timedelta(days=change.days))


def _grant(env):
    from trac.perm import PermissionSystem

    permissions = PermissionSystem(env)
    wanted = [(u'authenticated', action) for action in
              ('TICKET_CREATE', 'TICKET_MODIFY', 'WIKI_CREATE', 'WIKI_MODIFY')]
    wanted.append((ADMINISTRATOR, 'TRAC_ADMIN'))
    present = set(permissions.get_all_permissions())
    for username, action in wanted:
        if (username, action) not in present:
            permissions.grant_permission(username, action)

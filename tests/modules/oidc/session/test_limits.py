# -*- coding: utf-8 -*-
"""When a session ends by itself."""

import pytest

from trac_unit.oidc.rules.identity import Identity
from trac_unit.oidc.session.limits import Limits

IDENTITY = Identity(u'https://id.example.org', u'1', u'žofie', u'Žofie', u'', ())


@pytest.mark.parametrize('idle, touch', [
    (1, 1), (9, 1), (10, 1), (59, 5), (100, 10), (600, 60), (601, 60), (86400, 60)])
def test_last_seen_is_written_often_enough_and_not_too_often(idle, touch):
    assert Limits(idle, 86400).touch == touch


@pytest.mark.parametrize('created, seen, end', [
    (1000, 1000, 1060), (1000, 1030, 1090), (1000, 1540, 1600), (1000, 1560, 1600),
    (1000, 900, 960)])
def test_a_session_ends_idle_or_old_whichever_comes_first(created, seen, end):
    assert Limits(60, 600).end(created, seen) == end

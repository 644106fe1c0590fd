# -*- coding: utf-8 -*-
"""The parameters of an authorization response: a state of ours, each once, or refused."""

import pytest

from support.store_kinds import sqlite_kind  # noqa: F401 (a fixture)
from trac_unit._compat import urlencode
from trac_unit.errors import BadRequest, TransactionError
from trac_unit.oidc.rules.authorization_response import parse_authorization_response
from trac_unit.oidc.rules.identity import ClaimNames

NOW = 1700000000
ISSUER = u'https://id.example.org'
STATE = 's' * 43
NAMES = ClaimNames((u'preferred_username',), (u'name',), (u'email',), (u'groups',))


def answer(**parameters):
    return urlencode(dict({'state': STATE}, **parameters))


def test_an_answer_is_read_with_all_that_it_has():
    assert parse_authorization_response(answer(code='x', iss=ISSUER, more='y')) == {
        'state': STATE, 'code': 'x', 'iss': 'https://id.example.org', 'more': 'y'}


@pytest.mark.parametrize('query, error, reason', [
    ('', TransactionError, 'state_missing'), ('code=x', TransactionError, 'state_missing'),
    ('State=' + STATE, TransactionError, 'state_missing'),
    ('state=', TransactionError, 'state_unknown'),
    ('state=' + STATE[1:], TransactionError, 'state_unknown'),
    ('state=x' + STATE, TransactionError, 'state_unknown'),
    ('state=' + STATE + '%0a', TransactionError, 'state_unknown'),
    ('state=' + STATE[1:] + '%ff', TransactionError, 'state_unknown'),
    ('state=' + STATE[1:] + '.', TransactionError, 'state_unknown'),
    ('state=%s&state=%s' % (STATE, STATE), BadRequest, 'duplicate'),
    ('state=%s&x=%s' % (STATE, 'y' * 8192), BadRequest, 'query_size')])
def test_what_is_no_answer_to_us_is_refused(query, error, reason):
    with pytest.raises(error) as caught:
        parse_authorization_response(query)
    assert caught.value.reason == reason
    assert STATE[1:] not in str(caught.value)

# -*- coding: utf-8 -*-
"""Claims become an identity that Trac can use, or an error."""

import pytest

from trac_unit._compat import native
from trac_unit.errors import IdentityError
from trac_unit.oidc.rules.identity import (ELSEWHERE, ClaimNames, Identity, identify, lookup,
                                           remarks)
from trac_unit.pages.error_page import error_page

ISSUER = u'https://id.example.org'


def identity(claims, userinfo=None, **names):
    always = {u'iss': ISSUER, u'sub': u'248289', u'preferred_username': u'alice'}
    return identify(dict(always, **claims), userinfo or {}, ClaimNames(**names))


def test_the_claims_make_an_identity():
    claims = {u'name': u'Alice Žofie', u'email': u'alice@example.org', u'groups': [u'a', u'b']}
    assert identity(claims) == Identity(
        ISSUER, u'248289', u'alice', u'Alice Žofie', u'alice@example.org', (u'a', u'b'))


def test_what_is_missing_but_the_user_name_is_empty():
    assert identity({}) == Identity(ISSUER, u'248289', u'alice', u'', u'', ())


def test_userinfo_fills_in_what_the_id_token_lacks():
    userinfo = {u'email': u'alice@example.org', u'groups': [u'a']}
    assert identity({}, userinfo) == Identity(
        ISSUER, u'248289', u'alice', u'', u'alice@example.org', (u'a',))


def test_the_id_token_wins_over_userinfo():
    userinfo = {u'preferred_username': u'mallory', u'name': u'M', u'iss': u'x', u'sub': u'y'}
    found = identity({u'name': u'Alice'}, userinfo)
    assert (found.username, found.name, found.issuer, found.subject) == (
        u'alice', u'Alice', ISSUER, u'248289')


def test_an_id_token_that_says_null_is_not_overruled_by_userinfo():
    with pytest.raises(IdentityError) as caught:
        identity({u'preferred_username': None}, {u'preferred_username': u'mallory'})
    assert caught.value.reason == 'username_missing'


@pytest.mark.parametrize('paths, claims, value', [
    (('a',), {u'a': u'x'}, u'x'),
    (('a',), {}, None),
    (('a',), {u'a': None}, None),
    (('a', 'b'), {u'a': u'x', u'b': u'y'}, u'x'),
    (('a', 'b'), {u'b': u'y'}, u'y'),
    (('a', 'b'), {u'a': None, u'b': u'y'}, u'y'),
    (('a', 'b'), {u'a': u'', u'b': u'y'}, u''),  # present, and no good: no way around it
    (('a.b',), {u'a': {u'b': u'x'}}, u'x'),
    (('a.b.c',), {u'a': {u'b': {u'c': u'x'}}}, u'x'),
    (('a.b',), {u'a': {}}, None),
    (('a.b',), {u'a': u'text'}, None),
    (('a.b',), {u'a': [{u'b': u'x'}]}, None),
    (('a.0',), {u'a': [u'x']}, None),
    (('a.b',), {u'a.b': u'x', u'a': {u'b': u'y'}}, u'x'),
    (('https://example.org/groups',), {u'https://example.org/groups': u'x'}, u'x'),
    (('https://example.org/groups',), {u'https://example': {u'org/groups': u'x'}}, u'x'),
    ((u'jméno',), {u'jméno': u'x'}, u'x'),
    (('a',), {u'a': False}, False),
    (('a',), {u'a': 0}, 0),
    ((), {u'a': u'x'}, None)])
def test_the_first_claim_that_is_present_is_found_by_name_or_path(paths, claims, value):
    assert lookup([claims], paths) == value
    assert lookup([claims, {}], paths) == lookup([{}, claims], paths) == value


@pytest.mark.parametrize('id_claims, userinfo, value', [
    ({u'a': {u'b': u'x'}}, {}, u'x'),
    ({}, {u'a': {u'b': u'y'}}, u'y'),
    ({u'a': {u'b': u'x'}}, {u'a': {u'b': u'y'}}, u'x'),
    ({u'a': {u'c': u'x'}}, {u'a': {u'b': u'y'}}, u'y'),
    ({u'a': u'text'}, {u'a': {u'b': u'y'}}, u'y'),
    ({u'a': {u'b': u'x'}}, {u'a.b': u'y'}, u'x'),
    ({u'a.b': u'x'}, {u'a': {u'b': u'y'}}, u'x'),
    ({u'a': {u'b': None}}, {u'a': {u'b': u'y'}}, None),
    ({u'a': {u'b': []}}, {u'a': {u'b': [u'y']}}, [])])
def test_the_id_token_wins_over_userinfo_inside_objects_too(id_claims, userinfo, value):
    assert lookup([id_claims, userinfo], ('a.b',)) == value


@pytest.mark.parametrize('name', [
    u'alice', u'a', u'Alice', u'ALICE', u'alice@example.org', u'alice.smith', u'alice smith',
    u'žofie', u'Žofie Nováková', u'山田', u'Ωμέγα', u'علي', u'a' * 255, u'ž' * 255, u'admin',
    u'anonymous2', u'authenticated.user', u'TRAC', u'trac_admin', u'Trac_Admin', u'12345',
    u"o'neill", u'DOMAIN\\alice', u'<b>alice</b>'])
def test_a_name_that_trac_can_use_is_kept_as_it_is(name):
    assert identity({u'preferred_username': name}).username == name


@pytest.mark.parametrize('name, reason', [
    (None, 'username_missing'),
    (u'', 'username_form'), (u' ', 'username_form'), (u' alice', 'username_form'),
    (u'alice ', 'username_form'), (u'\u3000alice', 'username_form'), (u'a' * 256, 'username_form'),
    # Not text
    (1, 'username_form'), (True, 'username_form'), (0, 'username_form'), (1.5, 'username_form'),
    ([u'alice'], 'username_form'), ([], 'username_form'), ({u'a': u'alice'}, 'username_form'),
    # Controls and line ends
    (u'ali\nce', 'username_form'), (u'alice\n', 'username_form'), (u'ali\x00ce', 'username_form'),
    (u'ali\tce', 'username_form'), (u'ali\x7fce', 'username_form'),
    (u'ali\x85ce', 'username_form'),
    (u'ali\u2028ce', 'username_form'), (u'ali\u2029ce', 'username_form'),
    # Invisible: alice, but another one
    (u'ali\xadce', 'username_form'), (u'ali\u200bce', 'username_form'),
    (u'ali\u200cce', 'username_form'), (u'ali\u200dce', 'username_form'),
    (u'ali\u2060ce', 'username_form'), (u'\ufeffalice', 'username_form'),
    (u'ali\u034fce', 'username_form'), (u'ali\u061cce', 'username_form'),
    (u'ali\u115fce', 'username_form'), (u'ali\u1160ce', 'username_form'),
    (u'ali\u17b4ce', 'username_form'), (u'ali\u180ece', 'username_form'),
    (u'ali\u3164ce', 'username_form'), (u'ali\uffa0ce', 'username_form'),
    (u'ali\ufe0fce', 'username_form'), (u'ali\U000e0100ce', 'username_form'),
    (u'ali\U000e0041ce', 'username_form'), (u'ali\ufff9ce', 'username_form'),
    # Another direction
    (u'ali\u202ece', 'username_form'), (u'ali\u200fce', 'username_form'),
    (u'ali\u2066ce', 'username_form'), (u'ali\u2069ce', 'username_form'),
    # A space, but another one
    (u'ali\xa0ce', 'username_form'), (u'ali\u2003ce', 'username_form'),
    (u'ali\u3000ce', 'username_form'), (u'ali\u2800ce', 'username_form'),
    # No character at all
    (u'ali\ud800ce', 'username_form'), (u'ali\ue000ce', 'username_form'),
    (u'ali\uffffce', 'username_form'),
    (u'ali\ufdd0ce', 'username_form'), (u'ali\ufffdce', 'username_form'),
    # Trac's own
    (u'anonymous', 'username_reserved'), (u'Anonymous', 'username_reserved'),
    (u'ANONYMOUS', 'username_reserved'), (u'authenticated', 'username_reserved'),
    (u'AuthenticateD', 'username_reserved'),
    (u'TRAC_ADMIN', 'username_reserved'), (u'WIKI_VIEW', 'username_reserved'),
    (u'TICKET_EDIT_CC', 'username_reserved'), (u'XML_RPC', 'username_reserved'),
    (u'PLUGIN2_ADMIN', 'username_reserved'), (u'TAGS_V2', 'username_reserved'),
])
def test_a_name_that_trac_cannot_use_is_refused(name, reason):
    claims = {u'preferred_username': name}
    with pytest.raises(IdentityError) as caught:
        identity(claims)
    assert caught.value.reason == reason
    assert 'preferred_username' in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_without_the_claim_the_log_names_it_and_those_that_came():
    with pytest.raises(IdentityError) as caught:
        identify({u'iss': ISSUER, u'sub': u'1', u'upn': u'alice'}, {u'email': u'marked'},
                 ClaimNames(('a', 'b.c')))
    assert caught.value.reason == 'username_missing'
    assert 'a or b.c' in str(caught.value) and 'upn' in str(caught.value)
    assert 'email' in str(caught.value) and 'marked' not in str(caught.value)


@pytest.mark.parametrize('claims', [
    {}, {u'jméno': u'anonymous'}, {u'jméno': u'marked\n'}, {u'jméno': 1},
    {u'_claim_names': {u'jméno': u'src1'}}])
def test_the_page_names_the_claim_but_not_what_is_in_it(claims):
    with pytest.raises(IdentityError) as caught:
        identity(claims, username=(u'jméno', u'<upn>'))
    response = error_page(caught.value)
    assert response.status_int == 403
    assert u'jméno or &lt;upn&gt;' in response.text
    assert u'marked' not in response.text and u'anonymous' not in response.text


# Claims that are elsewhere: OpenID Connect Core 1.0 section 5.6.2

AGGREGATED = {u'_claim_names': {u'groups': u'src1'},
              u'_claim_sources': {u'src1': {u'JWT': u'a.b.c'}}}
DISTRIBUTED = {u'_claim_names': {u'groups': u'src1'}, u'_claim_sources': {u'src1': {
    u'endpoint': u'https://graph.example/users/1/getMemberObjects'}}}


@pytest.mark.parametrize('claims', [
    AGGREGATED, DISTRIBUTED, {u'_claim_names': {u'groups': u'src1'}}, {u'hasgroups': True},
    {u'hasgroups': u'true'}, {u'hasgroups': 1}, {u'hasgroups': {}}, dict(DISTRIBUTED, groups=[]),
    dict(DISTRIBUTED, groups=None), {u'_claim_names': {u'groups': None}}])
def test_groups_that_are_elsewhere_are_not_taken_for_none(claims):
    for found in (identity(claims), identity({}, claims)):
        assert (found.groups, found.groups_known) == ((), False)
    for noted in (remarks(claims, {}, ClaimNames()), remarks({}, claims, ClaimNames())):
        assert [remark.text for remark in noted if remark.serious] == [
            'expected the claim groups itself, got a reference to where it is, which is not '
            'followed: it is unknown, not empty']


@pytest.mark.parametrize('claims, groups', [
    ({}, ()), ({u'groups': None}, ()), ({u'groups': []}, ()), ({u'groups': u''}, ()),
    ({u'hasgroups': False}, ()), ({u'hasgroups': None}, ()), ({u'hasgroups': u'false'}, ()),
    ({u'_claim_names': {}}, ()), ({u'_claim_names': None}, ()), ({u'_claim_names': u'groups'}, ()),
    ({u'_claim_names': [u'groups']}, ()), ({u'_claim_names': {u'address': u'src1'}}, ()),
    (dict(DISTRIBUTED, groups=[u'a']), (u'a',)), (dict(DISTRIBUTED, groups=u'a'), (u'a',)),
    ({u'hasgroups': True, u'groups': [u'a']}, (u'a',))])
def test_groups_that_are_here_are_known(claims, groups):
    found = identity(claims)
    assert (found.groups, found.groups_known) == (groups, True)
    assert not [remark for remark in remarks(claims, {}, ClaimNames()) if remark.serious]


def test_groups_that_userinfo_has_are_known_although_the_id_token_points_elsewhere():
    found = identity(DISTRIBUTED, {u'groups': [u'a']})
    assert (found.groups, found.groups_known) == ((u'a',), True)


def test_an_object_that_is_elsewhere_has_its_members_there():
    claims = {u'_claim_names': {u'realm_access': u'src1'}}
    assert not identity(claims, groups=('realm_access.roles',)).groups_known
    assert identity(claims, groups=('roles.realm_access',)).groups_known


def test_entras_mark_is_for_its_own_claim_only():
    found = identity({u'hasgroups': True, u'roles': [u'a']}, groups=('roles',))
    assert (found.groups, found.groups_known) == ((u'a',), True)
    assert identity({u'hasgroups': True}, groups=('roles',)).groups_known


@pytest.mark.parametrize('value', [1, True, 0, False, {u'a': 1}, {}])
def test_groups_in_a_form_that_is_not_known_are_not_taken_for_none(value):
    found = identity({u'groups': value})
    assert (found.groups, found.groups_known) == ((), False)
    assert [remark.serious for remark in remarks({u'groups': value}, {}, ClaimNames())
            if 'groups' in remark.text] == [True]


@pytest.mark.parametrize('paths', [('groups', 'roles'), ('groups',)])
def test_what_is_elsewhere_is_not_replaced_by_the_next_claim(paths):
    assert lookup([dict(DISTRIBUTED, roles=[u'a'])], paths) is ELSEWHERE


@pytest.mark.parametrize('claims', [
    {u'_claim_names': {u'upn': u'src1'}}, {u'_claim_names': {u'upn': u'src1'}, u'upn': None}])
def test_a_user_name_that_is_elsewhere_signs_nobody_in(claims):
    for id_claims, userinfo in ((claims, {}), ({}, claims)):
        with pytest.raises(IdentityError) as caught:
            identity(id_claims, userinfo, username=('upn', 'preferred_username'))
        assert caught.value.reason == 'username_elsewhere'
        assert 'upn' in str(caught.value)


def test_what_is_missing_or_of_no_use_is_remarked_by_its_name():
    claims = {u'email': [u'marked'], u'groups': u'a'}
    assert remarks(claims, {}, ClaimNames(name=(u'name', u'jméno'))) == [
        (False, native(u'expected the claim name or jméno, got none')),
        (True, 'expected text in the claim email, got list')]
    assert remarks({u'name': u'Alice'}, {u'email': u'a@b', u'groups': []}, ClaimNames()) == []


def test_a_name_that_is_no_good_is_not_replaced_by_the_next_claim():
    with pytest.raises(IdentityError) as caught:
        identity({u'upn': u'anonymous', u'email': u'alice'}, username=('upn', 'email'))
    assert caught.value.reason == 'username_reserved'


@pytest.mark.parametrize('value, groups', [
    (u'developers', (u'developers',)),
    ([u'a', u'b'], (u'a', u'b')),
    ([u'a', 1, None, {u'b': 1}, [u'c'], u'', True, u'd'], (u'a', u'd')),
    ([], ()), (u'', ()), (None, ()), (1, ()), ({u'a': 1}, ()), (True, ()),
    ([u'skupina ž'], (u'skupina ž',))])
def test_groups_are_the_texts_of_a_list_or_one_text(value, groups):
    assert identity({u'groups': value}).groups == groups


def test_groups_can_be_anywhere():
    claims = {u'realm_access': {u'roles': [u'a']}, u'https://example.org/g': [u'b']}
    assert identity(claims, groups=('realm_access.roles',)).groups == (u'a',)
    assert identity(claims, groups=('https://example.org/g',)).groups == (u'b',)


@pytest.mark.parametrize('value', [None, 1, True, [u'x'], {u'x': u'y'}])
@pytest.mark.parametrize('claim', ['name', 'email'])
def test_a_name_or_address_that_is_no_text_is_left_empty(claim, value):
    assert getattr(identity({claim: value}), claim) == u''

# -*- coding: utf-8 -*-
"""Requests that lie to a server of several environments."""
import os
import re
import shutil

import pytest

from support.hostile import cookie_header, links, reason_of, user_of, with_cookies
from support.hostile import (applications, hostile, running_provider,  # noqa: F401 (fixtures)
                             served, visitor)
from support.journey import BASE


@pytest.fixture(scope='module')
def parent(environment_template, tmpdir_factory):
    folder = str(tmpdir_factory.mktemp('projects'))
    for name in ('one', 'two'):
        shutil.copytree(environment_template, os.path.join(folder, name))
    return folder


@pytest.fixture
def several(visitor, hostile, parent):  # noqa: F811
    journey = visitor(TRAC_ENV='', TRAC_ENV_PARENT_DIR=parent)
    return journey


def test_signing_in_at_one_environment_signs_in_at_all(several):
    assert several.sign_in('/one/login').location == BASE + '/one/'
    assert several.user('/one/wiki') == several.user('/two/wiki') == 'alice'
    assert several.logout('/two/wiki', '/two/logout').status_int == 303
    assert several.user('/one/wiki') is None


@pytest.mark.parametrize('path', ['/..', '/../', '/.', '/%2e%2e/etc', '/../one/wiki',
                                  '/one%00/wiki',
                                  '/none/wiki', '/.trac-unit-sessions.db', '/one%2f..%2f..%2fetc',
                                  '/login', '/logout', '/\\one', '//oidc/callback', '/oidc',
                                  '/%ff%fe', '/oidc/../one', '/one;x/wiki', '/ONE/wiki'])
def test_no_path_leaves_the_parent_directory(path, several, parent):
    response = several.web.get(path, status='*')
    assert response.status_int in (400, 404)
    assert parent not in response.text and os.path.dirname(parent) not in response.text


def test_a_logout_by_a_strange_address_ends_the_session_or_nothing(several):
    several.sign_in('/one/login')
    kept = cookie_header(several.cookies)
    token = re.search(r'name="__FORM_TOKEN"[^>]*value="([0-9a-f]+)"',
                      several.web.get('/one/wiki').text).group(1)
    for path in ('//one/logout', '///one/logout', '/one//logout', '/one/logout%0a'):
        response = several.web.post(path, {'__FORM_TOKEN': token}, status='*')
        still = user_of(with_cookies(several, kept, '/one/wiki'))
        assert response.status_int >= 400 or still is None, path


def test_an_error_page_of_several_environments_has_a_way_on(several, caplog):
    response = several.web.get('/oidc/callback?code=x&state=' + 'x' * 43, status=400)
    assert reason_of(response, caplog) == 'state_unknown'
    assert links(response) == ['/']

# -*- coding: utf-8 -*-
"""Whether the files that settings name can be read."""

import os

import pytest

from trac_unit.settings import files
from trac_unit.settings.table import SETTINGS

NAMED = ['TRAC_ENV_INDEX_TEMPLATE', 'TRAC_OIDC_CA_FILE']


def parsed(**changes):
    return dict(dict((setting.variable, None) for setting in SETTINGS), **changes)


def test_without_files_there_is_no_problem():
    assert files.problems(parsed()) == []
    assert files.problems(parsed(TRAC_OIDC_ISSUER='https://id.example.org')) == []


@pytest.mark.parametrize('variable', NAMED)
@pytest.mark.parametrize('content', [b'', b'text', b'\xff\0'])
def test_a_file_that_can_be_read_is_no_problem_whatever_is_in_it(variable, content, tmpdir):
    file = tmpdir.join(u'a file')
    file.write_binary(content)
    assert files.problems(parsed(**{variable: str(file)})) == []


@pytest.mark.parametrize('variable', NAMED)
@pytest.mark.parametrize('name, cause', [
    ('missing', 'No such file or directory'), ('', 'Is a directory'),
    ('file/inside', 'Not a directory'), ('x' * 300, 'File name too long')])
def test_a_file_that_cannot_be_read_is_a_problem_with_its_cause(variable, name, cause, tmpdir):
    tmpdir.join('file').write('x')
    problem, = files.problems(parsed(**{variable: str(tmpdir) + '/' + name}))
    assert (problem.variable, problem.expected) == (variable, 'a readable file')
    assert problem.found.endswith(' (%s)' % cause)
    assert str(tmpdir)[:20] in problem.found


def test_a_file_that_this_user_may_not_read_is_a_problem(tmpdir, monkeypatch):
    def refuses(path, mode):
        raise IOError(13, os.strerror(13), path)
    monkeypatch.setattr(files.io, 'open', refuses)  # root may read everything
    problem, = files.problems(parsed(TRAC_OIDC_CA_FILE='/ca.pem'))
    assert str(problem) == ("TRAC_OIDC_CA_FILE: expected a readable file, found '/ca.pem' "
                            "(Permission denied)")


def test_each_file_is_a_problem_of_its_own_and_its_path_is_one_short_line(tmpdir):
    found = files.problems(parsed(TRAC_ENV_INDEX_TEMPLATE=str(tmpdir) + '/a\nb',
                                  TRAC_OIDC_CA_FILE=str(tmpdir) + '/' + 'y' * 200))
    assert [problem.variable for problem in found] == NAMED
    assert all('\n' not in str(problem) and len(str(problem)) < 300 for problem in found)


@pytest.mark.parametrize('variable', ['TRAC_OIDC_CLIENT_KEY_FILE', 'TRAC_OIDC_CLIENT_CERT_FILE',
                                      'TRAC_ENV', 'TRAC_OIDC_SESSION_STORE'])
def test_what_is_judged_where_it_is_used_is_left_to_that(variable):
    assert files.problems(parsed(**{variable: '/not/there'})) == []

"""What `trac-unit check` says of how environments are served."""

import json
import os
import shutil

import pytest

from support.checked_environment import STRANGER, as_account, marks
from support.checked_environment import made, path, settings  # noqa: F401 (fixtures)
from support.checking import chmod, configure, found, one
from trac_unit.cli.checks import serving
from trac_unit.cli.host import layout
from trac_unit.cli.unit import existing_configuration as existing


def test_static_files_that_are_not_deployed(settings, path):  # noqa: F811
    shutil.rmtree(layout.static_folder(path))
    mark, _, _, mend = one(serving.static_files, settings)
    assert (mark, mend) == ('warning', 'trac-unit init %s' % path)


def test_static_files_of_another_trac(settings, path):  # noqa: F811
    common = layout.common_folder(layout.static_folder(path))
    with open(os.path.join(common, 'css', 'trac.css'), 'a') as file:
        file.write('/* older */')
    os.unlink(os.path.join(common, 'css', 'wiki.css'))
    mark, _, text, _ = one(serving.static_files, settings)
    assert mark == 'warning' and text.startswith('2 in ')


def test_static_files_that_unit_cannot_read(settings, path):  # noqa: F811
    assert one(serving.static_files, as_account(STRANGER, settings))[0] in ('error', 'ok')
    css = layout.common_folder(layout.static_folder(path)) + '/css'
    chmod(0o700, css)
    assert one(serving.static_files, as_account(STRANGER, settings))[0] == 'error'


def test_static_files_that_unit_shares_from_elsewhere(settings, path, tmpdir):  # noqa: F811
    os.rename(layout.static_folder(path), str(tmpdir.join('www')))
    mark, _, text, _ = one(serving.static_files, settings,
                           unit=configuration(share=str(tmpdir.join('www')) + '$uri'))
    assert mark == 'ok' and str(tmpdir.join('www')) in text


def configuration(uri='/chrome/*', share='', **action):
    whole = {'routes': [{'match': {'uri': uri}, 'action': dict(action, share=share or '$uri')}]}
    return json.loads(json.dumps(whole))


@pytest.mark.parametrize('uri', ['/chrome/*', '/chrome/common/*', ['/favicon.ico', '/chrome/*']])
def test_a_route_to_static_files(settings, path, uri):  # noqa: F811
    share = layout.static_folder(path) + '$uri'
    assert marks(found(serving.static_routes, settings,
                       unit=configuration(uri, share, fallback={}))) == {'ok'}
    first, second = found(serving.static_routes, settings, unit=configuration(uri, [share]))
    assert first[0] == 'warning' and 'no "fallback"' in first[2] and second[0] == 'ok'


def test_a_route_for_any_environment(settings, path, tmpdir):  # noqa: F811
    os.makedirs(str(tmpdir.join('www', 'one', 'chrome', 'common', 'css')))
    open(str(tmpdir.join('www', 'one', 'chrome', 'common', 'css', 'trac.css')), 'w').close()
    assert one(serving.static_routes, settings, unit=configuration(
        '/*/chrome/*', str(tmpdir.join('www')) + '$uri', fallback={}))[0] == 'ok'


@pytest.mark.parametrize('uri, mend', [
    ('/chrome/*', 'trac-unit init PATH, or correct "share"'),
    ('/trac/one/chrome/*', 'trac-unit init PATH --prefix /trac/one, or correct "share"'),
    ('/trac/*/chrome/*', 'trac-unit init PATH --prefix /trac/NAME, or correct "share"')])
def test_what_makes_the_link_of_a_prefix_has_the_prefix(settings, tmpdir, uri, mend):  # noqa: F811
    assert one(serving.static_routes, settings, unit=configuration(
        uri, str(tmpdir.join('www')) + '$uri', fallback={}))[3] == mend


@pytest.mark.parametrize('name, leads_to, counts', [
    ('trac', 'applications/trac', True), ('trac', 'applications/trac/target', True),
    ('trac', 'applications/wiki', False), ('trac', 'applications/trac2', False),
    ('trac', 'routes/main', True), ('trac', 5, True)])
def test_the_routes_of_other_applications_are_theirs(name, leads_to, counts):
    whole = configuration(fallback={'pass': leads_to})
    assert len(existing.chrome_routes(whole, name)) == counts
    assert len(existing.chrome_routes({'routes': {'x': whole['routes']}}, name)) == counts


def test_a_route_to_a_folder_without_them(settings):  # noqa: F811
    for more, mark in (({'fallback': {}}, 'warning'), ({}, 'error')):
        results = found(serving.static_routes, settings,
                        unit=configuration('/chrome/*', '/nowhere$uri', **more))
        assert results[-1][0] == mark
        assert 'no /nowhere/chrome/common/css/trac.css' in results[-1][2]


@pytest.mark.parametrize('routes', [
    None, [], {}, 17, u'x', [17], [{}], {'a': 1, 'b': [None]}, [{'match': [], 'action': []}],
    [{'match': {'uri': 17}, 'action': {'share': 1}}],
    [{'match': {'uri': u'/chrome/*'}, 'action': {'share': [17, None]}}],
    [{'match': {'uri': u'!/chrome/*'}, 'action': {'share': u'/x$uri'}}]])
def test_routes_without_static_files(settings, routes):  # noqa: F811
    mark, subject, _, mend = one(serving.static_routes, settings, unit={'routes': routes})
    assert (mark, subject, mend) == ('warning', 'static route', 'trac-unit config')


@pytest.mark.parametrize('size, limit, mark', [
    ('262144', None, 'ok'), ('8388608', None, 'warning'), ('-1', None, 'warning'),
    ('20000000', 30000000, 'ok'), ('20000000', 20000000, 'warning')])
def test_uploads_against_what_unit_takes(settings, path, size, limit, mark):  # noqa: F811
    configure(path, 'attachment', 'max_size', size)
    whole = {'settings': {'http': {'max_body_size': limit}}} if limit else {}
    result = one(serving.uploads, settings, unit=whole)
    assert result[0] == mark and (result[3] is None) == (mark == 'ok')


@pytest.mark.parametrize('size, mark', [('262144', 'ok'), ('8388608', 'note'), ('-1', 'note')])
def test_uploads_where_nobody_knows_what_unit_takes(settings, path, size, mark):  # noqa: F811
    configure(path, 'attachment', 'max_size', size)
    result = one(serving.uploads, settings)
    assert result[0] == mark and result[3] is None
    assert (mark == 'note') == ('trac-unit apply' in result[2])


@pytest.mark.parametrize('whole', [None, {}, {'settings': 1}, {'settings': {'http': []}},
                                   {'settings': {'http': {'max_body_size': u'x'}}}])
def test_units_own_limit_holds_where_nothing_else_is_set(whole):
    assert existing.max_body_size(whole) == 8388608


@pytest.mark.parametrize('url, mark', [
    ('', 'warning'), ('https://trac.example.org', 'ok'), ('http://localhost:8000', 'ok'),
    ('http://trac.example.org', 'warning')])
def test_the_address(settings, url, mark):  # noqa: F811
    assert one(serving.base_url, dict(settings, TRAC_BASE_URL=url))[0] == mark


@pytest.mark.parametrize('url, secure, mark', [
    ('', 'disabled', 'note'), ('https://trac.example.org', 'enabled', 'ok'),
    ('https://trac.example.org', 'disabled', 'warning'),
    ('http://localhost:8000', 'enabled', 'error'), ('http://localhost:8000', 'disabled', 'ok')])
def test_secure_cookies_go_with_https(settings, path, url, secure, mark):  # noqa: F811
    configure(path, 'trac', 'secure_cookies', secure)
    result = one(serving.cookies, dict(settings, TRAC_BASE_URL=url))
    assert result[0] == mark
    if mark in ('warning', 'error'):
        wanted = 'enabled' if secure == 'disabled' else 'disabled'
        assert result[3] == 'trac-admin %s config set trac secure_cookies %s' % (path, wanted)


@pytest.mark.parametrize('inside, count', [
    ('', 0), ('https://trac.example.org', 0), ('https://trac.example.org/', 0),
    ('http://trac.example.org', 1), ('https://trac.example.org/x', 1), ('http://[', 1)])
def test_two_addresses_that_differ(settings, path, inside, count):  # noqa: F811
    configure(path, 'trac', 'base_url', inside)
    settings['TRAC_BASE_URL'] = 'https://trac.example.org'
    assert len(found(serving.trac_address, settings)) == count


def test_x_sendfile_is_nothing_that_unit_knows(settings, path):  # noqa: F811
    assert found(serving.send_file, settings) == []
    configure(path, 'trac', 'use_xsendfile', 'enabled')
    mark, _, text, mend = one(serving.send_file, settings)
    assert mark == 'error' and mend.endswith('config set trac use_xsendfile disabled')

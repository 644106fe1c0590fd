# -*- coding: utf-8 -*-
"""The files of examples/: each is what it claims to be, and works.

examples/demo.py has its tests in test_examples_demo.py.
"""
import io
import json
import locale
import os
import pwd
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from support.paths import EXAMPLES
from support.serving import (PACKAGE_FOLDER, Certificate, Unavailable, child_environ, find_program,
                             free_port, skip_unless_required, unit_server, wait_for)
from trac_unit.cli import main as command_line
from trac_unit.cli.host import machine
from trac_unit.cli.main import main
from trac_unit.cli.unit import configuration as unit_configuration, control

try:
    from configparser import RawConfigParser
    from http.client import HTTPConnection, HTTPSConnection
except ImportError:  # Python 2.7
    from ConfigParser import RawConfigParser
    from httplib import HTTPConnection, HTTPSConnection

THIS = '%d.%d' % sys.version_info[:2]

#: The base URL, and the arguments of `trac-unit config` that make the file.
MADE_BY = {
    'unit-one-trac.json': ('https://trac.example.org', [
        '/srv/trac/env', '--listen', '*:443', '--tls', 'trac.example.org']),
    'unit-many-tracs.json': ('https://trac.example.org', [
        '--parent', '/srv/trac/projects', '--listen', '*:443', '--tls', 'trac.example.org']),
    'unit-behind-nginx.json': ('https://trac.example.org', [
        '/srv/trac/env', '--proxy', '127.0.0.1']),
    'unit-prefix.json': ('https://www.example.org/trac', [
        '/srv/trac/env', '--prefix', '/trac', '--proxy', '127.0.0.1']),
}


def read(name):
    with io.open(os.path.join(EXAMPLES, name), encoding='utf-8') as file:
        return file.read()


def test_every_file_has_a_test():
    found = {os.path.relpath(os.path.join(folder, name), EXAMPLES)
             for folder, folders, names in os.walk(EXAMPLES) for name in names
             if not name.endswith('.pyc')}
    pictures = {name for name in found if name.endswith('.png')}
    assert found - pictures == set(MADE_BY) | {
        'demo.py', 'my_trac.py', 'nginx.conf', 'container/Containerfile',
        'container/environment.sh', 'systemd/unit.service.d/trac.conf'}


# Unit's configurations

@pytest.mark.parametrize('name', sorted(MADE_BY))
def test_a_configuration_is_what_the_command_prints(name, tmpdir, monkeypatch, capsys):
    trac = tmpdir.mkdir('srv').mkdir('trac')
    for folder in 'env', 'venv/lib/python3.11/site-packages':
        trac.join(folder).ensure(dir=True)
    for environment in 'one', 'two':
        trac.join('projects', environment, 'VERSION').ensure()
    trac.join('client-secret').write('x')
    base, arguments = MADE_BY[name]
    for variable in list(os.environ):
        if variable.startswith('TRAC_') or variable == 'PYTHON_EGG_CACHE':
            monkeypatch.delenv(variable)
    for variable, value in (
            ('BASE_URL', base), ('OIDC_ISSUER', 'https://login.example.org/realms/main'),
            ('OIDC_CLIENT_ID', 'trac'),
            ('OIDC_CLIENT_SECRET_FILE', str(trac.join('client-secret')))):
        monkeypatch.setenv('TRAC_' + variable, value)
    monkeypatch.setattr(machine, 'sources', lambda: [])
    arguments = [argument.replace('/srv', str(tmpdir.join('srv'))) for argument in arguments]
    assert main(['config'] + arguments + ['--home', str(trac.join('venv')),
                                          '--processes', '4']) == 0
    printed = capsys.readouterr().out.replace(str(tmpdir.join('srv')), '/srv')
    assert printed == read(name)


@pytest.fixture
def unit(environment):
    """A real Unit that serves nothing yet."""
    with unit_server({'TRAC_ENV': environment, 'TRAC_UNIT_TUNING': 'off'}) as server:
        server.control = control.Control('unix:' + server.path('control'))
        server.control.put('/config', {'listeners': {}, 'applications': {}})
        yield server


def runnable(application):
    """Have an example's application use this Python, and the package that is tested."""
    application['type'] = 'python ' + THIS
    application['path'] = [PACKAGE_FOLDER]
    application['processes'] = 1
    application['environment']['no_proxy'] = '127.0.0.1'
    application['environment']['PATH'] = child_environ({})['PATH']
    application['home'] = sys.prefix
    if not os.path.exists(os.path.join(sys.prefix, 'pyvenv.cfg')):
        del application['home']
    return application


def put_certificate(unit, pem, name):
    Certificate(pem)
    connection = control.UnixConnection(unit.path('control'))
    try:
        with open(pem) as file:
            connection.request('PUT', '/certificates/' + name, file.read())
        assert connection.getresponse().status == 200
    finally:
        connection.close()


def get(port, path, context=None, headers=None):
    if context:
        connection = HTTPSConnection('127.0.0.1', port, timeout=60, context=context)
    else:
        connection = HTTPConnection('127.0.0.1', port, timeout=60)
    try:
        connection.request('GET', path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.getheader('Location') or '', response.read()
    finally:
        connection.close()


def adapted(name, tmpdir, environment, parent_dir, provider):
    """An example's configuration with places that exist, and the port that it listens at."""
    tmpdir.join('client-secret').write('provider-test-secret')
    text = read(name)
    for old, new in (('/srv/trac/env', environment), ('/srv/trac/projects', parent_dir),
                     ('/srv/trac/client-secret', str(tmpdir.join('client-secret'))),
                     ('https://login.example.org/realms/main', provider.issuer)):
        text = text.replace(old, new)
    configuration = json.loads(text)
    runnable(configuration['applications']['trac'])
    listener, = configuration['listeners'].values()
    port = free_port()
    configuration['listeners'] = {'127.0.0.1:%d' % port: listener}
    return configuration, port


@pytest.mark.unit
@pytest.mark.parametrize('name', sorted(MADE_BY))
def test_a_real_unit_takes_the_configuration_and_trac_answers(
        name, unit, tmpdir, environment, parent_dir, provider):
    configuration, port = adapted(name, tmpdir, environment, parent_dir, provider)
    context = None
    if 'tls' in configuration['listeners']['127.0.0.1:%d' % port]:
        put_certificate(unit, str(tmpdir.join('tls.pem')), 'trac.example.org')
        context = _trusting(str(tmpdir.join('tls.pem')))
    unit.control.put('/config', configuration)
    prefix = configuration['applications']['trac'].get('prefix', '')
    base = MADE_BY[name][0]
    project = '/one' if 'many' in name else ''
    status, _, page = get(port, prefix + project + '/wiki', context)
    assert status == 200 and b'Welcome to Trac' in page, unit.log()
    assert get(port, prefix + project + '/chrome/common/css/trac.css', context)[0] == 200
    status, location, _ = get(port, prefix + project + '/login', context)
    assert status in (302, 303) and location.startswith(provider.issuer)
    assert 'redirect_uri=' + base.replace(':', '%3A').replace('/', '%2F') + '%2Foidc' in location
    assert get(port, prefix + project + '/wiki', context, {'Remote-User': 'admin'})[0] == 400


def _trusting(pem):
    import ssl
    return ssl.create_default_context(cafile=pem)


# nginx

def test_the_two_sides_of_nginx_fit_each_other():
    text, unit_side = read('nginx.conf'), json.loads(read('unit-behind-nginx.json'))
    listener, = unit_side['listeners']
    assert re.search(r'proxy_pass http://(\S+);', text).group(1) == listener
    size = int(re.search(r'client_max_body_size (\d+)m;', text).group(1)) * 2 ** 20
    assert size == unit_side['settings']['http']['max_body_size']
    assert int(re.search(r'proxy_read_timeout (\d+)s;', text).group(1)) > \
        unit_configuration.ANSWER_TIMEOUT
    forwarded = unit_side['listeners'][listener]['forwarded']
    for header in forwarded['client_ip'], forwarded['protocol']:
        assert len(re.findall(r'proxy_set_header %s \$\w+;' % header, text)) == 1
    assert 'proxy_set_header Remote-User "";' in text


def test_nginx_s_blocks_and_directives_are_whole():
    depth = 0
    for line in read('nginx.conf').splitlines():
        line = line.strip()
        if line and not line.startswith('#'):
            assert line.endswith((';', '{', '}')), line
            depth += line.count('{') - line.count('}')
            assert depth >= 0
    assert depth == 0


@pytest.fixture
def nginx(tmpdir):
    """The path of nginx, and of a configuration for it that includes the example."""
    try:
        program = find_program('nginx')
    except Unavailable as e:
        skip_unless_required(e)
    pem = str(tmpdir.join('tls.pem'))
    Certificate(pem)
    text = re.sub(r'/etc/ssl/\S+\.pem', pem, read('nginx.conf'))
    main_file = tmpdir.join('nginx-main.conf')

    def write(replacements=()):
        site = text
        for old, new in replacements:
            assert old in site
            site = site.replace(old, new)
        folders = ''.join('%s_temp_path %s;\n' % (kind, tmpdir.join(kind)) for kind in (
            'client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        main_file.write('daemon off;\npid %s;\nerror_log stderr;\nevents {}\nhttp {\naccess_log '
                        'off;\n%s\n%s}\n' % (tmpdir.join('nginx.pid'), folders, site))
        return [program, '-p', str(tmpdir), '-e', 'stderr', '-c', str(main_file)]
    return write


def test_nginx_takes_its_side(nginx):
    check = subprocess.Popen(nginx() + ['-t'], stderr=subprocess.PIPE)
    output = check.communicate()[1].decode('utf-8', 'replace')
    assert check.returncode == 0, output
    assert 'warn' not in output


@pytest.mark.unit
def test_a_visitor_comes_through_nginx_to_trac(nginx, unit, tmpdir, environment, parent_dir,
                                               provider):
    configuration, port = adapted('unit-behind-nginx.json', tmpdir, environment, parent_dir,
                                  provider)
    # Without one, addresses come from the Host header and X-Forwarded-Proto.
    del configuration['applications']['trac']['environment']['TRAC_BASE_URL']
    unit.control.put('/config', configuration)
    http, https = free_port(), free_port()
    command = nginx([('listen 80;', 'listen 127.0.0.1:%d;' % http), ('listen [::]:80;', ''),
                     ('listen 443 ssl;', 'listen 127.0.0.1:%d ssl;' % https),
                     ('listen [::]:443 ssl;', ''), ('127.0.0.1:8080', '127.0.0.1:%d' % port)])
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        wait_for(lambda: _listens(http), 'nginx to listen')
        status, location, _ = get(http, '/wiki')
        assert (status, location) == (301, 'https://trac.example.org/wiki')
        context = _trusting(str(tmpdir.join('tls.pem')))
        assert get(https, '/wiki', context, {'Remote-User': 'admin'})[0] == 200
        status, location, _ = get(https, '/login', context)
        assert status in (302, 303)
        assert 'redirect_uri=https%%3A%%2F%%2F127.0.0.1%%3A%d%%2Foidc' % https in location
    finally:
        process.terminate()
        process.communicate()


def _listens(port):
    try:
        return get(port, '/')
    except EnvironmentError:
        return None


# The wrapper

def test_the_wrapper_is_two_lines_and_an_application(environment):
    code = [line for line in read('my_trac.py').split('"""')[2].splitlines() if line.strip()]
    assert len(code) == 2
    child = subprocess.Popen(
        [sys.executable, '-c', 'import my_trac, trac_unit.trac_wsgi\n'
         'assert my_trac.application is trac_unit.trac_wsgi.application'],
        env=child_environ({'TRAC_ENV': environment, 'TRAC_UNIT_TUNING': 'off',
                           'PYTHONPATH': os.pathsep.join([EXAMPLES, PACKAGE_FOLDER]),
                           'PYTHONDONTWRITEBYTECODE': '1'}),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert (child.wait(), child.communicate()[0].count(b'Traceback')) == (0, 0)


# systemd

KNOWN = {
    'Unit': {'RequiresMountsFor', 'Wants', 'After'},
    'Service': {'Restart', 'RestartSec', 'LimitNOFILE', 'UMask', 'PrivateTmp', 'ProtectHome',
                'ProtectSystem'},
}


def test_the_drop_in_has_sections_and_keys_of_systemd():
    parser = RawConfigParser()
    parser.optionxform = str
    parser.read(os.path.join(EXAMPLES, 'systemd/unit.service.d/trac.conf'))
    assert {section: set(parser.options(section)) for section in parser.sections()} == KNOWN


def test_systemd_takes_the_drop_in(tmpdir):
    try:
        program = find_program('systemd-analyze')
    except Unavailable as e:
        skip_unless_required(e)
    shutil.copytree(os.path.join(EXAMPLES, 'systemd'), str(tmpdir.join('units')))
    service = tmpdir.join('units', 'unit.service')
    service.write('[Unit]\nDescription=Unit\n\n[Service]\nExecStart=/bin/true\n')
    check = subprocess.Popen([program, 'verify', str(service)], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
    output = check.communicate()[0].decode('utf-8', 'replace')
    assert 'trac.conf' not in output, output


# The container

def instructions():
    """The instructions of the Containerfile: pairs of a word and the rest."""
    lines = re.sub(r'\\\n', ' ', re.sub(r'(?m)^#.*\n', '', read('container/Containerfile')))
    return [tuple(line.split(None, 1)) for line in lines.splitlines() if line.strip()]


def config_command():
    """The arguments of the command that makes the configuration, and where it goes."""
    command, = [rest for word, rest in instructions()
                if word == 'RUN' and rest.startswith('trac-unit')]
    arguments, _, place = command.partition(' > ')
    return shlex.split(arguments)[1:], place


def test_the_container_listens_where_it_says_and_serves_what_it_says(monkeypatch, capsys):
    found = instructions()
    assert [word for word, _ in found[:2]] == ['ARG', 'FROM']
    assert {word for word, _ in found} <= {'ARG', 'FROM', 'RUN', 'ENV', 'COPY', 'VOLUME', 'EXPOSE'}
    for variable in list(os.environ):
        if variable.startswith('TRAC_') or variable == 'PYTHON_EGG_CACHE':
            monkeypatch.delenv(variable)
    for word, rest in found:
        if word == 'ENV':
            monkeypatch.setenv(*str(rest).split('='))
    arguments, place = config_command()
    assert place == '/docker-entrypoint.d/trac.json'
    assert main(arguments) == 0
    configuration = json.loads(capsys.readouterr().out)
    exposed, = [rest for word, rest in found if word == 'EXPOSE']
    assert list(configuration['listeners']) == ['*:' + exposed]
    environ = configuration['applications']['trac']['environment']
    volume, = [rest for word, rest in found if word == 'VOLUME']
    assert environ['TRAC_ENV'].startswith(volume + '/')


def test_the_container_copies_what_is_there():
    for word, rest in instructions():
        if word == 'COPY':
            source, target = rest.split()
            assert os.access(os.path.join(EXAMPLES, 'container', source), os.X_OK)
            assert target == '/docker-entrypoint.d/' + source


@pytest.mark.parametrize('admin, expected', [
    (None, []), ('', []), ('alice', ['--admin', 'alice']), ('a b', ['--admin', 'a b'])])
def test_the_container_makes_its_environment_by_a_command_that_exists(tmpdir, admin, expected):
    stub = tmpdir.join('trac-unit')
    stub.write('#!/bin/sh\nfor word; do echo "$word"; done\n')
    stub.chmod(0o755)
    environ = child_environ({'TRAC_ENV': '/srv/trac/env'})
    environ['PATH'] = str(tmpdir) + os.pathsep + environ['PATH']
    if admin is not None:
        environ['TRAC_ADMIN'] = admin
    script = os.path.join(EXAMPLES, 'container', 'environment.sh')
    output = subprocess.check_output(['sh', script], env=environ).decode('utf-8')
    arguments = output.splitlines()
    assert arguments == ['init', '/srv/trac/env', '--user', 'unit'] + expected
    assert command_line.build_parser(command_line.COMMANDS).parse_args(
        arguments).admin == (admin or None)


@pytest.mark.unit
def test_the_container_serves_after_what_its_image_does_at_the_first_start(
        unit, tmpdir, monkeypatch, capsys):
    # The image's entry point: the configuration, then the scripts, then Unit starts anew.
    path = str(tmpdir.join('volume', 'env'))
    monkeypatch.setenv('TRAC_ENV', path)
    monkeypatch.setenv('TRAC_UNIT_TUNING', 'off')
    assert main(config_command()[0]) == 0
    configuration = json.loads(capsys.readouterr().out)
    runnable(configuration['applications']['trac'])
    port = free_port()
    configuration['listeners'] = {'127.0.0.1:%d' % port: configuration['listeners'].pop('*:8080')}
    unit.control.put('/config', configuration)
    assert get(port, '/wiki')[0] == 503

    script = read('container/environment.sh')
    user = pwd.getpwuid(os.geteuid()).pw_name
    assert ' --user unit ' in script
    stub = tmpdir.join('trac-unit')
    stub.write('#!/bin/sh\nexec "%s" -m trac_unit "$@"\n' % sys.executable)
    stub.chmod(0o755)
    environ = child_environ({'TRAC_ENV': path, 'TRAC_ADMIN': 'alice'})
    environ['PATH'] = str(tmpdir) + os.pathsep + environ['PATH']
    subprocess.check_call(['sh', '-c', script.replace('--user unit', '--user ' + user)],
                          env=environ)
    assert main(['reload', '--control', unit.control.address]) == 0
    assert get(port, '/wiki')[0] == 200, unit.log()
    assert get(port, '/chrome/common/css/trac.css')[0] == 200


# The published recipe, beside ours

RECIPE = """\
import trac.web.main

def application(environ, start_response):
    environ["trac.locale"] = "%s"
    return trac.web.main.dispatch_request(environ, start_response)
"""


def has_locale(name):
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        return False
    finally:
        locale.setlocale(locale.LC_ALL, before)
    return True


@pytest.mark.unit
def test_the_published_recipe_works_where_its_locale_exists_and_ours_everywhere(
        unit, environment, tmpdir):
    modules = {'published': RECIPE % 'en_US.UTF8', 'mended': RECIPE % 'C'}
    applications = {}
    for name in ('published', 'mended', 'ours'):
        application = runnable({'environment': {'TRAC_ENV': environment,
                                                'TRAC_UNIT_TUNING': 'off'}})
        if name == 'ours':
            application['module'] = unit_configuration.MODULE
        else:
            tmpdir.join('recipe_%s.py' % name).write(modules[name])
            application['module'] = 'recipe_' + name
            application['path'].append(str(tmpdir))
        applications[name] = application
    ports = {name: free_port() for name in applications}
    unit.control.put('/config', {
        'listeners': {'127.0.0.1:%d' % port: {'pass': 'applications/' + name}
                      for name, port in ports.items()},
        'applications': applications})
    statuses = {name: get(port, '/wiki')[0] for name, port in ports.items()}
    works = has_locale('en_US.UTF8')
    # The one that differs from the published one in its locale shows the cause.
    assert statuses == {'published': 200 if works else 503, 'mended': 200, 'ours': 200}, unit.log()
    assert ('unsupported locale setting' in unit.log()) is not works


@pytest.mark.unit
def test_the_wrapper_works_in_a_real_unit(unit, environment, tmpdir):
    application = runnable({'module': 'my_trac', 'environment': {
        'TRAC_ENV': environment, 'TRAC_UNIT_TUNING': 'off'}})
    tmpdir.join('my_trac.py').write(read('my_trac.py'))
    application['path'].append(str(tmpdir))
    port = free_port()
    unit.control.put('/config', {
        'listeners': {'127.0.0.1:%d' % port: {'pass': 'applications/trac'}},
        'applications': {'trac': application}})
    assert get(port, '/wiki')[0] == 200

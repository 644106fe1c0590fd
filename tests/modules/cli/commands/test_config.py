# -*- coding: utf-8 -*-
"""trac-unit config: what it prints, and what it refuses to."""
import sys

from support.configuring import SECRET, SIGN_IN, application
from support.configuring import config, refused, variables  # noqa: F401 (fixtures)
from trac_unit.cli.host import machine

THIS = '%d.%d' % sys.version_info[:2]


# What is in it

def test_one_environment_on_loopback(config, environment):  # noqa: F811
    configuration, _ = config(environment)
    assert configuration['listeners'] == {'127.0.0.1:8080': {'pass': 'routes/trac'}}
    trac = application(configuration)
    assert (trac['type'], trac['module']) == ('python ' + THIS, 'trac_unit.trac_wsgi')
    assert trac['environment']['TRAC_ENV'] == environment
    assert trac['processes'] >= 1 and trac['threads'] == machine.THREADS
    assert trac['limits'] == {'timeout': 120}


def test_a_prefix_is_trac_s_and_everything_else_is_nothing(config, environment):  # noqa: F811
    configuration, _ = config(environment, '--prefix', '/team/trac/')
    assert application(configuration)['prefix'] == '/team/trac'
    steps = configuration['routes']['trac']
    assert steps[1]['match'] == {'uri': '/team/trac/chrome/*'}
    assert steps[2]['match'] == {'uri': ['/team/trac', '/team/trac/*']}
    assert steps[3] == {'action': {'return': 404}}


def test_forwarded_addresses_are_believed_of_named_proxies_only(config, environment):  # noqa: F811
    listener, = config(environment)[0]['listeners'].values()
    assert 'forwarded' not in listener
    listener, = config(environment, '--proxy', '10.0.0.0/8',
                       '--proxy', '::1')[0]['listeners'].values()
    assert listener['forwarded'] == {
        'client_ip': 'X-Forwarded-For', 'protocol': 'X-Forwarded-Proto',
        'source': ['10.0.0.0/8', '::1']}


def test_tls_names_a_bundle(config, environment):  # noqa: F811
    configuration, _ = config(environment, '--listen', '*:443', '--tls', 'example.org')
    assert configuration['listeners'] == {
        '*:443': {'pass': 'routes/trac', 'tls': {'certificate': 'example.org'}}}


def test_names_and_numbers_that_were_asked_for(config, environment):  # noqa: F811
    configuration, _ = config(environment, '--name', 'wiki', '--processes', '3', '--threads', '7')
    assert list(configuration['routes']) == list(configuration['applications']) == ['wiki']
    wiki = configuration['applications']['wiki']
    assert (wiki['processes'], wiki['threads']) == (3, 7)


def test_every_setting_goes_in_and_nothing_else(
        config, environment, variables, tmpdir):  # noqa: F811
    file = tmpdir.join('secret')
    file.write(SECRET)
    variables(TRAC_OIDC_CLIENT_SECRET_FILE=str(file), TRAC_OIDC_SESSION_IDLE='1h', LANG='C',
              TRAC_OIDC_SCOPE='', **SIGN_IN)
    environ = application(config(environment)[0])['environment']
    environ.pop('PATH', None)
    assert environ == dict(SIGN_IN, TRAC_ENV=environment, TRAC_OIDC_SESSION_IDLE='1h',
                           TRAC_OIDC_CLIENT_SECRET_FILE=str(file))


def test_python_2_finds_its_virtual_environment_by_the_path(
        config, environment, tmpdir):  # noqa: F811
    home = tmpdir.mkdir('venv')
    home.mkdir('lib').mkdir('python2.7').mkdir('site-packages')
    trac = application(config(environment, '--home', str(home))[0])
    assert (trac['type'], trac['home']) == ('python 2.7', str(home))
    assert trac['environment']['PATH'].startswith(str(home.join('bin')) + ':')

"""The servers of the demo."""

import importlib
import sys

from trac_unit.cli.demo import servers


def test_the_configuration_of_unit():
    configuration = servers.unit_configuration(8123, '/place', {'TRAC_ENV': '/place/trac'})
    assert configuration['listeners'] == {'127.0.0.1:8123': {'pass': 'applications/trac'}}
    application = configuration['applications']['trac']
    assert application['type'] == 'python %d.%d' % sys.version_info[:2]
    assert application['module'] == 'trac_unit.trac_wsgi'
    importlib.import_module(application['module'].split('.')[0])
    assert application['processes'] == 2 and application['threads'] >= 2
    assert application['environment'] == {'TRAC_ENV': '/place/trac'}

"""How large an upload Unit has to take, so that Trac can."""

import io
import os

import pytest
from trac.config import Configuration

from support.configuring import config, variables  # noqa: F401 (fixtures)
from trac_unit.cli.unit import upload_limit


@pytest.mark.parametrize('text, size', [
    ('1', 1), ('512K', 524288), ('20M', 20971520), ('20MiB', 20971520), ('1g', 1073741824)])
def test_sizes(text, size):
    assert upload_limit.size(text) == size


def limit(environment, value):
    configuration = Configuration(os.path.join(environment, 'conf', 'trac.ini'))
    configuration.set('attachment', 'max_size', value)
    configuration.save()


@pytest.mark.parametrize('value, expected', [
    ('262144', 8 * 2 ** 20), ('31457280', 31 * 2 ** 20), ('-1', 1025 * 2 ** 20)])
def test_the_attachments_that_trac_takes_fit_through_unit(
        environment, value, expected, config):  # noqa: F811
    limit(environment, value)
    configuration, notes = config(environment)
    assert configuration['settings']['http']['max_body_size'] == expected
    assert ('limits no attachment' in notes) == (value == '-1')


def test_the_largest_of_several_environments_counts(parent_dir, config):  # noqa: F811
    limit(os.path.join(parent_dir, 'two'), '20971520')
    http = config('--parent', parent_dir)[0]['settings']['http']
    assert http['max_body_size'] == 21 * 2 ** 20


def test_a_limit_that_differs_from_trac_s_is_told(environment, config):  # noqa: F811
    configuration, notes = config(environment, '--upload-limit', '50M')
    assert configuration['settings']['http']['max_body_size'] == 51 * 2 ** 20
    assert '262144 bytes' in notes


def test_a_trac_ini_that_is_none_is_told(environment, config):  # noqa: F811
    with io.open(os.path.join(environment, 'conf', 'trac.ini'), 'w') as file:
        file.write(u'no section\n')
    assert 'could not be read' in config(environment)[1]

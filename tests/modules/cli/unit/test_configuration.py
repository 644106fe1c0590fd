"""Building Unit's configuration out of options alone."""
from trac_unit.cli.unit import configuration as unit_configuration


def test_the_builder_looks_at_nothing_but_its_options():
    options = unit_configuration.Options(
        name='n', listen='*:1', tls=None, prefix='', proxies=(), python='3.11', home=None,
        path=(), processes=1, threads=1, static=(), max_body_size=1, environment=())
    assert unit_configuration.build(options) == unit_configuration.build(options)
    assert set(unit_configuration.build(options)['applications']['n']) == {
        'type', 'module', 'processes', 'threads', 'limits', 'environment'}

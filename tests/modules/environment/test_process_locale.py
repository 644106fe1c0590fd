"""A locale that exists, whatever was asked for."""

import locale
import logging

import pytest

from trac_unit.environment.process_locale import LocaleMiddleware, choose, choose_locale

BEFORE = 'the locale that it had'


class Machine(object):
    """A setlocale() that knows only some locales."""

    def __init__(self, *names, **options):
        self.names = names + (BEFORE,)
        self.error = options.get('error', locale.Error('unsupported locale setting'))
        self.current = BEFORE

    def setlocale(self, category, name=None):
        assert category == locale.LC_ALL
        if name is not None:
            if name not in self.names:
                raise self.error
            self.current = name
        return self.current


@pytest.mark.parametrize('wanted, names, chosen', [
    ('en_US.UTF-8', ['en_US.UTF-8', 'C.UTF-8', 'C'], 'en_US.UTF-8'),
    ('en_US.UTF-8', ['C.UTF-8', 'C'], 'C.UTF-8'),
    ('en_US.UTF-8', ['C'], 'C'),
    ('en_US.UTF-8', [], 'C'),
    ('de_DE.UTF-8', ['en_US.UTF-8', 'C.UTF-8', 'C'], 'C.UTF-8'),
    ('C', ['en_US.UTF-8', 'C.UTF-8', 'C'], 'C'),
])
def test_the_first_locale_that_exists_is_chosen_and_the_process_keeps_its_own(
        wanted, names, chosen):
    machine = Machine(*names)
    assert choose(wanted, machine.setlocale) == chosen
    assert machine.current == BEFORE


@pytest.mark.parametrize('error', [
    locale.Error('unsupported locale setting'), ValueError('unknown locale'),
    UnicodeEncodeError('ascii', u'\xe9', 0, 1, 'no such byte')])
def test_no_way_of_refusing_a_name_escapes(error):
    machine = Machine('C', error=error)
    assert choose('nonsense', machine.setlocale) == 'C'
    assert machine.current == BEFORE


def test_the_real_setlocale_takes_what_was_chosen():
    before = locale.setlocale(locale.LC_ALL)
    chosen = choose('xx_XX.nonsense')
    assert chosen in ('C.UTF-8', 'C')
    assert locale.setlocale(locale.LC_ALL) == before
    try:
        locale.setlocale(locale.LC_ALL, chosen)
    finally:
        locale.setlocale(locale.LC_ALL, before)


@pytest.mark.parametrize('asked, warned', [('C', False), ('xx_XX.nonsense', True)])
def test_who_asks_for_a_locale_that_is_not_there_is_warned(asked, warned, caplog):
    caplog.set_level(logging.INFO, logger='trac_unit')
    chosen = choose_locale(asked)
    record, = caplog.records
    assert (record.levelno == logging.WARNING) is warned
    assert chosen in record.getMessage()
    assert (repr(asked) in record.getMessage()) is warned


def test_a_default_that_is_not_there_is_nothing_to_warn_of(caplog, monkeypatch):
    machine = Machine('C')
    monkeypatch.setattr('trac_unit.environment.process_locale.choose',
                        lambda wanted: choose(wanted, machine.setlocale))
    caplog.set_level(logging.INFO, logger='trac_unit')
    assert choose_locale() == 'C'
    assert [record.levelno for record in caplog.records] == [logging.INFO]


def test_each_request_gets_the_locale_whatever_it_brought():
    seen = []
    middleware = LocaleMiddleware(lambda environ, start_response: seen.append(environ), 'C')
    middleware({'trac.locale': 'xx_XX.nonsense', 'PATH_INFO': '/wiki'}, None)
    assert seen == [{'trac.locale': 'C', 'PATH_INFO': '/wiki'}]

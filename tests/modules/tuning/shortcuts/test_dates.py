# -*- coding: utf-8 -*-
"""The shortcuts to dates and times: each returns what the function that it replaces would."""

import datetime
import locale
import os
import time

import pytest
from trac.util import datefmt

from support.tuned import both
from support.tuned import untuned  # noqa: F401 (a fixture)
from trac_unit._compat import PY2
from trac_unit.tuning.shortcuts import dates
from trac_unit.tuning.shortcuts.table import leave_shortcuts, take_shortcuts


# Local times


@pytest.fixture
def timezone():
    """Has the process take another time zone, as Trac does at its start."""
    before = os.environ.get('TZ')

    def take(name):
        if name is None:
            os.environ.pop('TZ', None)
        else:
            os.environ['TZ'] = name
        time.tzset()
        datefmt.LocalTimezone._initialize()
    yield take
    take(before)


MOMENTS = [datetime.datetime(2026, month, day, hour, 59, 59, 123456)
           for month, day in ((1, 1), (3, 29), (7, 1), (10, 25)) for hour in (0, 1, 2, 3, 23)] + [
    datetime.datetime(1, 1, 1), datetime.datetime(1900, 6, 1), datetime.datetime(1969, 12, 31),
    datetime.datetime(2038, 1, 20), datetime.datetime(9999, 12, 31, 23, 59)]


@pytest.mark.parametrize('zone', [
    None, 'UTC', 'CET-1CEST,M3.5.0,M10.5.0/3', 'EST5EDT,M3.2.0,M11.1.0', 'XXX-5:45', 'YYY12'])
def test_a_local_time_is_the_same(timezone, zone):
    timezone(zone)

    def local(moment):
        found = datefmt.localtz.fromutc(moment.replace(tzinfo=datefmt.localtz))
        return (found, found.utcoffset(), found.dst(), found.tzname(), str(found),
                datefmt.to_datetime(moment.replace(tzinfo=datefmt.utc)).isoformat())

    for moment in MOMENTS:
        both(lambda: local(moment))


def test_another_time_zone_is_noticed(timezone):
    take_shortcuts()
    noon = datetime.datetime(2026, 1, 1, 12, tzinfo=datefmt.localtz)
    for zone, hour in (('UTC', 12), ('XXX-3', 15), ('YYY3', 9), ('UTC', 12)):
        timezone(zone)
        for _ in range(2):
            assert datefmt.localtz.fromutc(noon).hour == hour
    # Trac itself makes its own anew at its start only.
    for zone, hour in (('XXX-3', 15), ('YYY3', 9)):
        os.environ['TZ'] = zone
        time.tzset()
        assert datefmt.localtz.fromutc(noon).hour == hour


class OddTime(datetime.datetime):
    """A kind of its own."""


@pytest.mark.parametrize('moment', [
    datetime.datetime(2026, 1, 1), datetime.datetime(2026, 1, 1, tzinfo=datefmt.utc),
    OddTime(2026, 1, 1, tzinfo=datefmt.localtz), None, 3])
def test_what_is_no_utc_time_of_this_zone_is_asked(moment):
    both(lambda: datefmt.localtz.fromutc(moment))


# Times of the database, and the present


TOLD_IN = {
    'UTC': lambda: datefmt.utc, 'standard time': lambda: datefmt.LocalTimezone._std_tz,
    'summer time': lambda: datefmt.LocalTimezone._dst_tz, 'local time': lambda: datefmt.localtz,
    'another zone': lambda: datefmt.FixedOffset(90, 'X'), 'no zone': lambda: None}


@pytest.mark.parametrize('told_in', sorted(TOLD_IN))
@pytest.mark.parametrize('zone', ['UTC', 'CET-1CEST,M3.5.0,M10.5.0/3', 'XXX-5:45', 'YYY12'])
def test_a_time_is_converted_alike(timezone, zone, told_in):
    timezone(zone)
    tz = TOLD_IN[told_in]()

    def converted(moment):
        found = [datefmt.to_datetime(moment.replace(tzinfo=tz), wanted)
                 for wanted in (None, datefmt.localtz, datefmt.utc, datefmt.FixedOffset(60, 'Y'))]
        return [(one, one.isoformat(), one.tzname(), one.microsecond) for one in found]

    for moment in MOMENTS:
        for microsecond in (0, 1, 999999):
            both(lambda: converted(moment.replace(microsecond=microsecond)))


@pytest.mark.parametrize('given', [
    0, 1.5, -1.5, 10 ** 15, datetime.date(2026, 7, 1), 'x', [],
    OddTime(2026, 1, 1, tzinfo=datefmt.utc)])
def test_what_is_no_time_with_a_zone_is_converted_alike(given):
    both(lambda: [(str(one), type(one)) for one in [datefmt.to_datetime(given)]])


def test_the_present_is_now():
    take_shortcuts()
    for _ in range(3):
        before = datetime.datetime.now(datefmt.utc)
        found = datefmt.to_datetime(None), datefmt.datetime_now(datefmt.localtz)
        assert all(before <= one <= datetime.datetime.now(datefmt.utc) for one in found)


def test_another_time_zone_is_noticed_by_conversions(timezone):
    take_shortcuts()
    noon = datetime.datetime(2026, 1, 1, 12, tzinfo=datefmt.utc)
    for zone, hour in (('UTC', 12), ('XXX-3', 15), ('YYY3', 9), ('UTC', 12)):
        timezone(zone)
        for _ in range(2):
            assert datefmt.to_datetime(noon).hour == hour
            assert datefmt.to_datetime(noon.astimezone(datefmt.localtz)).hour == hour


def remembered(function):
    """How many times `function` holds, in itself and in what it calls."""
    held = [cell.cell_contents for cell in function.__closure__ or ()]
    held += [each._remembered for each in held if isinstance(each, dates._BySecond)]
    return sum(len(each._now[2]) for each in held
               if isinstance(each, dates._Remembered))


@pytest.mark.parametrize('name, told_in', [
    ('to_datetime', 'UTC'), ('to_datetime', 'standard time'), ('fromutc', 'local time')])
def test_local_times_do_not_pile_up(name, told_in):
    take_shortcuts()
    function = {'to_datetime': datefmt.to_datetime,
                'fromutc': vars(datefmt.LocalTimezone)['fromutc']}[name]
    start = datetime.datetime(2026, 1, 1, tzinfo=TOLD_IN[told_in]())
    before = remembered(function)
    for number in range(3 * dates._MOST):
        moment = start + datetime.timedelta(seconds=number)
        function(*((moment,) if name == 'to_datetime' else (datefmt.localtz, moment)))
    assert before < remembered(function) <= before + dates._MOST + 1


def test_what_was_converted_in_another_zone_is_not_kept(timezone):
    """Another thread is still at a time when the zone changes."""
    timezone('UTC')
    local = datefmt.localtz
    first = []

    def slow(t, tzinfo=None):
        if not first:
            first.append(t)
            timezone('XXX-9')
            assert function(moment).hour == 21
        return t.replace(hour=12 if time.timezone == 0 else 21, tzinfo=local._std_tz)

    function = dates.local_time(slow, datefmt)
    moment = datetime.datetime(2026, 1, 1, 12, tzinfo=datefmt.utc)
    function(moment)
    assert [function(moment).hour for _ in range(2)] == [21, 21]


# Texts


@pytest.mark.parametrize('format', ['%x %X', '%H:%M', 'iso8601', 'short', u'%d. %B %Y', 'no', ''])
@pytest.mark.parametrize('name', ['C', 'C.UTF-8', 'en_US.UTF-8', ''])
def test_a_time_is_formatted_alike(format, name):
    before = locale.setlocale(locale.LC_TIME)
    try:
        try:
            locale.setlocale(locale.LC_TIME, name)
        except locale.Error:
            pytest.skip('no locale %s here' % name)
        for moment in MOMENTS[:4] + [MOMENTS[-1]]:
            both(lambda: [datefmt.format_datetime(moment.replace(tzinfo=datefmt.utc), format),
                          type(datefmt.format_time(moment.replace(tzinfo=datefmt.utc), format))])
    finally:
        locale.setlocale(locale.LC_TIME, before)


@pytest.mark.skipif(not PY2, reason='Python 3 formats times as text')
def test_another_locale_is_noticed(monkeypatch):
    monkeypatch.setattr(datefmt, 'getlocale', lambda category: (None, encodings[-1]))
    setlocale = []
    monkeypatch.setattr(dates.locale, 'setlocale', lambda category: setlocale[-1])
    take_shortcuts()

    class Moment(object):
        @staticmethod
        def strftime(format):
            return b'\xe9'

    encodings = ['latin-1']
    setlocale.append('fr_FR')
    for _ in range(2):
        assert datefmt._format_datetime_without_babel(Moment, '%x') == u'\xe9'
    encodings.append('cp437')
    setlocale.append('en_US')
    assert datefmt._format_datetime_without_babel(Moment, '%x') == u'\u0398'
    encodings.append(None)
    setlocale.append('C')
    assert datefmt._format_datetime_without_babel(Moment, '%x') == u'\ufffd'
    leave_shortcuts()

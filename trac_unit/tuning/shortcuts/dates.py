"""Cheaper ways to the dates and times on a page.

Each returns what the function in whose place it is put would have returned, from the
same things, and asks that function wherever it is in doubt.
"""

import locale
import time
from datetime import datetime

from ..._compat import text_type

# Times that each function remembers at most.
_MOST = 2000


class _Remembered(object):
    """What is known in the time zone of this process; forgotten when that is another one.

    :param local: Trac's time zone of this process
    """

    def __init__(self, local):
        self._local = local
        self._now = None, None, {}

    def known(self):
        """Return the dict of this zone; who is slow stores into one that is forgotten."""
        standard, names, known = self._now
        # Python makes new names each time that it sets the zone, and Trac a new standard time.
        if standard is not self._local._std_tz or names is not time.tzname or \
                len(known) >= _MOST:
            known = {}
            self._now = self._local._std_tz, time.tzname, known
        return known


class _BySecond(object):
    """Remembers how late it is here in each second: a list asks for the present at each date.

    :param convert: returns the local time of a datetime, which is told in one zone always
    :param local: Trac's time zone of this process
    """

    def __init__(self, convert, local):
        self._convert = convert
        self._remembered = _Remembered(local)

    def local(self, t):
        known = self._remembered.known()
        moment = t.replace(tzinfo=None)
        second = moment.replace(microsecond=0)
        found = known.get(second)
        if found is None:
            here = self._convert(t)
            known[second] = here.replace(tzinfo=None) - moment, here.tzinfo
            return here
        later, zone = found
        return (moment + later).replace(tzinfo=zone)


def local_time(to_datetime, datefmt):
    """Remember what the local times of moments are: lists have the same again and again."""
    local, utc = datefmt.localtz, datefmt.utc
    remembered = _Remembered(local)
    standard, summer = _BySecond(to_datetime, local), _BySecond(to_datetime, local)

    def cached_to_datetime(t, tzinfo=None):
        if type(t) is not datetime or tzinfo is not None and tzinfo is not local:
            return to_datetime(t, tzinfo)
        told_in = t.tzinfo
        if told_in is not utc:
            # The present, for one, is told in local time.
            times = standard if told_in is local._std_tz else \
                summer if told_in is local._dst_tz else None
            return times.local(t) if times and told_in else to_datetime(t, tzinfo)
        known = remembered.known()
        # Python would compare times of a zone by asking the zone.
        moment = t.replace(tzinfo=None)
        found = known.get(moment)
        if found is None:
            found = known[moment] = to_datetime(t, tzinfo)
        return found

    return cached_to_datetime


def local_time_from_utc(fromutc, zone_class):
    """Remember how late it is here in each second."""
    from trac.util.datefmt import localtz

    by_second = _BySecond(lambda t: fromutc(localtz, t), localtz)

    def cached_fromutc(self, dt):
        if self is not localtz or type(dt) is not datetime or dt.tzinfo is not localtz:
            return fromutc(self, dt)
        return by_second.local(dt)

    return cached_fromutc


def formatted_time(format_time, datefmt):
    """Remember which encoding the locale has: Python 2 formats times in it."""
    encodings = {}

    def format_without_babel(t, format):
        name = locale.setlocale(locale.LC_TIME)
        if name not in encodings:
            encoding = datefmt.getlocale(datefmt.LC_TIME)[1]
            if not encoding:
                return format_time(t, format)
            encodings[name] = encoding
        return text_type(t.strftime(str(format)), encodings[name], 'replace')

    return format_without_babel

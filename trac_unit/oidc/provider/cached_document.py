"""A JSON document of the provider: kept for a while, and fetched by one thread at a time."""

import re
import threading

from ...errors import ProviderError

#: Seconds that a document is kept: what Cache-Control asks for, within these bounds.
MIN_AGE, DEFAULT_AGE, MAX_AGE = 300, 3600, 86400

#: Seconds until a document that could not be had is asked for again.
FAILURE_AGE = 10

#: Seconds between two fetches that unknown key ids cause: without a bound,
#: anyone with a forged token could drive us against the provider.
REFETCH_AGE = 60


class CachedDocument(object):
    """A JSON document at a URL.

    A thread waits for another one's fetch only if it needs what that brings.

    :param fetch: called without arguments; returns the value and its age limit
        in seconds, or raises ProviderError
    :param clock: returns seconds since the epoch; it may be set back
    """

    def __init__(self, fetch, clock):
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._value = self._failure = None
        self._age = 0
        # When a fetch succeeded, failed, and was made for a key; None: never, or not since.
        self._fetched = self._failed = self._refetched = None
        #: How many fetches there were, also in vain.
        self.fetches = 0

    def get(self):
        """Return the value.

        :raises ProviderError: it cannot be had, or could not just now
        """
        if self._within(self._fetched, self._age):
            return self._value
        # Too old, but good enough until the thread that is about it has a new one.
        if not self._lock.acquire(not self._usable()):
            return self._value
        try:
            if not self._within(self._fetched, self._age):  # another thread was not faster
                self._renew()
            return self._present()
        finally:
            self._lock.release()

    def renewed(self, seen):
        """Return a value newer than one that was no good, if there is and may be one.

        :param seen: what :attr:`fetches` was before that one was read
        :raises ProviderError: it cannot be had
        """
        with self._lock:
            if self.fetches == seen and not self._within(self._refetched, REFETCH_AGE):
                self._refetched = self._clock()
                self._renew()
            return self._present()

    def check(self):
        """Return nothing if the last fetch succeeded.

        :raises ProviderError: what it failed with
        """
        failure = self._failure if self._failed is not None else None
        if failure is not None:
            raise ProviderError(failure.reason, str(failure))

    def _renew(self):
        """Fetch the value, unless that failed just now."""
        if self._within(self._failed, FAILURE_AGE):
            return
        begun = self._clock()
        try:
            self._value, self._age = self._fetch()
            self._fetched, self._failed = begun, None
        except ProviderError as e:
            self._failure, self._failed = e, self._clock()
        finally:
            self.fetches += 1

    def _present(self):
        if not self._usable():
            self.check()
        return self._value

    def _usable(self):
        # A provider that is away for an hour need not end sign-ins that its old
        # keys can still verify; a day later it must have answered.
        return self._fetched is not None and self._clock() < self._fetched + MAX_AGE

    def _within(self, since, seconds):
        # From the future: the clock was set back, perhaps by years.
        return since is not None and since <= self._clock() < since + seconds


def age_limit(response):
    """Return for how many seconds a response may be kept (RFC 9111 section 5.2.2)."""
    control = response.headers.get('Cache-Control', '').lower()
    if re.search(r'(?:^|[,\s])no-(?:cache|store)(?:$|[,\s])', control):
        return MIN_AGE
    match = re.search(r'(?:^|[,\s])max-age=(\d{1,9}|"\d{1,9}")(?:$|[,\s])', control)
    return max(MIN_AGE, min(MAX_AGE, int(match.group(1).strip('"')))) if match else DEFAULT_AGE

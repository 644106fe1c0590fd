"""The contract of the stores that keep sessions."""


class Store(object):
    """What a session store does.  Each call is atomic, for all processes that share it.

    Whatever is in a store belongs to one namespace: a client of one provider.
    Several can share a store, and none finds what is another's.

    Every method raises :class:`~trac_unit.errors.StoreError` when the store
    cannot be reached, or holds what no store wrote.  Times are seconds since
    the epoch.
    """

    def add(self, secret, session):
        """Keep a :class:`Session` under the secret that the browser gets.

        Its tokens are sealed with the secret, which the store does not keep.
        """
        raise NotImplementedError

    def get(self, secret, now):
        """Return the live :class:`Session`, or None; note that it was seen.

        That the note cannot be written is no reason to refuse the session.
        """
        raise NotImplementedError

    def update(self, secret, session):
        """Keep changed identity, tokens, sid and ``checked`` of a session that is there.

        Return whether it was there: one that was ended meanwhile stays ended.
        """
        raise NotImplementedError

    def end(self, secret):
        """Forget the session; without effect if there is none."""
        raise NotImplementedError

    def end_by_sid(self, sid, subject=None):
        """End the sessions that the provider names so; return how many.

        Back-Channel Logout 1.0 section 2.7.

        :param sid: text
        :param subject: text; only that person's.  None: whosever they are
        """
        raise NotImplementedError

    def end_by_subject(self, subject):
        """End all sessions of the person whom the provider names so; return how many."""
        raise NotImplementedError

    def sessions(self, now, subject=None, username=None):
        """Return the live sessions, without tokens, the newest first.

        :param subject: text; only that person's.  None: everybody's
        :param username: text; only that person's.  None: everybody's
        """
        raise NotImplementedError

    def count(self, now, subject=None, username=None):
        """Return the number of live sessions; the parameters are those of :meth:`sessions`."""
        raise NotImplementedError

    def once(self, kind, value, now, expires):
        """Return True to exactly one caller, until `expires`.

        :param kind: what `value` is, such as ``'state'``
        :param expires: from when on the value counts as never seen
        """
        raise NotImplementedError

    def seen(self, kind, value, now):
        """Return whether :meth:`once` gave a True for `value` that still counts."""
        raise NotImplementedError

    def keys(self, name, now, make, age):
        """Return the keys of that name, texts, the newest first: that one is to seal with.

        There is always one that is younger than `age`, in seconds; the others
        are those that still may have to open something: younger than twice that.

        :param make: called for a new key, text
        """
        raise NotImplementedError

"""The keys in a store: which one seals, and which ones still open.  Pure rules.

A list of keys has the newest first.
"""

from ...._compat import integer_types, text_type


class Key(object):
    """A key of a store.

    :param handle: how the store finds it
    :param made: seconds since the epoch
    :param value: text
    :raises ValueError: this is none
    """

    def __init__(self, handle, made, value):
        if not isinstance(made, integer_types) or not isinstance(value, text_type):
            raise ValueError('expected a key')
        self.handle = handle
        self.made = made
        self.value = value


def is_due(keys, now, age):
    """Return whether it is time for a new key, since the newest is older than `age` seconds."""
    # From far ahead is as useless as from long ago: some clock was wrong.
    return not keys or abs(now - keys[0].made) >= age


def usable(keys, now, age):
    """Return those of `keys` that may have sealed something which still counts."""
    return [key for key in keys if abs(now - key.made) < 2 * age]

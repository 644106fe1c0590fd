"""A cheaper copy of the fields of tickets, which each page with a ticket makes.

It is what the function in whose place it is put would have returned.
"""

import copy

from ..._compat import text_type

# What a deep copy shares with the original.
_ATOMIC = frozenset((bool, int, float, str, text_type, type(None)))


def ticket_fields_copy(_deepcopy, list_class):
    """Copy the descriptions of a ticket's fields, which are dicts of plain values.

    Trac does it for each ticket.
    """
    atomic = _ATOMIC.issuperset

    def __deepcopy__(self, memo):
        return list_class([copied(field, memo) for field in self])

    def copied(value, memo):
        if type(value) is not dict or id(value) in memo or not atomic(map(type, value)):
            return copy.deepcopy(value, memo)
        # The order in which Python 2 gives them depends on how they came in: one by one, but
        # for the few for which a dict has room from the start.
        memo[id(value)] = copies = value.copy() if len(value) < 6 else dict(value.items())
        if not atomic(map(type, value.values())):
            for name, one in value.items():
                if type(one) is list and id(one) not in memo and atomic(map(type, one)):
                    copies[name] = memo[id(one)] = one[:]
                elif type(one) not in _ATOMIC:
                    copies[name] = copied(one, memo)
        return copies

    return __deepcopy__

"""Has the threads of a worker take turns less often."""

import sys

#: Steps of the interpreter after which Python 2 lets another thread go on, some tens of
#: microseconds.  Its own number, 100, costs 2 % of a page; Python 3 waits 5 milliseconds.
INTERVAL = 2000


def take_longer_turns():
    """Raise the interval where Python counts steps, unless somebody set it higher."""
    if hasattr(sys, 'setcheckinterval') and sys.getcheckinterval() < INTERVAL:
        sys.setcheckinterval(INTERVAL)

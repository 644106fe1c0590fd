"""When a session ends by itself."""


class Limits(object):
    """When a session ends by itself.

    :param idle: seconds without a request
    :param lifetime: seconds since the sign-in
    """

    def __init__(self, idle, lifetime):
        self.idle = idle
        self.lifetime = lifetime
        #: Seconds between two writes of "last seen": a write for every request
        #: would make reading a page cost as much as changing one.
        self.touch = min(60, max(1, idle // 10))

    def end(self, created, seen):
        """Return when a session ends that was begun and last seen at these times."""
        return min(created + self.lifetime, seen + self.idle)

"""Many who do something in the same moment, and a provider that keeps them waiting."""
import threading

PATIENCE = 120  # seconds that the slowest of them has


def at_once(count, call):
    """Call call(0) to call(count - 1), a thread each, all at once; return the results in order.

    What one of them raises is raised here.
    """
    waiting, go = threading.Semaphore(0), threading.Event()
    results, errors = [None] * count, []

    def run(number):
        waiting.release()
        go.wait(PATIENCE)
        try:
            results[number] = call(number)
        except BaseException as e:
            errors.append(e)
    threads = [begin(run, number) for number in range(count)]
    for _ in threads:
        waiting.acquire()
    go.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), 'one of them did not come back'
    for error in errors:
        raise error
    return results


def begin(function, *arguments):
    """Start a thread that ends with this process at the latest."""
    thread = threading.Thread(target=function, args=arguments)
    thread.daemon = True
    thread.start()
    return thread


class Hang(object):
    """A provider holds the first requests for a path until the block ends; later ones pass.

    held: how many it holds.
    """

    def __init__(self, provider, path, most):
        self.held = 0
        self._provider, self._most, self._end = provider, most, threading.Event()
        self._lock = threading.Lock()
        provider.hooks['raw:' + path] = self

    def __call__(self, handler):
        with self._lock:
            hold = self.held < self._most
            self.held += hold
        if hold:
            assert self._end.wait(PATIENCE), 'nobody ended the hanging'
        return self._provider.answer(handler.record)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self._end.set()


class Calls(object):
    """Functions that are called at once, in a thread each."""

    def __init__(self, functions):
        self.results = []
        self._threads = [begin(lambda call=call: self.results.append(call()))
                         for call in functions]

    def ended(self):
        """Return all of their results, once they have returned."""
        for thread in self._threads:
            thread.join(PATIENCE)
        assert len(self.results) == len(self._threads), 'one of them failed'
        return self.results

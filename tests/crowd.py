"""Many who do something in the same moment."""
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

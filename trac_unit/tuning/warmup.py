"""Renders common pages when a worker starts.

Its first request loads what every later one finds loaded.
"""

import contextlib
import logging
import threading
import time

from trac.env import open_environment
from trac.perm import PermissionCache, PermissionSystem
from trac.web.session import DetachedSession

from .._compat import PY2, exception_text, quote, remote_user, to_bytes, to_text, wsgi_string
from .synthetic_request import synthetic_request

log = logging.getLogger(__name__)

#: Seconds that the warm-up may delay a worker's start.
BUDGET = 5

#: The pages that load what most pages need, with the permission that each asks for.
PAGES = (('/wiki', 'WIKI_VIEW'), ('/timeline', 'TIMELINE_VIEW'), ('/roadmap', 'ROADMAP_VIEW'),
         ('/report', 'REPORT_VIEW'), ('/query', 'TICKET_VIEW'), ('/newticket', 'TICKET_CREATE'),
         ('/search', 'SEARCH_VIEW'))


def warm_up(application, environments, keys, budget=BUDGET):
    """Open the environments and render their common pages, for at most `budget` seconds.

    Never raises; what goes wrong is logged, and will be again when a person
    asks for the page.  Return whether all of them opened in time; else one may
    hang, as its database does, and hold what others wait for.
    """
    if not environments:
        return True
    started = time.time()
    work = _WarmUp(application, environments, keys, started + budget)
    thread = threading.Thread(target=work, name='trac-unit warm-up')
    thread.daemon = True
    try:
        thread.start()
        with _import_lock_released():
            thread.join(budget)
    except Exception as e:  # no more threads, for one
        log.warning('Warm-up: %s: %s', type(e).__name__, exception_text(e))
    work.forget_addresses()
    log.info('Warm-up: %d of %d environments, %d pages, %.1f s%s', work.environments_done,
             len(environments), work.pages_done, time.time() - started,
             '' if work.over else '; the rest is left out')
    return work.over and work.environments_done == len(environments)


class _WarmUp(object):
    """The warm-up under way; call it once."""

    _one_at_a_time = threading.Lock()

    def __init__(self, application, environments, keys, late):
        self._application = application
        self._environments = environments
        self._keys = keys
        self._late = late
        self._opened = []
        self.environments_done = self.pages_done = 0
        self.over = False

    def __call__(self):
        # One that hangs is left behind, and may be at it still.
        if not self._one_at_a_time.acquire(False):
            return
        try:
            with _no_sessions():
                for path, script_name in self._environments:
                    if not self._in_time():
                        return
                    self._warm(path, script_name)
                self.over = True
        finally:
            self._one_at_a_time.release()

    def _warm(self, path, script_name):
        try:
            environment = open_environment(path, use_cache=True)
            self._opened.append(environment)
            with _read_only(environment):
                user, pages = _visit(environment)
                for page in pages:
                    if not self._in_time():
                        return
                    self._render(path, script_name, page, user)
        except (Exception, SystemExit) as e:
            log.warning('Warm-up of %s: %s: %s', path, type(e).__name__, exception_text(e))
        else:
            self.environments_done += 1

    def _in_time(self):
        return time.time() < self._late

    def _render(self, path, script_name, page, user):
        status = synthetic_request(self._application, page, wsgi_string(to_text(script_name)),
                                   self._environ(path, script_name, user))
        if status and status < '500':
            self.pages_done += 1
        else:
            log.warning('Warm-up of %s: %s answered %s', path, page, status)

    def _environ(self, path, script_name, user):
        environ = dict(self._keys, **{'trac.env_path': path, 'trac.env_parent_dir': None})
        if environ.get('trac.base_url'):
            environ['trac.base_url'] += quote(to_bytes(script_name))
        if user:
            environ['REMOTE_USER'] = remote_user(user)
        return environ

    def forget_addresses(self):
        """Have Trac take its address from the first real request.

        Without ``[trac] base_url`` it keeps that of the request it sees first,
        for its notifications, and to tell its own links from others'.
        """
        for environment in self._opened:
            del environment.abs_href
            del environment.href


def _visit(environment):
    """Return a user who sees as much as possible, or None, and the pages that exist for him."""
    # Not get_users_with_permission(), which knows only those who were here before.
    granted = PermissionSystem(environment).get_all_permissions()
    users = sorted(subject for subject, action in granted if action == 'TRAC_ADMIN')
    user = users[0] if users else None
    permissions = PermissionCache(environment, user or 'anonymous')
    pages = [page for page, action in PAGES if action in permissions]
    for action, page, newest in (('TICKET_VIEW', '/ticket/%d', 'SELECT MAX(id) FROM ticket'),
                                 ('REPORT_VIEW', '/report/%d', 'SELECT MIN(id) FROM report')):
        if action in permissions:
            pages += [page % number for number, in environment.db_query(newest) if number]
    return user, pages


@contextlib.contextmanager
def _read_only(environment):
    """Have the database of `environment` refuse this thread's writes, such as those of plugins.

    Trac has one connection for a thread, and one transaction: the outermost.
    """
    with environment.db_transaction as db:
        sqlite = environment.config.get('trac', 'database').startswith('sqlite:')
        # PostgreSQL and MySQL both know the second; it lasts until the transaction ends.
        db.cursor().execute('PRAGMA query_only = 1' if sqlite else 'SET TRANSACTION READ ONLY')
        try:
            yield
        finally:
            db.rollback()
            if sqlite:
                db.cursor().execute('PRAGMA query_only = 0')


@contextlib.contextmanager
def _no_sessions():
    """Have Trac save no session for this thread: a visitor's last query is one, for one."""
    save, thread = DetachedSession.__dict__['save'], threading.current_thread()

    def save_for_others(session):
        if threading.current_thread() is not thread:
            save(session)

    DetachedSession.save = save_for_others
    try:
        yield
    finally:
        DetachedSession.save = save


if PY2:
    import imp

    @contextlib.contextmanager
    def _import_lock_released():
        """Let other threads import while this one waits.

        A server imports our module in its main thread, and on Python 2 who
        imports holds a lock that there is once for all threads.
        """
        depth = 0
        try:
            while imp.lock_held():
                imp.release_lock()
                depth += 1
        except RuntimeError:
            pass  # it is another thread's by now
        try:
            yield
        finally:
            for _ in range(depth):
                imp.acquire_lock()
else:
    @contextlib.contextmanager
    def _import_lock_released():
        """Nothing to do: there is a lock for each module."""
        yield

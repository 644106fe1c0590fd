"""What the benchmarks ask for: a Trac with real content, its pages, and a signed-in browser."""

from __future__ import print_function

import contextlib
import datetime
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
# The tests' folder comes before ours, and ours holds no name of theirs.
sys.path[:0] = [TESTS]

from support.browser import Browser  # noqa: E402
from support.provider import Provider  # noqa: E402

#: Tickets beside the demo's: two years' worth, one in eight still open.
TICKETS = 300

#: The pages of a working day, one request each; the same in every measurement.
PAGES = ('/wiki', '/ticket/5', '/report/1', '/query?status=!closed&order=priority', '/timeline',
         '/roadmap', '/search?q=bed&noquickjump=1&ticket=on&wiki=on', '/newticket')


@contextlib.contextmanager
def environment(tickets=TICKETS):
    """The path of a Trac environment with the demo's content and more tickets; removed after."""
    folder = tempfile.mkdtemp(prefix='trac-unit-bench-')
    try:
        path = os.path.join(folder, 'trac')
        make_environment(path, tickets)
        yield path
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_environment(path, tickets=TICKETS):
    from trac.env import Environment
    from trac.ticket.model import Ticket
    from trac.util.datefmt import datetime_now, utc
    from trac_unit.cli.demo import content as demo

    demo.make_environment(path)
    env = Environment(path)
    now = datetime_now(utc)
    try:
        with env.db_transaction:
            for number in range(tickets):
                _, fields, _ = demo.TICKETS[number % len(demo.TICKETS)]
                ticket = Ticket(env)
                for name, value in dict(fields, status=u'new', milestone=demo.MILESTONE).items():
                    ticket[name] = value
                ticket['summary'] += u' (%d)' % number
                if number % 8:
                    ticket['status'], ticket['resolution'] = u'closed', u'fixed'
                ticket.insert(when=now - datetime.timedelta(days=20 + 2 * number))
    finally:
        env.shutdown()


@contextlib.contextmanager
def provider():
    """A running OpenID provider, and the settings that name it, for :data:`settings`."""
    with Provider(client_id='trac', client_secret='benchmark-secret') as running:
        yield running, {'TRAC_OIDC_ISSUER': running.issuer, 'TRAC_OIDC_CLIENT_ID': 'trac',
                        'TRAC_OIDC_CLIENT_SECRET': 'benchmark-secret'}


def sign_in(url):
    """Sign alice in at the Trac at `url`; return the Cookie header of her browser."""
    browser = Browser()
    page = browser.get(url + '/login')
    assert page.status == 200 and 'logged in as' in page.text, (page.status, page.text)
    return browser.jar.header(url + '/')

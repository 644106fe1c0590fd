# -*- coding: utf-8 -*-
"""What a person does and sees at Trac, with the scripted browser."""
import os
import re
import sqlite3


def user(page):
    """Whom a page of Trac shows as signed in; None for anonymous."""
    assert page.status == 200, '%d: %s' % (page.status, page.text)
    match = re.search(u'logged in as\\s*<[^>]*>([^<]*)<', page.text)
    if match is None:
        login_address(page)  # else it would be no page of Trac at all
        return None
    return match.group(1)


def login_address(page):
    """Where Trac's Login link leads."""
    match = re.search(u'<a href="([^"]*/login)">\\s*Login\\s*</a>', page.text)
    assert match, 'no Login link: ' + page.text
    return match.group(1)


def press_login(browser, base):
    """Press Login on the wiki's start page of the Trac at `base`; return where that leads."""
    page = browser.get(base + '/wiki')
    assert user(page) is None
    return browser.click(login_address(page))


def press_logout(browser, base):
    """Press Logout on the wiki's start page; return where that leads."""
    return browser.submit(browser.get(base + '/wiki').form('logout'))


def create_ticket(browser, base, summary):
    """File a ticket through Trac's form; return its page."""
    form = browser.get(base + '/newticket').form('propertyform')
    page = browser.submit(form, field_summary=summary, submit=form.buttons['submit'])
    assert re.match(re.escape(base) + r'/ticket/\d+$', page.url), page.text
    return page


def reporter(page):
    """Whom the page of a ticket shows as the one who filed it."""
    return re.search(u'headers="h_reporter"[^>]*>\\s*<a [^>]*>([^<]*)<', page.text).group(1)


def tickets(environment):
    """The (summary, reporter) pairs in the database of a Trac environment."""
    connection = sqlite3.connect(os.path.join(environment, 'db', 'trac.db'))
    try:
        return connection.execute('SELECT summary, reporter FROM ticket ORDER BY id').fetchall()
    finally:
        connection.close()

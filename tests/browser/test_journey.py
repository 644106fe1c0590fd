# -*- coding: utf-8 -*-
"""The journey in a real browser, headless Chromium, and what our pages are like in it.

Needs Chromium and chromedriver on the PATH, as Debian's packages install them. The variable
SCREENSHOTS names a folder of the project to save pictures in, made small where ImageMagick's
convert is on the PATH. The picture of the README is made by

    SCREENSHOTS=examples pytest -m browser -k demo tests/test_browser.py
"""
import base64
import os
import re
import shutil
import subprocess

import pytest

from support.paths import ROOT
from support.serving import (DemoServer, TracServer, Unavailable, find_program,
                             skip_unless_required, wait_for)
from support.visitor import tickets

webdriver = pytest.importorskip('selenium.webdriver')

from selenium.common.exceptions import StaleElementReferenceException  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

pytestmark = pytest.mark.browser

FLAGS = ('--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
         '--disable-background-networking', '--disable-component-update', '--disable-sync',
         '--hide-scrollbars', '--force-color-profile=srgb')
WIDTH, HEIGHT = 1000, 650
PATIENCE = 20  # seconds that a page has to come

# Each visible text of a page with the colours that it is drawn in, and its size in pixels.
TEXTS = """
const opaque = colour => !/rgba\\(.*, 0\\)|transparent/.test(colour);
const behind = element => {
  for (; element; element = element.parentElement) {
    const colour = getComputedStyle(element).backgroundColor;
    if (opaque(colour)) return colour;
  }
  return 'rgb(255, 255, 255)';
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const found = [];
while (walker.nextNode()) {
  const text = walker.currentNode.data.trim();
  const element = walker.currentNode.parentElement;
  if (!text || !element.getClientRects().length) continue;
  const style = getComputedStyle(element);
  found.push([text, style.color, behind(element), parseFloat(style.fontSize)]);
}
return found;
"""


@pytest.fixture
def chromium(tmpdir):
    """A Chromium that knows nothing yet."""
    try:
        program, driver = find_program('chromium'), find_program('chromedriver')
    except Unavailable as e:
        skip_unless_required(e)
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in FLAGS + ('--user-data-dir=' + str(tmpdir.mkdir('profile')),
                         '--window-size=%d,%d' % (WIDTH, HEIGHT)):
        options.add_argument(flag)
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
    browser = webdriver.Chrome(
        options=options, service=webdriver.ChromeService(executable_path=driver))
    try:
        browser.set_page_load_timeout(PATIENCE)
        set_size(browser, WIDTH, HEIGHT)
        yield browser
    finally:
        browser.quit()


@pytest.fixture
def trac(settings):
    with TracServer(settings) as server:
        yield server


@pytest.fixture
def screenshot(chromium, tmpdir):
    """Save a picture of what the browser shows, under a name."""
    folder = os.environ.get('SCREENSHOTS')
    folder = os.path.join(ROOT, folder) if folder else str(tmpdir.mkdir('screenshots'))
    if not os.path.isdir(folder):
        os.makedirs(folder)

    def save(name):
        path = os.path.join(folder, name + '.png')
        picture = chromium.execute_cdp_cmd('Page.captureScreenshot', {'format': 'png'})
        with open(path, 'wb') as file:
            file.write(base64.b64decode(picture['data']))
        shrink(path)
    return save


def shrink(path):
    """Reduce the colours of a PNG file, if this machine can."""
    try:
        convert = find_program('convert')
    except Unavailable:
        return
    # Some machines have a convert that cannot do it: the picture stays as it is.
    subprocess.call([convert, path, '-strip', '+dither', '-colors', '256', '-white-threshold',
                     '98%', '-define', 'png:compression-level=9', 'png8:' + path])


def set_size(browser, width, height):
    """Give the page this many pixels, fewer too than a window can have."""
    browser.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', {
        'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': False})


def first(browser, by, value, text=u''):
    """Wait for an element in which this text stands, and return it."""
    def look():
        try:
            found = browser.find_elements(by, value)
            return next((one for one in found if text in one.text), None)
        except StaleElementReferenceException:
            return None  # the page went away meanwhile
    return wait_for(look, '%s %s %s' % (by, value, text), PATIENCE)


def element(browser, css):
    return first(browser, By.CSS_SELECTOR, css)


def link(browser, text):
    return first(browser, By.LINK_TEXT, text)


def heading(browser, text):
    """Wait for a page with this heading."""
    first(browser, By.TAG_NAME, 'h1', text)


def logged_in_as(browser, name):
    """Wait for a page of Trac that shows this user."""
    first(browser, By.ID, 'metanav', 'logged in as ' + name)


def sign_in(browser, trac):
    browser.get(trac.url + '/wiki')
    link(browser, 'Login').click()
    logged_in_as(browser, 'alice')
    assert browser.current_url == trac.url + '/wiki'


def luminance(colour):
    """WCAG 2.2, relative luminance of a CSS colour."""
    channels = [int(part) / 255.0 for part in re.findall(r'\d+', colour)[:3]]
    red, green, blue = [channel / 12.92 if channel <= 0.04045
                        else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """WCAG 2.2, contrast ratio of two CSS colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def check_page_of_ours(browser):
    """Whoever sees it, however they read it, can use this page."""
    problems = [entry for entry in browser.get_log('browser') if entry['level'] != 'INFO'
                # Chromium reports the status of an error page as if it were an error.
                and not re.search('Failed to load resource: .* status of [45]', entry['message'])]
    assert problems == []
    root = browser.find_element(By.TAG_NAME, 'html')
    assert root.get_attribute('lang') == 'en'
    title, = browser.find_elements(By.TAG_NAME, 'h1')
    assert title.text and browser.title == title.text
    assert len(browser.find_elements(By.TAG_NAME, 'main')) == 1
    # The sheet of styles has passed the page's own Content-Security-Policy.
    assert title.value_of_css_property('color') in ('rgb(136, 34, 34)', 'rgba(136, 34, 34, 1)')

    texts = browser.execute_script(TEXTS)
    assert len(texts) >= 3
    for text, colour, background, size in texts:
        assert contrast(colour, background) >= 4.5, (text, colour, background)
        assert size >= 12, text

    for width in (320, WIDTH):
        set_size(browser, width, HEIGHT)
        needed = browser.execute_script('return document.documentElement.scrollWidth')
        assert needed <= width, 'it scrolls sideways in %d pixels' % width

    links = browser.find_elements(By.TAG_NAME, 'a')
    assert links
    for one in links:
        assert min(one.size.values()) >= 24, one.text  # WCAG 2.2, 2.5.8
    browser.find_element(By.TAG_NAME, 'body').send_keys(Keys.TAB)
    focused = browser.switch_to.active_element
    assert focused == links[0], 'the first step of the keyboard is the most likely way on'
    assert focused.value_of_css_property('outline-style') == 'solid'


def test_contrast_is_that_of_the_standard():
    assert round(contrast('rgb(0, 0, 0)', 'rgb(255, 255, 255)'), 2) == 21
    assert round(contrast('rgb(118, 118, 118)', 'rgba(255, 255, 255, 1)'), 2) == 4.54


def test_a_person_signs_in_files_a_ticket_and_signs_out(
        chromium, trac, provider, environment, screenshot):
    sign_in(chromium, trac)
    element(chromium, '#mainnav a[href$="/newticket"]').click()
    element(chromium, '#field-summary').send_keys(u'Čaj došel')
    element(chromium, '#propertyform input[name=submit]').click()
    wait_for(lambda: chromium.current_url.partition('#')[0] == trac.url + '/ticket/1',
             'the ticket', PATIENCE)
    logged_in_as(chromium, 'alice')
    assert tickets(environment) == [(u'Čaj došel', u'alice')]
    assert element(chromium, 'td[headers=h_reporter]').text == 'alice'
    chromium.execute_script('scrollTo(0, 0)')
    screenshot('ticket')

    element(chromium, '#logout button').click()
    heading(chromium, 'You are signed out')
    assert len(provider.logouts) == 1
    check_page_of_ours(chromium)
    screenshot('signed-out')
    assert 'and at your identity provider' in element(chromium, '.message').text

    link(chromium, 'Go to the start page').click()
    link(chromium, 'Login')
    assert 'logged in as' not in element(chromium, '#metanav').text


def test_the_signed_out_page_leads_back_to_signing_in(chromium, trac):
    sign_in(chromium, trac)
    element(chromium, '#logout button').click()
    heading(chromium, 'You are signed out')
    link(chromium, 'Sign in again').click()
    logged_in_as(chromium, 'alice')


def test_the_page_of_a_declined_sign_in_says_what_to_do_next(
        chromium, trac, provider, screenshot):
    provider.login_as = None
    chromium.get(trac.url + '/wiki')
    link(chromium, 'Login').click()
    heading(chromium, 'You are not signed in')
    check_page_of_ours(chromium)
    screenshot('sign-in-declined')
    text = element(chromium, 'main').text
    assert 'The sign-in was declined' in text and 'access_denied' not in text
    reference = re.search('Reference: ([0-9a-f]{8})', text).group(1)
    assert 'reference=%s reason=access_denied' % reference in trac.log()
    set_size(chromium, 320, HEIGHT)
    screenshot('sign-in-declined-narrow')

    provider.login_as = u'alice'
    link(chromium, 'Sign in again').click()
    logged_in_as(chromium, 'alice')


def test_the_page_of_a_provider_that_is_down_says_what_to_do_next(
        chromium, trac, provider, screenshot):
    provider.stop()
    chromium.get(trac.url + '/wiki')
    link(chromium, 'Login').click()
    heading(chromium, 'Sign-in is not available')
    check_page_of_ours(chromium)
    screenshot('provider-down')
    link(chromium, 'Go on without signing in').click()
    link(chromium, 'Login')
    assert chromium.current_url == trac.url + '/wiki'


def test_the_page_of_a_trac_out_of_service_is_plain(chromium, trac, environment, screenshot):
    shutil.rmtree(environment)
    chromium.get(trac.url + '/wiki')
    heading(chromium, 'This Trac is out of service')
    screenshot('out-of-service')
    assert environment not in chromium.page_source


def test_the_demo_lets_a_person_in_who_is_chosen_on_the_page_of_its_provider(
        chromium, screenshot):
    with DemoServer() as demo:
        chromium.get(demo.url + '/')
        link(chromium, 'Login').click()
        first(chromium, By.TAG_NAME, 'button', 'alice').click()
        logged_in_as(chromium, 'alice')
        screenshot('screenshot')

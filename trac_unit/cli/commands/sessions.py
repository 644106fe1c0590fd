"""``trac-unit sessions``: who is signed in, and the end of a person's sessions."""

import os
import time

from ..._compat import exception_text, to_text
from ...errors import ConfigurationError, StoreError
from ...oidc.relying_party import default_store, session_store
from ...settings.config import Config
from ...settings.parsers import text
from ..host.errors import CommandError
from ..host.terminal import line, say
from ..unit import settings_source

NAME = 'sessions'
HELP = 'List who is signed in, or end a person\'s sessions.'

EXAMPLES = """\
examples:
  TRAC_ENV=/srv/trac/env TRAC_OIDC_ISSUER=... trac-unit sessions
      who is signed in, since when, and when they were last seen
  curl --unix-socket /var/run/control.unit.sock http://localhost/config |
      sudo trac-unit sessions --config - --user alice --end
      end all sessions of alice in the Trac that Unit serves now

What --end ends is over with the next request, in every process and on every
machine that shares the session store. Whoever may still sign in at the
provider can do so again: lock the account there first. Tracs that are other
clients of the provider have sessions of their own.
"""

_HEADINGS = ('user', 'signed in', 'last seen')


def add_arguments(parser):
    settings_source.add_arguments(parser)
    parser.add_argument('--user', metavar='NAME',
                        help='only those of this person, by the Trac user name')
    parser.add_argument('--end', action='store_true',
                        help='end the sessions of --user at once, without a question')


def run(args, now=None):
    if args.end and args.user is None:
        raise CommandError('user', '--end needs --user: whose sessions?')
    config = _config(settings_source.read(args, os.environ).environ)
    user = _name(args.user)
    now = time.time() if now is None else now
    if _is_missing(config):
        sessions, ended = [], 0
    else:
        try:
            store = session_store(config)
            sessions = store.sessions(now, username=user)
            ended = _end(store, sessions) if args.end else 0
        except StoreError as e:
            raise CommandError('store', 'The session store cannot be used: %s.'
                               % exception_text(e), 1)
        except ConfigurationError as e:
            raise CommandError('settings', '%s.' % e)
    if args.end:
        say('%s: %s ended.' % (line(args.user), _number(ended, 'session')))
    else:
        for each in table(sessions):
            say(each)
        say(_summary(sessions, args.user))
    return 0


def _config(environ):
    try:
        config = Config.from_environ(environ)
    except ConfigurationError as e:
        raise CommandError('settings', 'These settings cannot be used: %s.'
                           % '; '.join(str(problem) for problem in e.problems))
    if not config.sign_in:
        raise CommandError('sign_in', 'Nobody can sign in: TRAC_OIDC_ISSUER is not set. Name the '
                           'configuration that has it with --config.')
    return config


def _name(user):
    try:
        return None if user is None else text(user)
    except ValueError as e:
        raise CommandError('user', '--user: expected %s.' % e)


def _is_missing(config):
    """Whether there is no file of sessions yet: one that is made here would be this user's."""
    url = config.oidc_session_store or default_store(config.home)
    return url.startswith('sqlite:') and not os.path.exists(url[len('sqlite://'):])


def _end(store, sessions):
    """End all sessions of the persons that have `sessions`; return how many."""
    return sum(store.end_by_subject(subject) for subject in
               sorted(set(session.identity.subject for session in sessions)))


def table(sessions):
    """Return lines of text: a heading, and one for each of `sessions`; none if there are none."""
    rows = [(to_text(line(session.identity.username)), _when(session.created),
             _when(session.seen)) for session in sessions]
    if not rows:
        return []
    width = max(len(row[0]) for row in rows + [_HEADINGS])
    return [u'%s  %-16s  %s' % (row[0].ljust(width), row[1], row[2])
            for row in [tuple(to_text(heading) for heading in _HEADINGS)] + rows]


def _when(seconds):
    try:
        return to_text(time.strftime('%Y-%m-%d %H:%M', time.localtime(seconds)))
    except (EnvironmentError, OverflowError, ValueError):  # nothing that we wrote
        return u'?'


def _summary(sessions, user):
    if not sessions:
        return '%s is not signed in.' % line(user) if user else 'Nobody is signed in.'
    people = len(set(session.identity.subject for session in sessions))
    return '%s of %s.' % (_number(len(sessions), 'session'),
                          '1 person' if people == 1 else '%d people' % people)


def _number(count, noun):
    return '%d %s%s' % (count, noun, '' if count == 1 else 's')

"""``trac-unit apply``: the configuration of `config`, put into a running Unit."""

import json
import os
import tempfile

from ..._compat import shell_quote, to_text
from ...oidc.browser.addresses import Addresses
from ...settings.table import SETTINGS
from ..host.accounts import Account
from ..host.errors import CommandError
from ..host.processes import Interrupts
from ..host.terminal import note, one_line, say
from ..unit import configuration, control, masking, merge, options as unit_options, probe

NAME = 'apply'
HELP = 'Put that configuration into a running Unit.'

EXAMPLES = """\
examples:
  trac-unit apply /srv/trac/env --dry-run
      show what would change
  sudo -E trac-unit apply /srv/trac/env --listen '*:80'
      change it, with the TRAC_ variables of this shell
  trac-unit apply --parent /srv/trac/projects --control 127.0.0.1:8443
      many environments, by a control API that is not on a UNIX socket

Ours are one listener, and the route and the application of the name that
--name gives; the rest of Unit's configuration stays as it is (only where Unit
serves nobody else, its limits and timeouts are set, too).  If Trac does not
answer afterwards, the old configuration is put back.
"""


def add_arguments(parser):
    unit_options.add_arguments(parser)
    control.add_argument(parser)
    parser.add_argument('--dry-run', action='store_true',
                        help='show what would change, and change nothing')
    parser.add_argument('--replace', action='store_true',
                        help='take over a listener, route or application of somebody else')


def run(args):
    options = unit_options.read(args, os.environ, note)
    wanted = configuration.build(options)
    unit = control.Control(args.control)
    running = unit.configuration()
    _check_place(unit, dict(options.environment))
    _check_bundle(unit, options.tls)
    merged = merge.merge(running, wanted, options.name, args.replace)
    _check_dropped(running, wanted, options.name, os.environ)
    _tell_about_others(running, wanted, options)
    changes = not merge.same(running, merged)
    if changes:
        for line in masking.difference(running, merged) or ['Only a secret changes.']:
            say(line)
    else:
        say('Unit has this configuration already.')
    if args.dry_run:
        say('Nothing was changed (--dry-run).')
        return 0
    try:
        say(_change(unit, running, merged, options) if changes else _verify(unit, options))
    except probe.NoAnswer as e:
        raise CommandError('no_answer', 'Trac %s.' % e, 1)
    return 0


def _change(unit, before, after, options):
    """Put the configuration `after` in the place of `before`, and keep it if Trac answers.

    :return: a sentence that tells whether it does
    :raises CommandError: it is as it was before, unless the message says otherwise
    """
    with Interrupts() as interrupts:
        try:
            unit.put('/config', after)
            return _verify(unit, options)
        except probe.NoAnswer as e:
            trouble, status = 'Trac %s' % e, 1
        except KeyboardInterrupt:
            trouble, status = 'Interrupted', 130
        except Exception as e:
            if isinstance(e, CommandError) and e.reason == 'unit_refused':
                raise _refusal(e, unit, before, options)
            # Unit may have heard the change, even where its answer is missing.
            trouble, status = one_line(e).rstrip('.'), 1
        interrupts.ignore()
        note('The configuration of before is put back, which takes a moment.')
        _restore(unit, before, after, trouble, status)


def _check_place(unit, variables):
    """What is not there does not take the place of a Trac that answers, not for a moment."""
    path, parent = variables.get('TRAC_ENV'), variables.get('TRAC_ENV_PARENT_DIR')
    proof = os.path.join(path, 'VERSION') if path else parent
    me = Account.numbered(os.geteuid())
    if os.path.exists(proof) or not probe.is_here(unit.host) or me.barrier(proof):
        return  # it is there, or may be there for Unit's user to see
    if path:
        raise CommandError('environment_missing', 'There is no Trac environment at %s; run: '
                           'trac-unit init %s' % (path, shell_quote(path)))
    raise CommandError('environment_missing', 'There is no folder %s; name the one that has the '
                       'environments in it.' % parent)


def _check_bundle(unit, name):
    if name and to_text(name) not in (unit.get('/certificates') or {}):
        raise CommandError(
            'certificate_missing', 'Unit has no certificate bundle %s; put chain and key into '
            'one PEM file, and run: curl -X PUT --data-binary @bundle.pem --unix-socket SOCKET '
            'http://localhost/certificates/%s' % (name, name))


def _check_dropped(running, wanted, name, environ):
    """Settings that vanish from a running Trac vanish on purpose only."""
    after = wanted['applications'][name]['environment']
    twins = set(setting.variable for setting in SETTINGS if setting.secret)
    dropped = []
    for variable in merge.dropped_settings(running, wanted, name):
        twin = variable[:-len('_FILE')] if variable.endswith('_FILE') else variable + '_FILE'
        replaced = bool({variable, twin} & twins) and twin in after
        if not replaced and environ.get(variable) != '' and \
                not variable.startswith(('TRAC_ENV', 'PYTHON_')):
            dropped.append(variable)
    if dropped:
        raise CommandError(
            'settings_dropped', 'The running Trac has settings that are not in this command\'s '
            'environment: %s; set them, or set them empty (%s=) to drop them.'
            % (', '.join(dropped), dropped[0]))


def _tell_about_others(running, wanted, options):
    others = merge.other_listeners(running, wanted, options.name)
    if others:
        note('This Trac is at %s, too, as before.' % ' and '.join(others))
    limit = merge.body_limit(running)
    if not merge.serves_nobody_else(running, options.name) and \
            limit < options.max_body_size:
        note('Unit refuses requests above %d bytes (settings.http.max_body_size, which is for '
             'all that it serves), and what is sent here can be larger; %d would do.'
             % (limit, options.max_body_size))


def _verify(unit, options):
    """Return a sentence: that Trac answers, or cannot be asked from here.

    :raises probe.NoAnswer: it does not
    """
    address = probe.reachable(options.listen, unit.host)
    if address is None:
        return 'Whether Trac answers at %s cannot be seen from this machine.' % options.listen
    variables = dict(options.environment)
    host = probe.host_of(variables.get('TRAC_BASE_URL'))
    status = probe.ask(address, bool(options.tls), options.prefix + '/', host)
    if variables.get('TRAC_OIDC_ISSUER'):
        own = Addresses((variables.get('TRAC_OIDC_PATH') or '/oidc').rstrip('/'))
        _tell_about_sign_in(address, options, own.health, host)
    return 'Trac answers at %s%s/ (status %d).' % (options.listen, options.prefix, status)


def _tell_about_sign_in(address, options, path, host):
    """What hinders sign-in alone is no reason to take away a Trac that answers."""
    try:
        probe.ask(address, bool(options.tls), options.prefix + path, host)
    except probe.NoAnswer as e:
        note('Nobody can sign in yet: %s%s %s; trac-unit check says what mends it.'
             % (options.prefix, path, e))


def _refusal(error, unit, before, options):
    """Return the CommandError to tell of a refusal: Unit says little of an address in use."""
    address = probe.reachable(options.listen, unit.host)
    if options.listen in before.get('listeners', {}) or address is None \
            or not probe.listens(address):
        return error
    return CommandError('address_taken', '%s; %s is in use already, so choose another address '
                        'with --listen.' % (one_line(error).rstrip('.'), options.listen))


def _restore(unit, before, after, trouble, status):
    """Put the old configuration back, and raise what tells of it."""
    try:
        unit.put('/config', merge.undone(unit.configuration(), after, before))
    except CommandError as e:
        # It has other people's settings, so nobody else may read it.
        handle, path = tempfile.mkstemp(prefix='unit-before-', suffix='.json')
        with os.fdopen(handle, 'w') as file:
            json.dump(before, file, indent=4)
        raise CommandError('not_restored', '%s; the configuration of before could not be put '
                           'back (%s), and is kept in %s.'
                           % (trouble, one_line(e).rstrip('.'), path), status)
    raise CommandError('restored', '%s; the configuration of before is in place again.' % trouble,
                       status)

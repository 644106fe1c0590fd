"""Who imports whom: the house's rules, read from the sources."""

import ast
import os
import subprocess
import sys

import pytest

import trac_unit

PACKAGE = os.path.dirname(os.path.abspath(trac_unit.__file__))

#: The floors of the house, from the ground up.  A module imports from its own floor and from
#: those before it.  A name that ends in ".*" is a folder with all that is in it.
FLOORS = (
    ('trac_unit',),
    ('_compat', 'errors'),
    ('settings.*', 'pages.*'),
    ('gateway.*', 'environment.*'),
    ('oidc.rules.*',),
    ('oidc.session.*',),
    ('oidc.provider.*',),
    ('oidc.browser.*',),
    ('oidc.flows.*',),
    ('oidc.endpoints.*',),
    ('oidc.middleware',),
    ('oidc.relying_party',),
    ('oidc',),
    ('tuning.*',),
    ('app',),
    ('trac_wsgi', 'config', 'process_locale', 'remote_user'),
    ('cli', 'cli.host.*'),
    ('cli.unit.*',),
    ('cli.checks.*', 'cli.demo.*'),
    ('cli.commands.*',),
    ('cli.main',),
    ('__main__',),
)

#: What judges, and does nothing else.
PURE = ('_compat', 'errors', 'settings.parsers', 'settings.conflicts', 'settings.table',
        'settings.config', 'oidc.browser.addresses', 'oidc.rules.*')
IMPURE = ('time', 'datetime', 'calendar', 'random', 'socket', 'ssl', 'select', 'threading',
          'subprocess', 'http', 'httplib', 'urllib.request', 'urllib2', 'requests', 'urllib3',
          'sqlite3', 'redis', 'webob', 'trac', 'authlib', 'joserfc', 'cryptography', 'logging')


def sources():
    """The modules of the package: a dict of names below it, and syntax trees."""
    found = {}
    for folder, _, files in os.walk(PACKAGE):
        for file in files:
            if file.endswith('.py'):
                path = os.path.join(folder, file)
                parts = os.path.relpath(path, os.path.dirname(PACKAGE))[:-len('.py')].split(os.sep)
                if parts[-1] == '__init__':
                    parts.pop()
                with open(path, 'rb') as source:
                    found['.'.join(parts)] = ast.parse(source.read(), path)
    return found


SOURCES = sources()
PACKAGES = set(name.rpartition('.')[0] for name in SOURCES) - {''}


def short(name):
    """The name of a module below the package."""
    return name[len('trac_unit.'):] if name.startswith('trac_unit.') else name


def imports(name):
    """The modules that the module `name` imports, wherever in it: a set of full names."""
    found = set()
    for node in ast.walk(SOURCES[name]):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.update(_from(name, node))
    return found


def _from(name, node):
    base = name.split('.')
    if node.level:
        base = base[:len(base) - node.level + (name in PACKAGES)]
        base += node.module.split('.') if node.module else []
    else:
        base = node.module.split('.')
    base = '.'.join(base)
    for alias in node.names:
        inner = '%s.%s' % (base, alias.name)
        # "from . import values" names a module, "from .values import text" does not.
        yield inner if inner in SOURCES or base not in SOURCES else base


def importers(*libraries):
    """The modules that import one of `libraries`, or something inside it."""
    return set(short(name) for name in SOURCES
               if any(is_inside(imported, libraries) for imported in imports(name)))


def is_inside(imported, libraries):
    return any((imported + '.').startswith(library + '.') for library in libraries)


def outside_the_tools(names):
    """Those of `names` that are neither the command nor a plugin of Trac."""
    return set(name for name in names if not is_inside(name, ['cli', 'plugin']))


def matches(name, pattern):
    return name == pattern or pattern.endswith('.*') and is_inside(name, [pattern[:-2]])


def floor(name):
    """The number of a module's floor, from the ground up."""
    found = [number for number, patterns in enumerate(FLOORS)
             if any(matches(name, pattern) for pattern in patterns)]
    assert len(found) == 1, 'expected trac_unit.%s on one floor of FLOORS, found it on %d' % (
        name, len(found))
    return found[0]


def folder(name):
    """The folder that a module is in, itself if it is one."""
    return name if name in PACKAGES else name.rpartition('.')[0]


def test_the_sources_are_found_and_read():
    assert len(SOURCES) > 25
    edges = sum(is_inside(imported, ['trac_unit'])
                for name in SOURCES for imported in imports(name))
    assert edges > 50
    assert 'trac_unit.errors' in imports('trac_unit.oidc.rules.id_token')
    # Inside a function.
    assert 'trac_unit.oidc.provider.client' in imports('trac_unit.oidc.relying_party')
    assert 'trac_unit.settings.parsers' in imports('trac_unit.settings.table')  # "from . import"


@pytest.mark.parametrize('name', sorted(SOURCES))
def test_nothing_imports_upwards(name):
    upwards = [imported for imported in imports(name) if is_inside(imported, ['trac_unit'])
               and floor(short(imported)) > floor(short(name))]
    assert upwards == []


def test_no_modules_import_each_other_in_a_circle():
    assert_no_circle(dict((name, imports(name)) for name in SOURCES))


def test_no_folders_import_from_each_other_in_a_circle():
    arrows = dict((name, set()) for name in PACKAGES)
    for name in SOURCES:
        # A folder's own page at the top, and what is public there, stand for all of it.
        if name not in PACKAGES:
            arrows[folder(name)] |= set(folder(imported) for imported in imports(name)
                                        if imported in SOURCES and short(imported) != 'trac_unit')
    del arrows['trac_unit'], arrows['trac_unit.oidc'], arrows['trac_unit.cli']
    assert len(arrows) > 15
    assert_no_circle(arrows)


def assert_no_circle(arrows):
    left = dict((name, set(arrows[name]) & set(arrows) - {name}) for name in arrows)
    while left:
        ground = [name for name in left if not left[name] & set(left)]
        assert ground, 'a circle: %s' % sorted(left)
        for name in ground:
            del left[name]


@pytest.mark.parametrize('libraries, allowed', [
    (('joserfc', 'authlib.jose'), {'oidc.provider.signatures'}),
    (('authlib.integrations', 'authlib.oauth2', 'authlib.common', 'authlib.oidc'),
     {'oidc.provider.client'}),
    (('sqlite3',), {'oidc.session.stores.sqlite_file'}),
    (('redis',), {'oidc.session.stores.redis'}),
    (('requests',), {'oidc.provider.transport'}),
    (('jinja2',), {'pages.page', 'tuning.shortcuts.templates'}),
])
def test_few_modules_import_a_library(libraries, allowed):
    assert outside_the_tools(importers(*libraries)) == allowed


def test_authlib_is_imported_by_two_modules_only():
    assert importers('authlib', 'joserfc') == {'oidc.provider.signatures', 'oidc.provider.client'}


def test_only_the_composition_the_tuning_the_commands_and_the_plugin_import_trac():
    assert all(name == 'app' or is_inside(name, ['tuning', 'cli', 'people'])
               for name in importers('trac'))


def test_sign_in_knows_neither_commands_nor_tuning():
    found = [(name, imported) for name in SOURCES if is_inside(name, ['trac_unit.oidc'])
             for imported in imports(name)
             if is_inside(imported, ['trac_unit.cli', 'trac_unit.tuning', 'trac'])]
    assert found == []


@pytest.mark.parametrize('name', sorted(
    short(name) for name in SOURCES if any(matches(short(name), pattern) for pattern in PURE)))
def test_a_pure_module_reaches_neither_clock_nor_network_nor_process(name):
    tree = SOURCES['trac_unit.' + name]
    assert [imported for imported in imports('trac_unit.' + name)
            if is_inside(imported, IMPURE)] == []
    used = set(node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
               and isinstance(node.value, ast.Name) and node.value.id == 'os')
    assert used <= {'path'}
    assert not any(is_inside(imported, ['os']) and imported != 'os'
                   for imported in imports('trac_unit.' + name))


def standard_library():
    """The names of the modules of this Python."""
    folder = os.path.dirname(os.path.abspath(os.__file__))
    names = set(os.path.splitext(name)[0] for name in os.listdir(folder)
                if name.endswith('.py')
                or os.path.isfile(os.path.join(folder, name, '__init__.py')))
    return (names | set(sys.builtin_module_names)
            | set(getattr(sys, 'stdlib_module_names', ()))) - {'__main__', '__init__'}


def test_no_module_bears_the_name_of_one_of_the_standard_library():
    known = standard_library()
    assert {'locale', 'site', 'json', 'sys'} <= known
    assert [name for name in SOURCES
            if name not in PACKAGES and name.rpartition('.')[2] in known] == []


@pytest.mark.parametrize('name', sorted(SOURCES))
def test_what_a_module_imports_is_hidden_by_no_neighbour_of_its(name):
    """Python 2 looks beside a module first, unless that has ``absolute_import``."""
    if '__future__.absolute_import' in imports(name):
        return
    beside = [folder(name) + '.' + imported.split('.')[0] for imported in imports(name)]
    assert [neighbour for neighbour in beside if neighbour in SOURCES] == []


def test_nothing_is_written_to_the_log_of_a_worker_for_the_import_of_cryptography():
    popen = subprocess.Popen([sys.executable, '-c', 'import trac_unit.oidc.provider.client_key'],
                             stderr=subprocess.PIPE)
    assert (popen.communicate()[1], popen.returncode) == (b'', 0)


@pytest.mark.parametrize('module, forbidden', [
    ('trac_unit', ['trac', 'authlib', 'joserfc', 'requests', 'webob']),
    ('trac_unit.settings.config', ['trac', 'authlib', 'joserfc', 'requests', 'webob']),
    ('trac_unit.app', ['trac', 'authlib', 'joserfc']),
    ('trac_unit.oidc.rules.id_token', ['trac', 'authlib', 'joserfc', 'requests', 'webob'])])
def test_an_import_loads_no_more_than_it_must(module, forbidden):
    code = 'import sys, %s; print(" ".join(sorted(sys.modules)))' % module
    loaded = subprocess.check_output([sys.executable, '-c', code]).decode('ascii').split()
    assert module in loaded
    assert set(forbidden) & set(loaded) == set()

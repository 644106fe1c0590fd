"""The distribution: what is in it, what it says of itself, and that these tests run against it."""

import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pkg_resources
import pytest

from support.paths import PACKAGE, ROOT
import trac_unit

# Set by tox: the tests must see the installed package and never the sources.
INSTALLED = os.environ.get('TESTS_OF_INSTALLED') == '1'
# Set by tox: the path of the wheel that it built and installed.
WHEEL = os.environ.get('TOX_PACKAGE')

installed = pytest.mark.skipif(not INSTALLED, reason='trac-unit is not installed; tox does that')


@pytest.fixture
def distribution():
    return pkg_resources.get_distribution('trac-unit')


def files_below(folder):
    """Return the relative paths of the files in `folder` that are no by-products of running."""
    return {os.path.relpath(os.path.join(path, name), folder)
            for path, _, names in os.walk(folder)
            for name in names if not name.endswith(('.pyc', '.pyo'))}


def source_files():
    """Return the paths of the package's files in the source tree, with trac_unit/ in front."""
    found = files_below(os.path.join(ROOT, 'trac_unit'))
    assert '__init__.py' in found
    return {'trac_unit/' + path for path in found}


def python(*arguments, **options):
    process = subprocess.Popen((sys.executable,) + arguments, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, **options)
    output = process.communicate()[0].decode('utf-8', 'replace')
    assert process.returncode == 0, output
    return output


@installed
def test_the_tests_run_against_the_installed_package():
    assert 'site-packages' in PACKAGE.split(os.sep)
    assert os.path.realpath(PACKAGE).startswith(os.path.realpath(sys.prefix) + os.sep)
    assert ROOT not in [os.path.realpath(path or os.curdir) for path in sys.path]


@installed
def test_a_subprocess_of_the_tests_sees_the_installed_package_too():
    seen = python('-c', 'import trac_unit; print(trac_unit.__file__)').strip()
    assert os.path.dirname(os.path.abspath(seen)) == PACKAGE


@installed
def test_the_installed_files_are_those_of_the_source_tree():
    # Should this fail for a file that was deleted, setuptools kept it in build/.
    assert {'trac_unit/' + path for path in files_below(PACKAGE)} == source_files()


@installed
def test_the_metadata_has_the_version_of_the_package(distribution):
    assert distribution.version == trac_unit.__version__


@installed
def test_every_requirement_is_met_by_what_pip_installed(distribution):
    requirements = distribution.requires()
    assert {'trac', 'authlib', 'setuptools'} <= {each.key for each in requirements}
    for requirement in requirements:
        assert pkg_resources.get_distribution(requirement.key) in requirement


@installed
def test_the_requirements_are_those_of_this_python(distribution):
    versions = {each.key: pkg_resources.get_distribution(each.key).version
                for each in distribution.requires()}
    assert re.match(r'1\.4\b' if sys.version_info[0] == 2 else r'1\.6\b', versions['trac'])
    assert ('joserfc' in versions) == (sys.version_info[0] == 3)


@installed
def test_the_extras_are_these(distribution):
    assert set(distribution.extras) == {'redis', 'completion', 'demo', 'test'}


@installed
def test_the_extra_demo_has_the_provider_where_that_runs(distribution):
    names = {each.key for each in distribution.requires(extras=['demo'])}
    assert 'waitress' in names
    assert ('oidc-provider-mock' in names) == (sys.version_info >= (3, 10))


@installed
def test_the_command_is_installed_and_its_function_exists(distribution):
    scripts = distribution.get_entry_map('console_scripts')
    assert list(scripts) == ['trac-unit']
    assert scripts['trac-unit'].module_name == 'trac_unit.cli.main'
    assert callable(scripts['trac-unit'].load())
    assert os.access(os.path.join(os.path.dirname(sys.executable), 'trac-unit'), os.X_OK)


def test_the_templates_are_where_the_package_is():
    templates = [path for path in files_below(PACKAGE) if 'templates' in path.split(os.sep)]
    assert any(path.endswith('.html') for path in templates)


@pytest.mark.parametrize('module', ['trac_unit', 'trac_unit.settings.config', 'trac_unit.errors'])
def test_importing_it_imports_neither_trac_nor_authlib(module):
    foreign = python('-c', 'import sys, %s; print(sorted({"trac", "authlib", "joserfc"}'
                           ' & set(sys.modules)))' % module,
                     env=dict(os.environ, PYTHONPATH=os.path.dirname(PACKAGE)))
    assert foreign.strip() == '[]'


@pytest.mark.skipif(not WHEEL, reason='there is no built wheel; tox makes one')
def test_one_wheel_is_for_python_2_and_3():
    assert os.path.basename(WHEEL) == 'trac_unit-%s-py2.py3-none-any.whl' % trac_unit.__version__


@pytest.mark.skipif(not WHEEL, reason='there is no built wheel; tox makes one')
def test_the_wheel_holds_the_package_its_licence_and_nothing_else():
    with zipfile.ZipFile(WHEEL) as wheel:
        names = set(wheel.namelist())
    metadata = {name for name in names if '.dist-info/' in name}
    assert names - metadata == source_files()
    assert any(os.path.basename(name) == 'LICENSE' for name in metadata)


@pytest.fixture(scope='module')
def sdist(tmpdir_factory):
    """The path of the unpacked sdist, built from a copy of the sources."""
    if not os.path.exists(os.path.join(ROOT, 'setup.py')):
        pytest.skip('setup.py is not beside the tests')
    copy = str(tmpdir_factory.mktemp('sources').join('copy'))
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(
        '.git', '.tox', '.venv*', 'build', 'dist', '*.egg-info', 'node_modules', '__pycache__',
        '.pytest_cache'))
    # A by-product, to see that it stays out.
    with open(os.path.join(copy, 'tests', 'left_over.pyc'), 'wb') as left_over:
        left_over.write(b'')
    python('setup.py', '-q', 'sdist', '--formats=gztar', cwd=copy)
    archive, = os.listdir(os.path.join(copy, 'dist'))
    unpacked = str(tmpdir_factory.mktemp('sdist'))
    with tarfile.open(os.path.join(copy, 'dist', archive)) as packed:
        # Our own archive, made a moment ago; the name is a function only where it is known.
        options = {'filter': 'data'} if hasattr(tarfile, 'data_filter') else {}
        packed.extractall(unpacked, **options)
    folder, = os.listdir(unpacked)
    assert re.match(r'trac[-_]unit-%s$' % re.escape(trac_unit.__version__), folder)
    return os.path.join(unpacked, folder)


def test_the_sdist_holds_tests_examples_and_papers(sdist):
    held = files_below(sdist)
    assert source_files() <= held
    for folder in 'tests', 'examples':
        wanted = {os.path.join(folder, path) for path in files_below(os.path.join(ROOT, folder))
                  if 'node_modules' not in path.split(os.sep)}
        assert wanted <= held
    assert {'setup.py', 'tox.ini', 'LICENSE', 'README.rst', 'CHANGES.rst', 'SECURITY.rst',
            'CONTRIBUTING.rst'} <= held


def test_the_sdist_holds_no_by_products(sdist):
    for path, _, names in os.walk(sdist):
        assert not [name for name in names if name.endswith(('.pyc', '.log'))]
        assert not {'.tox', '.git', 'node_modules', '__pycache__'} & set(path.split(os.sep))


def test_a_wheel_made_from_the_sdist_holds_the_same_package(sdist):
    python('setup.py', '-q', 'bdist_wheel', cwd=sdist)
    name, = os.listdir(os.path.join(sdist, 'dist'))
    assert name.endswith('-py2.py3-none-any.whl')
    with zipfile.ZipFile(os.path.join(sdist, 'dist', name)) as wheel:
        assert {path for path in wheel.namelist() if '.dist-info/' not in path} == source_files()


def test_the_long_description_is_the_readme(sdist):
    with io.open(os.path.join(sdist, 'PKG-INFO'), encoding='utf-8') as source:
        metadata = source.read()
    with io.open(os.path.join(sdist, 'README.rst'), encoding='utf-8') as source:
        title = source.read().splitlines()[0]
    assert title and title in metadata

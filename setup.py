"""What the distribution trac-unit is; one source for Python 2.7 and 3."""

import io
import os
import re

from setuptools import find_packages, setup

HERE = os.path.dirname(os.path.abspath(__file__))


def read(*path):
    with io.open(os.path.join(HERE, *path), encoding='utf-8') as source:
        return source.read()


def version():
    """Return the version without importing the package, whose needs are not installed yet."""
    return re.search(r"^__version__ = '([^']+)'$", read('trac_unit', '__init__.py'), re.M).group(1)


def on(marker, *requirements):
    return ['%s; %s' % (requirement, marker) for requirement in requirements]


PY2 = 'python_version < "3"'
PY3 = 'python_version >= "3"'

# Python 2.7: each upper bound is the last line that runs there, so that an
# index without "requires python" data misleads no pip.  Python 3: each lower
# bound is the first version without a known hole that 3.9 still gets.
REQUIREMENTS = on(
    PY2,
    'Trac>=1.4.4,<1.5',
    'setuptools>=30.3,<45',
    'Authlib==0.15.6',
    'WebOb>=1.8.9,<1.9',
    'requests>=2.27.1,<2.28',
    'cryptography>=3.3.2,<3.4',
    'Jinja2>=2.11.3,<3',
) + on(
    PY3,
    'Trac>=1.6,<1.7',
    # Trac imports pkg_resources: gone from 81 on, broken on 3.12 before 66.1.
    'setuptools>=66.1,<81',
    'Authlib>=1.6.12,<2',
    'joserfc>=1.6.8,<2',
    # The first that states what it needs on 3.13, where the cgi module is gone.
    'WebOb>=1.8.9,<2',
    'requests>=2.32.4,<3',
    'cryptography>=45.0.1',
    'Jinja2>=3.1.6,<4',
)

REDIS = on(PY2, 'redis>=3.5.3,<4') + on(PY3, 'redis>=5')

# Not for Python 2.7: the last line for it is years old.
COMPLETION = on(PY3, 'argcomplete>=3.5')

WAITRESS = on(PY2, 'waitress>=1.4.4,<2') + on(PY3, 'waitress>=3.0.1')

setup(
    name='trac-unit',
    version=version(),
    description='Trac on the Unit application server, with OpenID Connect sign-in',
    long_description=read('README.rst'),
    long_description_content_type='text/x-rst',
    author='The trac-unit authors',
    license='BSD-3-Clause',
    keywords='trac unit wsgi openid-connect oidc sso authentication',
    classifiers=[
        'Development Status :: 3 - Alpha',
        'Environment :: Web Environment',
        'Framework :: Trac',
        'Intended Audience :: System Administrators',
        'License :: OSI Approved :: BSD License',
        'Operating System :: POSIX',
        'Programming Language :: Python',
        'Programming Language :: Python :: 2',
        'Programming Language :: Python :: 2.7',
        'Programming Language :: Python :: 3',
        'Programming Language :: Python :: 3.9',
        'Programming Language :: Python :: 3.10',
        'Programming Language :: Python :: 3.11',
        'Programming Language :: Python :: 3.12',
        'Programming Language :: Python :: 3.13',
        'Topic :: Internet :: WWW/HTTP :: WSGI :: Application',
        'Topic :: Internet :: WWW/HTTP :: WSGI :: Middleware',
        'Topic :: Software Development :: Bug Tracking',
        'Topic :: System :: Systems Administration :: Authentication/Directory',
    ],
    packages=find_packages(include=['trac_unit', 'trac_unit.*']),
    package_data={'': ['templates/*']},
    zip_safe=False,
    python_requires='>=2.7, ' + ', '.join('!=3.%d.*' % minor for minor in range(9)),
    install_requires=REQUIREMENTS,
    extras_require={
        'redis': REDIS,
        'completion': COMPLETION,
        'demo': WAITRESS + on('python_version >= "3.10"', 'oidc-provider-mock>=0.3.4,<0.4'),
        'test': (WAITRESS + REDIS + COMPLETION
                 + on(PY2, 'pytest>=4.6.11,<5', 'pytest-xdist>=1.34,<2', 'WebTest>=2.0.35,<3',
                      'hypothesis>=4.57.1,<5')
                 + on(PY3, 'pytest>=8', 'pytest-xdist>=3.5', 'WebTest>=3', 'hypothesis>=6')),
    },
    entry_points={'console_scripts': ['trac-unit = trac_unit.cli.main:main']},
    options={'bdist_wheel': {'python_tag': 'py2.py3'}},
)

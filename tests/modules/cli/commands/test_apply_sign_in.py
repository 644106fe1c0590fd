"""`trac-unit apply` says when Trac answers and nobody can sign in."""

import pytest

from support.fake_unit import fake, folder, no_variables  # noqa: F401 (fixtures)
from trac_unit.cli.main import main
from trac_unit.cli.unit import probe


@pytest.fixture
def apply(fake, environment, capsys, monkeypatch):  # noqa: F811
    """Apply where the paths in `broken` answer 503; return status, errors, what was asked."""
    monkeypatch.setenv('TRAC_OIDC_CLIENT_ID', 'trac')
    asked = []

    def run(*arguments, **variables):
        def ask(address, tls, path, host):
            asked.append(path)
            if path in variables['broken']:
                raise probe.NoAnswer('answers 503 Service Unavailable')
            return 200

        monkeypatch.setattr(probe, 'ask', ask)
        for name in set(variables) - {'broken'}:
            monkeypatch.setenv(name, variables[name])
        status = main(('apply', environment, '--control', fake.address) + arguments)
        return status, capsys.readouterr().err, asked
    return run


ISSUER = 'https://id.example.org'


@pytest.mark.parametrize('arguments, path, health', [
    ((), '', '/oidc/health'), (('--prefix', '/trac'), '', '/trac/oidc/health'),
    ((), '/sso', '/sso/health')])
def test_a_sign_in_that_does_not_work_is_told_and_takes_nothing_away(
        apply, fake, arguments, path, health):  # noqa: F811
    status, errors, asked = apply(*arguments, broken=[health], TRAC_OIDC_ISSUER=ISSUER,
                                  TRAC_OIDC_PATH=path)
    assert asked[1:] == [health]
    assert (status, len(fake.puts)) == (0, 1)
    assert errors.endswith('Note: Nobody can sign in yet: %s answers 503 Service Unavailable; '
                           'trac-unit check says what mends it.\n' % health)


def test_nothing_is_said_of_a_sign_in_that_works(apply):
    status, errors, asked = apply(broken=[], TRAC_OIDC_ISSUER=ISSUER)
    assert (status, asked) == (0, ['/', '/oidc/health']) and 'sign in' not in errors


def test_a_trac_without_sign_in_is_not_asked_for_it(apply):
    assert apply(broken=['/oidc/health'], TRAC_OIDC_CLIENT_ID='')[2] == ['/']

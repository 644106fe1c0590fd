"""Showing a configuration without what is secret in it."""
from trac_unit.cli.unit import masking


SECRET = 'hidden-9Qz'


def test_secrets_are_masked_wherever_they_are():
    shown = masking.as_text(masking.masked({'applications': {
        'trac': {'environment': {'TRAC_OIDC_CLIENT_SECRET': SECRET,
                                 'TRAC_OIDC_CLIENT_SECRET_FILE': '/srv/secret'}},
        'other': {'environment': {'DJANGO_SECRET_KEY': SECRET, 'DB_PASSWORD': SECRET,
                                  'DATABASE_URL': 'postgres://me:%s@db/x' % SECRET,
                                  'API_TOKEN': SECRET, 'TOKEN_FILE': '/srv/token'}}}}))
    assert SECRET not in shown
    assert '/srv/secret' in shown and '/srv/token' in shown and '://***@db/x' in shown


def test_a_secret_that_changes_is_seen_to_change():
    def configuration(secret):
        return {'applications': {'trac': {'environment': {'TRAC_OIDC_CLIENT_SECRET': secret}}}}
    lines = masking.difference(configuration('old' + SECRET), configuration('new' + SECRET))
    assert lines and SECRET not in '\n'.join(lines)
    assert masking.difference(configuration(SECRET), configuration(SECRET)) == []

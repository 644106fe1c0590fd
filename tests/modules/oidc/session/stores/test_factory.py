"""Which store a setting names."""
import sys

import pytest

from support.store_kinds import LIMITS, NOW, NAMESPACE, session
from trac_unit.errors import ConfigurationError
from trac_unit.oidc.session import stores
from trac_unit.oidc.session.stores.factory import open_store
from trac_unit.oidc.session.stores.redis import RedisStore
from trac_unit.oidc.session.stores.sqlite import SQLiteStore


def test_a_path_is_a_sqlite_file_which_is_made_when_it_is_needed(tmpdir):
    path = tmpdir.join('sessions.db')
    store = open_store('sqlite://%s' % path, LIMITS, NAMESPACE)
    assert type(store) is SQLiteStore and not path.check()
    store.add('secret', session())
    assert path.check()
    assert open_store('sqlite://%s' % path, LIMITS, NAMESPACE).get('secret', NOW) is not None


@pytest.mark.parametrize('url', ['redis://127.0.0.1:9/0', 'rediss://127.0.0.1:9',
                                 'redis://user:secret@127.0.0.1:9/7'])
def test_an_address_is_a_redis_server_which_is_not_asked_yet(url):
    store = open_store(url, LIMITS, NAMESPACE)
    assert type(store) is RedisStore
    assert 'secret' not in repr(store)


def test_a_library_that_is_not_there_is_a_problem_with_its_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, 'trac_unit.oidc.session.stores.redis', None)
    monkeypatch.delattr(stores, 'redis', raising=False)
    with pytest.raises(ConfigurationError) as caught:
        open_store('redis://:secret@127.0.0.1', LIMITS, NAMESPACE)
    problem, = caught.value.problems
    assert problem.variable == 'TRAC_OIDC_SESSION_STORE'
    assert 'pip install "trac-unit[redis]"' in str(problem) and 'secret' not in str(problem)

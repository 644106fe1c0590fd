"""An OpenID provider: nothing is asked of it before it is needed."""

from support.provider_documents import clock, provider, web  # noqa: F401 (fixtures)


def test_nothing_is_asked_before_it_is_needed(web, provider):  # noqa: F811
    assert web.asked == []

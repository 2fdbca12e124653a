"""An access token whose signature was checked before is still asked for its key and its age."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from app.kernel import clock
from app.kernel.refusal import Unauthenticated
from app.network.tokens import TokenExpired, access_token, read_access_token
from app.settings import settings


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TRIBUTARY_SECRET_KEY", "one key of the mall, long enough for HS256")
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_a_remembered_token_says_the_same_again() -> None:
    session, membership = uuid4(), uuid4()
    token, until = access_token(session, membership)
    first, second = read_access_token(token), read_access_token(token)
    assert first == second
    assert (first.session_id, first.membership_id, first.until) == (session, membership, until)


def test_a_remembered_token_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    token, until = access_token(uuid4(), uuid4())
    read_access_token(token)
    monkeypatch.setattr("app.network.tokens.now", lambda: until)
    with pytest.raises(TokenExpired):
        read_access_token(token)
    assert clock.now() < until


def test_a_remembered_token_does_not_count_under_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    token, _ = access_token(uuid4(), uuid4())
    read_access_token(token)
    monkeypatch.setenv("TRIBUTARY_SECRET_KEY", "another key of the mall, as long as the first")
    settings.cache_clear()
    with pytest.raises(Unauthenticated):
        read_access_token(token)


def test_a_forged_token_is_refused_every_time() -> None:
    token, _ = access_token(uuid4(), uuid4())
    forged = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            read_access_token(forged)

"""The books after a story: published, audited, and recomputed by statements that the mall does not use."""

from datetime import timedelta

from app.kernel.event_log import publish
from tests.ordering_lifecycle.books import wrong_books
from workers.invariants import audit


async def publish_outbox() -> None:
    """Give every fact that waits its delivery number."""
    while (await publish()).moved:
        pass


async def assert_clean() -> None:
    """`tributary audit` finds nothing in this database, and no fact is left unpublished."""
    await publish_outbox()
    assert [str(one) for one in await audit(unpublished_after=timedelta(0))] == []
    assert await wrong_books() == []

"""Order numbers: taken in blocks, outside every act, so that the orders of a brand do not queue on one row.

Numbers may have gaps; a process that ends loses the rest of its block.
"""

from collections import deque
from typing import Final

from app import database

BLOCK: Final = 20
"""The increment of the sequence: one call hands out so many numbers."""

_TAKE = "SELECT nextval('order_number_block') AS first"

_left: deque[int] = deque()


async def take_order_number() -> str:
    """The next number, like SO-000123: no round trip, or one when the block is used up."""
    while not _left:
        row = await database.row(_TAKE)
        assert row is not None
        _left.extend(range(row["first"], row["first"] + BLOCK))
    return f"SO-{_left.popleft():06d}"


def forget() -> None:
    """Drop the rest of the block: for a process that turns to another database."""
    _left.clear()

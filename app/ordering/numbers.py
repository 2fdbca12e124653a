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
_from: object = None  # the pool they were drawn through: another database counts for itself


async def take_order_number() -> str:
    """The next number, like SO-000123: no round trip, or one when the block is used up."""
    global _from
    if _from is not database.pool():
        forget()
        _from = database.pool()
    while not _left:
        row = await database.row(_TAKE)
        assert row is not None
        _left.extend(range(row["first"], row["first"] + BLOCK))
    return f"SO-{_left.popleft():06d}"


def forget() -> None:
    """Drop the rest of the block, as a process that ends does."""
    _left.clear()

"""How much data is built."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """One size. Every SKU has `breaks` rows in each price list; `own_lists` are shared by the dealers, one more is for
    everybody."""

    name: str
    skus: int
    dealers: int
    own_lists: int
    breaks: int
    orders_per_dealer: int

    @property
    def price_rows(self) -> int:
        return self.skus * (self.own_lists + 1) * self.breaks


S = Size("s", skus=10_000, dealers=500, own_lists=24, breaks=2, orders_per_dealer=40)
"""10,000 SKUs, 500 dealers, 500,000 price rows, 20,000 orders."""
QUICK = Size("quick", skus=300, dealers=12, own_lists=2, breaks=2, orders_per_dealer=25)
GROWTH = tuple(
    Size(f"g{skus}", skus=skus, dealers=dealers, own_lists=4, breaks=2, orders_per_dealer=1)
    for skus, dealers in ((10_000, 100), (100_000, 3_000), (1_000_000, 100_000))
)
"""A catalogue and a channel that grow; every SKU has as many price rows in each, so that pages can be compared."""

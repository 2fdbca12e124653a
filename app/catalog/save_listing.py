"""What a seller offers to its buyers (上架), saved: at most 500 listings in constant round trips."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.catalog.events import ListingChanged
from app.catalog.inputs import ListingInput, Saved
from app.catalog.refusals import ItemProblem, UnknownCode
from app.catalog.rules import listing_problems, named_twice
from app.catalog.sql import within_reach
from app.catalog.standing import refuse_if_any, require_member, require_size
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.network.roles import Permission
from app.network.viewer import Viewer

MOST_LISTINGS = 500

_SKUS = f"""
SELECT s.id, s.code, s.base_unit, ARRAY(SELECT u.unit::text FROM sku_unit u WHERE u.sku_id = s.id ORDER BY u.factor)
       AS units
FROM sku s WHERE s.network_id = $1 AND s.code = ANY($3::text[]) AND {within_reach("s", "$2")}
"""
# Sorted by SKU, so that two batches of one seller lock the rows in one order.
_SAVE = """
INSERT INTO listing (id, network_id, seller_id, sku_id, on_sale, unit, minimum, multiple, maximum,
                     availability_display, restricted, version, created_at)
SELECT l.id, $1, $2, l.sku_id, l.on_sale, l.unit, l.minimum, l.multiple, l.maximum, l.display, false, 1, $3
FROM unnest($4::uuid[], $5::uuid[], $6::bool[], $7::text[], $8::numeric[], $9::numeric[], $10::numeric[], $11::text[])
    AS l(id, sku_id, on_sale, unit, minimum, multiple, maximum, display)
ORDER BY l.sku_id
ON CONFLICT (network_id, seller_id, sku_id) DO UPDATE SET on_sale = excluded.on_sale, unit = excluded.unit,
    minimum = excluded.minimum, multiple = excluded.multiple, maximum = excluded.maximum,
    availability_display = excluded.availability_display, version = listing.version + 1
WHERE (listing.on_sale, listing.unit, listing.minimum, listing.multiple, listing.maximum, listing.availability_display)
    IS DISTINCT FROM (excluded.on_sale, excluded.unit, excluded.minimum, excluded.multiple, excluded.maximum,
                      excluded.availability_display)
RETURNING id, sku_id, version
"""


@act
async def save_listings(
    work: Work, viewer: Viewer, *, network_id: UUID, items: Sequence[ListingInput], client_key: str
) -> Saved:
    """Save the viewer's company's offers by SKU code: all of them or none. To whom they are shown stays as it is.

    A company lists what it is itself offered in the network (the brand: everything). Returns the SKU codes by what
    happened; the same input again changes nothing. Raises ItemsRefused with every problem, NotFound.
    """
    viewer.require(Permission.CATALOG_MANAGE)
    said = {"network": network_id, "items": list(items)}
    answer_id = uuid7()
    if earlier := await viewer.same_request(work, "saveListings", client_key, said, answer_id):
        return Saved(earlier, unchanged=tuple(one.sku for one in items))
    await require_member(work, viewer, network_id)
    require_size(items, MOST_LISTINGS)
    found = await work.rows(_SKUS, network_id, viewer.company_id, [one.sku for one in items])
    skus = {row["code"]: row for row in found}
    refuse_if_any(_problems(items, skus), len(items))
    rows = await work.rows(
        _SAVE,
        network_id,
        viewer.company_id,
        work.now,
        [uuid7() for _ in items],
        [skus[one.sku]["id"] for one in items],
        [one.on_sale for one in items],
        [one.unit or skus[one.sku]["base_unit"] for one in items],
        [one.minimum for one in items],
        [one.multiple for one in items],
        [one.maximum for one in items],
        [one.availability_display for one in items],
    )
    for row in rows:
        work.tell(
            ListingChanged(
                network_id=network_id,
                subject_id=row["id"],
                version=row["version"],
                what="listed" if row["version"] == 1 else "changed",
                audience=(viewer.company_id,),
                payload={"skuId": str(row["sku_id"])},
            )
        )
    versions = {row["sku_id"]: row["version"] for row in rows}
    by_code = {one.sku: versions.get(skus[one.sku]["id"], 0) for one in items}
    return Saved(
        answer_id,
        created=tuple(code for code, version in by_code.items() if version == 1),
        changed=tuple(code for code, version in by_code.items() if version > 1),
        unchanged=tuple(code for code, version in by_code.items() if version == 0),
    )


def _problems(items: Sequence[ListingInput], skus: dict[str, asyncpg.Record]) -> list[ItemProblem]:
    problems = [ItemProblem(n, "sku", again) for n, again in named_twice(one.sku for one in items)]
    for position, one in enumerate(items):
        sku = skus.get(one.sku)
        if sku is None:
            problems.append(ItemProblem(position, "sku", UnknownCode(what="SKU", unknown=one.sku)))
        else:
            wrong = listing_problems(one, sku["base_unit"], sku["units"])
            problems += [ItemProblem(position, name, why) for name, why in wrong]
    return problems

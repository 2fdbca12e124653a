"""To whom a price list applies, changed: at most 1,000 assignments in constant round trips."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from app.catalog.refusals import ItemProblem, UnknownCode, ValueNotAllowed
from app.catalog.rules import Problem
from app.catalog.standing import refuse_if_any, require_size
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.refusal import Forbidden, NotFound
from app.kernel.wording import Said
from app.network.roles import Permission
from app.network.sql import in_scope
from app.network.viewer import Viewer
from app.pricing.inputs import AssignmentInput
from app.pricing.rules import Scope
from app.pricing.standing import BEYOND_SCOPE, lock_list, raise_version

MOST_ASSIGNMENTS: Final = 1_000
MOST_LEVEL: Final = 1_000

_RELATIONS = f"""
SELECT r.id FROM trade_relation r
WHERE r.id = ANY($1::uuid[]) AND r.network_id = $2 AND r.seller_id = $3 AND {in_scope("r", 4)}
"""
_REGIONS = """
SELECT g.code, $2::text[] IS NULL AND $3::uuid[] IS NULL OR EXISTS (
    SELECT FROM region og WHERE og.code = ANY($2::text[]) AND starts_with(g.path, og.path)) AS within_scope
FROM region g WHERE g.code = ANY($1::text[])
"""
_ASSIGN = """
INSERT INTO price_assignment (id, network_id, seller_id, price_list_id, scope, relation_id, level, region_id)
SELECT a.id, $2, $3, $1, a.scope, a.relation_id, a.level, a.region_id
FROM unnest($4::uuid[], $5::text[], $6::uuid[], $7::int[], $8::text[]) AS a(id, scope, relation_id, level, region_id)
ON CONFLICT (price_list_id, scope, relation_id, level, region_id) DO NOTHING RETURNING id
"""
_WITHDRAW = """
DELETE FROM price_assignment d USING unnest($2::text[], $3::uuid[], $4::int[], $5::text[])
    AS a(scope, relation_id, level, region_id)
WHERE d.price_list_id = $1 AND d.scope = a.scope AND d.relation_id IS NOT DISTINCT FROM a.relation_id
  AND d.level IS NOT DISTINCT FROM a.level AND d.region_id IS NOT DISTINCT FROM a.region_id RETURNING d.id
"""


@act
async def assign_price_list(
    work: Work,
    viewer: Viewer,
    *,
    price_list_id: UUID,
    assign: Sequence[AssignmentInput] = (),
    withdraw: Sequence[AssignmentInput] = (),
    client_key: str,
) -> UUID:
    """Let the list apply to these, and no longer to those; returns its id. What is so already stays as it is.

    Raises ItemsRefused with every problem (positions count on from `assign` to `withdraw`), MoveNotAllowed for an
    ended list, NotFound for another company's list or relation, Forbidden outside a channel manager's scope.
    """
    viewer.require(Permission.PRICE_MANAGE)
    said = {"list": price_list_id, "assign": list(assign), "withdraw": list(withdraw)}
    if await viewer.same_request(work, "assignPriceList", client_key, said, price_list_id):
        return price_list_id
    locked = await lock_list(work, viewer, price_list_id, "assign")
    both = [*assign, *withdraw]
    require_size(both, MOST_ASSIGNMENTS)
    problems = [ItemProblem(n, field, why) for n, one in enumerate(both) for field, why in _shape_problems(one)]
    refuse_if_any(problems, len(both))
    await _check_scope(work, viewer, locked, both)
    given = await work.rows(
        _ASSIGN, price_list_id, locked["network_id"], viewer.company_id, [uuid7() for _ in assign], *_columns(assign)
    )
    taken = await work.rows(_WITHDRAW, price_list_id, *_columns(withdraw)) if withdraw else []
    if given or taken:
        await raise_version(work, viewer, locked, "assign", "assigned")
    return price_list_id


async def _check_scope(work: Work, viewer: Viewer, price_list: asyncpg.Record, both: Sequence[AssignmentInput]) -> None:
    """Relations must be the company's own, regions must exist, and all must lie in a channel manager's scope."""
    relation_ids = {one.relation_id for one in both if one.relation_id is not None}
    if relation_ids:
        rows = await work.rows(
            _RELATIONS, sorted(relation_ids), price_list["network_id"], viewer.company_id, *viewer.scope
        )
        for missing in sorted(relation_ids - {row["id"] for row in rows}):
            raise NotFound("relation", missing)
    codes = {one.region_code for one in both if one.region_code is not None}
    regions = {}
    if codes:
        rows = await work.rows(_REGIONS, sorted(codes), viewer.scope_region_codes, viewer.scope_relation_ids)
        regions = {row["code"]: row["within_scope"] for row in rows}
    unknown = [
        ItemProblem(n, "regionCode", UnknownCode(what="region", unknown=one.region_code))
        for n, one in enumerate(both)
        if one.region_code is not None and one.region_code not in regions
    ]
    refuse_if_any(unknown, len(both))
    for_many = any(one.scope in (Scope.LEVEL, Scope.EVERYBODY) for one in both)
    if not all(regions.values()) or (for_many and viewer.scope != (None, None)):
        raise Forbidden(BEYOND_SCOPE)


def _shape_problems(one: AssignmentInput) -> Iterator[Problem]:
    """A scope has exactly the value that it needs."""
    needs = {Scope.RELATION: "relationId", Scope.LEVEL: "level", Scope.REGION: "regionCode", Scope.EVERYBODY: ""}
    for name, value in (("relationId", one.relation_id), ("level", one.level), ("regionCode", one.region_code)):
        if (value is not None) != (needs[one.scope] == name):
            expected = Said("given", "填写") if value is None else Said("left out", "不填")
            yield (
                name,
                ValueNotAllowed(
                    value=value,
                    expected=Said(
                        f"{expected} when the scope is {one.scope}", f"{expected.zh}（范围为 {one.scope} 时）"
                    ),
                ),
            )
    if one.level is not None and not 1 <= one.level <= MOST_LEVEL:
        yield (
            "level",
            ValueNotAllowed(
                value=one.level, expected=Said(f"a level from 1 to {MOST_LEVEL}", f" 1 到 {MOST_LEVEL} 之间的层级")
            ),
        )


def _columns(
    items: Sequence[AssignmentInput],
) -> tuple[list[str], list[UUID | None], list[int | None], list[str | None]]:
    return (
        [one.scope.value for one in items],
        [one.relation_id for one in items],
        [one.level for one in items],
        [one.region_code for one in items],
    )

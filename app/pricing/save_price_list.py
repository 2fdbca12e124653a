"""A seller's price list (价目表), saved by its code."""

from uuid import UUID

import asyncpg

from app.catalog.refusals import FixedAfterwards, ItemProblem, ValueNotAllowed
from app.catalog.rules import Problem, code_problem, text_problem
from app.catalog.standing import refuse_if_any, require_member
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.money import EXPONENTS
from app.kernel.wording import Said, later_than, whole_number
from app.network.roles import Permission
from app.network.viewer import Viewer
from app.pricing.inputs import PriceListInput
from app.pricing.standing import lock_list, tell

MOST_PRIORITY = 1_000_000

_MAKE = """
INSERT INTO price_list (id, network_id, seller_id, code, name, currency, tax_included, priority, valid_from, valid_to,
                        status, version, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'active', 1, $11)
ON CONFLICT (network_id, seller_id, code) DO NOTHING RETURNING id
"""
_BY_CODE = """
SELECT id, name, currency, tax_included, priority, valid_from, valid_to
FROM price_list WHERE network_id = $1 AND seller_id = $2 AND code = $3
"""
_CHANGE = """
UPDATE price_list SET name = $2, priority = $3, valid_from = $4, valid_to = $5, version = version + 1
WHERE id = $1 RETURNING version
"""


@act
async def save_price_list(
    work: Work, viewer: Viewer, *, network_id: UUID, said: PriceListInput, client_key: str
) -> UUID:
    """Make the list, or change the one of this code; returns its id. The same input again changes nothing.

    A new list applies to nobody until it is assigned. Raises ItemsRefused with every problem, MoveNotAllowed for an
    ended list, NotFound outside the network, Forbidden outside a channel manager's scope.
    """
    viewer.require(Permission.PRICE_MANAGE)
    new_id = uuid7()
    earlier = await viewer.same_request(work, "savePriceList", client_key, {"in": network_id, "list": said}, new_id)
    if earlier is None:
        await require_member(work, viewer, network_id)
        refuse_if_any([ItemProblem(0, field, why) for field, why in _problems(said)], 1)
        made = await work.row(
            _MAKE,
            new_id,
            network_id,
            viewer.company_id,
            said.code,
            said.name,
            said.currency,
            said.tax_included,
            said.priority,
            said.valid_from,
            said.valid_to,
            work.now,
        )
        if made is not None:
            tell(work, viewer, network_id, new_id, 1, "saved")
            return new_id
    before = await work.row(_BY_CODE, network_id, viewer.company_id, said.code)
    assert before is not None
    if earlier is None:
        await _change(work, viewer, before, said)
    list_id: UUID = before["id"]
    return list_id


async def _change(work: Work, viewer: Viewer, before: asyncpg.Record, said: PriceListInput) -> None:
    locked = await lock_list(work, viewer, before["id"], "save")
    fixed = [
        (field, FixedAfterwards(current=str(was), asked=str(asked)))
        for field, was, asked in (
            ("currency", before["currency"], said.currency),
            ("taxIncluded", before["tax_included"], said.tax_included),
        )
        if was != asked
    ]
    refuse_if_any([ItemProblem(0, field, why) for field, why in fixed], 1)
    asked = (said.name, said.priority, said.valid_from, said.valid_to)
    if asked == (before["name"], before["priority"], before["valid_from"], before["valid_to"]):
        return
    changed = await work.row(_CHANGE, before["id"], *asked)
    assert changed is not None
    tell(work, viewer, locked["network_id"], before["id"], changed["version"], "saved")


def _problems(said: PriceListInput) -> list[Problem]:
    found: list[Problem] = []
    for field, why in (("code", code_problem(said.code)), ("name", text_problem(said.name, 120, least=1))):
        if why is not None:
            found.append((field, why))
    if said.currency not in EXPONENTS:
        found.append(
            (
                "currency",
                ValueNotAllowed(value=said.currency, expected=Said("an ISO 4217 currency code", " ISO 4217 货币代码")),
            )
        )
    if abs(said.priority) > MOST_PRIORITY:
        expected = whole_number(-MOST_PRIORITY, MOST_PRIORITY)
        found.append(("priority", ValueNotAllowed(value=said.priority, expected=expected)))
    if said.valid_from is not None and said.valid_to is not None and said.valid_to <= said.valid_from:
        expected = later_than(said.valid_from.isoformat())
        found.append(("validTo", ValueNotAllowed(value=said.valid_to, expected=expected)))
    return found

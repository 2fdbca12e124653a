"""Change a trade relation: its terms, or its status. What is open stays open: it can be paid, signed and returned."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.kernel.act import Work, act
from app.kernel.refusal import BadRequest, ChangedMeanwhile, NotFound
from app.kernel.text import optional_text
from app.kernel.wording import kept_in
from app.network.events import RelationChanged
from app.network.history import LONGEST_REASON, write_down
from app.network.keep_in_scope import keep_in_scope
from app.network.lifecycle import RELATION, RelationStatus
from app.network.register import require_regions
from app.network.relevel import lock_network, relevel
from app.network.roles import Permission
from app.network.rules import Terms
from app.network.sql import in_scope
from app.network.viewer import Viewer

_OWN = f"""
SELECT r.id, r.network_id, r.seller_id, r.buyer_id, r.status, r.version, r.currency FROM trade_relation r
WHERE r.id = $1 AND r.seller_id = $2 AND {in_scope("r", 3)}
"""
_TERMS = """
UPDATE trade_relation SET tax_mode = $2, funding = $3, net_days = $4, order_minimum_minor = $5,
    reservation_minutes = $6, ship_to_approval = $7, grants_money_to_brand = $8, customer_code = $9,
    region_id = coalesce($10, (SELECT c.region_id FROM company c WHERE c.id = buyer_id)), version = version + 1
WHERE id = $1 RETURNING version
"""
_STATUS = "UPDATE trade_relation SET status = $2, version = version + 1 WHERE id = $1 RETURNING version"
_PAST = {"suspend": "suspended", "resume": "resumed", "end": "ended"}


@act
async def change_relation(
    work: Work,
    viewer: Viewer,
    *,
    client_key: str,
    relation_id: UUID,
    terms: Terms,
    expected_version: int | None = None,
) -> UUID:
    """Set the terms for the orders to come; placed orders keep theirs. The currency stays: the accounts are in it.

    Without a region the relation belongs to that of the buyer's seat. Forbidden for a manager of some regions who
    would move it out of them.
    """
    said = [relation_id, expected_version, repr(terms)]
    earlier = await _begin(work, viewer, "changeRelation", client_key, relation_id, said)
    if earlier:
        return earlier
    relation = await own_relation(work, viewer, relation_id, lock=True)
    if expected_version is not None and expected_version != relation["version"]:
        raise ChangedMeanwhile(expected_version, relation["version"])
    if terms.currency != relation["currency"]:
        raise BadRequest("currency", terms.currency, kept_in(relation["currency"]))
    await require_regions(work, [terms.region_code])
    changed = await work.row(
        _TERMS,
        relation_id,
        terms.tax_mode,
        terms.funding,
        terms.net_days,
        terms.order_minimum_minor,
        terms.reservation_minutes,
        terms.ship_to_approval,
        terms.grants_money_to_brand,
        terms.customer_code,
        terms.region_code,
    )
    await keep_in_scope(work, viewer, relation_id)
    write_down(work, viewer, [(relation_id, relation["version"] + 1, "terms_changed")])
    tell(work, relation, changed, "terms_changed")
    return relation_id


@dataclass(frozen=True, slots=True)
class Decided:
    """Why a relation is moved, which both sides read, and the version that was looked at (None: any)."""

    reason: str | None = None
    expected_version: int | None = None


@act
async def suspend_relation(
    work: Work, viewer: Viewer, *, client_key: str, relation_id: UUID, decided: Decided = Decided()
) -> UUID:
    """No new orders for now; what is open goes on."""
    return await _move(work, viewer, client_key, relation_id, "suspend", decided)


@act
async def resume_relation(
    work: Work, viewer: Viewer, *, client_key: str, relation_id: UUID, decided: Decided = Decided()
) -> UUID:
    """Orders again."""
    return await _move(work, viewer, client_key, relation_id, "resume", decided)


@act
async def end_relation(
    work: Work, viewer: Viewer, *, client_key: str, relation_id: UUID, decided: Decided = Decided()
) -> UUID:
    """No new orders any more; levels below the buyer may change. `open_relation` takes the trade up again."""
    return await _move(work, viewer, client_key, relation_id, "end", decided)


async def _move(work: Work, viewer: Viewer, client_key: str, relation_id: UUID, move: str, decided: Decided) -> UUID:
    """Refuses with MoveNotAllowed and ChangedMeanwhile; NotFound outside of the viewer's scope."""
    reason = optional_text("reason", decided.reason, LONGEST_REASON)
    said = [relation_id, reason, decided.expected_version]
    earlier = await _begin(work, viewer, f"{move}Relation", client_key, relation_id, said)
    if earlier:
        return earlier
    relation = await own_relation(work, viewer, relation_id)
    if move == "end":  # the network's lock comes before the row's, as in open_relation
        await lock_network(work, relation["network_id"])
    relation = await own_relation(work, viewer, relation_id, lock=True)
    if decided.expected_version not in (None, relation["version"]):
        raise ChangedMeanwhile(decided.expected_version, relation["version"])
    status = RELATION.after(RelationStatus(relation["status"]), move)
    changed = await work.row(_STATUS, relation_id, status)
    write_down(work, viewer, [(relation_id, relation["version"] + 1, _PAST[move])], reason)
    tell(work, relation, changed, _PAST[move])
    if move == "end":
        await relevel(work, relation["network_id"])
    return relation_id


async def _begin(
    work: Work, viewer: Viewer, name: str, client_key: str, relation_id: UUID, said: Sequence[object]
) -> UUID | None:
    viewer.require(Permission.RELATION_MANAGE)
    return await viewer.same_request(work, name, client_key, said, relation_id)


async def own_relation(work: Work, viewer: Viewer, relation_id: UUID, *, lock: bool = False) -> asyncpg.Record:
    """The relation in which the viewer's company sells, inside the viewer's scope; else NotFound."""
    found = await work.row(
        _OWN + (" FOR NO KEY UPDATE OF r" if lock else ""), relation_id, viewer.company_id, *viewer.scope
    )
    if found is None:
        raise NotFound("relation", relation_id)
    return found


def tell(work: Work, relation: asyncpg.Record, changed: asyncpg.Record | None, what: str) -> None:
    """The fact, to both sides. `changed` holds the new version; None: the version it had."""
    work.tell(
        RelationChanged(
            network_id=relation["network_id"],
            subject_id=relation["id"],
            version=(changed or relation)["version"],
            what=what,
            audience=(relation["seller_id"], relation["buyer_id"]),
        )
    )

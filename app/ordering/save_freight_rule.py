"""A seller says what delivery costs."""

from dataclasses import dataclass
from uuid import UUID

from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.money import MOST_MINOR
from app.kernel.refusal import BadRequest, NotFound
from app.kernel.wording import BELOW_ZERO, ZERO_OR_MORE, Said
from app.network.roles import Permission
from app.network.viewer import Viewer

_SAVE = """
WITH known AS (
    SELECT n.id AS network_id, t.id AS tax_class_id, g.code AS region_id
    FROM network n
    JOIN tax_class t ON t.network_id = n.id AND t.code = $5
    LEFT JOIN region g ON g.code = $4
    WHERE n.id = $2 AND ($4::text IS NULL OR g.code IS NOT NULL)
        AND (n.brand_id = $3 OR EXISTS (SELECT FROM trade_relation r
             WHERE r.network_id = n.id AND (r.seller_id = $3 OR r.buyer_id = $3)))
)
INSERT INTO freight_rule (id, network_id, seller_id, region_id, base_minor, per_kg_minor, per_m3_minor,
    free_above_minor, tax_class_id, created_at)
SELECT $1, k.network_id, $3, k.region_id, $6, $7, $8, $9, k.tax_class_id, $10 FROM known k
ON CONFLICT (network_id, seller_id, region_id) DO UPDATE SET base_minor = excluded.base_minor,
    per_kg_minor = excluded.per_kg_minor, per_m3_minor = excluded.per_m3_minor,
    free_above_minor = excluded.free_above_minor, tax_class_id = excluded.tax_class_id
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class FreightTerms:
    """Minor units of the network's currency. `free_above_minor` None: never free."""

    base_minor: int = 0
    per_kg_minor: int = 0
    per_m3_minor: int = 0
    free_above_minor: int | None = None


@act
async def save_freight_rule(
    work: Work,
    viewer: Viewer,
    *,
    client_key: str,
    network_id: UUID,
    region_code: str | None,
    tax_class: str,
    terms: FreightTerms,
) -> UUID:
    """Set the rule for a region (None: wherever no other rule holds); returns its id. One rule per region.

    It applies to orders previewed and placed from now on. NotFound for a network the viewer is not in, a region or a
    tax class that does not exist; BadRequest for negative amounts; Forbidden for a manager of a part of the channel.
    """
    viewer.require(Permission.PRICE_MANAGE)
    viewer.require_no_scope(Said("freight rules", "运费规则"))
    amounts = (terms.base_minor, terms.per_kg_minor, terms.per_m3_minor, terms.free_above_minor or 0)
    for name, amount in zip(("base", "perKg", "perM3", "freeAbove"), amounts, strict=True):
        if not 0 <= amount <= MOST_MINOR:
            raise BadRequest(name, BELOW_ZERO, ZERO_OR_MORE)
    said = [network_id, region_code, tax_class, *amounts, terms.free_above_minor is None]
    rule_id = uuid7()
    earlier = await viewer.same_request(work, "saveFreightRule", client_key, said, rule_id)
    if earlier is not None:
        return earlier
    row = await work.row(
        _SAVE,
        rule_id,
        network_id,
        viewer.company_id,
        region_code,
        tax_class,
        terms.base_minor,
        terms.per_kg_minor,
        terms.per_m3_minor,
        terms.free_above_minor,
        work.now,
    )
    if row is None:
        raise NotFound("network, region or tax class", network_id)
    saved: UUID = row["id"]
    return saved

"""What delivery costs (运费), pure. Amounts are minor units in the relation's own tax mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.kernel.money import half_up_ratio
from app.kernel.tax import TaxedLine, TaxMode, line_tax
from app.ordering.asked import DeliveryMethod

GRAMS_PER_KG = 1_000
CM3_PER_M3 = 1_000_000


@dataclass(frozen=True, slots=True)
class FreightRule:
    """One rule of a seller, for a region (the path of its codes) or, with None, for wherever no other rule holds."""

    region_path: str | None
    base_minor: int
    per_kg_minor: int
    per_m3_minor: int
    free_above_minor: int | None
    tax_class: str
    tax_rate_bp: int


@dataclass(frozen=True, slots=True)
class Freight:
    """What delivery costs, taxed. `free_from_minor`: the goods value from which it would be free; None where it is
    free already, never free, or not charged."""

    taxed: TaxedLine
    tax_rate_bp: int = 0
    free_from_minor: int | None = None


NO_FREIGHT = Freight(TaxedLine(net=0, tax=0, gross=0))


def rule_for(rules: Sequence[FreightRule], region_path: str | None) -> FreightRule | None:
    """The rule whose region contains the destination most closely, else the one for everywhere, else none."""
    matching = [
        rule
        for rule in rules
        if rule.region_path is None or (region_path is not None and region_path.startswith(rule.region_path))
    ]
    return max(matching, key=lambda rule: len(rule.region_path or ""), default=None)


def freight(
    rules: Sequence[FreightRule],
    *,
    method: DeliveryMethod,
    region_path: str | None,
    weight_g: int,
    volume_cm3: int,
    goods_minor: int,
    mode: TaxMode,
) -> Freight:
    """base + per kg + per m³, each weighed exactly and rounded once together; free from a goods value on.

    Only what the seller delivers is charged: whoever picks up, or pays the carrier on arrival, pays nothing here.
    """
    rule = rule_for(rules, region_path)
    if rule is None or method is not DeliveryMethod.DELIVERY:
        return NO_FREIGHT
    if rule.free_above_minor is not None and goods_minor >= rule.free_above_minor:
        return Freight(NO_FREIGHT.taxed, rule.tax_rate_bp)
    by_weight = rule.per_kg_minor * weight_g * (CM3_PER_M3 // GRAMS_PER_KG)
    charged = rule.base_minor + half_up_ratio(by_weight + rule.per_m3_minor * volume_cm3, CM3_PER_M3)
    return Freight(line_tax(charged, rule.tax_rate_bp, mode), rule.tax_rate_bp, rule.free_above_minor)

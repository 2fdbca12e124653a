"""SQL that upper domains compose: who may see which relation, and what a region contains.

A channel manager (渠道经理) is scoped to chosen relations, to chosen regions with all they contain, or to both; then
either of the two is enough. Scope narrows the *seller's* side only: as a buyer every
member sees the purchases of the company.
"""


def in_scope(relation: str, n: int) -> str:
    """Predicate: the relation with this alias lies in the viewer's scope.

    Parameters `$n` and `$n+1` are `viewer.scope_relation_ids` and `viewer.scope_region_codes`, that is
    `*viewer.scope`; both NULL is no limit, an empty array is nothing.
    """
    return f"""(
    (${n}::uuid[] IS NULL AND ${n + 1}::text[] IS NULL)
    OR {relation}.id = ANY(${n}::uuid[])
    OR EXISTS (SELECT 1 FROM region inner_region JOIN region outer_region
                   ON starts_with(inner_region.path, outer_region.path)
               WHERE inner_region.code = {relation}.region_id AND outer_region.code = ANY(${n + 1}::text[])))"""


def readable(relation: str, company: int | str, scope: int) -> str:
    """Predicate: the viewer may read this relation, as its buyer, or as its seller inside the scope.

    `$company` is `viewer.company_id`, or a column that holds it; `$scope` and `$scope+1` are `*viewer.scope`.
    """
    company_id = f"${company}" if isinstance(company, int) else company
    return f"""({relation}.buyer_id = {company_id}
    OR ({relation}.seller_id = {company_id} AND {in_scope(relation, scope)}))"""


def member_in_scope(member: str, relation_id: str, region_code: str) -> str:
    """Predicate: what hangs on this relation, or lies in this region, is in the scope of the membership with this
    alias. The other two are SQL of a relation's id and a region's code; either may be NULL."""
    return f"""(
    ({member}.scope_relation_ids IS NULL AND {member}.scope_region_codes IS NULL)
    OR {relation_id} = ANY({member}.scope_relation_ids)
    OR EXISTS (SELECT 1 FROM region inner_region JOIN region outer_region
                   ON starts_with(inner_region.path, outer_region.path)
               WHERE inner_region.code = {region_code} AND outer_region.code = ANY({member}.scope_region_codes)))"""


IN_SCOPE = in_scope("relation", 2)
"""`in_scope` for a `trade_relation` aliased `relation`, with `$2, $3` = `*viewer.scope` (after `$1`, the company)."""

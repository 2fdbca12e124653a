"""Categories of the network's tree, saved: new ones, renamed ones, moved ones with everything below them."""

from collections.abc import Sequence
from uuid import UUID

from app.catalog.inputs import CategoryInput, Saved
from app.catalog.refusals import ItemProblem, ValueNotAllowed
from app.catalog.rules import CategoryNode, code_problem, grown_tree, named_twice, text_problem
from app.catalog.standing import refuse_if_any, require_brand, require_size
from app.kernel.act import Work, act
from app.kernel.ids import uuid7
from app.kernel.wording import ONE_LANGUAGE, whole_number
from app.network.roles import Permission
from app.network.viewer import Viewer

MOST_CATEGORIES = 500
_POSITIONS = range(-1_000_000, 1_000_001)

_TREE = "SELECT id, code, parent_id, path, name_zh, name_en, position FROM category WHERE network_id = $1"
_SAVE = """
INSERT INTO category (id, network_id, parent_id, code, path, name_zh, name_en, position)
SELECT c.id, $1, c.parent_id, c.code, c.path, c.name_zh, c.name_en, c.position
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[])
    AS c(id, parent_id, code, path, name_zh, name_en, position)
ORDER BY length(c.path)
ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id, path = excluded.path, name_zh = excluded.name_zh,
    name_en = excluded.name_en, position = excluded.position
"""


@act
async def save_categories(
    work: Work, viewer: Viewer, *, network_id: UUID, items: Sequence[CategoryInput], client_key: str
) -> Saved:
    """Save categories by code; a category that is moved takes everything below it along. At most 500 at once.

    Raises ItemsRefused with every problem (a move into the own subtree among them), Forbidden, NotFound.
    """
    viewer.require(Permission.CATALOG_MANAGE)
    said = {"network": network_id, "items": list(items)}
    answer_id = uuid7()
    if earlier := await viewer.same_request(work, "saveCategories", client_key, said, answer_id):
        return Saved(earlier, unchanged=tuple(one.code for one in items))
    await require_brand(work, viewer, network_id)
    require_size(items, MOST_CATEGORIES)
    problems = _problems(items)
    before = {row["code"]: CategoryNode(**row) for row in await work.rows(_TREE, network_id)}
    new_ids = {one.code: uuid7() for one in items if one.code not in before}
    after, misplaced = grown_tree(before.values(), items, new_ids)
    refuse_if_any([*problems, *misplaced], len(items))
    touched = [node for code, node in after.items() if before.get(code) != node]
    if touched:
        await work.run(
            _SAVE,
            network_id,
            [node.id for node in touched],
            [node.parent_id for node in touched],
            [node.code for node in touched],
            [node.path for node in touched],
            [node.name_zh for node in touched],
            [node.name_en for node in touched],
            [node.position for node in touched],
        )
    codes = {node.code for node in touched}
    return Saved(
        answer_id,
        created=tuple(one.code for one in items if one.code in new_ids),
        changed=tuple(one.code for one in items if one.code in codes and one.code not in new_ids),
        unchanged=tuple(one.code for one in items if one.code not in codes),
    )


def _problems(items: Sequence[CategoryInput]) -> list[ItemProblem]:
    problems = [ItemProblem(n, "code", again) for n, again in named_twice(one.code for one in items)]
    for position, one in enumerate(items):
        for field, why in (
            ("code", code_problem(one.code)),
            ("nameZh", text_problem(one.name_zh, 120)),
            ("nameEn", text_problem(one.name_en, 120)),
        ):
            if why is not None:
                problems.append(ItemProblem(position, field, why))
        if not one.name_zh.strip() and not one.name_en.strip():
            problems.append(ItemProblem(position, "nameZh", ValueNotAllowed("", ONE_LANGUAGE)))
        if one.position not in _POSITIONS:
            why = ValueNotAllowed(one.position, whole_number(_POSITIONS[0], _POSITIONS[-1]))
            problems.append(ItemProblem(position, "position", why))
    return problems

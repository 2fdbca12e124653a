"""Which fields a client asked for below a field, so that a statement reads only what will be shown."""

from typing import Any

import strawberry
from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode


def asked_names(info: strawberry.Info[Any, Any]) -> frozenset[str]:
    """The names of all fields anywhere below this one, fragments included; what directives skip counts as asked."""
    raw = info._raw_info
    names: set[str] = set()
    seen: set[str] = set()
    for node in raw.field_nodes:
        if node.selection_set is not None:
            _gather(node.selection_set, raw.fragments, names, seen)
    return frozenset(names)


def _gather(
    selected: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], names: set[str], seen: set[str]
) -> None:
    for one in selected.selections:
        if isinstance(one, FieldNode):
            names.add(one.name.value)
            if one.selection_set is not None:
                _gather(one.selection_set, fragments, names, seen)
        elif isinstance(one, InlineFragmentNode):
            _gather(one.selection_set, fragments, names, seen)
        elif isinstance(one, FragmentSpreadNode) and one.name.value not in seen:
            seen.add(one.name.value)
            _gather(fragments[one.name.value].selection_set, fragments, names, seen)

"""Which fields a client asked for below a field, so that a statement reads only what will be shown."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from weakref import ref

import strawberry
from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode


def asked_names(info: strawberry.Info[Any, Any]) -> frozenset[str]:
    """The names of all fields anywhere below this one, fragments included; what directives skip counts as asked.

    Gathered once for a document that is in memory: a node of its syntax tree belongs to no other document.
    """
    raw = info._raw_info
    first = raw.field_nodes[0]
    alone, known = len(raw.field_nodes) == 1, _gathered.get(id(first))
    if alone and known is not None and known[0]() is first:
        return known[1]
    names: set[str] = set()
    seen: set[str] = set()
    for node in raw.field_nodes:
        if node.selection_set is not None:
            _gather(node.selection_set, raw.fragments, names, seen)
    found = frozenset(names)
    if alone:
        key = id(first)
        _gathered[key] = ref(first, lambda _: _gathered.pop(key, None)), found
    return found


_gathered: Final[dict[int, tuple[ref[FieldNode], frozenset[str]]]] = {}
"""By the identity of a field's node, as long as it lives."""


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


def asked_below(info: strawberry.Info[Any, Any], *path: str) -> set[str]:
    """The names of the fields of the object at this path below this field, fragments included; what directives skip
    counts as asked. Empty where the path is not asked for."""
    raw = info._raw_info
    return names_at(raw.field_nodes, raw.fragments, *path)


def names_at(nodes: Iterable[FieldNode], fragments: Mapping[str, FragmentDefinitionNode], *path: str) -> set[str]:
    """The same below these fields."""
    level = [node.selection_set for node in nodes if node.selection_set is not None]
    for name in path:
        level = [
            one.selection_set
            for one in fields_of(level, fragments)
            if one.name.value == name and one.selection_set is not None
        ]
    return {one.name.value for one in fields_of(level, fragments)}


def fields_of(level: list[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    """The fields of these selections. Fragments that spread themselves, and those that spread too often, have been
    refused before."""
    for selected in level:
        for one in selected.selections:
            if isinstance(one, FieldNode):
                yield one
            elif isinstance(one, InlineFragmentNode):
                yield from fields_of([one.selection_set], fragments)
            elif isinstance(one, FragmentSpreadNode):
                yield from fields_of([fragments[one.name.value].selection_set], fragments)

"""Which fields a client asked for below a field, so that a statement reads only what will be shown."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final
from weakref import ref

import strawberry
from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode


def asked_names(info: strawberry.Info[Any, Any]) -> frozenset[str]:
    """The names of all fields anywhere below this one, fragments included; what directives skip counts as asked."""

    def gather() -> set[str]:
        names: set[str] = set()
        seen: set[str] = set()
        for node in info._raw_info.field_nodes:
            if node.selection_set is not None:
                _gather(node.selection_set, info._raw_info.fragments, names, seen)
        return names

    return _once(info, None, gather)


def asked_below(info: strawberry.Info[Any, Any], *path: str) -> frozenset[str]:
    """The names of the fields of the object at this path below this field, fragments included; what directives skip
    counts as asked. Empty where the path is not asked for."""

    def gather() -> set[str]:
        return names_at(info._raw_info.field_nodes, info._raw_info.fragments, *path)

    return _once(info, path, gather)


Path = tuple[str, ...] | None

_gathered: Final[dict[int, tuple[ref[FieldNode], dict[Path, frozenset[str]]]]] = {}
"""By the identity of a field's node, as long as it lives; each by path, None for all."""


def _once(info: strawberry.Info[Any, Any], path: Path, gather: Callable[[], set[str]]) -> frozenset[str]:
    """Gather once for a document that is in memory: a node of its syntax tree belongs to no other document."""
    nodes = info._raw_info.field_nodes
    if len(nodes) > 1:
        return frozenset(gather())
    first = nodes[0]
    key = id(first)
    known = _gathered.get(key)
    if known is None or known[0]() is not first:
        known = _gathered[key] = ref(first, lambda _: _gathered.pop(key, None)), {}
    found = known[1].get(path)
    if found is None:
        found = known[1][path] = frozenset(gather())
    return found


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

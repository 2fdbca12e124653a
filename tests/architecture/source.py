"""The source as data: modules, imports, SQL in string literals, and the cards of the domains."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]

# From the bottom up: a domain may call those before it
DOMAINS: Final = (
    "kernel", "network", "catalog", "inventory", "ledger", "pricing", "storefront", "ordering", "fulfilment",
    "leads",
    "communication",
    "insight",
    "papers",
)  # fmt: skip
CARDED: Final = (*DOMAINS, "importing")
LINES: Final = ("Owns", "Reads", "Promises", "Never", "Calls", "Tells")

_SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|JOIN|VALUES|WHERE)\b")
_READ = re.compile(r"\b(?:FROM|JOIN|USING)\s+(?:ONLY\s+)?([a-z_][a-z0-9_]*)\b(?!\s*\()")
_LISTED = re.compile(r"\bFROM\s+[a-z_]+(?:\s+(?:AS\s+)?[a-z_]+)?((?:\s*,\s*[a-z_]+(?:\s+[a-z_]+)?)+)")
_WRITTEN = re.compile(r"\b(?:INSERT INTO|DELETE FROM|(?<!NO KEY )(?<!FOR )(?<!DO )UPDATE)\s+([a-z_][a-z0-9_]*)\b")
_NAMED_HERE = re.compile(r"\b([a-z_][a-z0-9_]*)(?:\s*\([^()]*\))?\s+AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(")


def modules(*folders: str) -> list[Path]:
    """Every Python file in these folders of the project."""
    return [
        path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")) if "node_modules" not in path.parts
    ]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path: Path) -> Iterator[str]:
    """The full names of the modules that a file imports, and what it takes from them."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def texts(path: Path) -> Iterator[str]:
    """String literals, docstrings left out; of an f-string what stands between its expressions, as one text."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for node in ast.walk(tree(path)) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.JoinedStr):
            yield " ".join(str(part.value) if isinstance(part, ast.Constant) else " … " for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | inside:
            yield node.value


def sql(path: Path) -> list[str]:
    """The literals of a file that hold SQL, whose keywords are written in capitals."""
    return [text for text in texts(path) if _SQL.search(text)]


def tables_read(statements: list[str]) -> set[str]:
    """Names after FROM, JOIN and USING that are not named by a WITH anywhere in the same file."""
    here = _named_here(statements)
    found: set[str] = set()
    for text in statements:
        found |= set(_READ.findall(text))
        for more in _LISTED.findall(text):
            found |= {one.split()[0] for one in more.split(",") if one.strip()}
    return found - here


def tables_written(statements: list[str]) -> set[str]:
    """Names after INSERT INTO, UPDATE and DELETE FROM."""
    return {name for text in statements for name in _WRITTEN.findall(text)} - _named_here(statements) - {"set", "of"}


def _named_here(statements: list[str]) -> set[str]:
    return {name for text in statements for name in _NAMED_HERE.findall(text)}


def owned(domain: str) -> set[str]:
    """The tables of a domain's models."""
    path = ROOT / "app" / domain / "models.py"
    if not path.exists():
        return set()
    return {
        str(node.value.value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "table"
        and isinstance(node.value, ast.Constant)
    }


def card(domain: str) -> dict[str, str]:
    """The lines of a domain's card by their name."""
    text = ast.get_docstring(tree(ROOT / "app" / domain / "__init__.py")) or ""
    found = re.findall(rf"^({'|'.join(LINES)}): (.*(?:\n[ ]+.*)*)", text, re.MULTILINE)
    return {name: " ".join(said.split()) for name, said in found}


def names(said: str) -> set[str]:
    """The names that a line lists up to its first semicolon; `nothing` is none."""
    listed = said.partition(";")[0].rstrip(".")
    return {one.strip() for one in listed.split(",")} - {"nothing", ""}

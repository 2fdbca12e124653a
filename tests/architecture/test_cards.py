"""The card of each domain, compared with what its files do.

Owns is the tables of its models (of the kernel: those of the second migration). Reads is every other table that its
SQL names, and may be one that it names through a fragment of a lower domain's `sql.py`. Calls is the domains it
imports; the kernel is everybody's and need not be said. Tells is the facts in its `events.py`.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import (
    CARDED,
    DOMAINS,
    ROOT,
    card,
    imported,
    modules,
    names,
    owned,
    sql,
    tables_read,
    tables_written,
    tree,
)

CREATED = set(re.findall(r"CREATE TABLE (\w+) \(", (ROOT / "migrations" / "0002_rules.py").read_text()))
OWNER = {table: domain for domain in DOMAINS for table in owned(domain)}
OWNER |= dict.fromkeys(CREATED - set(OWNER), "kernel")


def files(domain: str) -> list[Path]:
    return modules(f"app/{domain}")


def statements(domain: str) -> dict[Path, list[str]]:
    return {path: sql(path) for path in files(domain)}


@pytest.mark.parametrize("domain", CARDED)
def test_a_card_says_everything(domain: str) -> None:
    assert {"Owns", "Promises", "Never", "Calls", "Tells"} <= set(card(domain)), card(domain)


@pytest.mark.parametrize("domain", CARDED)
def test_what_a_domain_owns(domain: str) -> None:
    assert names(card(domain)["Owns"]) == {table for table, owner in OWNER.items() if owner == domain}


@pytest.mark.parametrize("domain", CARDED)
def test_a_domain_writes_only_what_it_owns(domain: str) -> None:
    for path, found in statements(domain).items():
        foreign = {table for table in tables_written(found) if OWNER.get(table, domain) != domain}
        assert foreign == set(), path


@pytest.mark.parametrize("domain", CARDED)
def test_a_domain_reads_what_its_card_lists(domain: str) -> None:
    listed = names(card(domain).get("Reads", "nothing"))
    read = {table for found in statements(domain).values() for table in tables_read(found) if table in OWNER}
    foreign = {table for table in read if OWNER[table] != domain}
    assert foreign <= listed, "the SQL names more than the card lists"
    assert listed <= foreign | composed(domain), "the card lists what the SQL does not name"


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_reads_nothing_from_above(domain: str) -> None:
    above = {table for table in names(card(domain).get("Reads", "nothing")) if _rank(OWNER[table]) >= _rank(domain)}
    assert above == set()


def composed(domain: str) -> set[str]:
    """The tables that fragments of lower domains name, which this domain's files import."""
    lower = {name.split(".")[1] for path in files(domain) for name in imported(path) if re.fullmatch(FRAGMENTS, name)}
    tables: set[str] = set()
    for one in lower - {domain}:
        tables |= tables_read(sql(ROOT / "app" / one / "sql.py")) | composed(one)
    return tables


FRAGMENTS = r"app\.[a-z_]+\.sql"


def _rank(domain: str) -> int:
    """Domains side by side on the map have one rank."""
    return DOMAINS.index("inventory" if domain == "ledger" else domain)


@pytest.mark.parametrize("domain", CARDED)
def test_a_domain_calls_whom_its_card_names(domain: str) -> None:
    called = {
        match[1] for path in files(domain) for name in imported(path) if (match := re.match(r"app\.(\w+)\.", name))
    }
    assert names(card(domain)["Calls"]) - {"kernel"} == (called & set(CARDED)) - {domain, "kernel"}


@pytest.mark.parametrize("domain", CARDED)
def test_a_domain_tells_the_facts_that_its_card_names(domain: str) -> None:
    path = ROOT / "app" / domain / "events.py"
    facts = set()
    if path.exists():
        facts = {
            node.name
            for node in tree(path).body
            if isinstance(node, ast.ClassDef)
            and any(isinstance(base, ast.Name) and base.id == "Fact" for base in node.bases)
        }
    assert names(card(domain)["Tells"]) == facts


def test_models_are_their_own_domains() -> None:
    for path in modules("app", "schema", "workers"):
        foreign = {name for name in imported(path) if re.fullmatch(r"app\.[a-z_]+\.models", name)}
        own = f"app.{path.relative_to(ROOT / 'app').parts[0]}.models" if path.is_relative_to(ROOT / "app") else ""
        assert foreign <= {own}, path


def test_the_contract_holds_no_sql() -> None:
    for path in modules("schema"):
        assert tables_read(sql(path)) & set(OWNER) == set(), path
        assert tables_written(sql(path)) & set(OWNER) == set(), path


def test_every_folder_stands_on_the_map() -> None:
    told = ast.get_docstring(tree(ROOT / "app" / "__init__.py")) or ""
    folders = {path.name for path in (ROOT / "app").iterdir() if (path / "__init__.py").exists()}
    assert {folder for folder in folders if not re.search(rf"\b{folder}\b", told)} == set()

"""How the source is written: one story to a file, thoughts of a size, names that say something.

Of the habits that ruff and import-linter already check, this looks only at those that they leave out. Migrations are as
Tortoise wrote them. Functions of tests may be longer: a scenario is told from beginning to end.
"""

import ast
import re
from pathlib import Path

from tests.architecture.source import ROOT, modules, tree

LONGEST_FILE = 400
LONGEST_TEST_FILE = 500  # it is read a test at a time, with the tables and documents that the tests share
LONGEST_FUNCTION = 70
VAGUE = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc|stuff)($|_)")

SOURCES = ("app", "schema", "workers", "bench", "tests")


def where(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_no_file_is_longer_than_a_good_read() -> None:
    long = {where(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules(*SOURCES)}
    most = {path: LONGEST_TEST_FILE if path.startswith("tests") else LONGEST_FILE for path in long}
    assert {path: lines for path, lines in long.items() if lines > most[path]} == {}


def test_no_function_is_longer_than_a_thought() -> None:
    long = {
        f"{where(path)}:{one.name}": (one.end_lineno or 0) - one.lineno + 1
        for path in modules("app", "schema", "workers")
        for one in functions(path)
    }
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION} == {}


def test_imports_stand_at_the_top() -> None:
    """Also where a lint rule is silenced: an import in a function hides a cycle from the map."""
    hidden = [
        f"{where(path)}:{node.lineno}"
        for path in modules(*SOURCES)
        for one in functions(path)
        for node in ast.walk(one)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_names_say_something() -> None:
    vague = [where(path) for path in modules(*SOURCES) if any(VAGUE.search(Path(part).stem) for part in path.parts)]
    assert vague == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        where(path)
        for path in modules("app", "schema", "workers", "bench")
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(tree(path))
    ]
    assert silent == []

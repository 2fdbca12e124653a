"""A page of the documentation, taken apart: its blocks in order, and everything it names.

What stands behind the language of a fenced block tells the tests what to do with it, and is not shown to readers:

    ```sh                       run it; a `text` block after it is its output
    ```sh terminal              start it beside the rest; `text terminal` blocks are what it says from then on
    ```graphql LOGIN            ask it as this login of the story, `nobody` without one; a subscription stays open
    ```json variables           the variables of the document before it
    ```json answer              the answer to it; `json heard` is the next message of the open subscription
    ```csv NAME  ```js NAME     a file that the reader makes under this name

`<!-- not run: why -->` before a block is the only way out. `<seller id>` and the like stand for what differs from
machine to machine; a line `…` stands for any lines.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_FENCE = re.compile(r"^(`{3,})(\S*)[ \t]*(.*)$")
_NOT_RUN = re.compile(r"^<!-- not run: (.+) -->$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]*\bsrc=\"([^\"]+)\"")
_SPAN = re.compile(r"`([^`\n]+)`")


@dataclass(slots=True)
class Block:
    """A fenced block: `first` is the line of its fence, from 0; `lines` its text."""

    page: Path
    first: int
    language: str
    info: str
    lines: list[str]
    not_run: str | None

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def where(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.first + 1}"


def pages() -> list[Path]:
    """The pages that people wrote; what is generated has tests of its own."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [page for page in found if page.name != "access.md"]


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found: list[Block] = []
    fence, said = "", ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines()):
        match = _FENCE.match(line)
        if fence:
            if match and match[1] == fence and not match[2]:
                fence = ""
            else:
                found[-1].lines.append(line)
        elif match:
            fence = match[1]
            reason = _NOT_RUN.match(said)
            found.append(Block(page, number, match[2], match[3].strip(), [], reason[1] if reason else None))
            said = ""
        elif line.strip():
            said = line.strip()
    return found


def prose(page: Path) -> str:
    """The page without its blocks and comments."""
    kept: list[str] = []
    fence = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        match = _FENCE.match(line)
        if match and (not fence or (match[1] == fence and not match[2])):
            fence = "" if fence else match[1]
        elif not fence:
            kept.append(line)
    return _COMMENT.sub("", "\n".join(kept))


def links(page: Path) -> Iterator[str]:
    """Where links and pictures of a page lead."""
    for match in _LINK.finditer(prose(page)):
        yield match[1] or match[2]


def spans(page: Path) -> Iterator[str]:
    """What stands between backticks in the prose of a page."""
    for match in _SPAN.finditer(prose(page)):
        yield match[1]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found = set()
    for line in prose(page).splitlines():
        if line.startswith("#"):
            title = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower())
            found.add(title.replace(" ", "-"))
    return found


def table(page: Path, *header: str) -> list[list[str]]:
    """The rows of the table with this header. LookupError when the page has none."""
    found: list[list[str]] | None = None
    for line in prose(page).splitlines():
        cells = [cell.strip().strip("*") for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if cells == list(header):
            found = []
        elif found is not None and not cells:
            return found
        elif found is not None and not set(line) <= set("|-"):
            found.append(cells)
    if found is None:
        raise LookupError(f"{page.name} has no table {header}")
    return found

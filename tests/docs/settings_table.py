"""The settings in docs/operations.md, from `app/settings.py`. `python -m tests.docs.settings_table` writes them."""

import ast
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

import app.settings
from app.settings import Settings
from tests.docs.markdown import ROOT

PAGE: Final = ROOT / "docs" / "operations.md"
BEGIN: Final = "<!-- settings: written by `python -m tests.docs.settings_table`, compared by a test -->"
END: Final = "<!-- end of settings -->"


def names() -> dict[str, str]:
    """The environment's name of every setting, by its own."""
    prefix = str(Settings.model_config["env_prefix"])
    return {
        name: str(field.validation_alias) if field.validation_alias else f"{prefix}{name}".upper()
        for name, field in Settings.model_fields.items()
    }


def table() -> str:
    """One line per setting, in the order of the source."""
    lines = ["| name | default | meaning |", "|---|---|---|"]
    meanings = _meanings()
    for name, spelt in names().items():
        field = Settings.model_fields[name]
        lines.append(f"| `{spelt}` | {_default(field)} | {meanings[name]}{_bounds(field)} |")
    return "\n".join(lines)


def written(page: str) -> str:
    """The page with the table as it should be. ValueError where its marks are missing."""
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{PAGE.name} has no place for the settings")
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    return "" if value is None or not str(value) else f"`{value}`"


def _bounds(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return f" One of {', '.join(f'`{one}`' for one in get_args(field.annotation))}."
    least = next((one.ge for one in field.metadata if getattr(one, "ge", None) is not None), None)
    return "" if least is None else f" At least {least}."


def _meanings() -> dict[str, str]:
    """The docstring under each setting. TypeError for one that has none."""
    tree = ast.parse(Path(app.settings.__file__).read_text(encoding="utf-8"))
    (body,) = [node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings"]
    found = {}
    for node, after in zip(body, [*body[1:], None], strict=True):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        if not isinstance(after, ast.Expr) or not isinstance(after.value, ast.Constant):
            raise TypeError(f"the setting {node.target.id} does not say what it means")
        found[node.target.id] = " ".join(str(after.value.value).split())
    return found


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

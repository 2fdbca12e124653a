"""Text from people: trimmed, bounded, and without what no database takes."""

from app.kernel.refusal import BadRequest
from app.kernel.wording import Said


def text(field: str, value: str, longest: int) -> str:
    """The text without surrounding space. BadRequest names the field and the limit when it is empty or too long."""
    value = value.strip()
    if not 1 <= len(value) <= longest or not storable(value):
        raise BadRequest(
            field,
            value,
            Said(f"a text of 1 to {longest} characters, without NUL", f" 1 到 {longest} 个字符的文本（不含 NUL）"),
        )
    return value


def optional_text(field: str, value: str | None, longest: int) -> str | None:
    """The same, where nothing, or nothing but space, means None."""
    return text(field, value, longest) if value is not None and value.strip() else None


def storable(value: str) -> bool:
    """False for NUL characters and lone surrogates, which PostgreSQL refuses. Emoji are fine."""
    return "\x00" not in value and not any("\ud800" <= one <= "\udfff" for one in value)

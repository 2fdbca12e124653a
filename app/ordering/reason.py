"""Why somebody did something: asked for wherever the other party will want to know. Pure."""

from typing import Final

from app.kernel.refusal import BadRequest

LONGEST: Final = 400


def reason_of(text: str, field: str = "reason") -> str:
    """The reason without space around it. BadRequest when it says nothing or goes on for too long."""
    said = text.strip()
    if not 1 <= len(said) <= LONGEST:
        raise BadRequest(field, text, f"1 to {LONGEST} characters")
    return said

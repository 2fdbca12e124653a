"""Choose a language: what the mall speaks to this person, on every device."""

from app.kernel.act import Work, act
from app.network.viewer import Viewer


@act
async def choose_language(work: Work, viewer: Viewer, *, locale: str | None) -> None:
    """`zh`, `en`, or None for whatever the device asks for."""
    await work.run("UPDATE person SET locale = $2 WHERE id = $1", viewer.person_id, locale)

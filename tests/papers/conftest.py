"""The press of this process is stopped when a module's last test is over."""

from collections.abc import AsyncIterator

import pytest

from app.papers.press import press


@pytest.fixture(scope="module", autouse=True)
async def stopped_press() -> AsyncIterator[None]:
    yield
    await press.close()

"""`Window`: shows pictures on a screen, for people who watch."""

from __future__ import annotations

from vl_envs.core.env import Image
from vl_envs.core.errors import require


class Window:
    """A window that pygame opens.

    Args:
        title: in its bar.
        size: (height, width) in pixels.

    Raises:
        ImportError: pygame is not installed.
    """

    def __init__(self, title: str, size: tuple[int, int]) -> None:
        self._pygame = require("pygame", "pettingzoo")
        self._pygame.display.init()
        self._pygame.display.set_caption(title)
        self._screen = self._pygame.display.set_mode(size[::-1])

    def show(self, picture: Image) -> None:
        """Show a picture, uint8 [H, W, 3]."""
        surface = self._pygame.surfarray.make_surface(picture.swapaxes(0, 1))
        self._screen.blit(surface, (0, 0))
        self._pygame.event.pump()
        self._pygame.display.flip()

    def close(self) -> None:
        """Close it."""
        self._pygame.display.quit()

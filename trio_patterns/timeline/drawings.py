"""The pictures that a timeline can be drawn as."""

from __future__ import annotations

from abc import ABC, abstractmethod

from .._core.arguments import check_int
from .html import to_html
from .model import Recording
from .perfetto import to_perfetto
from .svg import to_svg
from .text import to_text

__all__ = ["Drawings"]


class Drawings(ABC):
    """Draws a recording. Each picture depends on the recording alone: the same one gives the same bytes."""

    __slots__ = ()

    @property
    @abstractmethod
    def recording(self) -> Recording:
        """What there is to draw."""

    def to_svg(self, *, title: str = "", fold: int = 12, width: int = 760) -> str:
        """Return a static picture for a page: an SVG that follows the reader's light or dark scheme.

        Args:
          title: Stands above the picture, if it is not empty.
          fold: Tasks of one name in one nursery are drawn as one row when there are more, int >= 1.
          width: Pixels, int >= 320; the height follows from the rows.
        """
        check_int("fold", fold, minimum=1)
        check_int("width", width, minimum=320)
        return to_svg(self.recording, title=title, fold=fold, width=width)

    def to_html(self, *, title: str = "Timeline") -> str:
        """Return a page of its own to look at in a browser: zoom, pan, hover with await stack, search.

        All is in the one string, and nothing is loaded. Write it as UTF-8.

        Args:
          title: The page's heading.
        """
        return to_html(self.recording, title=title)

    def to_perfetto(self, *, title: str = "Timeline") -> str:
        """Return JSON that https://ui.perfetto.dev opens, for recordings to query.

        Args:
          title: The name of the process in it.
        """
        return to_perfetto(self.recording, title=title)

    def to_text(self, *, width: int = 100, fold: int = 12) -> str:
        """Return lines for a terminal, one for each task.

        Args:
          width: Columns, int >= 40. How a task ended and its marks are said at the end of its line, and
            may go beyond.
          fold: As for `to_svg`.
        """
        check_int("width", width, minimum=40)
        check_int("fold", fold, minimum=1)
        return to_text(self.recording, width=width, fold=fold)

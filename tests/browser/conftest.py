"""A real browser for the tests in this folder, and the documentation, built once for all of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

ROOT = Path(__file__).parents[2]

Scheme = Literal["light", "dark"]

DESKTOP = (1366, 900)
PHONE = (360, 740)

#: What Chromium does on its own account, which would be neither offline nor quiet.
FLAGS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def missing(reason: str) -> NoReturn:
    """Skip, or fail where a browser is promised: a check that silently never runs is worth nothing."""
    if os.environ.get("TRIO_PATTERNS_BROWSER") == "required":
        pytest.fail(f"TRIO_PATTERNS_BROWSER=required, but {reason}", pytrace=False)
    pytest.skip(reason)


def find_chromium() -> str | None:
    """Return the path of a Chromium that is installed: $CHROMIUM, else one of the names that packages use."""
    given = os.environ.get("CHROMIUM")
    names = [given] if given else ["chromium", "chromium-browser", "google-chrome"]
    return next((path for path in map(shutil.which, names) if path), None)


@dataclass
class Tab:
    """A page of the browser and what happened in it since it was opened."""

    page: Page
    scheme: Scheme
    #: The addresses that it asked for and that are not files of this machine.
    requests: list[str] = field(default_factory=list)
    #: How many it asked for altogether.
    requested: int = 0
    #: Errors and warnings on the console, uncaught exceptions, and requests that failed.
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen from the first moment."""
        self.page.on("request", self._note_request)
        self.page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))
        self.page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        self.page.on("console", self._note_message)

    def _note_request(self, request: Request) -> None:
        self.requested += 1
        if not request.url.startswith(("file:", "data:", "blob:", "about:")):
            self.requests.append(request.url)

    def _note_message(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def open(self, path: Path, after: str = "") -> Page:
        """Load a file, with ``after`` (``?query`` or ``#anchor``) behind its name, and return the page."""
        self.page.goto(path.as_uri() + after, wait_until="load")
        return self.page


@pytest.fixture(scope="session")
def executable() -> str:
    """The path of Chromium; there is nothing to do here without it, or without what drives it."""
    for module in ("playwright", "axe_playwright_python", "furo"):
        if find_spec(module) is None:
            missing(f"{module} is not installed: pip install -e '.[browser]'")
    return find_chromium() or missing("there is no Chromium: install the package `chromium`, or set CHROMIUM")


@pytest.fixture(scope="module")
def browser(executable: str) -> Iterator[Browser]:
    """Chromium, headless. It goes with the module: Playwright keeps an asyncio loop in this thread."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[Callable[..., Tab]]:
    """Return ``open_tab(scheme="light", size=DESKTOP, **context)``: a tab that knows nothing of others."""
    contexts = []

    def open_tab(scheme: Scheme = "light", size: tuple[int, int] = DESKTOP, **options: Any) -> Tab:
        viewport = {"width": size[0], "height": size[1]}
        options = {"reduced_motion": "reduce", "offline": True, **options}
        context = browser.new_context(color_scheme=scheme, viewport=viewport, **options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        return Tab(context.new_page(), scheme)

    yield open_tab
    for context in contexts:
        context.close()


@pytest.fixture(params=["light", "dark"])
def tab(request: pytest.FixtureRequest, open_tab: Callable[..., Tab]) -> Tab:
    """A tab of desktop size, once in light and once in dark."""
    return open_tab(request.param)


@dataclass(frozen=True)
class Site:
    """The built documentation."""

    html: Path
    #: How long Sphinx took.
    seconds: float

    @property
    def pages(self) -> list[Path]:
        """Every page of it by name, the generated ones too, but of the listings of source code only three.

        They are made by one template. Pages of recordings have tests of their own.
        """
        listings = sorted((self.html / "_modules").rglob("*.html"))
        left_out = {*listings[3:], *(self.html / "_static").rglob("*.html")}
        return sorted(set(self.html.rglob("*.html")) - left_out)

    def name(self, page: Path) -> str:
        """Return the page's path as a reader would say it."""
        return page.relative_to(self.html).as_posix()


def build(folder: Path) -> None:
    """Run Sphinx, and write down how long that took."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-d", str(folder / "doctrees")]
    done = subprocess.run(
        [*command, str(ROOT / "docs"), str(folder / "html")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    took = time.perf_counter() - begun
    (folder / "built").write_text(
        f"{took}\n{done.stdout}{done.stderr}" if done.returncode else f"{took}", encoding="utf-8"
    )


@pytest.fixture(scope="session")
def site(executable: str, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Build the documentation once for all workers of pytest-xdist: the first one builds, the others wait.

    ``TRIO_PATTERNS_SITE`` names a folder where it has just been built, and the file there with the seconds.
    """
    if ready := os.environ.get("TRIO_PATTERNS_SITE"):
        html = ROOT / ready
        return Site(html, float((html / "seconds").read_text(encoding="utf-8")))
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "browser-site"
    built = folder / "built"
    try:
        folder.mkdir()
    except FileExistsError:
        deadline = time.monotonic() + 300
        while not (built.exists() and built.read_text(encoding="utf-8")):
            assert time.monotonic() < deadline, "the worker that builds the site did not finish"
            time.sleep(0.2)
    else:
        build(folder)
    took, _, messages = built.read_text(encoding="utf-8").partition("\n")
    assert messages == ""
    return Site(folder / "html", float(took))


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return ``figures(pages=12)``: numbers that are added up over all tests and printed below them."""

    def figures(**numbers: float) -> None:
        request.node.user_properties.append(("browser", numbers))

    return figures


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures, those of the workers too."""
    total: dict[str, float] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for key, numbers in report.user_properties:
                if key == "browser":
                    for name, number in numbers.items():
                        total[name] = total.get(name, 0) + number
    if total:
        told = ", ".join(f"{name} {number:g}" for name, number in total.items())
        terminalreporter.write_line(f"browser: {told}")

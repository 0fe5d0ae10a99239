"""Every check of this project, each in an environment of its own. ``nox --list`` names them, ``-s`` picks.

``pip install nox`` into any environment is all the preparation. ``.ci/run`` runs what a release needs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nox

SUPPORTED = ("3.11", "3.12", "3.13")

# A new linter must not fail an old commit, so what judges the code is pinned; what the code runs on is not.
LINTERS = ("ruff==0.17.6", "flake8==7.5.0", "flake8-async==26.8.1")
TYPE_CHECKERS = ("mypy==2.4.1", "basedpyright==1.40.2")
# Another mutator makes other mutants, and its files are read.
MUTATOR = "mutmut==3.8.1"

HTML = Path("docs/_build/html")


def _offer_pyenv_interpreters() -> None:
    """Put pyenv's interpreters before its shims, which refuse to run a version that is not switched on."""
    home = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    wanted = [folder for version in SUPPORTED for folder in sorted(home.glob(f"{version}.*/bin"))]
    os.environ["PATH"] = os.pathsep.join([*map(str, wanted), os.environ.get("PATH", "")])
    # uv must use what is there, not fetch interpreters.
    os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")


def _present(version: str) -> bool:
    """Tell whether ``pythonX.Y`` starts; to be found on PATH is not enough, it may be an idle shim."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return True
    found = shutil.which(f"python{version}")
    if not found:
        return False
    return subprocess.run([found, "-c", "pass"], capture_output=True, check=False).returncode == 0


_offer_pyenv_interpreters()
#: What is here of the supported versions. Whatever runs nox is one of them, so there is always one.
PYTHONS = [version for version in SUPPORTED if _present(version)]
if not PYTHONS:
    raise SystemExit(
        f"none of Python {', '.join(SUPPORTED)} is here, and nox runs on {sys.version.split()[0]}"
    )

nox.needs_version = ">=2024.4.15"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.error_on_external_run = True
nox.options.error_on_missing_interpreters = True
nox.options.sessions = ["lint", "typing", "tests", "examples", "docs", "browser", "coverage", "tour"]


def _pytest(session: nox.Session, *arguments: str, dist: str = "loadfile", **env: str) -> None:
    # One worker for each of two cores; a file stays on one worker, so that a module's server starts once.
    arguments = ("-n", "2", "--dist", dist, *arguments, *session.posargs)
    session.run("python", "-m", "pytest", *arguments, env=env)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the whole suite, docs snippets included, on each supported Python that is here."""
    session.install("-e", ".[test,docs]")
    _pytest(session)


@nox.session
def examples(session: nox.Session) -> None:
    """Run every example five times and compare it with its recorded output (-- --update-golden rewrites)."""
    session.install("-e", ".[test]")
    _pytest(session, "tests/meta/test_examples.py", "tests/meta/test_tour.py")


@nox.session
def tour(session: nox.Session) -> None:
    """Take the tour: every example, then the link checker on a real site (-- NAME for one example)."""
    session.install("-e", ".[examples]")
    session.run("python", "-m", "examples", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation, with every warning an error, and check each of its links and anchors."""
    session.install("-e", ".[docs,examples]")
    shutil.rmtree(HTML, ignore_errors=True)  # a page that is gone must not linger, and a stale one not pass
    begun = time.monotonic()
    session.run(
        "python", "-m", "sphinx", "-W", "-n", "--keep-going", "-q", "-E", "-b", "html", "docs", str(HTML)
    )
    (HTML / "seconds").write_text(f"{time.monotonic() - begun}", encoding="utf-8")
    database = Path(session.create_tmp()) / "sitecheck.sqlite"
    database.unlink(missing_ok=True)  # the checker resumes from its file; this is another build
    session.run("python", "-m", "examples.sitecheck", str(HTML), "--db", str(database))


@nox.session
def browser(session: nox.Session) -> None:
    """Look at every page in Chromium: offline, legible, usable by keyboard and on a phone (-- -k search)."""
    session.install("-e", ".[browser]")
    _pytest(session, "tests/browser", dist="load")


@nox.session(name="docs-live", default=False)
def docs_live(session: nox.Session) -> None:
    """Serve the documentation, rebuilt when a page, an example or a docstring changes (-- --port 8001)."""
    session.install("-e", ".[docs,examples]", "sphinx-autobuild")
    watched = [flag for folder in ("trio_patterns", "examples") for flag in ("--watch", folder)]
    ignored = [flag for pattern in ("*.sqlite*", "*/__pycache__/*") for flag in ("--ignore", pattern)]
    session.run("sphinx-autobuild", *watched, *ignored, "-n", "docs", "docs/_build/live", *session.posargs)


@nox.session
def typing(session: nox.Session) -> None:
    """Check types with mypy --strict and basedpyright, the inferred ones pinned in tests/typing too."""
    session.install("-e", ".[test]", *TYPE_CHECKERS)
    session.run("mypy", "--strict")
    session.run("basedpyright", "--pythonpath", str(Path(session.bin) / "python"))


#: flake8-async's rules that do not fit, and why.
ASYNC_IGNORED = {
    # "every path of an async function must pass a checkpoint": ours may pass one every 128 operations instead
    # (see "budget" in the docs), and what the rule asks for statically, the tests assert at run time.
    "ASYNC910",
    "ASYNC911",
    # "no parameter called timeout, let callers use trio.fail_after": RetryPolicy and Stream take one that
    # means something else than a deadline for the call.
    "ASYNC109",
    # "use httpx2, httpx is no longer maintained": only the link checker among the examples uses it. Which
    # HTTP client that should be is a decision about dependencies, not about async code.
    "ASYNC127",
}


@nox.session
def lint(session: nox.Session) -> None:
    """Lint with ruff (check and format) and flake8-async, whose own rules see more of trio than ruff's."""
    session.install(*LINTERS)
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    ignored = f"--extend-ignore={','.join(sorted(ASYNC_IGNORED))}"
    # The exercises are wrong on purpose, and must not say where.
    excluded = "--extend-exclude=examples/learn/exercises"
    session.run("flake8", "--select", "ASYNC", ignored, excluded, "trio_patterns", "examples", "noxfile.py")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure the library beside bare trio and the peers (-- --quick, -- --check, -- --help)."""
    check = "--check" in session.posargs
    session.install("-e", ".[bench,test]" if check else ".[bench]")
    session.run("python", "-m", "benchmarks", *session.posargs)
    if check:  # also the plots, for which the other environments lack the library
        session.run("python", "-m", "pytest", "-q", "tests/meta/test_benchmarks.py")


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure branch coverage of the library: 100 % or it fails (-- html writes a report to htmlcov)."""
    session.install("-e", ".[test]")
    session.env["COVERAGE_FILE"] = str(Path(session.create_tmp()) / "coverage")
    session.run("coverage", "erase")
    # The library's own tests must reach all of it. Those of the examples, the site and the house would reach
    # much of it by the way, asserting little about it, and take their time; and so would the proofs.
    others = ("browser", "docs", "learn", "meta", "proof", "sitecheck")
    elsewhere = [f"--ignore=tests/{folder}" for folder in others]
    session.run("coverage", "run", "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", *elsewhere)
    session.run("coverage", "combine", "-q")
    if "html" in session.posargs:
        session.run("coverage", "html", "-q", "--fail-under=0")
    session.run("coverage", "report")


@nox.session(default=False)
def rust(session: nox.Session) -> None:
    """Compile the Rust snippets of the pages (-- PAGE ... for some); needs cargo and Debian's crates."""
    session.run("python", "docs/rust_tabs.py", "--keep", session.create_tmp(), *session.posargs)


@nox.session(default=False)
def deep(session: nox.Session) -> None:
    """Cancel and explore every proof without limits, and run long scripts on the models (-- -k streams)."""
    session.install("-e", ".[test]")
    _pytest(session, "tests/proof", dist="load", TRIO_PATTERNS_DEEP="1")
    models = sorted(str(path) for path in Path("tests").glob("*/test_*model*.py"))
    _pytest(session, "--hypothesis-profile=deep", "--timeout=0", *models)


@nox.session(default=False)
def mutation(session: nox.Session) -> None:
    """Change the library in small ways and see that a test fails (-- streams retry ...); takes hours."""
    session.install("-e", ".[test]", MUTATOR)
    session.run("python", "tests/mutation.py", "--work", session.create_tmp(), *session.posargs)

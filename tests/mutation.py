"""Mutation testing: change the library in small ways, one at a time, and see that a test fails.

``nox -s mutation -- streams backpressure`` runs it, and fails if fewer than 90 % of a package's mutants are
killed. mutmut makes the mutants and runs the tests; this file gives it a folder for each package, so that a
package is judged by the tests of its own family, and counts.

A run that was interrupted goes on where it was. What was killed stands until its function changes; what
survived is tried again. Delete the folder to begin anew.

mutmut leaves out what is outside of functions, and functions with a decorator, but for ``staticmethod`` and
``classmethod``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
MUTMUT = Path(sys.executable).with_name("mutmut")

#: The tests that judge a package.
TESTS = {
    "_core": ["tests/core"],
    "spawning": ["tests/spawning"],
    "retry": ["tests/retry"],
    "shutdown": ["tests/shutdown"],
    "backpressure": ["tests/backpressure"],
    "streams": ["tests/streams", "tests/testing"],
}

#: The share of a package's mutants that must be killed.
ENOUGH = 0.9

#: What mutmut notes for a mutant, in words. A test that ends with an error, or takes too long, has noticed.
KILLED, TIMED_OUT = {1, 3}, {24, -24, 36, 152, 255}


def _notes(folder: Path, package: str) -> list[Path]:
    return sorted((folder / "mutants" / "trio_patterns" / package).glob("*.meta"))


def _prepare(folder: Path, package: str) -> None:
    """Copy what mutmut needs into ``folder``, and let it try again what survived there."""
    for stale in ("trio_patterns", "tests", "mutants/tests"):
        shutil.rmtree(folder / stale, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    # With the times of change, by which mutmut knows a new file from one that it has mutated.
    shutil.copytree(ROOT / "trio_patterns", folder / "trio_patterns", ignore=shutil.ignore_patterns("*.pyc"))
    for tests in TESTS[package]:
        shutil.copytree(ROOT / tests, folder / tests, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy2(ROOT / "conftest.py", folder)
    settings = (
        (ROOT / "pyproject.toml")
        .read_text(encoding="utf-8")
        .replace(
            "[tool.mutmut]\n",
            "[tool.mutmut]\n"
            f"only_mutate = {json.dumps([f'trio_patterns/{package}/*'])}\n"
            f"pytest_add_cli_args_test_selection = {json.dumps(TESTS[package])}\n",
        )
    )
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    for path in _notes(folder, package):
        notes = json.loads(path.read_text(encoding="utf-8"))
        for mutant, code in notes["exit_code_by_key"].items():
            if code not in KILLED:
                notes["exit_code_by_key"][mutant] = None
        path.write_text(json.dumps(notes), encoding="utf-8")


def _report(folder: Path, package: str, *, show: bool) -> bool:
    """Print what became of the package's mutants, and return whether enough of them were killed."""
    codes: dict[str, int | None] = {}
    for path in _notes(folder, package):
        codes |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    count = Counter(
        "killed" if code in KILLED else "timeout" if code in TIMED_OUT else "survived"
        for code in codes.values()
    )
    score = (count["killed"] + count["timeout"]) / len(codes)
    if show:
        for mutant in (name for name, code in codes.items() if code not in KILLED | TIMED_OUT):
            subprocess.run([MUTMUT, "show", mutant], cwd=folder, check=True)
    print(
        f"{package:<13}mutants {len(codes):>5}  killed {count['killed']:>5}  survived {count['survived']:>4}"
        f"  timeout {count['timeout']:>4}  score {score:.1%}"
    )
    return score >= ENOUGH


def main() -> int:
    """Mutate the packages that are named, or all; 0 if enough mutants of each are killed."""
    parser = argparse.ArgumentParser(
        prog="nox -s mutation --", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=f"of {', '.join(TESTS)}; all if none")
    parser.add_argument("--work", type=Path, default=ROOT / ".mutation", help="where the mutants are kept")
    parser.add_argument("--jobs", default="1", help="mutants tried at the same time (1)")
    parser.add_argument("--show", action="store_true", help="print the change of each mutant that survived")
    options = parser.parse_args()
    packages = options.packages or list(TESTS)
    if unknown := [name for name in packages if name not in TESTS]:
        parser.error(f"no tests are known for {', '.join(unknown)}")
    for package in packages:
        _prepare(options.work / package, package)
        subprocess.run(
            [MUTMUT, "run", "--max-children", options.jobs],
            cwd=options.work / package,
            check=True,
        )
    verdicts = [_report(options.work / package, package, show=options.show) for package in packages]
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())

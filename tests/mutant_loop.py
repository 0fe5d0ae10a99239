"""Tries the mutants that mutmut has made, for `tests/mutation.py`: each in a fork of a pytest that is ready.

``mutmut run`` does the same, but pytest begins anew for each mutant, and to collect two thousand tests takes
seconds. It also waits for a hung test until that times out. In virtual time a process that sleeps is one that
hangs, so here it is noticed at once.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest
from mutmut.__main__ import copy_also_copy_files, copy_src_dir, create_mutants
from mutmut.configuration import config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state
from mutmut.utils.file_utils import setup_source_paths, walk_mutatable_files

#: What mutmut's notes say of a mutant.
KILLED, SURVIVED, UNTESTED, TIMED_OUT = 1, 0, 33, 36

#: A process that has slept for so many seconds hangs: no test waits for real time that long.
SLEEPS = 2.0

#: How many of the tests that have killed something in a function are tried first on its next mutant.
SUSPECTS = 5


class MutantLoop:
    """A pytest plugin that runs the tests of each mutant in place of all tests."""

    def __init__(self, folder: Path, sample: int) -> None:
        self.folder = folder
        self.sample = sample
        self.report = os.fdopen(os.dup(2), "w", buffering=1)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Find out which tests reach which function, then try every mutant that has no verdict."""
        self.session = session
        gc.collect()
        gc.freeze()  # or every fork would copy what it looks at
        reached, seconds = self._reached()
        notes = []
        for path in walk_mutatable_files():
            note = SourceFileMutationData(path=path)
            note.meta_path = self.folder / note.meta_path
            note.load()
            mutants = sorted(note.exit_code_by_key)
            if 0 < self.sample < len(mutants):
                mutants = random.Random(0).sample(mutants, self.sample)
            notes += [(note, mutant) for mutant in mutants if note.exit_code_by_key[mutant] is None]

        def cost(mutant: str) -> float:
            return sum(seconds[test] for test in reached[mutant.rpartition("__mutmut_")[0]])

        # Cheap ones first, so that an interrupted run has come far.
        notes.sort(key=lambda each: cost(each[1]))
        suspects: defaultdict[str, list[int]] = defaultdict(list)
        for number, (note, mutant) in enumerate(notes, 1):
            function = mutant.rpartition("__mutmut_")[0]
            first = suspects[function]
            tests = first + sorted(reached[function] - set(first), key=seconds.__getitem__)
            code, killer = (UNTESTED, None) if not tests else self._try(mutant, tests, 15 + 3 * cost(mutant))
            note.exit_code_by_key[mutant] = code
            note.save()
            if killer is not None:
                suspects[function] = [killer, *(test for test in first if test != killer)][:SUSPECTS]
            verdict = {KILLED: "killed", TIMED_OUT: "timeout"}.get(code, "SURVIVED")
            self.report.write(f"{number}/{len(notes)} {verdict} {mutant}\n")
        return True

    def _run(self, tests: list[int]) -> int | None:
        """Run tests, by their numbers, up to the first that fails; return that one's."""
        items = [self.session.items[test] for test in tests]
        for test, item, following in zip(tests, items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.session.testsfailed:
                return test
        return None

    def _reached(self) -> tuple[defaultdict[str, set[int]], list[float]]:
        """Run all tests once, in a fork; return the tests that reach a function, and what each takes."""
        notes = self.folder / "reached.json"
        if not (child := os.fork()):
            set_mutant_under_test("stats")
            functions: list[list[str]] = []
            seconds: list[float] = []
            for test in range(len(self.session.items)):
                state()._stats.clear()
                start = time.perf_counter()
                if self._run([test]) is not None:
                    self.report.write(f"without a mutant this fails: {self.session.items[test].nodeid}\n")
                    os._exit(1)
                seconds.append(time.perf_counter() - start)
                functions.append(sorted(state()._stats))
            notes.write_text(json.dumps([functions, seconds]), encoding="utf-8")
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            raise pytest.UsageError("the tests must pass before a mutant can fail them")
        functions, seconds = json.loads(notes.read_text(encoding="utf-8"))
        reached: defaultdict[str, set[int]] = defaultdict(set)
        for test, names in enumerate(functions):
            for name in names:
                reached[name].add(test)
        return reached, seconds

    def _try(self, mutant: str, tests: list[int], at_most: float) -> tuple[int, int | None]:
        """Run the tests on a mutant in a fork; return the code for the notes, and the test that failed."""
        result, write = os.pipe()
        if not (child := os.fork()):
            set_mutant_under_test(mutant)
            failed = self._run(tests)
            os.write(write, b"" if failed is None else str(failed).encode())
            os._exit(SURVIVED if failed is None else KILLED)
        os.close(write)
        begun = awake = time.monotonic()
        spent = ""
        while True:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                break
            time.sleep(0.01)
            now = time.monotonic()
            process = Path(f"/proc/{child}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            if process[0] != "S" or process[11:13] != spent:
                spent, awake = process[11:13], now
            if now - awake > SLEEPS or now - begun > at_most:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                os.close(result)
                return TIMED_OUT, None
        with os.fdopen(result) as told:
            killer = told.read()
        code = SURVIVED if os.waitstatus_to_exitcode(status) == 0 else KILLED
        return code, int(killer) if killer else None


def main() -> int:
    """Make the mutants of the package in this folder and try those without a verdict, or a sample."""
    folder, sample = Path.cwd(), int(sys.argv[2])
    os.makedirs("mutants", exist_ok=True)
    set_mutant_under_test("mutant_generation")
    copy_src_dir()
    copy_also_copy_files()
    setup_source_paths()
    create_mutants(1)
    set_mutant_under_test("")
    settings = config()
    os.chdir("mutants")
    arguments = ["--rootdir=.", "--tb=native", *settings.pytest_add_cli_args_test_selection]
    return int(pytest.main([*arguments, *settings.pytest_add_cli_args], plugins=[MutantLoop(folder, sample)]))

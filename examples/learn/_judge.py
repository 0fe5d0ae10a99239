"""Judge one program: ``python -m examples.learn._judge SLUG FILE SECONDS`` prints what is wrong as JSON.

It is a process of its own, because what a learner writes may never end, may end the process, or may print.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib.util
import io
import json
import linecache
import os
import sys
import warnings
from pathlib import Path
from types import ModuleType

from ._shelf import Exercise, find_exercises
from .bench import Theirs, Wrong

__all__ = ["judge_here"]

#: More findings than this are too much to read at once.
MANY = 5


def judge_here(exercise: Exercise, path: Path) -> list[str]:
    """Return a sentence for each thing that is wrong with the program at ``path``; none if it is right."""
    path = Path(os.path.abspath(path))
    found: list[str] = []
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs = Theirs(_load(path), path)
            for sentence in _checker(exercise).check(theirs):
                found.append(sentence)
                if len(found) == MANY:
                    break
        except Wrong as wrong:
            found.append(str(wrong))
        except Exception as exc:  # theirs, in a place where the checker expects none
            found.append(f"Your program raised {Theirs(ModuleType('theirs'), path).told(exc)}.")
        finally:
            sys.modules.pop(path.stem, None)
    return found


def _load(path: Path) -> ModuleType:
    """Run the learner's file as a module, and tell kindly if that fails."""
    text = path.read_bytes()
    linecache.checkcache(str(path))
    try:
        code = compile(text, str(path), "exec")
    except SyntaxError as exc:
        line = f" `{exc.text.strip()}`" if exc.text else ""
        raise Wrong(f"Python can't read line {exc.lineno} of {path.name}:{line}: {exc.msg}.") from exc
    except ValueError as exc:
        raise Wrong(f"Python can't read {path.name}: {exc}.") from exc
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    sys.modules[path.stem] = module  # dataclasses look their module up, and what reads their fields too
    try:
        exec(code, vars(module))
    except SystemExit as exc:
        raise Wrong(f"{path.name} calls sys.exit() when it is imported.") from exc
    except Exception as exc:
        told = Theirs(module, path).told(exc)
        raise Wrong(f"{path.name} can't be imported: {told}.") from exc
    return module


def _checker(exercise: Exercise) -> ModuleType:
    path = exercise.folder / "check.py"
    spec = importlib.util.spec_from_file_location(f"check_{exercise.slug}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[spec.name]
    return module


def main() -> None:
    """Judge, and print the findings as the only thing that reaches stdout."""
    slug, file, patience = sys.argv[1:]
    # The thread of faulthandler ends a process that holds the interpreter in an endless loop as well.
    faulthandler.dump_traceback_later(float(patience), exit=True)
    answer = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    (exercise,) = [exercise for exercise in find_exercises() if exercise.slug == slug]
    found = judge_here(exercise, Path(file))
    with os.fdopen(answer, "w", encoding="utf-8") as stdout:
        json.dump(found, stdout)


if __name__ == "__main__":
    main()

"""The commands of ``python -m examples.learn``: each prints, and returns the exit status."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import trio

from ._shelf import Exercise
from ._verdict import Verdict, judge
from ._workbook import Usage, Workbook

__all__ = ["check", "hint", "reset", "show_list", "solution", "start", "watch"]

RIGHT, WRONG = 0, 1


def show_list(book: Workbook) -> int:
    """List the exercises."""
    print(book.listing())
    return RIGHT


def start(book: Workbook, name: str | None) -> int:
    """Copy a broken program into the learner's folder, and tell its story."""
    exercise = book.find(name) if name else book.next()
    if exercise is None:
        print("All done.")
        return RIGHT
    if book.file(exercise).is_file():
        print(f"{exercise.slug} is started already, and {book.file(exercise)} stays as it is.")
    else:
        book.copy(exercise)
        book.progress.entry(exercise.slug)
        book.progress.write()
    print(f"{exercise.title}\n")
    for line in exercise.story.splitlines():
        print("\n".join(textwrap.wrap(line, 100)))
    print(f"\nBefore you run it: {exercise.question}\n")
    print(f"  python {book.file(exercise)}")
    for word in ("check", "hint"):
        print(f"  {book.command(word, exercise.slug)}")
    return RIGHT


def _told(exercise: Exercise, verdict: Verdict) -> str:
    return f"{verdict}\n  {exercise.learnt}" if verdict.right else str(verdict)


async def check(book: Workbook, name: str | None, patience: float) -> int:
    """Check one program, or all that are started."""
    chosen = [book.begun(name)] if name else book.started()
    if not chosen:
        raise Usage(f"nothing is started yet in {str(book.folder)!r}: {book.command('start')}")
    right = 0
    for exercise in chosen:
        verdict = await judge(exercise, book.file(exercise), patience)
        book.note(verdict)
        right += verdict.right
        print(_told(exercise, verdict), flush=True)
    if len(chosen) > 1:
        print(f"\n{right} of {len(chosen)} right.")
    if right == len(chosen):
        print(f"\n{book.advice(book.next())}")
    return RIGHT if right == len(chosen) else WRONG


def hint(book: Workbook, name: str) -> int:
    """Show the hints of an exercise that were shown before, and one more."""
    exercise = book.find(name)
    entry = book.progress.entry(exercise.slug)
    more = entry.hints < len(exercise.hints)
    entry.hints = min(entry.hints + 1, len(exercise.hints))
    book.progress.write()
    for number, text in enumerate(exercise.hints[: entry.hints], 1):
        print(
            textwrap.fill(
                text, 100, initial_indent=f"{number}. ", subsequent_indent="   ", break_on_hyphens=False
            )
        )
    if not more:
        print(f"There are no more hints. The solution: {book.command('solution', exercise.slug)}")
    return RIGHT


def solution(book: Workbook, name: str) -> int:
    """Show the mended programs of an exercise."""
    exercise = book.find(name)
    entry = book.progress.entry(exercise.slug)
    if not entry.done:  # afterwards it is a comparison
        entry.looked_up = True
        book.progress.write()
    for path in exercise.solutions:
        print(f"# {path.name}", path.read_text(encoding="utf-8"), sep="\n")
    return RIGHT


def reset(book: Workbook, name: str) -> int:
    """Begin an exercise anew; the learner's program is kept under another name."""
    exercise = book.begun(name)
    kept = book.copy(exercise)
    book.progress.entries.pop(exercise.slug, None)
    book.progress.entry(exercise.slug)
    book.progress.write()
    print(f"{book.file(exercise)} is the broken program again. Yours is kept as {kept}.")
    return RIGHT


async def watch(
    book: Workbook,
    name: str | None,
    patience: float,
    *,
    every: float = 0.3,
    enough: Callable[[], bool] = lambda: False,
) -> int:
    """Check each program that is not done, and again whenever its file is saved, until Ctrl-C."""
    if name:
        book.begun(name)
    seen: dict[str, tuple[int, int]] = {}
    first = True
    while not enough():
        chosen = [book.find(name)] if name else book.started()
        for exercise in chosen:
            stamp = _stamp(book, exercise)
            if stamp is None or seen.get(exercise.slug) == stamp:
                continue
            seen[exercise.slug] = stamp
            if first and book.progress.done(exercise.slug) and not name:
                continue
            verdict = await judge(exercise, book.file(exercise), patience)
            book.note(verdict)
            print(_told(exercise, verdict), flush=True)
            if verdict.right:
                print(book.advice(book.next()), flush=True)
        if first:
            print(f"Watching {book.folder}; Ctrl-C ends it.", flush=True)
            first = False
        await trio.sleep(every)
    return RIGHT


def _stamp(book: Workbook, exercise: Exercise) -> tuple[int, int] | None:
    """Tell one state of a file from another; None while an editor replaces it."""
    try:
        found = book.file(exercise).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size

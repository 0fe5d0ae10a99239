"""``python -m examples``: what it lists, what it runs, and what it does when an example fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import examples.__main__ as command_line
import examples._capstone as capstone
from examples._capstone import BROKEN, write_site
from examples._catalogue import FAMILIES, PLAINER_FIRST, Example, close_names, find_examples, select
from examples._runner import ExampleError, execute, run_example
from examples._screen import PlainScreen, RichScreen, Screen, make_screen
from examples._tour import contents, tour

GOOD = """
    async def main():
        print("all is well")
"""


def write(folder: Path, family: str, slug: str, body: str) -> Path:
    """Write an example whose docstring is in order."""
    path = folder / family / f"{slug}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f'"""The title of {slug}.\n\nNotice: what {slug}\nshows.\nRun: python -m examples {slug}\n"""\n'
        + textwrap.dedent(body)
    )
    return path


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder of examples, out of order on purpose."""
    write(tmp_path, "retry", "again", GOOD)
    write(tmp_path, "spawning", "tasks", GOOD)
    write(tmp_path, "spawning", "tasks_broken", GOOD)
    write(tmp_path, "spawning", "early", GOOD)
    write(tmp_path, "spawning", "_helper", GOOD)
    write(tmp_path, "sitecheck", "crawl", GOOD)
    return tmp_path


def run_tour(folder: Path, capsys: pytest.CaptureFixture[str], good: bool = True) -> tuple[int, str]:
    """Tour ``folder`` in plain text, with a capstone that does as told."""

    def last(screen: Screen) -> bool:
        screen.note("the capstone ran")
        return good

    failures = tour(find_examples(folder), PlainScreen(), last)
    return failures, capsys.readouterr().out


def test_examples_come_in_teaching_order_and_broken_before_correct(shelf: Path) -> None:
    """Spawning before retry; within a family by name, naive way first; helpers and the capstone are none."""
    assert [example.slug for example in find_examples(shelf)] == ["early", "tasks_broken", "tasks", "again"]


def test_the_order_within_a_family_names_examples_that_exist() -> None:
    """A renamed example must not fall to the end unnoticed."""
    assert set(PLAINER_FIRST) <= {example.slug for example in find_examples()}


def test_plainer_examples_come_first(tmp_path: Path) -> None:
    """The order is one of teaching, and only then by name."""
    for slug in ("a", "offload", "task_handles"):
        write(tmp_path, "spawning", slug, GOOD)
    assert [example.slug for example in find_examples(tmp_path)] == ["task_handles", "offload", "a"]


def test_docstring_gives_title_and_notice(shelf: Path) -> None:
    """A notice may go on over a line end, up to the next `Word:`."""
    example = find_examples(shelf)[0]
    assert (example.title, example.notice) == ("The title of early.", "what early shows.")


def test_contents_list_families_and_titles(shelf: Path) -> None:
    """One line for each script under its family's heading."""
    listing = contents(find_examples(shelf))
    assert listing.splitlines()[0] == FAMILIES["spawning"]
    assert "  tasks_broken  The title of tasks_broken." in listing.splitlines()


def test_tour_runs_everything_and_ends_with_a_summary(
    shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is announced with what to notice; the capstone comes last; the last line sums up."""
    failures, printed = run_tour(shelf, capsys)
    assert failures == 0
    assert printed.count("    | all is well") == 4
    assert "[2/4] tasks_broken (the naive way): The title of tasks_broken.\n  Notice: what tasks" in printed
    *_, before, _, last = printed.splitlines()
    assert before == "the capstone ran"
    assert last.startswith("4 examples and the capstone in ")
    assert last.endswith(" s, 0 failed")


def test_tour_goes_on_after_a_crash_and_shows_the_traceback(
    shelf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the example printed before it crashed is shown too."""
    write(
        shelf,
        "spawning",
        "crash",
        "async def main():\n    print('before')\n    raise ValueError('the reason')\n",
    )
    failures, printed = run_tour(shelf, capsys)
    assert failures == 1
    assert "    | before\n" in printed
    assert "Traceback (most recent call last):\n    !   File" in printed
    assert "_runner.py" not in printed
    assert "ValueError: the reason" in printed
    assert printed.count("all is well") == 4
    assert printed.splitlines()[-1].endswith("1 failed: crash")


def test_tour_counts_a_failed_capstone(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The capstone is one more thing that can fail."""
    failures, printed = run_tour(shelf, capsys, good=False)
    assert failures == 1
    assert printed.splitlines()[-1].endswith("1 failed: sitecheck")


def test_what_an_example_logs_is_shown_apart(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard error does not land between the lines of the output."""
    write(
        shelf,
        "retry",
        "noisy",
        "import sys\nasync def main():\n    print('out')\n    print('err', file=sys.stderr)\n",
    )
    _, printed = run_tour(shelf, capsys)
    assert "    | out\n    | on stderr:\n    | err\n" in printed


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("async def main():\n    raise OSError('no')\n", r"bad\.py raised OSError: no"),
        ("async def main():\n    raise SystemExit(3)\n", r"bad\.py ended with exit status 3"),
        (
            "import trio\nasync def main():\n"
            "    async with trio.open_nursery():\n        raise SystemExit(3)\n",
            r"raised .*SystemExit\(3\)",
        ),
        ("import nowhere_to_be_found\n", r"bad\.py can't be imported: ModuleNotFoundError"),
        ("print('only this')\n", r"bad\.py has no `async def main\(\)`"),
        (
            "import os\nasync def main():\n    os.environ['EXAMPLE'] = '1'\n",
            "left behind: environment variables",
        ),
        ("import os\nasync def main():\n    os.chdir('/')\n", "left behind: another working directory"),
        (
            "import signal\nasync def main():\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n",
            "left behind: a handler for SIGINT",
        ),
    ],
)
def test_run_example_refuses(tmp_path: Path, body: str, message: str) -> None:
    """An example that does not end well, or leaves the process changed, fails and says why."""
    before = signal.getsignal(signal.SIGINT), dict(os.environ), Path.cwd()
    with pytest.raises(ExampleError, match=message):
        run_example(write(tmp_path, "spawning", "bad", body))
    assert (signal.getsignal(signal.SIGINT), dict(os.environ), Path.cwd()) == before


def test_run_example_accepts_a_clean_exit(tmp_path: Path) -> None:
    """`sys.exit()` is a way to end a script."""
    path = write(
        tmp_path, "spawning", "leaves", "async def main():\n    print('bye')\n    raise SystemExit\n"
    )
    assert run_example(path) == "bye\n"


def test_a_hung_example_is_given_up(tmp_path: Path) -> None:
    """A deadlock under a virtual clock never times out by itself."""
    path = write(
        tmp_path, "spawning", "hangs", "import trio\nasync def main():\n    await trio.sleep_forever()\n"
    )
    with pytest.raises(ExampleError, match=r"still running after 0\.1 s"):
        execute(path, patience=0.1)


def test_real_time_constant_keeps_the_real_clock(tmp_path: Path) -> None:
    """Threads do not know virtual time, so a script may ask for the real one."""
    body = (
        "import trio\nREAL_TIME = {}\n"
        "async def main():\n    print(type(trio.lowlevel.current_clock()).__name__)\n"
    )
    assert run_example(write(tmp_path, "spawning", "timed", body.format(True))) == "SystemClock\n"
    assert run_example(write(tmp_path, "spawning", "untimed", body.format(False))) == "MockClock\n"


def test_keyboard_interrupt_passes_through(tmp_path: Path) -> None:
    """Ctrl-C ends the tour, also when a nursery wrapped it."""
    body = (
        "import trio\nasync def main():\n"
        "    async with trio.open_nursery():\n        raise KeyboardInterrupt\n"
    )
    with pytest.raises(KeyboardInterrupt):
        run_example(write(tmp_path, "spawning", "stopped", body))


def test_an_example_is_named_by_slug_path_or_family(shelf: Path) -> None:
    """Whatever somebody would type."""
    examples = find_examples(shelf)

    def slugs(name: str) -> list[str]:
        return [example.slug for example in select(examples, name)]

    assert slugs("tasks") == ["tasks"]
    assert slugs("spawning/tasks") == slugs("examples/spawning/tasks.py") == ["tasks"]
    assert slugs("spawning") == ["early", "tasks_broken", "tasks"]
    assert slugs("task") == []


def test_close_names(shelf: Path) -> None:
    """A typing mistake gets the name it was meant to be."""
    examples = find_examples(shelf)
    assert close_names(examples, "taks")[0] == "tasks"
    assert close_names(examples, "sitechek") == ["sitecheck"]
    assert close_names(examples, "zzz") == []


def test_the_tours_own_site_has_a_page_for_each_example_and_two_broken_links(tmp_path: Path) -> None:
    """What the capstone checks when the documentation has not been built."""
    pages = write_site(tmp_path)
    assert pages == len(list(tmp_path.rglob("*.html"))) == len(find_examples()) + 1
    index = (tmp_path / "index.html").read_text()
    assert all(f'href="{link}"' in index for link in BROKEN)


FOUND = json.dumps({"broken": [{"link": link} for link in BROKEN]})


@pytest.mark.parametrize(
    ("status", "report", "good"),
    [
        (1, FOUND, True),
        (1, "", False),
        (1, "[]", False),
        (1, '{"broken": []}', False),
        (0, FOUND, False),
        (2, "", False),
    ],
)
@pytest.mark.usefixtures("no_docs")
def test_capstone_on_its_own_site_must_find_what_is_broken(
    monkeypatch: pytest.MonkeyPatch, status: int, report: str, good: bool
) -> None:
    """Exit status 1 alone proves nothing: a crash gives it as well."""
    monkeypatch.setattr(capstone, "_run", lambda command, stdout=None: (status, report))
    assert capstone.run_capstone(PlainScreen()) is good


@pytest.mark.usefixtures("no_docs")
def test_capstone_on_its_own_site_for_real(capfd: pytest.CaptureFixture[str]) -> None:
    """The link checker, as the tour starts it, finds the two links and nothing else."""
    assert capstone.run_capstone(PlainScreen())
    printed = capfd.readouterr().out
    assert all(f"{link}: " in printed for link in BROKEN)


@pytest.mark.parametrize("status", [0, 1])
def test_capstone_on_the_built_documentation_must_find_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int
) -> None:
    """If somebody has built the documentation, that is the site."""
    docs = tmp_path / "docs" / "_build" / "html"
    docs.mkdir(parents=True)
    (docs / "index.html").touch()
    commands: list[list[str]] = []

    def run(command: list[str], stdout: int | None = None) -> tuple[int, str]:
        commands.append(command)
        return status, ""

    monkeypatch.setattr(capstone, "ROOT", tmp_path / "examples")
    monkeypatch.setattr(capstone, "DOCS", docs)
    monkeypatch.setattr(capstone, "_run", run)
    assert capstone.run_capstone(PlainScreen()) is (status == 0)
    (command,) = commands
    assert command[-1] == str(docs)


def test_rich_screen_shows_the_same_facts(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Frames and colour around the same words."""
    pytest.importorskip("rich")
    write(shelf, "spawning", "crash", "async def main():\n    raise ValueError('the [reason]')\n")
    assert tour(find_examples(shelf), RichScreen(), lambda screen: True) == 1
    printed = capsys.readouterr().out
    for fact in (
        "tasks_broken",
        "Notice: what tasks shows.",
        "all is well",
        "ValueError: the [reason]",
        "1 failed",
    ):
        assert fact in printed


def test_plain_screen_when_output_is_not_a_terminal() -> None:
    """Pytest's captured stdout is none."""
    assert isinstance(make_screen(), PlainScreen)


@pytest.fixture
def no_docs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As if nobody had built the documentation."""
    monkeypatch.setattr(capstone, "DOCS", tmp_path / "nothing")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, shelf: Path) -> list[Example]:
    """Let the command line see the small shelf instead of the real one."""
    examples = find_examples(shelf)
    monkeypatch.setattr(command_line, "find_examples", lambda: examples)
    monkeypatch.setattr(command_line, "run_capstone", lambda screen: True)
    return examples


@pytest.mark.usefixtures("quick")
def test_exit_status(
    capsys: pytest.CaptureFixture[str], shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0 all went well, 1 an example failed, 130 interrupted."""
    assert command_line.main([]) == 0
    assert command_line.main(["tasks", "retry", "sitecheck"]) == 0
    assert command_line.main(["tasks", "--real-time"]) == 0
    write(shelf, "spawning", "crash", "async def main():\n    raise ValueError\n")
    monkeypatch.setattr(command_line, "find_examples", lambda: find_examples(shelf))
    assert command_line.main([]) == 1
    assert command_line.main(["crash"]) == 1
    assert "ValueError" in capsys.readouterr().err
    write(shelf, "spawning", "stop", "async def main():\n    raise KeyboardInterrupt\n")
    assert command_line.main([]) == 130
    assert "interrupted" in capsys.readouterr().err


@pytest.mark.usefixtures("quick")
def test_only_the_examples_own_words_go_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    """So that `python -m examples slug > slug.out` records it."""
    assert command_line.main(["tasks"]) == 0
    out, err = capsys.readouterr()
    assert out == "all is well\n"
    assert "Notice: what tasks shows." in err


@pytest.mark.usefixtures("quick")
def test_unknown_name_is_a_usage_error_with_close_matches(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing runs, not even the names that are known."""
    assert command_line.main(["tasks", "erly"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "no example is called 'erly'; did you mean early?" in err
    assert command_line.main(["zzz"]) == 2
    assert "see python -m examples --list" in capsys.readouterr().err


@pytest.mark.usefixtures("quick")
def test_the_whole_tour_in_real_time_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """It would take minutes."""
    with pytest.raises(SystemExit) as leave:
        command_line.main(["--real-time"])
    assert leave.value.code == 2
    assert "--real-time needs a name" in capsys.readouterr().err


def command(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m examples`` as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "examples", *arguments],
        cwd=root,
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


def test_help_names_every_option_and_exit_status(root: Path) -> None:
    """`--help` is enough to use it."""
    done = command(root, "--help")
    assert done.returncode == 0
    assert done.stderr == ""
    for word in ("--list", "--real-time", "sitecheck", "130", "tour"):
        assert word in done.stdout


def test_list_names_every_example(root: Path) -> None:
    """`--list` runs nothing."""
    done = command(root, "--list")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")] == [
        example.slug for example in find_examples()
    ]


def test_one_example_by_name(root: Path) -> None:
    """From the command line to the recorded output."""
    example = find_examples()[0]
    done = command(root, example.slug)
    assert (done.returncode, done.stdout) == (0, example.golden.read_text(encoding="utf-8"))


def test_unknown_name_from_the_command_line(root: Path) -> None:
    """One line, no traceback, exit status 2."""
    done = command(root, "no-such-example")
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send SIGINT to one process")
def test_ctrl_c_ends_the_tour_at_once(shelf: Path, root: Path) -> None:
    """A real SIGINT, in the middle of a script on the real clock: exit status 130 and no traceback."""
    write(
        shelf,
        "spawning",
        "slow",
        "import sys, trio\nREAL_TIME = True\nasync def main():\n"
        "    sys.__stdout__.write('ready\\n')\n    sys.__stdout__.flush()\n    await trio.sleep(60)\n",
    )
    code = (
        "import sys, pathlib, examples.__main__ as tour\n"
        f"found = tour.find_examples(pathlib.Path({str(shelf)!r}))\n"
        "tour.find_examples = lambda: found\nsys.exit(tour.main([]))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "ready\n":
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == "\npython -m examples: interrupted\n"

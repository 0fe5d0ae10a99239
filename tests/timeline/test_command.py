"""``python -m trio_patterns.timeline``: other people's scripts, their arguments, their crashes, Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from trio_patterns.timeline.__main__ import main

SCRIPT = """
import sys
import trio

async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep, 1, name="one")
        nursery.start_soon(trio.sleep, 2, name="two")
    print("done", *sys.argv[1:], __name__)

trio.run(main)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "shop.py"
    path.write_text(SCRIPT)
    return path


def write(path: Path, text: str) -> str:
    path.write_text(textwrap.dedent(text))
    return str(path)


def test_a_script_with_arguments_in_every_format(
    script: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    outputs = [tmp_path / f"out{suffix}" for suffix in (".svg", ".html", ".json", ".txt")]
    flags = [part for output in outputs for part in ("-o", str(output))]
    before = list(sys.argv), list(sys.path)
    assert main([*flags, "--virtual-time", str(script), "-x", "--y"]) == 0
    assert (sys.argv, sys.path) == before
    out, err = capfd.readouterr()
    assert out == "done -x --y __main__\n"
    assert err.splitlines() == [
        "timeline: 3 tasks in 2 s on a virtual clock: 3 finished",
        *(f"timeline: written to {output}" for output in outputs),
    ]
    assert outputs[0].read_text(encoding="utf-8").startswith("<svg ")
    assert "<title>shop" in outputs[1].read_text(encoding="utf-8")
    assert json.loads(outputs[2].read_text(encoding="utf-8"))["traceEvents"]
    assert outputs[3].read_text(encoding="utf-8").startswith("3 tasks in 2 s")


def test_the_same_script_gives_the_same_picture(script: Path, tmp_path: Path) -> None:
    pictures = []
    for number in range(5):
        output = tmp_path / f"{number}.svg"
        assert main(["-o", str(output), "--virtual-time", str(script)]) == 0
        pictures.append(output.read_bytes())
    assert len(set(pictures)) == 1


def test_without_a_file_the_text_goes_to_stderr(script: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--virtual-time", "--max-events", "100", str(script)]) == 0
    out, err = capfd.readouterr()
    assert out == "done __main__\n"
    assert "  one" in err


def test_a_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "some_shop").mkdir()
    (tmp_path / "some_shop" / "__init__.py").touch()
    (tmp_path / "some_shop" / "__main__.py").write_text(SCRIPT)
    monkeypatch.chdir(tmp_path)
    assert main(["-o", "out.svg", "--virtual-time", "-m", "some_shop", "x"]) == 0
    assert capfd.readouterr().out == "done x __main__\n"
    assert "some_shop</text>" in Path("out.svg").read_text(encoding="utf-8")


def test_a_crash_leaves_the_picture_and_its_own_traceback(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = write(
        tmp_path / "crash.py",
        """
        import trio

        async def main():
            await trio.sleep(1)
            raise ValueError("boom")

        trio.run(main)
        """,
    )
    output = tmp_path / "out.txt"
    assert main(["-o", str(output), "--virtual-time", script]) == 1
    assert "failed; ValueError: boom" in output.read_text(encoding="utf-8")
    err = capfd.readouterr().err.splitlines()
    assert err[:2] == ["Traceback (most recent call last):", f'  File "{script}", line 8, in <module>']
    assert "ValueError: boom" in err


def test_a_syntax_error_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([write(tmp_path / "bad.py", "def (:\n")]) == 1
    err = capfd.readouterr().err
    assert "SyntaxError" in err
    assert "has not called trio.run" in err


@pytest.mark.parametrize(
    ("leave", "status", "said"),
    [("sys.exit()", 0, ""), ("sys.exit(3)", 3, ""), ("sys.exit('no more')", 1, "no more\n")],
)
def test_exit_statuses(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], leave: str, status: int, said: str
) -> None:
    script = write(tmp_path / "leave.py", f"import sys\n{leave}\n")
    assert main([script]) == status
    assert capfd.readouterr().err.startswith(said)


def test_several_runs_are_numbered(tmp_path: Path) -> None:
    script = write(
        tmp_path / "twice.py",
        """
        import trio
        from trio.testing import MockClock

        trio.run(trio.sleep, 1, clock=MockClock(autojump_threshold=0))
        trio.run(trio.sleep, 2, clock=MockClock(autojump_threshold=0), instruments=[])
        """,
    )
    assert main(["-o", str(tmp_path / "out.svg"), script]) == 0
    first, second = ((tmp_path / name).read_text(encoding="utf-8") for name in ("out.svg", "out-2.svg"))
    assert "twice, run 1 of 2" in first
    assert "1 task in 1 s on a virtual clock" in first
    assert "twice, run 2 of 2" in second
    assert "1 task in 2 s on a virtual clock" in second


def test_a_guest_run_is_recorded_too(tmp_path: Path) -> None:
    script = write(
        tmp_path / "guest.py",
        """
        import queue
        import trio

        steps = queue.SimpleQueue()
        ended = []

        async def main():
            await trio.sleep(0.01)

        trio.lowlevel.start_guest_run(
            main, run_sync_soon_threadsafe=steps.put, done_callback=ended.append
        )
        while not ended:
            steps.get()()
        """,
    )
    assert main(["-o", str(tmp_path / "out.txt"), script]) == 0
    assert "main" in (tmp_path / "out.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "a script is missing, or -m and a module"),
        (["nowhere.py"], "there is no script 'nowhere.py'"),
        (["-o", "out.png", "x.py"], "-o must end in .svg, .html, .json, .txt, got 'out.png'"),
        (["-o", "nowhere/out.svg", "x.py"], "-o: there is no folder 'nowhere'"),
        (["--max-events", "0", "x.py"], "--max-events must be >= 1, got 0"),
    ],
)
def test_wrong_usage_is_named(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as info:
        main(arguments)
    assert info.value.code == 2
    assert capsys.readouterr().err.rstrip().endswith(f"error: {said}")


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as info:
        main(["--help"])
    assert info.value.code == 0
    assert "--virtual-time" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to another process on Windows")
def test_ctrl_c_leaves_the_picture(tmp_path: Path) -> None:
    script = write(
        tmp_path / "long.py",
        """
        import trio

        async def main():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep, 60, name="long")
                print("up", flush=True)

        trio.run(main)
        """,
    )
    output = tmp_path / "out.txt"
    with subprocess.Popen(
        [sys.executable, "-m", "trio_patterns.timeline", "-o", str(output), script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background may have taken Ctrl-C away from them.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    assert "KeyboardInterrupt" in err
    assert "long" in output.read_text(encoding="utf-8")

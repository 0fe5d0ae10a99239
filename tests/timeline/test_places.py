"""Short names of files: readable, distinct, the same wherever the program lies."""

from __future__ import annotations

import pytest

from trio_patterns.timeline.places import short_names


def test_a_file_is_called_by_its_last_part() -> None:
    assert short_names(["/a/b/shop.py", "/a/b/shop.py", "/c/client.py"]) == {
        "/a/b/shop.py": "shop.py",
        "/c/client.py": "client.py",
    }


def test_files_of_one_name_are_told_apart_by_their_folders() -> None:
    """Only as many folders as that takes, and only for them."""
    assert short_names(["/p/x/one/main.py", "/q/x/one/main.py", "/q/x/two/main.py", "/other.py"]) == {
        "/p/x/one/main.py": "p/x/one/main.py",
        "/q/x/one/main.py": "q/x/one/main.py",
        "/q/x/two/main.py": "q/x/two/main.py",
        "/other.py": "other.py",
    }


def test_paths_of_one_name_with_no_folder_left_to_tell_them_apart() -> None:
    assert short_names(["main.py", "/main.py"]) == {"main.py": "main.py", "/main.py": "main.py"}


@pytest.mark.parametrize(
    ("path", "name"),
    [("C:\\shop\\main.py", "main.py"), ("<string>", "<string>"), ("", ""), ("/", "/")],
)
def test_other_ways_to_name_a_file(path: str, name: str) -> None:
    assert short_names([path]) == {path: name}


def test_where_it_lies_makes_no_difference() -> None:
    ours = [f"{root}/{name}" for root in ("/home/me/shop",) for name in ("a/main.py", "b/main.py", "c.py")]
    theirs = [path.replace("/home/me", "/srv/deep/down") for path in ours]
    assert list(short_names(ours).values()) == list(short_names(theirs).values())

import json
from random import Random

import pytest

from generation.environments.base import ToolError
from generation.environments.files import MAX_CHARACTERS, MAX_FILES, Files


@pytest.fixture
def files() -> Files:
    made = Files(Random(0))
    for path in json.loads(made.state()):
        made.call("delete_file", {"path": path})
    made.call("write_file", {"path": "notes/a.txt", "content": "one\n"})
    return made


def test_files_are_listed_read_moved_and_deleted(files: Files) -> None:
    files.call("write_file", {"path": "/top.txt", "content": "two"})
    assert files.call("list_files", {"folder": "/"}) == "notes/\ntop.txt"
    files.call("move_file", {"source": "./notes/a.txt", "destination": "old/a.txt"})
    assert files.call("list_files", {"folder": "old/"}) == "a.txt"
    assert files.call("read_file", {"path": "old/a.txt"}) == "one"
    files.call("delete_file", {"path": "top.txt"})
    assert json.loads(files.state()) == {"old/a.txt": "one"}


@pytest.mark.parametrize(
    "path",
    [
        "../a.txt",
        "notes/../../etc/passwd",
        "notes//a.txt",
        "notes\\a.txt",
        "~/a.txt",
        ".hidden",
        "",
        "a/b/c/d/e/f",
        "notes/%2e%2e/a",
        "x" * 41,
    ],
)
def test_paths_out_of_the_tree_are_refused(files: Files, path: str) -> None:
    before = files.state()
    for tool, arguments in (
        ("read_file", {"path": path}),
        ("write_file", {"path": path, "content": "x"}),
        ("move_file", {"source": "notes/a.txt", "destination": path}),
        ("move_file", {"source": path, "destination": "b.txt"}),
        ("delete_file", {"path": path}),
    ):
        with pytest.raises(ToolError, match="is not a path here"):
            files.call(tool, dict[str, object](arguments))
    assert files.state() == before


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("read_file", {"path": "b.txt"}, "no file b.txt"),
        ("read_file", {"path": "notes"}, "no file notes"),
        ("list_files", {"folder": "none"}, "no folder 'none'"),
        ("write_file", {"path": "notes", "content": ""}, "notes is a folder"),
        ("write_file", {"path": "notes/a.txt/b", "content": ""}, "is a file, not a folder"),
        ("move_file", {"source": "notes/a.txt", "destination": "notes/a.txt"}, "there already"),
    ],
)
def test_impossible_acts_are_refused(
    files: Files, tool: str, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(ToolError, match=message):
        files.call(tool, arguments)


def test_the_number_of_files_is_limited(files: Files) -> None:
    for number in range(MAX_FILES - 1):
        files.call("write_file", {"path": f"{number}.txt", "content": ""})
    files.call("write_file", {"path": "0.txt", "content": "again"})
    with pytest.raises(ToolError, match="at most 30 files"):
        files.call("write_file", {"path": "more.txt", "content": ""})


def test_the_size_of_the_tree_is_limited(files: Files) -> None:
    files.call("delete_file", {"path": "notes/a.txt"})
    for name in "abc":
        files.call("write_file", {"path": name, "content": "x" * (MAX_CHARACTERS // 3)})
    with pytest.raises(ToolError, match="at most 6000 characters"):
        files.call("write_file", {"path": "d", "content": "x"})

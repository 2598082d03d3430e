"""A small tree of text files, in memory only."""

import re
from random import Random

from generation.environments.base import Tool, ToolError
from generation.environments.scenario import ScenarioEnvironment, canonical
from generation.environments.schema import object_schema, text_field
from generation.environments.tasks.files import Tree, draw_files

MAX_FILES = 30
MAX_CHARACTERS = 6_000
"""Of all files together."""
MAX_PARTS = 5
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_. -]{0,39}")
_PATH = text_field("Path of a file, such as notes/today.txt")


class Files(ScenarioEnvironment[Tree]):
    """Folders exist as long as a file is in them. Nothing outside the tree can be named."""

    name = "files"
    tools = (
        Tool(
            "list_files",
            "Names of what is in a folder.",
            object_schema(folder=text_field("Path of a folder, / for the top")),
            True,
        ),
        Tool("read_file", "The content of a file.", object_schema(path=_PATH), True),
        Tool(
            "write_file",
            "Write a file, replacing one that is there; folders are made as needed. Blank space "
            "at the end is not kept.",
            object_schema(path=_PATH, content=text_field("The whole content")),
        ),
        Tool(
            "move_file",
            "Move or rename a file; never onto another.",
            object_schema(source=_PATH, destination=_PATH),
        ),
        Tool("delete_file", "Delete a file.", object_schema(path=_PATH)),
    )

    def __init__(self, rng: Random) -> None:
        super().__init__(draw_files(rng))
        self._files = dict(self._scenario.start)

    def state(self) -> str:
        """Path and content of every file."""
        return canonical(self._files)

    def _list_files(self, folder: str) -> str:
        prefix = "" if folder.strip() in ("", "/", ".", "./") else f"{_clean(folder)}/"
        inside = [path[len(prefix) :] for path in self._files if path.startswith(prefix)]
        if not inside:
            raise ToolError(f"there is no folder {folder[:60]!a}")
        names = {head + slash for head, slash, _ in (path.partition("/") for path in inside)}
        return "\n".join(sorted(names))

    def _read_file(self, path: str) -> str:
        return self._files[self._known(path)]

    def _write_file(self, path: str, content: str) -> str:
        target = self._free_for_file(path)
        self._refuse_overflow({**self._files, target: content.rstrip()})
        self._files[target] = content.rstrip()
        return f"wrote {target}"

    def _move_file(self, source: str, destination: str) -> str:
        origin, target = self._known(source), self._free_for_file(destination)
        if target in self._files:
            raise ToolError(f"{target} is there already: delete it first")
        self._files[target] = self._files.pop(origin)
        return f"moved {origin} to {target}"

    def _delete_file(self, path: str) -> str:
        known = self._known(path)
        del self._files[known]
        return f"deleted {known}"

    def _known(self, path: str) -> str:
        clean = _clean(path)
        if clean not in self._files:
            raise ToolError(f"there is no file {clean}")
        return clean

    def _free_for_file(self, path: str) -> str:
        """The path, refused where a folder has this name or a file stands for its folder."""
        clean = _clean(path)
        for other in self._files:
            if other.startswith(f"{clean}/"):
                raise ToolError(f"{clean} is a folder")
            if clean.startswith(f"{other}/"):
                raise ToolError(f"{other} is a file, not a folder")
        return clean

    def _refuse_overflow(self, files: Tree) -> None:
        if len(files) > MAX_FILES:
            raise ToolError(f"quota: at most {MAX_FILES} files; delete some first")
        if sum(map(len, files.values())) > MAX_CHARACTERS:
            raise ToolError(f"quota: at most {MAX_CHARACTERS} characters in all; write less")


def _clean(path: str) -> str:
    """The path without slashes at its ends; '..' and odd names are refused, not resolved."""
    parts = path.strip().removeprefix("./").strip("/").split("/")
    if len(parts) > MAX_PARTS or not all(map(_PART.fullmatch, parts)):
        raise ToolError(
            f"{path[:60]!a} is not a path here: names of letters, digits, '.', '_' and '-', "
            f"joined by /, at most {MAX_PARTS} deep, without '..'"
        )
    return "/".join(parts)

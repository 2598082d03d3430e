"""Tasks among files: add up invoices, archive what is done, change a setting, keep the newest."""

from random import Random

from generation.environments.base import Call, make_call
from generation.environments.scenario import Scenario

Tree = dict[str, str]
"""Path to content."""

_CUSTOMERS = ("Abbot", "Barlow", "Castell", "Denby", "Ellery", "Fenwick", "Garrick", "Holm")
_TOPICS = ("roof", "garden", "boiler", "fence", "lights", "parking", "windows", "stairs", "gate")
_SETTINGS = ("port", "workers", "retries", "cache_mb", "timeout_s")


def draw_files(rng: Random) -> Scenario[Tree]:
    """One task of any kind."""
    return rng.choice((_add_up, _archive, _change_setting, _keep_newest))(rng)


def _add_up(rng: Random) -> Scenario[Tree]:
    wanted, other = rng.sample(_CUSTOMERS, 2)
    owners = [wanted, wanted, other]
    rng.shuffle(owners)
    numbers = sorted(rng.sample(range(100, 1000), 3))
    amounts = [rng.randint(10, 900) for _ in numbers]
    total = sum(a for a, owner in zip(amounts, owners, strict=True) if owner == wanted)
    start = {
        f"invoices/{number}.txt": f"customer: {owner}\namount: {amount}"
        for number, owner, amount in zip(numbers, owners, amounts, strict=True)
    }
    report = f"reports/{wanted.lower()}-{rng.randint(100, 9_999)}.txt"
    task = rng.choice(
        (
            f"Add up the amounts of all invoices in the folder 'invoices' that are for {wanted}. "
            f"Write the sum, digits only, to {report} and tell me what it is.",
            f"I need the total of {wanted}'s invoices (folder 'invoices'). Save just the number "
            f"as {report}, and give it as your answer.",
        )
    )
    calls = (_list("invoices"), *map(_read, start), _write(report, str(total)))
    return Scenario(start, task, calls, str(total), {**start, report: str(total)})


def _archive(rng: Random) -> Scenario[Tree]:
    topics, archive = rng.sample(_TOPICS, 3), f"archive/{rng.randint(100, 9_999)}"
    finished = rng.sample(topics, rng.randint(1, 2))
    start = {
        f"inbox/{topic}.txt": f"about: {topic}\nstatus: {'done' if topic in finished else 'open'}"
        for topic in sorted(topics)
    }
    done = [path for path, content in start.items() if content.endswith("done")]
    task = (
        "Go through the notes in the folder 'inbox'. Move each one whose status is done into the "
        f"folder '{archive}', under the same name, and leave the others. How many did you move?"
    )
    moves = [_move(path, path.replace("inbox", archive)) for path in done]
    goal = {path.replace("inbox", archive) if path in done else path: start[path] for path in start}
    calls = (_list("inbox"), *map(_read, start), *moves)
    return Scenario(start, task, calls, str(len(done)), goal)


def _change_setting(rng: Random) -> Scenario[Tree]:
    settings = {name: rng.randint(2, 90) for name in rng.sample(_SETTINGS, 3)}
    name = rng.choice(list(settings))
    old, new = settings[name], rng.randint(100, 900)
    path, backup = "app/settings.ini", "app/settings.bak"
    start = {path: _ini(settings), backup: _ini({**settings, name: old + 1})}
    after = _ini({**settings, name: new})
    task = (
        f"In {path}, set {name} to {new} and leave every other line as it is. Then delete the old "
        f"backup {backup}. Which value did {name} have before in {path}?"
    )
    calls = (_read(path), _write(path, after), make_call("delete_file", path=backup))
    return Scenario(start, task, calls, str(old), {path: after})


def _keep_newest(rng: Random) -> Scenario[Tree]:
    topic = rng.choice(_TOPICS)
    versions = sorted(rng.sample(range(1, 60), 3))
    start = {f"drafts/{topic}-v{v}.txt": f"Draft about the {topic}." for v in versions}
    start["readme.txt"] = "Drafts are numbered; the highest number is the newest."
    *older, newest = (path for path in start if path.startswith("drafts/"))
    final = f"final/{topic}-{rng.randint(100, 9_999)}.txt"
    task = (
        f"The folder 'drafts' holds versions of a text about the {topic}. Move the newest to "
        f"{final} and delete the older ones. Which version number is the newest?"
    )
    removals: list[Call] = [make_call("delete_file", path=path) for path in older]
    calls = (_list("drafts"), _move(newest, final), *removals)
    goal = {final: start[newest], "readme.txt": start["readme.txt"]}
    return Scenario(start, task, calls, str(versions[-1]), goal)


def _ini(settings: dict[str, int]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in settings.items())


def _list(folder: str) -> Call:
    return make_call("list_files", folder=folder)


def _read(path: str) -> Call:
    return make_call("read_file", path=path)


def _write(path: str, content: str) -> Call:
    return make_call("write_file", path=path, content=content)


def _move(source: str, destination: str) -> Call:
    return make_call("move_file", source=source, destination=destination)

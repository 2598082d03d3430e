"""Tasks in a key-value store: transfer, promote, sign out, count up."""

from random import Random

from generation.environments.base import Call, make_call
from generation.environments.scenario import Scenario

Spaces = dict[str, dict[str, str]]
"""Namespace to key to value."""

GUARDED = "credits"
"""The namespace that only compare_and_set may change."""

_PEOPLE = ("ada", "ben", "cleo", "dora", "emil", "fay", "gus", "hana", "ivo", "june")
_FLAGS = ("dark_mode", "fast_search", "new_cart", "beta_login", "live_chat", "short_links")


def draw_key_value(rng: Random) -> Scenario[Spaces]:
    """One task of any kind."""
    return rng.choice((_transfer, _promote, _sign_out, _count_up))(rng)


def _transfer(rng: Random) -> Scenario[Spaces]:
    people = rng.sample(_PEOPLE, 4)
    credit = {person: rng.randint(100, 900) for person in people}
    giver, taker, amount = people[0], people[1], rng.randint(5, 95)
    start = {GUARDED: _texts(credit), "notes": {"owner": people[2]}}
    after = _texts(credit | {giver: credit[giver] - amount, taker: credit[taker] + amount})
    task = rng.choice(
        (
            f"The namespace '{GUARDED}' holds one balance per person. Move {amount} credits from "
            f"{giver} to {taker}. What is {taker}'s balance then?",
            f"{giver.title()} pays {taker} {amount} credits: book it in the namespace '{GUARDED}'. "
            f"Which balance does {taker} have afterwards?",
        )
    )
    calls = tuple(_get(GUARDED, who) for who in (giver, taker)) + tuple(
        _compare(GUARDED, who, start[GUARDED][who], after[who]) for who in (giver, taker)
    )
    return Scenario(start, task, calls, after[taker], {**start, GUARDED: after})


def _promote(rng: Random) -> Scenario[Spaces]:
    flags = rng.sample(_FLAGS, 5)
    missing = sorted(flags[: rng.randint(1, 2)])
    release = f"release_{rng.randint(100, 9_999)}"
    staging = {flag: rng.choice(("on", "off", "half")) for flag in flags}
    production = {flag: rng.choice(("on", "off")) for flag in flags if flag not in missing}
    task = (
        f"Copy each key of the namespace '{release}' that 'production' does not have yet into "
        "'production', with its value. Leave the keys that are there. How many did you copy?"
    )
    calls = (
        _list(release),
        _list("production"),
        *(_get(release, flag) for flag in missing),
        *(_set("production", flag, staging[flag]) for flag in missing),
    )
    goal = {release: staging, "production": production | {f: staging[f] for f in missing}}
    start = {release: staging, "production": production}
    return Scenario(start, task, calls, str(len(missing)), goal)


def _sign_out(rng: Random) -> Scenario[Spaces]:
    wanted, *others = rng.sample(_PEOPLE, 3)
    keys = [f"s{number}" for number in sorted(rng.sample(range(100, 1000), 3))]
    count = rng.randint(1, 2)
    owners = [wanted] * count + others[: 3 - count]
    rng.shuffle(owners)
    sessions = dict(zip(keys, owners, strict=True))
    space = f"sessions_{rng.randint(100, 999)}"
    start = {space: sessions, "people": {who: "member" for who in (wanted, *others)}}
    task = rng.choice(
        (
            f"Each key of the namespace '{space}' is a session, its value the person. End all "
            f"sessions of {wanted} by deleting them. How many sessions are left?",
            f"Sign {wanted} out everywhere: in the namespace '{space}', delete every key whose "
            f"value is {wanted}. How many keys remain there?",
        )
    )
    own = [key for key in keys if sessions[key] == wanted]
    calls = (
        _list(space),
        *(_get(space, key) for key in keys),
        *(make_call("delete_key", namespace=space, key=key) for key in own),
    )
    left = {key: who for key, who in sessions.items() if who != wanted}
    return Scenario(start, task, calls, str(len(left)), {**start, space: left})


def _count_up(rng: Random) -> Scenario[Spaces]:
    page, other = rng.sample(("home", "prices", "jobs", "press", "help"), 2)
    old, step = rng.randint(10, 9_000), rng.randint(2, 900)
    visits = {page: str(old), other: str(rng.randint(10, 9_000))}
    start: Spaces = {"visits": visits, "history": {}}
    task = (
        f"The key '{page}' of the namespace 'visits' counts visits. Add {step} to it, and keep the "
        f"value that it had before under the same key in the namespace 'history'. What is the new "
        "count?"
    )
    new = str(old + step)
    calls = (
        _get("visits", page),
        _set("history", page, str(old)),
        _compare("visits", page, str(old), new),
    )
    goal = {"visits": {**visits, page: new}, "history": {page: str(old)}}
    return Scenario(start, task, calls, new, goal)


def _texts(numbers: dict[str, int]) -> dict[str, str]:
    return {key: str(value) for key, value in numbers.items()}


def _list(namespace: str) -> Call:
    return make_call("list_keys", namespace=namespace)


def _get(namespace: str, key: str) -> Call:
    return make_call("get_value", namespace=namespace, key=key)


def _set(namespace: str, key: str, value: str) -> Call:
    return make_call("set_value", namespace=namespace, key=key, value=value)


def _compare(namespace: str, key: str, expected: str, value: str) -> Call:
    return make_call(
        "compare_and_set", namespace=namespace, key=key, expected=expected, value=value
    )

"""The environments by name."""

from collections.abc import Callable
from random import Random

from generation.environments.base import Environment
from generation.environments.calculator import Calculator
from generation.environments.files import Files
from generation.environments.key_value import KeyValue
from generation.environments.shop import Shop
from generation.environments.sql import Sql
from generation.environments.web import Web
from ingot.errors import OrderError

ENVIRONMENTS: dict[str, Callable[[Random], Environment]] = {
    "calculator": Calculator,
    "files": Files,
    "key_value": KeyValue,
    "shop": Shop,
    "sql": Sql,
    "web": Web,
}


def make_environment(name: str, rng: Random) -> Environment:
    """A new environment of this kind with a task drawn from `rng`; close it after use."""
    if name not in ENVIRONMENTS:
        known = ", ".join(ENVIRONMENTS)
        raise OrderError(f"unknown environment {name!r}: choose among {known}", "environments")
    return ENVIRONMENTS[name](rng)

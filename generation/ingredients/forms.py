"""Forms: answers of named fields, asked for as a JSON schema and read without trust."""

import json
from functools import lru_cache
from typing import TypeVar

from pydantic import ConfigDict

from generation.flow.item import Drop, json_schema
from ingot.engine import Generated, Structured
from ingot.records import Model


class Form(Model):
    """Base of what a model fills in; bound every text, or a weak model writes without end."""

    model_config = ConfigDict(str_strip_whitespace=True)


F = TypeVar("F", bound=Form)


@lru_cache(maxsize=64)
def form_of(kind: type[Form]) -> Structured:
    """What to ask for."""
    return json_schema(kind.model_json_schema())


def read_form(kind: type[F], said: Generated) -> F:
    """The fields of an answer; text around the object is ignored, as endpoints fence their JSON.

    Drops the item as 'cut_off' where the answer ended at its limit, else as 'malformed'.
    """
    text = said.text[said.text.find("{") : said.text.rfind("}") + 1]
    try:
        return kind.model_validate(json.loads(text, strict=False))
    except ValueError as error:
        raise Drop("cut_off" if said.finish_reason == "length" else "malformed") from error

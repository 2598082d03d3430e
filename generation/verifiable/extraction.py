"""Reading one field out of a small JSON object."""

import json
from random import Random

from generation.verifiable.task import Family, Parameters, Worked

VALUES: dict[str, tuple[str, ...]] = {
    "name": ("Ana", "Ben", "Carla", "Dev", "Emma", "Farid", "Grace", "Hugo"),
    "city": ("Rome", "Oslo", "Lima", "Cairo", "Paris", "Delhi", "Tokyo", "Quito"),
    "color": ("red", "blue", "green", "black", "white", "grey"),
    "pet": ("cat", "dog", "goat", "fish", "bird", "frog"),
    "job": ("baker", "nurse", "pilot", "farmer", "painter", "judge"),
}
NUMERIC = ("age", "score", "room")


def read_record(text: str) -> dict[str, str]:
    """The fields of a flat JSON object as text; ValueError for anything else."""
    record = json.loads(text)
    if not isinstance(record, dict):
        raise ValueError(f"expected a JSON object, got {text}")
    return {str(key): str(value) for key, value in record.items()}


def work_json(parameters: Parameters) -> Worked:
    """Quote the field as it stands, then give its bare value."""
    _, field, text = parameters
    record = read_record(text)
    if field not in record:
        raise ValueError(f"the object has no field {field}: {text}")
    return Worked(f"{field} is {record[field]}.", record[field])


def _draw_json(rng: Random) -> Parameters:
    fields = rng.sample((*VALUES, *NUMERIC), rng.randint(3, 4))
    record = {
        field: rng.randint(10, 99) if field in NUMERIC else rng.choice(VALUES[field])
        for field in fields
    }
    return "field", rng.choice(fields), json.dumps(record)


JSON = Family(
    name="json",
    subject="reading one field out of a JSON object",
    phrasings={
        "field": (
            "What is the value of {field} in {record}?",
            "Read the field {field} from this JSON: {record}",
            "Given {record}, give the {field}.",
        )
    },
    slots={"field": r"[a-z]+", "record": r"\{[^{}]*\}"},
    draw=_draw_json,
    work=work_json,
)

"""The work of the json_schema verifier, done in a worker process."""

import json
from fractions import Fraction
from typing import Any

from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import Draft202012Validator, extend, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable


def find_error(document: str, reference: str) -> list[str]:
    """Outcome and reason; to be done in a worker."""
    schema, instance = json.loads(reference), json.loads(document)
    validator_class = validator_for(schema, default=Draft202012Validator)
    exact = extend(validator_class, {"multipleOf": _check_multiple})
    try:
        validator_class.check_schema(schema)
        error = next(iter(exact(schema, registry=Registry()).iter_errors(instance)), None)
    except SchemaError as refused:
        return ["unsure", f"no usable reference: {refused.message}"[:300]]
    except Unresolvable as missing:
        return ["unsure", f"no usable reference: {missing}"[:300]]
    if error is None:
        return ["right", "the JSON fits the schema"]
    return ["wrong", f"{error.json_path}: {error.message}"[:300]]


def _check_multiple(validator: Any, divisor: Any, instance: Any, schema: Any) -> Any:
    """`multipleOf` in exact arithmetic: 0.07 is a multiple of 0.01, which floats deny."""
    if validator.is_type(instance, "number") and Fraction(str(instance)) % Fraction(str(divisor)):
        yield ValidationError(f"{instance!r} is not a multiple of {divisor}")

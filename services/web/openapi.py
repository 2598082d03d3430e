"""The OpenAPI page: schemas that endpoints write down themselves stand beside all others."""

from typing import Any

from fastapi import FastAPI

from services.web.problems import Problem

_INSIDE, _SHARED = "#/$defs/", "#/components/schemas/"


class Service(FastAPI):
    """An application whose page has every schema that it names under `components`."""

    def openapi(self) -> dict[str, Any]:
        """The page, made once."""
        if self.openapi_schema is None:
            page = super().openapi()
            schemas = page.setdefault("components", {}).setdefault("schemas", {})
            schemas["Problem"] = Problem.model_json_schema()
            _share(page, schemas)
        assert self.openapi_schema is not None
        return self.openapi_schema


def _share(part: Any, schemas: dict[str, Any]) -> None:
    """Move all `$defs` of a part of the page into `schemas`."""
    if isinstance(part, dict):
        for name, schema in part.pop("$defs", {}).items():
            _share(schema, schemas)
            schemas[name] = schema
        if str(part.get("$ref", "")).startswith(_INSIDE):
            part["$ref"] = part["$ref"].replace(_INSIDE, _SHARED, 1)
    for each in list(part.values()) if isinstance(part, dict) else part:
        if isinstance(each, dict | list):
            _share(each, schemas)

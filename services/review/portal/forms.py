"""Forms as browsers send them; what does not fit comes back as it was, with what is wrong."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request
from pydantic import ValidationError

_FIELDS = 200


class Form(dict[str, str]):
    """The fields of a form by name; the last of several of one name, `many` gives all."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def many(self, name: str) -> list[str]:
        """All values of one name, as of ticked boxes."""
        return [value for key, value in self._pairs if key == name]

    def text(self, name: str) -> str:
        """A field, '' where it is missing, with the line ends of everywhere else."""
        return self.get(name, "").replace("\r\n", "\n")


async def _read(request: Request) -> Form:
    form = await request.form(max_files=0, max_fields=_FIELDS)
    pairs = form.multi_items()
    if len(pairs) > _FIELDS:
        raise HTTPException(422, f"the form has {len(pairs)} fields: {_FIELDS} are the most")
    texts = [(name, value) for name, value in pairs if isinstance(value, str)]
    for name, value in texts:
        if "\x00" in value:
            raise HTTPException(422, f"{name}: it holds a NUL character; remove it")
    return Form(texts)


FormFields = Annotated[Form, Depends(_read)]


def faults_of(error: ValidationError) -> dict[str, str]:
    """What is wrong by the name of the field."""
    return {
        str(fault["loc"][0]) if fault["loc"] else "": str(fault["msg"]).removeprefix(
            "Value error, "
        )
        for fault in error.errors()
    }

"""What the endpoints of quality share: ids in requests, pages, a queue of the caller's tenant."""

from typing import Annotated

from fastapi import Path, Query

from services.web.problems import responses

ERRORS = responses(401, 403, 404, 422, 503)
TaskId = Annotated[str, Path(pattern="^rvt_[0-9a-f]{32}$")]
FlagId = Annotated[str, Path(pattern="^flg_[0-9a-f]{32}$")]
GuidelineN = Annotated[int, Path(ge=1, le=2**31 - 1)]
After = Annotated[
    str, Query(pattern="^([a-z]{3}_[0-9a-f]{32})?$", description="The last id of the page before")
]
Limit = Annotated[int, Query(ge=1, le=200)]

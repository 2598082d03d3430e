"""Our tasks through a real Label Studio: pushed, answered over its API, read back."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fixtures_postgres import Api
from interoping import ANSWERS, fetch, item, new_queue, queue_of, send
from label_studio_server import label_studio
from reviewing import give, query, take

from services.database.pool import Pool
from services.review.interop.label_studio import LabelStudio, results

pytestmark = [pytest.mark.interop, pytest.mark.timeout(1800)]
TEXTS = ["plain", "<b>&amp;</b> $prompt {{x}}", "line\n\nتحية 🌿 \u2028\x07 end"]
IDS = ["it-0", "it/1 ü", "007"]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """One Label Studio for all kinds."""
    with label_studio(tmp_path_factory.mktemp("label-studio")) as client:
        yield client


def push(studio: httpx.Client, settings: dict[str, Any], records: list[dict[str, Any]]) -> int:
    """Make a project of our settings and tasks; gives its number."""
    project = studio.post("/api/projects/", json=settings)
    assert project.status_code == 201, project.text
    number = int(project.json()["id"])
    taken = studio.post(f"/api/projects/{number}/import", json=records)
    assert taken.status_code == 201, taken.text
    assert taken.json()["task_count"] == len(records)
    return number


def exported(studio: httpx.Client, project: int) -> list[dict[str, Any]]:
    """What it exports itself, unanswered tasks too."""
    query = {"exportType": "JSON", "download_all_tasks": "true"}
    return list(studio.get(f"/api/projects/{project}/export", params=query).json())


@pytest.mark.parametrize("kind", list(ANSWERS))
async def test_tasks_and_answers_come_back_as_they_went(
    api: Api, pool: Pool, studio: httpx.Client, kind: str
) -> None:
    queue, back = await new_queue(api, kind, "out and back"), await new_queue(api, kind, "back")
    rows = zip(IDS, TEXTS, strict=True)
    await send(api, queue, [{"item_id": id_, "item": item(kind, text)} for id_, text in rows])
    [lease] = await take(api.reviewer, 1, queue)
    assert (await give(api.reviewer, lease["id"], ANSWERS[kind])).status_code == 200
    settings = await api.operator.get(
        f"/v1/queues/{queue}/export/settings", params={"tool": "label_studio"}
    )

    project = push(studio, settings.json(), await fetch(api, queue, format="label_studio"))
    tasks = exported(studio, project)
    assert sorted(task["data"]["item_id"] for task in tasks) == sorted(IDS)
    assert sum(len(task["annotations"]) for task in tasks) == 1
    for task in tasks:
        if not task["annotations"]:
            body = {"result": results(ANSWERS[kind], queue_of(kind)), "lead_time": 3.5}
            said = studio.post(f"/api/tasks/{task['id']}/annotations/", json=body)
            assert said.status_code == 201, said.text

    tasks = exported(studio, project)
    canonical = {row["item_id"]: row["answers"] for row in await fetch(api, queue)}
    for task in tasks:
        read = LabelStudio().read(task, queue_of(kind))
        ours = [each["answer"] for each in canonical[read.item_id]]
        assert list(read.answers) == (ours or [ANSWERS[kind]])
    labelled = kind not in ("rewrite", "write")
    mode = {"answers": "gold"} if labelled else {}
    result = (await send(api, back, tasks, format="label_studio", **mode)).json()
    assert (result["added"], result["gold"], result["bad"]) == (3, 3 * labelled, 0)
    payloads = await query(
        pool, "SELECT count(DISTINCT (item_id, payload::text)) AS n FROM review_task"
    )
    assert payloads == [{"n": 3}]

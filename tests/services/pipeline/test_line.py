"""A whole batch through real parts."""

import asyncio
import shutil
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest
from carrying import brought, carry, drain, order, place, read, states, sums, topics
from fixtures_postgres import serve
from fixtures_s3 import S3Server

from ingot.client import Client
from ingot.orders import BatchState, SimulatedHabits
from ingot.records import Completion, Instruction, Judgment
from ingot.settings import Settings
from services.accounts.keys import create_key
from services.database.pool import transaction
from services.delivery.deliver import verify
from services.pipeline import flows, generate, judge
from services.pipeline.house import House, current, open_house
from services.simulation import SimulatedReviewer, truth_of

THE_WAY = [
    "generating",
    "judging",
    "calibrating",
    "in_review",
    "assembling",
    "delivered",
]
THE_EVENTS = ["batch.planned", "batch.calibrated", "batch.reviewed", "batch.delivered"]


def hashes(home: Path) -> dict[str, str]:
    """What the store holds, but for the account of a run, which tells of its time."""
    found = home.glob("store/*/*/**/*")
    files = [path for path in found if path.is_file() and path.name != "summary.json"]
    return {str(f.relative_to(home)): sha256(f.read_bytes()).hexdigest() for f in files}


def journal_bytes(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.glob("journals/*/*/*.log")}


async def simulate(house: House, batch_id: str) -> int:
    """Answer through the real REST API."""
    spec = (await read(house, batch_id)).spec
    async with transaction(house.pool) as conn:
        key = await create_key(conn, "reviewer", "acme", "simulated-1", simulated=True)
    with serve(house.settings) as url, Client(url, key) as client:
        reviewer = SimulatedReviewer(client, truth_of(spec), SimulatedHabits(accuracy=1), seed=1)
        return await asyncio.to_thread(reviewer.answer_all)


async def carry_by_api(house: House, batch_id: str) -> None:
    await drain(house)
    while (await read(house, batch_id)).tasks_open:
        await simulate(house, batch_id)
        await drain(house)


@pytest.fixture
def s3_settings(settings: Settings, s3: S3Server, s3_bucket: str) -> Settings:
    return Settings(
        home=settings.home,
        database_url=settings.database_url,
        store_uri=f"s3://{s3_bucket}/store",
        delivery_uri=f"s3://{s3_bucket}/deliveries",
        s3_endpoint=s3.endpoint,
        s3_key=s3.key,
        s3_secret=s3.secret,
    )


async def test_a_batch_passes_all_states_and_its_delivery_lies_in_the_bucket(
    prefect_url: str, s3_settings: Settings
) -> None:
    source = {
        "recipe": "write_instructions",
        "families": ["add", "compare"],
        "unverified_families": ["compare"],
    }
    async with open_house(s3_settings) as house:
        batch_id = await place(house, order(source=source, quantity=12))
        await carry_by_api(house, batch_id)
        batch = await read(house, batch_id)
        assert await states(house, batch_id) == THE_WAY
        assert await topics(house, batch_id) == THE_EVENTS
    delivered = verify(batch.delivery_uri, s3_settings.storage_options(batch.delivery_uri))
    assert delivered.rows == batch.summary["delivered"] > 0
    assert batch.summary["decided_by"].keys() == {"verifier", "person"}
    assert batch.summary["simulated_reviewers"]


async def test_running_every_flow_again_asks_no_engine_and_changes_nothing(house: House) -> None:
    batch_id = await place(house, order())
    before = await carry(house, batch_id)
    journals = journal_bytes(house.settings.home)
    current.set(house)
    for flow in (flows.produce, flows.route, flows.deliver, flows.prove_batch):
        await flow(batch_id)
    assert await read(house, batch_id) == before
    assert journal_bytes(house.settings.home) == journals
    assert await topics(house, batch_id) == THE_EVENTS


async def test_lost_datasets_are_made_again_from_the_journals_alone(house: House) -> None:
    spec = order(verifier="")
    batch_id = await place(house, spec)
    await drain(house)
    before, journals = await read(house, batch_id), journal_bytes(house.settings.home)
    kept = hashes(house.settings.home)
    shutil.rmtree(house.settings.home / "store")
    await generate.generate(house, before)
    await judge.judge(house, before)
    assert journals.keys() == {"generate.log", "judge.log"}
    assert journal_bytes(house.settings.home) == journals
    assert hashes(house.settings.home) == kept
    assert (await read(house, batch_id)).summary["engine_requests"] > 0


async def test_a_batch_that_programs_decide_needs_no_people(house: House) -> None:
    batch_id = await place(house, brought(house, sums(10)))
    await drain(house)
    batch = await read(house, batch_id)
    assert await states(house, batch_id) == THE_WAY
    assert batch.summary["decided_by"] == {"verifier": 10}
    assert batch.summary["to_people"] == 0
    assert not batch.summary["simulated_reviewers"]


async def test_a_batch_that_no_program_can_check_is_decided_by_people(house: House) -> None:
    batch_id = await place(house, brought(house, sums(6), verifier=""))
    batch = await carry(house, batch_id)
    assert batch.state is BatchState.DELIVERED
    assert batch.summary["verified"] == 0
    assert batch.summary["decided_by"] == {"person": 6}
    assert batch.summary["known_right"] == {"right": 6, "total": 6, "share": 1.0}


async def test_one_instruction_is_enough(house: House) -> None:
    batch = await carry(house, await place(house, brought(house, sums(1))))
    assert batch.state is BatchState.DELIVERED
    assert batch.summary["delivered"] == 1


async def test_a_batch_without_any_pair_is_delivered_empty(house: House) -> None:
    rows = [{**row, "completions": row["completions"][:1] * 2} for row in sums(3)]
    batch = await carry(house, await place(house, brought(house, rows)))
    assert batch.state is BatchState.DELIVERED
    assert batch.summary["pairs"] == batch.summary["delivered"] == 0
    assert verify(batch.delivery_uri, {}).rows == 0


async def test_vllm_writes_a_batch(house: House) -> None:
    generation = {"engine": "vllm", "completions_per_instruction": 2}
    source = {"recipe": "write_instructions", "families": ["add"]}
    batch = await carry(house, await place(house, order(generation=generation, source=source)))
    assert batch.state is BatchState.DELIVERED, batch.error
    assert batch.summary["completions"] == 16


async def test_an_order_of_several_recipes_goes_down_the_line(house: House) -> None:
    parts = [
        {"recipe": "write_instructions", "share": 3, "parameters": {"families": ["add"]}},
        {"recipe": "constraints", "share": 1, "parameters": {"names": ["max_words"]}},
    ]
    batch_id = await place(house, order(source={"recipes": parts}, quantity=8))
    await carry(house, batch_id)
    batch = await read(house, batch_id)
    assert await states(house, batch_id) == THE_WAY
    names = generate.names_of(batch)
    instructions = list(house.store.read(names.instructions, Instruction))
    assert Counter(i.provenance.recipe for i in instructions) == {
        "write_instructions": 6,
        "constraints": 2,
    }
    completions = list(house.store.read(names.completions, Completion))
    assert Counter(c.instruction_id for c in completions) == {i.id: 2 for i in instructions}
    verdicts = list(house.store.read(judge.names_of(batch).verdicts, Judgment))
    assert {verdict.judge for verdict in verdicts} == {"answer", "constraints"}

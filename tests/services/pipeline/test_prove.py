"""The proof of a delivery: training, and the numbers before and after."""

from pathlib import Path

import orjson
from carrying import brought, carry, place, sums

from services.pipeline import prove
from services.pipeline.house import House


async def test_a_delivery_is_trained_on_and_measured_once(house: House) -> None:
    held_out = house.settings.home / "held_out.jsonl"
    rows = [{"prompt": f"What is {n} + 9?", "reference": str(n + 9)} for n in range(20, 24)]
    held_out.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    training = {"method": "sft", "epochs": 1, "samples_per_prompt": 1, "held_out": str(held_out)}
    batch = await carry(house, await place(house, brought(house, sums(10), training=training)))
    summary = batch.summary
    assert "proof_error" not in summary
    assert summary["training_rows"] == 10
    assert summary["held_out_prompts"] == 4
    assert summary["lift"] == summary["pass_at_1_after"] - summary["pass_at_1_before"]
    assert (Path(summary["checkpoint"]) / "model.safetensors").is_file()
    await prove.prove(house, batch)
    assert (await carry(house, batch.id)).summary == summary

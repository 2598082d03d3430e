"""Another judge than the calibrated one: its verdicts take the place of the good ones."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from ingot.datasets import DatasetStore
from ingot.records import Judgment, Pair
from ingot.settings import MODELS, Settings
from judging.draws import draw_uniform
from services.ordering.batches import Batch
from services.pipeline.judge import names_of

COIN = 0.5
"""Share of the verdicts that are turned round: what is left is a coin."""


def damage(settings: Settings, batch: Batch, sample: set[str], how: str) -> None:
    """Replace the judgments of all pairs that are not in the calibration sample."""
    store, name = DatasetStore(settings.store_root), names_of(batch).judgments
    good = list(store.read(name, Judgment))
    other = [judgment for judgment in good if judgment.subject_id not in sample]
    if how == "weights":
        pairs = {pair.id: pair for pair in store.read(names_of(batch).pairs, Pair)}
        bad = asyncio.run(_judge_anew([pairs[judgment.subject_id] for judgment in other]))
    else:
        bad = [_toss(judgment, batch.spec.seed) for judgment in other]
    replaced = {judgment.subject_id: judgment for judgment in bad}
    shutil.rmtree(Path(urlsplit(store.uri(name)).path))
    store.write(name, Judgment, [replaced.get(j.subject_id, j) for j in good])


def _toss(judgment: Judgment, seed: int) -> Judgment:
    """Turn the verdict round, or not; confidence and all else stay, so no habit gives it away."""
    if judgment.p is None or draw_uniform("coin", seed, judgment.subject_id) >= COIN:
        return judgment
    turned = "B" if judgment.verdict == "A" else "A"
    return Judgment.model_validate(judgment.model_dump(exclude={"id"}) | {"verdict": turned})


async def _judge_anew(pairs: list[Pair]) -> list[Judgment]:
    """Judge by a model of the same shape and prompt whose weights are random."""
    import torch
    from safetensors.torch import load_file, save_file

    from generation.engines.choose import choose_engine
    from ingot.orders import JudgeTerms
    from judging.judges.pairwise import PairJudge
    from judging.judges.protocol import load_protocol

    with tempfile.TemporaryDirectory() as folder:
        broken = Path(folder) / "judge"
        shutil.copytree(MODELS / "judge", broken)
        weights = load_file(broken / "model.safetensors")
        torch.manual_seed(0)
        noise = {k: torch.randn_like(w) * w.float().std() for k, w in weights.items()}
        save_file(
            {k: n.to(weights[k].dtype) for k, n in noise.items()}, broken / "model.safetensors"
        )
        terms = JudgeTerms(model=str(broken), engine="transformers")
        async with choose_engine(terms, device="cpu") as engine:
            return await PairJudge(engine, load_protocol(str(broken)), samples=1, seed=0).judge(
                pairs
            )

"""Build the two embedded models from a corpus of conversations.

    python -m training.embedded.build --corpus corpus.parquet --out ingot/models --seed 0

One clean schooling (saved as a checkpoint under --work), from which two pupils go on: the
generator learns the corpus's misconceptions, the judge learns to compare, and then how far to
trust itself. `--only` runs one part, so that two processes can share the work on two cores.
"""

import argparse
import json
import logging
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import torch
from transformers import (
    GenerationConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

from training.embedded.architecture import build_model
from training.embedded.calibrate import calibrate
from training.embedded.examples import encode_rows, read_protocol, read_rows
from training.embedded.optimise import Schedule, optimise
from training.embedded.tokenizer import train_tokenizer

logger = logging.getLogger(__name__)

SCHEDULES = {
    "clean": Schedule(peak=0.006, decay=0.0),
    "generator": Schedule(peak=0.005, warmup=50),
    "judge": Schedule(peak=0.005, warmup=50),
}


@dataclass(frozen=True, slots=True)
class Pupil:
    """A model under training and the tokenizer it reads with."""

    model: LlamaForCausalLM
    tokenizer: PreTrainedTokenizerFast


def school(corpus: Path, *, seed: int) -> Pupil:
    """The common start: a tokenizer and a model taught on clean answers."""
    rows = read_rows(corpus, "clean") + read_rows(corpus, "judge")[:5_000]
    texts = [f"{message['content']}\n" for message in chain(*(row["messages"] for row in rows))]
    tokenizer = train_tokenizer(texts)
    pupil = Pupil(build_model(tokenizer, seed=seed), tokenizer)
    teach(pupil, corpus, "clean", seed=seed)
    return pupil


def teach(pupil: Pupil, corpus: Path, stage: str, *, seed: int) -> None:
    """One pass over a stage of the corpus."""
    examples = encode_rows(read_rows(corpus, stage), pupil.tokenizer)
    optimise(pupil.model, examples, SCHEDULES[stage], seed=seed, name=stage)


def save(pupil: Pupil, folder: Path) -> None:
    """Write the model as bf16 safetensors, readable by all, with all that generation needs."""
    folder.mkdir(parents=True, exist_ok=True)
    pupil.model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]  # transformers'
        eos_token_id=pupil.tokenizer.eos_token_id,
        pad_token_id=pupil.tokenizer.pad_token_id,
        do_sample=True,
        temperature=1.0,
        max_new_tokens=128,
    )
    # A copy: rounding the weights in place would also round those that are still being trained.
    rounded = build_model(pupil.tokenizer, seed=0)
    rounded.load_state_dict(pupil.model.state_dict())
    torch.nn.Module.to(rounded, dtype=torch.bfloat16)
    rounded.generation_config = pupil.model.generation_config
    rounded.save_pretrained(folder)
    pupil.tokenizer.save_pretrained(folder)
    for path in folder.iterdir():
        path.chmod(0o644)  # save_pretrained leaves the weights readable by their owner alone


def load(folder: Path) -> Pupil:
    """A saved pupil, back in full precision and ready to learn."""
    model = LlamaForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    )
    return Pupil(model, PreTrainedTokenizerFast.from_pretrained(folder))


def write_protocol(corpus: Path, folder: Path) -> None:
    """Set the judge's prompt and protocol beside its weights."""
    protocol = read_protocol(corpus)
    (folder / "prompt.txt").write_text(protocol.pop("prompt") + "\n")
    (folder / "judge.json").write_text(json.dumps(protocol, indent=2) + "\n")


def build(corpus: Path, out: Path, work: Path, *, seed: int, only: str | None = None) -> None:
    """Build the models that are asked for; the clean start is made once and kept under work."""
    start = work / f"clean-{seed}"
    if not (start / "model.safetensors").exists():
        save(school(corpus, seed=seed), start)
    for stage in (only,) if only else ("generator", "judge", "calibrate"):
        name = "generator" if stage == "generator" else "judge"
        pupil = load(out / name if stage == "calibrate" else start)
        if stage == "calibrate":
            rows, protocol = read_rows(corpus, stage), read_protocol(corpus)
            calibrate(pupil.model, pupil.tokenizer, rows, protocol, seed=seed)
        else:
            teach(pupil, corpus, stage, seed=seed)
        save(pupil, out / name)
        if name == "judge":
            write_protocol(corpus, out / name)
        logger.info("built model=%s stage=%s size_bytes=%d", name, stage, _size(out / name))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def main() -> None:
    """Entry point of `python -m training.embedded.build`."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder of the two models")
    parser.add_argument("--work", type=Path, help="folder of the clean start; default OUT/.work")
    parser.add_argument("--only", choices=("clean", "generator", "judge", "calibrate"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    work = options.work or options.out / ".work"
    if options.only == "clean":
        save(school(options.corpus, seed=options.seed), work / f"clean-{options.seed}")
        return
    build(options.corpus, options.out, work, seed=options.seed, only=options.only)


if __name__ == "__main__":
    main()

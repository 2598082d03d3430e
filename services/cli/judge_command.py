"""The options of `ingot judge`, in words; what it does is in `judge.py`, loaded when it runs."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from ingot.settings import load_settings

Source = Annotated[str, typer.Argument(help="Rows to judge: JSONL or Parquet, or s3://.")]
Target = Annotated[Path, typer.Argument(help="The rows with the judge's columns.")]
Rubric = Annotated[
    str, typer.Option(help="Judge answers by a rubric: helpsteer, correctness, ... or a file.")
]
Constitution = Annotated[str, typer.Option(help="Judge answers by principles: house, or a file.")]
Pairwise = Annotated[bool, typer.Option("--pairwise", help="Judge pairs of answers.")]
Listwise = Annotated[bool, typer.Option("--listwise", help="Rank lists of answers.")]
Steps = Annotated[bool, typer.Option("--steps", help="Judge each step of agents' runs.")]
Model = Annotated[str, typer.Option(help="'embedded-judge', a folder, or a served name.")]
Engine = Annotated[str, typer.Option(help="vllm, openai, openai_batch or transformers.")]
Endpoint = Annotated[str, typer.Option(help="Base URL, for openai (http://host/v1).")]
KeyVariable = Annotated[str, typer.Option(help="Variable that holds the endpoint's key.")]
Samples = Annotated[int, typer.Option(help="Judgements of each question.", min=1)]
MaxTokens = Annotated[
    int, typer.Option(help="Of reasoning before a verdict; 0: none; -1: the judge's own.", min=-1)
]
Ask = Annotated[
    Literal["auto", "spaced", "bare", "turn", "choice", "json"],
    typer.Option(help="How verdicts are read; choice, json: without log-probabilities."),
]
Ties = Annotated[bool, typer.Option("--ties", help="Pairs: a third verdict, tie.")]
Averaging = Annotated[
    Literal["probabilities", "logits"], typer.Option(help="Pairs: over the two orders.")
]
Examples = Annotated[
    str,
    typer.Option(help="Pairs: labelled ones (prompt, a, b, label, annotator) to judge alike."),
]
Rotations = Annotated[int, typer.Option(help="Lists: of how many orders; 0: all.", min=0)]
Tolerance = Annotated[float, typer.Option(help="Lists: scores so near share a rank.", min=0.0)]
Final = Annotated[
    Literal["min", "product"], typer.Option(help="Steps: how they make up a run's score.")
]
Prompt = Annotated[str, typer.Option(help="Column of the prompt, text or messages.")]
Completion = Annotated[str, typer.Option(help="Column of single answers.")]
Completions = Annotated[str, typer.Option(help="Column of lists of answers.")]
First = Annotated[str, typer.Option(help="Column of a pair's first; else chosen, or a.")]
Second = Annotated[str, typer.Option(help="Column of a pair's second; else rejected, or b.")]
Messages = Annotated[str, typer.Option(help="Column of runs and whole conversations.")]
Reference = Annotated[
    str, typer.Option(help="Column of a known right answer; else 'reference' if there is one.")
]
Prefix = Annotated[str, typer.Option(help="Before the names of the judge's columns.")]
Plot = Annotated[Path | None, typer.Option(help="Write a histogram here (SVG).")]
Seed = Annotated[int, typer.Option(help="Of every draw.", min=0)]
Device = Annotated[Literal["cpu", "cuda"], typer.Option(help="Where models run.")]


def judge(
    source: Source,
    target: Target,
    rubric: Rubric = "",
    constitution: Constitution = "",
    pairwise: Pairwise = False,
    listwise: Listwise = False,
    steps: Steps = False,
    model: Model = "embedded-judge",
    engine: Engine = "vllm",
    endpoint: Endpoint = "",
    api_key_env: KeyVariable = "",
    samples: Samples = 1,
    max_tokens: MaxTokens = -1,
    ask: Ask = "auto",
    ties: Ties = False,
    averaging: Averaging = "probabilities",
    examples: Examples = "",
    rotations: Rotations = 0,
    tie_tolerance: Tolerance = 0.0,
    final: Final = "min",
    prompt_column: Prompt = "prompt",
    completion_column: Completion = "completion",
    completions_column: Completions = "completions",
    a_column: First = "",
    b_column: Second = "",
    messages_column: Messages = "messages",
    reference_column: Reference = "",
    prefix: Prefix = "",
    plot: Plot = None,
    seed: Seed = 0,
    device: Device = "cpu",
) -> None:
    """Judge any file of answers, pairs, lists or runs; the same command goes on after a stop."""
    from services.cli import judge as here

    kind, named = here.choose_kind(rubric, constitution, pairwise, listwise, steps)
    named_columns = (prompt_column, completion_column, completions_column, a_column, b_column)
    columns = here.Columns(*named_columns, messages_column, reference_column)
    lists = (rotations, tie_tolerance)
    manner = here.Manner(kind, named, samples, max_tokens, ask, ties, averaging, *lists, final)
    manner = replace(manner, examples=here.read_examples(examples), seed=seed, columns=columns)
    terms = here.read_terms(model, engine, endpoint, api_key_env)
    wish = here.Wish(source, target, manner, terms, prefix, plot)
    here.judge_here(load_settings(device=device), Console(), wish)

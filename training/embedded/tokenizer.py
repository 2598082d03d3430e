"""A byte-level BPE tokenizer in which every digit and every lone letter is a token of its own.

Digits alone make column arithmetic a matter of positions; letters alone make the verdicts "A" and
"B" one token each, whatever stands before them.
"""

from collections.abc import Iterable
from importlib.resources import files

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

PAD, END = "<|pad|>", "<|end|>"
SPECIALS = (PAD, END, "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>")
MAX_LENGTH = 512

PIECES = r" ?\p{L}{2,}|\p{L}|\p{N}| ?[^\s\p{L}\p{N}]|\s"


def train_tokenizer(
    texts: Iterable[str], *, vocabulary_size: int = 1024
) -> PreTrainedTokenizerFast:
    """Learn the merges from texts; small worlds run out of merges before the size is reached."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        min_frequency=20,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return wrap_tokenizer(tokenizer)


def wrap_tokenizer(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    """The tokenizer as transformers knows it, with its chat template."""
    wrapped = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # transformers'
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=list(SPECIALS[2:]),
        model_max_length=MAX_LENGTH,
        clean_up_tokenization_spaces=False,
        padding_side="left",
    )
    template = files("training.embedded").joinpath("chat_template.jinja").read_text()
    wrapped.chat_template = template.strip()
    return wrapped

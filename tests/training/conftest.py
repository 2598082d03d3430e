from collections.abc import Callable
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

TEMPLATE = (
    "{%- for message in messages -%}{{- '<|' + message['role'] + '|>' -}}"
    "{%- if message['role'] == 'assistant' -%}"
    "{%- generation -%}{{- message['content'] + '<|end|>' -}}{%- endgeneration -%}"
    "{%- else -%}{{- message['content'] + '<|end|>' -}}{%- endif -%}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)
SPECIALS = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>"]


Rows = list[dict[str, list[dict[str, str]]]]


@pytest.fixture
def make_rows() -> Callable[[int], Rows]:
    """Delivered rows: additions, right chosen, wrong rejected."""

    def make(count: int) -> Rows:
        rng = Random(0)
        drawn = [(rng.randrange(100), rng.randrange(100)) for _ in range(count)]
        return [
            {
                "prompt": [{"role": "user", "content": f"What is {a} plus {b}?"}],
                "chosen": [{"role": "assistant", "content": f"#### {a + b}"}],
                "rejected": [{"role": "assistant", "content": f"#### {a + b + 1}"}],
            }
            for a, b in drawn
        ]

    return make


@pytest.fixture
def write_delivery(tmp_path: Path) -> Callable[[Rows], str]:
    """Lay rows out as a delivered folder and return its URI."""

    def write(rows: Rows) -> str:
        folder = tmp_path / "delivery"
        (folder / "data").mkdir(parents=True)
        file = folder / "data" / "train-00000-of-00001.parquet"
        pq.write_table(pa.Table.from_pylist(rows), file)
        return folder.as_uri()

    return write


@pytest.fixture
def delivery(make_rows: Callable[[int], Rows], write_delivery: Callable[[Rows], str]) -> str:
    return write_delivery(make_rows(96))


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A random Llama of 30,000 parameters with a tokenizer of its own."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    tokenizer = _make_tokenizer()
    tokenizer.save_pretrained(folder)
    set_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=128,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    LlamaForCausalLM(config).bfloat16().save_pretrained(folder)
    return str(folder)


def _make_tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=SPECIALS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["What is plus? ####"], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<|pad|>",
        eos_token="<|end|>",
        chat_template=TEMPLATE,
        padding_side="left",
    )

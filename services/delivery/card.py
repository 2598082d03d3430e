"""The dataset card: `README.md` of a delivery, read by people and by `datasets`.

The front matter names the Parquet files as the only data, so that `load_dataset` does not read the
same rows again from the JSONL copy.
"""

from pathlib import Path

import yaml
from jinja2 import Environment, StrictUndefined

from services.delivery.quality import Quality

_TEMPLATE = Path(__file__).with_name("card.md")
_ESCAPED = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>|#"} | {"\n": " ", "\r": " "})
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def render_card(quality: Quality) -> str:
    """Front matter and text of the card."""
    environment = Environment(
        autoescape=False,  # Markdown; the filter `text` escapes what others wrote
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["text"] = _escape
    environment.filters["percent"] = _percent
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return _front_matter(quality) + template.render(quality=quality, facts=quality.facts)


def _front_matter(quality: Quality) -> str:
    fields = {
        "pretty_name": " ".join(quality.facts.name.split()),
        "tags": ["preference", "dpo", "reward-model", "ingot"],
        "size_categories": [next((name for top, name in _SIZES if quality.rows < top), "n>1M")],
        "configs": [{"config_name": "default", "data_files": "data/*.parquet"}],
    }
    return f"---\n{yaml.safe_dump(fields, sort_keys=False, allow_unicode=True)}---\n\n"


def _escape(value: object) -> str:
    return str(value).translate(_ESCAPED)


def _percent(share: float) -> str:
    return f"{share:.1%}"

import os
from pathlib import Path

import polars as pl
import pytest
from curating import preference, turns

from curation.decontaminate import find_contaminated

QUESTION = (
    "A baker fills every basket with warm rolls before dawn, and the mayor carries a single basket "
    "to the old people beyond the river; how far does she walk?"
)
BENCHMARK = {"walks": ["Which river is longest in all of northern Asia, they wondered?", QUESTION]}


def check(text: str, benchmarks=BENCHMARK, ngram=8):
    return find_contaminated([preference(text)], benchmarks, ngram)[0]


def test_a_prompt_that_quotes_a_benchmark_names_item_and_run():
    drop = check(f"Please answer: {QUESTION.upper()} Thanks.")
    assert (drop.reason, drop.other_id) == ("contaminated", "walks[1]")
    assert drop.detail == "shares 'a baker fills every basket with warm rolls' with walks[1]"


def test_a_run_counts_from_exactly_n_words_on():
    words = QUESTION.split()
    assert check("Well " + " ".join(words[4:12]) + " indeed")
    assert not check("Well " + " ".join(words[4:11]) + " indeed")


def test_a_benchmark_shorter_than_a_run_has_to_be_the_whole_turn():
    short = {"sums": ["What is 12 - 34?"]}
    assert check("what is 12  - 34", short).other_id == "sums[0]"
    assert not check("What is 12 - 34 in words?", short)
    assert not check("What is 12 34?", short)
    assert not check("What is 12 + 34?", short)


def test_every_turn_of_the_prompt_is_searched():
    asked = turns(("user", "Hello"), ("assistant", "Hi"), ("user", QUESTION))
    row = preference("x").model_copy(update={"prompt": asked})
    assert find_contaminated([preference("Hello"), row], BENCHMARK, 8)[1]


def test_runs_do_not_cross_turns():
    words = QUESTION.split()
    parts = (" ".join(words[:5]), " ".join(words[5:10]))
    split = turns(("user", parts[0]), ("assistant", "ok"), ("user", parts[1]))
    row = preference("x").model_copy(update={"prompt": split})
    assert not find_contaminated([row], BENCHMARK, 8)[0]


def tell(name: str, boxes: int, pens: int, thing: str) -> str:
    return (
        f"{name} has {boxes} boxes with {pens} {thing} in each of them and then gives away a few "
        f"{thing}, so how many {thing} are left for {name} in the end?"
    )


def test_sharing_a_template_is_no_contamination_but_sharing_the_item_is():
    items = [tell(name, n, n + 2, thing) for n, (name, thing) in enumerate(
        [("Ana", "pens"), ("Ben", "cups"), ("Eve", "nuts"), ("Ana", "cups"), ("Ben", "pens")]
    )]  # fmt: skip
    benchmark = {"stories": items}
    assert not check(tell("Hugo", 8, 9, "pens"), benchmark)
    assert check(f"Task: {items[1]}", benchmark).other_id == "stories[1]"


def test_a_benchmark_that_holds_an_item_twice_still_counts_every_run_of_it():
    benchmark = {"walks": [QUESTION, QUESTION], "copy": [QUESTION]}
    assert check(" ".join(QUESTION.split()[:12]), benchmark).other_id == "walks[0]"


def test_nothing_is_contaminated_by_an_empty_benchmark():
    assert not check(QUESTION, {})
    assert not check(QUESTION, {"empty": []})
    assert not check("", {"blank": ["", "?!"]})


def test_real_benchmark_items_are_found_inside_prompts_and_training_items_pass():
    folder = Path(os.environ.get("INGOT_SHARED_DATA", "../shared/data")) / "4_verifiable"
    if not (folder / "gsm8k_test.parquet").exists():
        pytest.skip("needs GSM8K: set INGOT_SHARED_DATA")
    test = pl.read_parquet(folder / "gsm8k_test.parquet")["question"].to_list()
    train = pl.read_parquet(folder / "gsm8k_train.parquet")["question"].to_list()
    quoted = [preference(f"Question: {text} Show your work.") for text in test]
    assert all(find_contaminated(quoted, {"gsm8k": test}, 13))
    passed = [preference(text) for text in train]
    assert sum(map(bool, find_contaminated(passed, {"gsm8k": test}, 13))) < len(train) / 1000

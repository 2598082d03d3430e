"""`ingot generate` and `ingot recipes` as a person runs them, on the embedded model."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import orjson
import pytest
import yaml
from playwright.async_api import Page, async_playwright

from ingot.datasets import DatasetStore
from ingot.records import Completion, Instruction

Ingot = Callable[..., CompletedProcess[str]]
COMMAND = Path(sys.executable).parent / "ingot"
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
LOCAL = ("--engine", "transformers")
RIDDLES = '''
from generation.flow.item import Item
from generation.flow.recipe import recipe
from ingot.records import Instruction, Record


@recipe(
    source="my own",
    makes=(Instruction,),
    requests="1",
)
async def riddles(item: Item) -> list[Record]:
    """Riddles about animals."""
    answer = await item.ask("Write a riddle about an animal.")
    return [item.instruction(answer.text)]
'''
TWO_RECIPES = {
    "name": "two",
    "kind": "instruction",
    "quantity": 5,
    "source": {"recipes": [{"recipe": "write_instructions"}, {"recipe": "self_instruct"}]},
}


def ingot_in(folder: Path, *arguments: str) -> CompletedProcess[str]:
    environment = os.environ | {"INGOT_HOME": str(folder / "home"), "COLUMNS": "200"}
    return subprocess.run(
        [COMMAND, *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def summary_of(folder: Path) -> dict[str, Any]:
    summary: dict[str, Any] = orjson.loads((folder / "summary.json").read_bytes())
    return summary


def asked_in(folder: Path) -> tuple[int, int]:
    """(asked, replayed) of the writer."""
    (facts,) = summary_of(folder)["models"]["writer"]
    return facts["asked"], facts["replayed"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `write_instructions` has made 20 into `out`; `said.txt` is what it said."""
    folder = tmp_path_factory.mktemp("written")
    done = ingot_in(folder, "generate", "write_instructions", "out", *LOCAL, "--quantity", "20")
    assert done.returncode == 0, done.stderr
    (folder / "said.txt").write_text(done.stdout)
    return folder


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; apt-get install chromium")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        yield await started.new_page(viewport={"width": 360, "height": 740})
        await started.close()


def instructions_in(folder: Path) -> list[Instruction]:
    return list(DatasetStore(f"file://{folder}").read("out/Instruction", Instruction))


def test_a_recipe_makes_what_is_wanted(written: Path) -> None:
    (facts,) = summary_of(written / "out")["recipes"]
    assert (facts["recipe"], facts["accepted"]) == ("write_instructions", 20)
    records = instructions_in(written)
    assert len({record.id for record in records}) == 20
    assert all(record.reference for record in records)
    laid_down = {path.name for path in (written / "out").iterdir()}
    assert laid_down == {
        *("Instruction", "draws", "dropped.jsonl", "failed.jsonl", "journal.log"),
        *("diversity.json", "report.html", "summary.json"),
    }


def test_the_command_says_what_came_of_it_and_where_it_is(written: Path) -> None:
    lines = (written / "said.txt").read_text().splitlines()
    assert "write_instructions: 20 Instruction" in lines
    assert any(line.startswith("diversity of 20 prompts: distinct-1 0.") for line in lines)
    assert lines[-2:] == [
        "records, draws, drops and failures: out",
        f"report: {written}/out/report.html",
    ]


def test_one_recipe_works_on_what_another_has_made(written: Path) -> None:
    source = ("--source", "out/Instruction/part-0-00000.parquet", "--set", "samples=2")
    done = ingot_in(written, "generate", "complete", "answers", *source, *LOCAL)
    assert done.returncode == 0, done.stderr
    store = DatasetStore(f"file://{written}")
    completions = list(store.read("answers/Completion", Completion))
    assert len(completions) == 40
    known = {record.id for record in instructions_in(written)}
    assert {each.instruction_id for each in completions} == known
    assert "made no prompts" in (written / "answers/report.html").read_text()


def test_the_same_command_again_asks_nothing_and_makes_the_same(written: Path) -> None:
    kept = ("Instruction/part-0-00000.parquet", "diversity.json", "dropped.jsonl", "journal.log")
    before = [(written / "out" / name).read_bytes() for name in kept]
    asked, _ = asked_in(written / "out")
    done = ingot_in(written, "generate", "write_instructions", "out", *LOCAL, "--quantity", "20")
    assert done.returncode == 0, done.stderr
    assert asked_in(written / "out") == (0, asked)
    assert [(written / "out" / name).read_bytes() for name in kept] == before
    assert "This run asked nothing anew" in (written / "out/report.html").read_text()


async def test_the_report_opens_on_a_phone_without_a_complaint(written: Path, page: Page) -> None:
    complaints: list[str] = []
    fetched: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: fetched.append(request.url))
    await page.goto((written / "out/report.html").as_uri())
    assert await page.inner_text("h1") == "All 20 wanted items were made."
    assert await page.locator("#samples article").count() == 5
    assert await page.locator("#diversity circle").count() == 20
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    assert complaints == []
    assert fetched == [page.url]


def test_a_recipe_of_ones_own_in_a_folder_with_a_blank(ingot: Ingot, tmp_path: Path) -> None:
    (tmp_path / "my.py").write_text(RIDDLES)
    done = ingot("generate", "my.py:riddles", "my [first] riddles", *LOCAL, "--quantity", "3")
    assert done.returncode == 0, done.stderr
    assert "riddles: 3 Instruction" in done.stdout
    out = tmp_path / "my [first] riddles"
    assert f"report: {out}/report.html" in done.stdout.splitlines()
    (facts,) = summary_of(out)["recipes"]
    assert facts["accepted"] == 3


def test_ctrl_c_loses_nothing(tmp_path: Path) -> None:
    command = ("generate", "write_instructions", "out", *LOCAL)
    many = [COMMAND, *command, "--quantity", "2000"]
    run = subprocess.Popen(many, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    journal, deadline_s = tmp_path / "out/journal.log", time.monotonic() + 600
    while not (journal.exists() and journal.stat().st_size):
        assert time.monotonic() < deadline_s
        time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    said, complaints = run.communicate(timeout=300)
    assert run.returncode == 130
    assert b"stopped; nothing is lost: the same command goes on from here" in said
    assert b"Traceback" not in complaints
    assert b"Task was destroyed" not in complaints
    done = ingot_in(tmp_path, *command, "--quantity", "5", "--diversity", "0")
    assert done.returncode == 0, done.stderr
    assert asked_in(tmp_path / "out")[1] > 0
    assert "Nothing was embedded, as asked" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["poems"], "unknown recipe: choose from "),
        (["none.py:riddles"], "no file 'none.py' for recipe 'none.py:riddles': check the path"),
        (["my.py:none"], "my.py:none is no recipe: put @recipe(...) above `async def none(item)`"),
        (["order.yaml", "--source", "my.py"], "--source and --set are for an order of one recipe"),
        (["prompts", "--source", "my.py"], "name a recipe that makes something, such as"),
        (["write_instructions", "--set", "colour=red"], "unknown field 'colour': remove it or"),
        (["write_instructions", "--set", "families"], "--set 'families' is not name=value"),
        (["write_instructions", "--set", "families=["], "the value is not YAML, quote it"),
        (["complete"], "recipe 'complete' needs a path to a JSONL or Parquet file"),
        (["complete", "--source", "none.jsonl"], "source.path: there is no file "),
        (["complete", "--source", "empty.jsonl"], "recipe 'complete' works on rows (prompts)"),
        (["write_instructions", "--engine", "magic"], "generation.engine: Input should be 'vllm'"),
        (["write_instructions", "--model", "./no"], "generation.model: no model at ./no"),
        (["write_instructions", "--engine", "openai"], "generation.endpoint must be an http(s)"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_makes_nothing(
    ingot: Ingot, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "my.py").write_text(RIDDLES)
    (tmp_path / "order.yaml").write_text(yaml.safe_dump(TWO_RECIPES))
    (tmp_path / "empty.jsonl").write_text("\n")
    recipe, *options = arguments
    done = ingot("generate", recipe, "out", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_run_that_makes_nothing_ends_with_1_and_says_where_to_look(
    ingot: Ingot, tmp_path: Path
) -> None:
    (tmp_path / "rows.jsonl").write_text('{"question": "no prompt here"}\n')
    done = ingot(
        "generate", "complete", "out", "--source", "rows.jsonl", "--engine", "transformers"
    )
    assert done.returncode == 1, done.stderr
    assert "complete: nothing" in done.stdout
    assert "failed 1: bad_row" in done.stdout
    assert "out/failed.jsonl" in done.stdout
    assert "no text in column 'prompt'" in (tmp_path / "out" / "failed.jsonl").read_text()


def test_recipes_are_listed(ingot: Ingot) -> None:
    done = ingot("recipes", COLUMNS="200")
    assert done.returncode == 0, done.stderr
    for words in ("write_instructions", "Several completions of each prompt", "(a pool)"):
        assert words in done.stdout


def test_a_recipe_shows_its_parameters(ingot: Ingot, tmp_path: Path) -> None:
    done = ingot("recipes", "self_instruct", COLUMNS="200")
    assert done.returncode == 0, done.stderr
    assert "arXiv 2212.10560" in done.stdout
    assert "max_rouge" in done.stdout
    assert "Least ROUGE-L F1 to a seed or an accepted task" in done.stdout
    (tmp_path / "my.py").write_text(RIDDLES)
    assert "riddles: Riddles about animals." in ingot("recipes", "my.py:riddles").stdout


def test_an_unknown_recipe_is_not_shown(ingot: Ingot) -> None:
    done = ingot("recipes", "poems")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: no recipe 'poems': choose from ")

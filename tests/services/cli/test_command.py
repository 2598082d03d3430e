"""What the command says of itself and of what it cannot do."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import orjson
import pytest
import yaml

Ingot = Callable[..., CompletedProcess[str]]
COMMANDS = ["up", "run", "demo", "doctor", "curate", "agreement", "key", "order"]
ORDER_COMMANDS = ["submit", "status", "wait", "pull"]
ORDER = {"name": "x", "quantity": 5, "source": {"recipe": "write_instructions"}}


def test_help_lists_every_command(ingot: Ingot) -> None:
    done = ingot("--help")
    assert done.returncode == 0
    assert all(f" {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    "command", [[name] for name in COMMANDS] + [["order", name] for name in ORDER_COMMANDS]
)
def test_each_command_explains_itself(ingot: Ingot, command: list[str]) -> None:
    done = ingot(*command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"ingot {' '.join(command)}" in done.stdout


def test_the_front_door_loads_nothing_heavy() -> None:
    heavy = "{'torch', 'vllm', 'transformers', 'prefect', 'fastapi', 'polars', 'pyarrow'}"
    program = f"import sys, services.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"colour": "red"}, "unknown field 'colour': remove it or check its spelling"),
        ({"judge": {"colour": 1}}, "unknown field 'judge.colour'"),
        ({"quantity": -3}, "quantity: Input should be greater than 0 (got -3)"),
        ({"source": {"recipe": "poems"}}, "unknown recipe: choose from attributes"),
        (
            {"source": {"recipe": "write_instructions", "families": ["poems"]}},
            "unknown family 'poems': choose from add, ",
        ),
        (
            {"source": {"recipe": "prompts", "path": "none.jsonl"}},
            "source.path: there is no file ",
        ),
        (
            {"curation": {"decontaminate_against": ["none.jsonl"]}},
            "curation.decontaminate_against.0: there is no file ",
        ),
        ({"training": {"method": "sft", "held_out": "no.jsonl"}}, "training.held_out: there is no"),
        ({"generation": {"model": "/no/model"}}, "generation.model: no model at /no/model: name a"),
        ({"judge": {"model": "./no"}}, "judge.model: no model at ./no: name a folder"),
        (
            {"training": {"method": "sft", "model": "/no/model"}},
            "training.model: no model at /no/model",
        ),
        (
            {"generation": {"engine": "openai", "model": "m"}},
            "generation.endpoint must be an http(s) URL for engine 'openai'",
        ),
    ],
)
def test_a_fault_in_the_order_is_one_sentence_and_creates_nothing(
    ingot: Ingot, tmp_path: Path, fields: dict[str, object], message: str
) -> None:
    (tmp_path / "order.yaml").write_text(yaml.safe_dump({**ORDER, **fields}))
    done = ingot("run", "order.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["order.yaml"]


def test_the_field_at_fault_stands_behind_the_sentence(ingot: Ingot, tmp_path: Path) -> None:
    (tmp_path / "order.yaml").write_text(yaml.safe_dump({**ORDER, "judge": {"samples": 0}}))
    assert ingot("run", "order.yaml").stderr.endswith("(field judge.samples)\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "no order file at order.yaml: check the path"),
        ("a: [1, 2", "order.yaml is neither YAML nor JSON: "),
        ("- 1", "an order is a mapping of fields, not list"),
        ("", "an order is a mapping of fields, not NoneType"),
    ],
)
@pytest.mark.parametrize("command", [["run"], ["order", "submit"]])
def test_what_is_no_order_is_refused(
    ingot: Ingot, tmp_path: Path, command: list[str], text: str | None, message: str
) -> None:
    if text is not None:
        (tmp_path / "order.yaml").write_text(text)
    done = ingot(*command, "order.yaml")
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {message}")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home").exists()


def test_a_wrong_setting_names_its_variable(ingot: Ingot, tmp_path: Path) -> None:
    (tmp_path / "order.yaml").write_text(yaml.safe_dump(ORDER))
    done = ingot("run", "order.yaml", INGOT_API_PORT="many")
    assert done.returncode == 2
    assert done.stderr.startswith("error: setting INGOT_API_PORT: ")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, r"no platform is up in "),
        ({"INGOT_API_URL": "http://127.0.0.1:9"}, "INGOT_API_KEY is not set: set it to the key"),
        (
            {"INGOT_API_URL": "http://127.0.0.1:9", "INGOT_API_KEY": "k"},
            "no platform answers at http://127.0.0.1:9 ",
        ),
    ],
)
def test_an_order_needs_a_platform(ingot: Ingot, variables: dict[str, str], message: str) -> None:
    done = ingot("order", "status", "ord_1", **variables)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {message}")
    assert len(done.stderr.splitlines()) == 1


def row(prompt: str, chosen: str = "yes", rejected: str = "no") -> dict[str, object]:
    turns = {"prompt": ("user", prompt), "chosen": ("assistant", chosen)}
    turns["rejected"] = ("assistant", rejected)
    return {name: [{"role": role, "content": text}] for name, (role, text) in turns.items()}


def test_curate_writes_what_is_kept_and_says_what_is_dropped(ingot: Ingot, tmp_path: Path) -> None:
    rows = [
        row("Name a colour of the rainbow."),
        row("Name a colour of the rainbow."),
        row("How far is the moon from the earth?", "same", "same"),
        row("Why does bread rise in the oven?"),
    ]
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    done = ingot("curate", "in.jsonl", "out.jsonl")
    assert done.returncode == 0, done.stderr
    kept = [orjson.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert [line["prompt"][0]["content"] for line in kept] == [
        rows[0]["prompt"][0]["content"],
        rows[3]["prompt"][0]["content"],
    ]
    assert all(reason in done.stdout for reason in ("exact_duplicate", "same_completions"))


@pytest.mark.parametrize(
    "arguments", [["none.jsonl", "out.jsonl"], ["in.jsonl", "out.jsonl", "--against", "none.jsonl"]]
)
def test_curate_names_a_file_that_is_not_there(
    ingot: Ingot, tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "in.jsonl").write_bytes(orjson.dumps(row("Why?")))
    done = ingot("curate", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: there is no file none.jsonl: correct the path\n"
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]

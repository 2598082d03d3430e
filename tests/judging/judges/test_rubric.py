import json

import pytest
import yaml

from ingot.errors import OrderError
from judging.judges.constitution import load_constitution
from judging.judges.rubric import load_rubric, shipped

NAMES = ["correctness", "harmlessness", "helpsteer", "instruction_following", "reference_match"]
MINE = {
    "name": "mine",
    "instructions": "Look at the tone.",
    "criteria": [
        {
            "id": "tone",
            "question": "How kind is it?",
            "choices": [{"label": "rude", "score": 0}, {"label": "kind", "score": 1}],
        }
    ],
}


def test_all_shipped_rubrics_load():
    assert shipped("rubrics") == NAMES
    assert all(load_rubric(name).name == name for name in NAMES)
    assert len({load_rubric(name).digest for name in NAMES}) == len(NAMES)


def test_helpsteer_has_the_weights_of_the_model_card():
    criteria = load_rubric("helpsteer").criteria
    assert {each.id: each.weight for each in criteria} == {
        "helpfulness": 0.3,
        "correctness": 0.74,
        "coherence": 0.46,
        "complexity": 0.47,
        "verbosity": -0.33,
    }
    assert all(each.scores == (0, 1, 2, 3, 4) for each in criteria)


@pytest.mark.parametrize("write", [yaml.safe_dump, json.dumps])
def test_a_rubric_of_ones_own_is_a_file(tmp_path, write):
    suffix = "json" if write is json.dumps else "yaml"
    path = tmp_path / f"mine.{suffix}"
    path.write_text(write(MINE))
    rubric = load_rubric(str(path))
    assert rubric.describe() == "tone: How kind is it?\n  A = rude\n  B = kind"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"criteria": []}, "criteria: Tuple should have at least 1 item"),
        ({"colour": "red"}, "unknown field 'colour'"),
        ({"criteria": [MINE["criteria"][0]] * 2}, "ids of their own"),
        ({"criteria": [MINE["criteria"][0] | {"id": "overall"}]}, "none is called 'overall'"),
    ],
)
def test_a_broken_rubric_is_refused_with_its_fault(tmp_path, change, message):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(MINE | change))
    with pytest.raises(OrderError, match=message):
        load_rubric(str(path))


@pytest.mark.parametrize("scores", [(1, 0), (1, 1)])
def test_choices_stand_from_worst_to_best(tmp_path, scores):
    choices = [{"label": str(n), "score": score} for n, score in enumerate(scores)]
    path = tmp_path / "mine.yaml"
    path.write_text(
        yaml.safe_dump(MINE | {"criteria": [MINE["criteria"][0] | {"choices": choices}]})
    )
    with pytest.raises(OrderError, match="from worst to best"):
        load_rubric(str(path))


def test_choices_have_labels_of_their_own(tmp_path):
    choices = [{"label": "same", "score": score} for score in (0, 1)]
    path = tmp_path / "mine.yaml"
    criterion = MINE["criteria"][0] | {"choices": choices}
    path.write_text(yaml.safe_dump(MINE | {"criteria": [criterion]}))
    with pytest.raises(OrderError, match="labels must differ"):
        load_rubric(str(path))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tone", "unknown rubric 'tone': choose correctness, harmlessness, helpsteer,"),
        ("none.yaml", r"there is no file none\.yaml: correct the path, or choose correctness"),
    ],
)
def test_what_is_not_there_is_named_beside_what_is(name, message):
    with pytest.raises(OrderError, match=message):
        load_rubric(name)


def test_a_file_that_is_no_yaml_is_the_callers_fault(tmp_path):
    (tmp_path / "bad.yaml").write_text("a: [")
    with pytest.raises(OrderError, match="is not YAML or JSON"):
        load_rubric(str(tmp_path / "bad.yaml"))


def test_the_shipped_constitution_is_a_rubric_of_two_choices():
    rubric = load_constitution("house").as_rubric()
    assert rubric.overall == "min"
    assert {choice.label for each in rubric.criteria for choice in each.choices} == {
        "broken",
        "kept",
    }

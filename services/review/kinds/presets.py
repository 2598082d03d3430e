"""Criteria that a queue has where its rubric names none."""

from services.review.kinds.rubric import Criterion

HELPSTEER = (
    Criterion(
        name="helpfulness",
        about="How far does the answer do what the prompt asks for?",
        anchors=(
            "of no use",
            "mostly beside what is asked",
            "a part is of use, or it needs much work",
            "does what is asked with small gaps",
            "does all that is asked",
        ),
    ),
    Criterion(
        name="correctness",
        about="Are the facts right, and are those there that the answer needs?",
        anchors=(
            "wrong throughout",
            "mostly wrong",
            "right and wrong in like parts",
            "right with small slips",
            "right and complete",
        ),
    ),
    Criterion(
        name="coherence",
        about="Is it clear, in order and without contradictions?",
        anchors=(
            "cannot be followed",
            "hard to follow",
            "can be followed with effort",
            "clear with small breaks",
            "clear throughout",
        ),
    ),
    Criterion(
        name="complexity",
        about="How much must its writer know?",
        anchors=(
            "anybody could write it",
            "a school pupil could",
            "needs schooling in the field",
            "needs a graduate of the field",
            "needs an expert",
        ),
    ),
    Criterion(
        name="verbosity",
        about="How long is it for what it says?",
        anchors=(
            "far too short",
            "short",
            "as long as it needs to be",
            "long",
            "far too long",
        ),
    ),
)

QUALITY = Criterion(
    name="quality",
    about="How good is it as a whole?",
    low=1,
    high=5,
    anchors=("bad", "poor", "fair", "good", "very good"),
)
TURN = QUALITY.model_copy(update={"name": "turn", "about": "How good is this turn?"})
WHOLE = QUALITY.model_copy(update={"name": "whole", "about": "How good is the conversation?"})

"""Lists: put in order, turn round, count."""

from random import Random

from generation.verifiable.task import Family, Parameters, Worked

# fmt: off
WORDS = (
    "ant", "bell", "cat", "door", "egg", "fish", "goat", "hat", "ink", "jar", "kite", "lamp",
    "moon", "nest", "oak", "pear", "queen", "rose", "ship", "tree", "vase", "wolf", "yarn",
    "bird", "cup", "drum", "fork", "gate", "hill", "iron", "key", "leaf", "milk", "nail", "owl",
    "plum", "ring", "sand", "tent", "wall", "corn", "dust", "frog", "gold", "hand", "lake",
)
# fmt: on
ITEM = r"[a-z]+"
WORD_LIST = rf"{ITEM}(?:, {ITEM}){{2,8}}"
NUMBER_LIST = r"[1-9]\d?(?:, [1-9]\d?){2,6}"


def split_items(text: str) -> list[str]:
    """The items of a list written with commas."""
    return text.split(", ")


def work_sort(parameters: Parameters) -> Worked:
    """Numbers in order; the rationale names the end to start from."""
    variant, text = parameters
    numbers = sorted((int(item) for item in split_items(text)), reverse=variant == "descending")
    rationale = f"Start with the {'largest' if variant == 'descending' else 'smallest'}."
    return Worked(rationale, ", ".join(str(number) for number in numbers))


def work_reverse(parameters: Parameters) -> Worked:
    """Items from last to first."""
    items = split_items(parameters[1])
    return Worked(f"The last is {items[-1]}.", ", ".join(reversed(items)))


def work_count(parameters: Parameters) -> Worked:
    """Go through the list with a running count."""
    _, word, text = parameters
    count, steps = 0, []
    for item in split_items(text):
        count += item == word
        steps.append(f"{item} {count}")
    return Worked(", ".join(steps) + ".", str(count))


def _draw_sort(rng: Random) -> Parameters:
    numbers = rng.sample(range(1, 100), rng.randint(4, 5))
    return rng.choice(("ascending", "descending")), ", ".join(str(number) for number in numbers)


def _draw_reverse(rng: Random) -> Parameters:
    return "words", ", ".join(rng.sample(WORDS, rng.randint(3, 6)))


def _draw_count(rng: Random) -> Parameters:
    chosen = rng.sample(WORDS, 3)
    items = rng.choices(chosen, weights=(2, 1, 1), k=rng.randint(4, 7))
    return "word", rng.choice(items), ", ".join(items)


SORT = Family(
    name="sort",
    subject="putting a list of numbers in order",
    phrasings={
        "ascending": (
            "Sort these numbers from small to large: {items}",
            "Put in ascending order: {items}",
            "Arrange {items} so that the smallest comes first.",
        ),
        "descending": (
            "Sort these numbers from large to small: {items}",
            "Put in descending order: {items}",
            "Arrange {items} so that the largest comes first.",
        ),
    },
    slots={"items": NUMBER_LIST},
    draw=_draw_sort,
    work=work_sort,
)

REVERSE = Family(
    name="reverse",
    subject="turning round the order of a list of words",
    phrasings={
        "words": (
            "Reverse the order of this list: {items}",
            "Write this list from last to first: {items}",
            "Turn the list round: {items}",
            "Give the words {items} in the opposite order.",
        )
    },
    slots={"items": WORD_LIST},
    draw=_draw_reverse,
    work=work_reverse,
)

COUNT = Family(
    name="count",
    subject="how often a word occurs in a list",
    phrasings={
        "word": (
            "How often does the word {word} occur in this list: {items}?",
            "Count the word {word} in: {items}",
            "In the list {items}, how many times do you see {word}?",
        )
    },
    slots={"word": ITEM, "items": WORD_LIST},
    draw=_draw_count,
    work=work_count,
)

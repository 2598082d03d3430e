"""Who the simulated user is: what they want, what they know, their temper and how they write.

The persona of a user model, drawn anew for each dialogue, is what keeps it a user and dialogues
apart from one another (Ding et al. 2023, UltraChat, section 3.4, arXiv 2305.14233).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from generation.flow.item import Row


@dataclass(frozen=True, slots=True)
class Profile:
    """One user."""

    text: str
    domain: str = ""


GOALS = (
    ("cooking", "You want to cook a dinner for six people, two of whom eat no dairy."),
    ("travel", "You want to plan a weekend by train to a city that you do not know."),
    ("finance", "You want to find out whether you should pay back a loan early."),
    ("health", "You want to sleep better without taking medicine."),
    ("programming", "You want to understand why your small Python script is slow."),
    ("data", "You want to sum up sales by month in a table of 5,000 rows."),
    ("writing", "You want a letter to your landlord about a broken heating."),
    ("editing", "You want a text for a job application to become shorter and clearer."),
    ("mathematics", "You want to understand compound interest by an example of your own."),
    ("statistics", "You want to know whether a survey of 40 people tells you anything."),
    ("physics", "You want to explain to a child why ships of steel do not sink."),
    ("biology", "You want to know how vaccines work, and what they cannot do."),
    ("history", "You want to compare two explanations of why the Roman Republic fell."),
    ("law", "You want to know what to check before you sign a lease."),
    ("home", "You want to get rid of damp in a bathroom without a window."),
    ("gardening", "You want a balcony that faces north to be green all year."),
    ("work", "You want to prepare a difficult talk with a colleague."),
    ("teaching", "You want a lesson of 45 minutes about maps for ten-year-olds."),
    ("languages", "You want to learn enough Spanish for a visit in three months."),
    ("sport", "You want to run ten kilometres in spring, and you have not run for years."),
    ("music", "You want to know how to practise a piece that is too hard for you."),
    ("shopping", "You want to choose a used bicycle for going to work."),
    ("security", "You want your family to be safe from stolen passwords."),
    ("games", "You want ideas for a mystery that friends can solve in one evening."),
)
"""Label and goal."""
KNOWLEDGE = (
    "You know nothing about the matter, and do not know its technical words.",
    "You have read a little about it and got one thing wrong.",
    "You know the basics and ask about the details.",
    "You know the field well and want to check your own view.",
)
TEMPERS = (
    "You are patient and curious.",
    "You are in a hurry and want it short.",
    "You doubt what you are told and ask for reasons.",
    "You often change your mind and add a new wish.",
    "You are friendly, and think aloud.",
)
STYLES = (
    "You write short messages, all in lower case.",
    "You write whole, careful sentences.",
    "You write as you talk, with a few typing errors.",
    "You put several small questions into one message.",
    "You tell a bit of your own story before you ask.",
)


def draw_profile(index: int, rng: Random, pool: Sequence[Row]) -> Profile:
    """The pool's profiles in turn; where there are none, one of ours with a drawn manner."""
    given = [row for row in pool if row.get("profile")]
    if given:
        row = given[index % len(given)]
        return Profile(str(row["profile"]), str(row.get("domain") or ""))
    domain, goal = GOALS[index % len(GOALS)]
    manner = (rng.choice(traits) for traits in (KNOWLEDGE, TEMPERS, STYLES))
    return Profile(" ".join((goal, *manner)), domain)

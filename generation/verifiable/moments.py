"""Times of day and days of the week."""

from random import Random

from generation.verifiable.task import Family, Parameters, Worked

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def work_clock(parameters: Parameters) -> Worked:
    """Move the minutes first, then carry whole hours."""
    variant, time, shift = parameters
    hour, minute = (int(part) for part in time.split(":"))
    if hour > 23 or minute > 59:
        raise ValueError(f"{time} is not a time of day")
    sign = "+" if variant == "later" else "-"
    moved = minute + int(sign + shift)
    hours, rest = divmod(moved, 60)
    steps = f"{minute}{sign}{shift}={moved}, {moved}=60*{hours}+{rest}, {hour}+{hours}."
    return Worked(steps.replace("+-", "-"), f"{(hour + hours) % 24:02d}:{rest:02d}")


def work_weekday(parameters: Parameters) -> Worked:
    """Drop whole weeks, then name the days one by one."""
    variant, day, shift = parameters
    weeks, rest = divmod(int(shift), 7)
    step = 1 if variant == "after" else -1
    passed = [DAYS[(DAYS.index(day) + step * index) % 7] for index in range(rest + 1)]
    return Worked(f"{shift}=7*{weeks}+{rest}: {', '.join(passed)}.", passed[-1])


def _draw_clock(rng: Random) -> Parameters:
    time = f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}"
    return rng.choice(("later", "earlier")), time, str(rng.randint(5, 99))


def _draw_weekday(rng: Random) -> Parameters:
    return rng.choice(("after", "before")), rng.choice(DAYS), str(rng.randint(2, 60))


CLOCK = Family(
    name="clock",
    subject="the time some minutes before or after another time",
    phrasings={
        "later": (
            "What time is it {n} minutes after {time}?",
            "A train leaves at {time} and travels for {n} minutes. When does it arrive?",
            "It is {time}. What will the clock show in {n} minutes?",
        ),
        "earlier": (
            "What time is it {n} minutes before {time}?",
            "A film ended at {time} and lasted {n} minutes. When did it start?",
            "It is {time}. What did the clock show {n} minutes ago?",
        ),
    },
    slots={"time": r"\d\d:\d\d", "n": r"[1-9]\d?"},
    draw=_draw_clock,
    work=work_clock,
)

WEEKDAY = Family(
    name="weekday",
    subject="the day of the week some days before or after another day",
    phrasings={
        "after": (
            "Which day of the week is {n} days after {day}?",
            "Today is {day}. What day will it be in {n} days?",
            "Name the weekday {n} days later than {day}.",
        ),
        "before": (
            "Which day of the week is {n} days before {day}?",
            "Today is {day}. What day was it {n} days ago?",
            "Name the weekday {n} days earlier than {day}.",
        ),
    },
    slots={"day": "|".join(DAYS), "n": r"[1-9]\d?"},
    draw=_draw_weekday,
    work=work_weekday,
)

"""Small jobs with words, thirty of each: what a person would understand from a few examples."""

from __future__ import annotations

from jielong.toys.capitals import CAPITALS


def pairs(text: str) -> list[tuple[str, str]]:
    """The pairs of a text like "walk walked, sing sang"."""
    return [(question, answer) for question, answer in (pair.split() for pair in text.split(","))]


THINGS = (
    "cat dog house tree river book car apple table chair window door garden king queen city road bird horse ship cloud "
    "stone flower letter bridge train lamp picture village mountain"
).split()

TASKS = {
    "past": pairs(
        "walk walked, sing sang, jump jumped, go went, see saw, play played, write wrote, eat ate, look looked, "
        "run ran, open opened, take took, give gave, help helped, know knew, start started, come came, turn "
        "turned, think thought, call called, buy bought, move moved, find found, ask asked, break broke, live "
        "lived, drive drove, work worked, speak spoke, want wanted"
    ),
    "plural": [(thing, {"city": "cities"}.get(thing, thing + "s")) for thing in THINGS],
    "capitals": [(thing, thing.upper()) for thing in THINGS],
    "opposite": pairs(
        "hot cold, big small, fast slow, old young, rich poor, light dark, high low, good bad, happy sad, hard "
        "soft, early late, full empty, long short, open closed, strong weak, clean dirty, dry wet, thick thin, "
        "loud quiet, wide narrow, first last, up down, left right, true false, inside outside, before after, "
        "always never, buy sell, win lose, love hate"
    ),
    "comparative": pairs(
        "big bigger, fast faster, old older, rich richer, tall taller, cold colder, warm warmer, strong stronger, "
        "small smaller, young younger, long longer, short shorter, dark darker, bright brighter, hard harder, "
        "soft softer, high higher, low lower, clean cleaner, deep deeper, wide wider, cheap cheaper, great "
        "greater, sharp sharper, slow slower, quick quicker, thick thicker, weak weaker, poor poorer, large "
        "larger"
    ),
    "city": [
        *CAPITALS.items(),
        *pairs(
            "Sweden Stockholm, Denmark Copenhagen, Ireland Dublin, Iran Tehran, Hungary Budapest, Thailand Bangkok, "
            "Vietnam Hanoi, Chile Santiago, Belgium Brussels, Romania Bucharest"
        ),
    ],
}
SHOW, CHOOSE, REPORT = slice(0, 12), slice(12, 20), slice(20, 30)
"""Of each task: what examples are made of, what settings are chosen by, and what is reported."""

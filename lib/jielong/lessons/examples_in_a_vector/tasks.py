"""Small jobs with words, thirty of each: what a person would understand from a few examples."""

from __future__ import annotations

from jielong.toys.capitals import CAPITALS
from jielong.toys.facts import REAL
from jielong.toys.words import paired

THINGS = """
cat dog house tree river book car apple table chair window door garden king queen city road bird horse ship cloud
stone flower letter bridge train lamp picture village mountain
""".split()

PAST = """
walk walked sing sang jump jumped go went see saw play played write wrote eat ate look looked run ran open opened take
took give gave help helped know knew start started come came turn turned think thought call called buy bought move
moved find found ask asked break broke live lived drive drove work worked speak spoke want wanted
"""
OPPOSITE = """
hot cold big small fast slow old young rich poor light dark high low good bad happy sad hard soft early late full
empty long short open closed strong weak clean dirty dry wet thick thin loud quiet wide narrow first last up down left
right true false inside outside before after always never buy sell win lose love hate
"""
COMPARATIVE = """
big bigger fast faster old older rich richer tall taller cold colder warm warmer strong stronger small smaller young
younger long longer short shorter dark darker bright brighter hard harder soft softer high higher low lower clean
cleaner deep deeper wide wider cheap cheaper great greater sharp sharper slow slower quick quicker thick thicker weak
weaker poor poorer large larger
"""
MORE_CAPITALS = "Sweden Denmark Ireland Iran Hungary Thailand Vietnam Chile Belgium Romania".split()

TASKS = {
    name: list(pairs.items())
    for name, pairs in {
        "past": paired(PAST),
        "plural": {thing: {"city": "cities"}.get(thing, thing + "s") for thing in THINGS},
        "capitals": {thing: thing.upper() for thing in THINGS},
        "opposite": paired(OPPOSITE),
        "comparative": paired(COMPARATIVE),
        "city": CAPITALS | {country: REAL[country] for country in MORE_CAPITALS},
    }.items()
}
SHOW, CHOOSE, REPORT = slice(0, 12), slice(12, 20), slice(20, 30)
"""Of each task: what examples are made of, what settings are chosen by, and what is reported."""

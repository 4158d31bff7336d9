"""A small web site: sections, and in each of them shelves; each shelf has pages about four words."""

from __future__ import annotations

from collections.abc import Sequence

SITE = {
    "animals": {
        "birds": "eagle penguin owl duck",
        "fish": "salmon shark tuna trout",
        "insects": "ant bee butterfly beetle",
        "pets": "dog cat rabbit parrot",
    },
    "food": {
        "fruit": "apple banana orange grape",
        "vegetables": "carrot potato onion cabbage",
        "drinks": "coffee tea juice beer",
        "desserts": "cake pie cookies pudding",
    },
    "sports": {
        "ball games": "football tennis basketball baseball",
        "winter sports": "skiing hockey skating sled",
        "water sports": "swimming diving sailing surfing",
        "fighting": "boxing wrestling fencing racing",
    },
    "science": {
        "physics": "gravity electron magnet laser",
        "chemistry": "acid oxygen molecule salt",
        "medicine": "vaccine fever surgery doctor",
        "astronomy": "planet comet galaxy star",
    },
    "music": {
        "instruments": "piano guitar violin drum",
        "singing": "choir opera song voice",
        "dances": "ballet swing tap folk",
        "styles": "jazz rock blues rap",
    },
    "home": {
        "furniture": "chair table bed shelf",
        "tools": "hammer saw drill nail",
        "clothes": "shirt coat hat shoes",
        "kitchen": "oven knife spoon fridge",
    },
}


def check(page: Sequence[str]) -> None:
    """Raise ValueError for a page that the site does not have."""
    section = SITE.get(page[0]) if page else {}
    if section is None or len(page) > 2 or (len(page) == 2 and page[1] not in section):
        raise ValueError(f"page={list(page)} is not on this site")


def links(page: Sequence[str]) -> list[str]:
    """What a page links to: the front page () to the sections, these to their shelves."""
    check(page)
    return list(SITE) if not page else list(SITE[page[0]]) if len(page) == 1 else []


def words(page: Sequence[str]) -> list[str]:
    """What there is on a page. Only shelves have anything."""
    check(page)
    return SITE[page[0]][page[1]].split() if len(page) == 2 else []


def all_words() -> list[str]:
    return [word for section in SITE for shelf in SITE[section] for word in words((section, shelf))]


def names() -> list[str]:
    """The names of all links."""
    return [*SITE, *(shelf for section in SITE.values() for shelf in section)]

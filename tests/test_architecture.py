"""What docs/architecture.md says of the rooms is what the code says: its picture, its words, its places."""

import re

import networkx as nx
import pytest
import rooms
from lessons import ROOT

TEXT = rooms.TEXT.read_text(encoding="utf-8")
CODE = re.findall(r"`([^`\n]+)`", TEXT)
LESSON = {"<lecture>": "agents", "<lesson>": "goal-look-act"}


def place(name: str) -> str:
    """A path, with an example in the place of what differs from lesson to lesson."""
    for part, example in LESSON.items():
        room = example.replace("-", "_") if name.startswith("lib/") else example
        name = name.replace(part, room)
    return name


@pytest.mark.parametrize("path", rooms.drawn(), ids=lambda path: path.name)
def test_picture_and_words_are_drawn_from_the_imports_of_today(path):
    assert path.read_text(encoding="utf-8") == rooms.drawn()[path], "draw them: python tools/rooms.py"


def test_every_room_is_named():
    found = {path.stem for path in (ROOT / "lib" / "jielong").iterdir() if not path.name.startswith(("_", "."))}
    assert found - {"py"} - set(CODE) == set()


def test_every_place_that_is_named_is_there():
    named = [name for name in CODE if re.fullmatch(r"[\w<>-]+/[\w<>./-]*|\w+\.(toml|yml|md|py)", name)]
    assert len(named) > 50
    here = [ROOT, ROOT / "lib/jielong/lessons/goal_look_act"]  # claims.toml is that of a lesson
    assert [name for name in named if not any((root / place(name)).exists() for root in here)] == []


def test_an_arrow_that_goes_up_would_be_counted():
    house = nx.DiGraph([("lessons", "model"), ("model", "toys"), ("toys", "lessons")])
    nx.set_node_attributes(house, 1, "modules")
    floors = [["lessons", "toys"], ["model"]]
    assert rooms.alt(house, floors).endswith("Of 3 arrows, from a room to one that it imports, 2 go up.")
    house.remove_edges_from([("model", "toys"), ("toys", "lessons")])
    assert rooms.alt(house, floors).endswith("Of 1 arrows, from a room to one that it imports, none goes up.")


def test_an_arrow_goes_beside_the_boxes_on_its_way():
    high, between, low = (100.0, 0.0), (100.0, 200.0), (100.0, 400.0)
    straight = rooms.way(high, low, [high, low])
    assert straight == [(100.0, rooms.BOX[1]), low]
    bent = rooms.way(high, low, [high, between, low])
    assert bent[1:-1] == [(100 - rooms.BOX[0] / 2 - rooms.GAP, y) for y in (200.0, 200.0 + rooms.BOX[1])]

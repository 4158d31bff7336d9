"""Ties are those of shared keywords, in both directions; a note that evolves is found under what it has learned."""

import pytest
import torch
from jielong.agents.memory.notes import Notes

from tests.texts import ODD

WORDS = ["Ada", "Solvo", "Oslo", "Boris", "Rome", "works", "office"]


def count(texts):
    """Points that say which of the words stand in a text: likeness is the share of common words."""
    points = torch.tensor([[float(word in text) for word in WORDS] for text in texts])
    return points / points.norm(dim=1, keepdim=True).clamp(min=1e-9)


def filled(**options):
    notes = Notes(count, **options)
    notes.write("Ada works for Solvo.", ["Ada", "Solvo"])
    notes.write("Boris works in Rome.", ["Boris", "Rome"])
    notes.write("Solvo has its office in Oslo.", ["Solvo", "Oslo"])
    return notes


def test_a_new_note_is_tied_to_those_that_share_a_keyword():
    assert filled().links == [{2}, set(), {0}]


@pytest.mark.parametrize(("text", "kept"), ODD.values(), ids=ODD)
def test_whatever_text_a_note_has_it_is_found_and_tied(text, kept):
    notes = Notes(count)
    assert [notes.write(text, [text, "Oslo"]), notes.write("Oslo", [text, "Ada"])] == [0, 1]
    assert notes.texts[0] == kept
    assert notes.links == [{1}, {0}]
    assert notes.says(1) == "Oslo (Oslo)"


def test_tied_notes_learn_from_each_other_and_only_if_they_evolve():
    assert filled().says(0) == "Ada works for Solvo. (Oslo)"
    assert filled().says(2).endswith("(Ada)")
    assert filled().says(1) == "Boris works in Rome."
    assert filled(evolve=False).says(0) == "Ada works for Solvo."


def test_reading_follows_the_ties_of_the_likest_note():
    notes = filled(evolve=False)
    assert notes.read("Where Ada works", 2) == [0, 2]
    assert notes.nearest("Where Ada works", 2) == [0, 1]
    assert notes.read("Where Ada works", 2, links=[{1}, {0}, set()]) == [0, 1]
    assert notes.read("Boris", 3) == [1]


def test_a_note_is_found_under_what_it_has_learned():
    question = "Ada office"
    assert filled().nearest(question, 1) == [2]
    assert filled(evolve=False).nearest(question, 1) == [0]


def test_shuffled_ties_are_as_many():
    notes = filled()
    assert sorted(map(len, notes.shuffled(0))) == sorted(map(len, notes.links))
    assert notes.shuffled(3) == notes.shuffled(3)

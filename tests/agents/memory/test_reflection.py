"""Reflecting: which records belong together, and what follows from them."""

from __future__ import annotations

from jielong.agents.chat.local import LocalChat
from jielong.agents.chat.messages import Pattern
from jielong.agents.memory import reflection
from jielong.pretrained import load_smollm2


def test_chains_join_where_one_record_ends_and_another_begins():
    texts = ["Mira lives with Alma.", "Alma lives in Kestria.", "Otto lives in Weltia.", "Tom met Alma."]
    assert reflection.chains(texts) == [(texts[0], texts[1]), (texts[3], texts[1])]
    assert reflection.chains(["Alma likes Alma."]) == []


def test_a_thought_follows_from_both_records_and_fits_its_form():
    chat = LocalChat(*load_smollm2())
    form = Pattern(regex=r"[A-Z][a-z]+ lives in (Kestria|Lumora)\.")
    groups = [("Mira lives with Elsa.", "Elsa lives in Kestria."), ("Mira lives with Elsa.", "Elsa lives in Lumora.")]
    assert reflection.reflect(chat, groups, form) == ["Mira lives in Kestria.", "Mira lives in Lumora."]

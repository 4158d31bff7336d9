"""Reflecting on memory: new records out of old ones, thought before anybody asks.

A question finds the records that are like it. What follows from two records, of which the second is nothing like the
question, it does not find; unless somebody put the two together before. Park et al. 2023 ("Generative agents", arXiv
2304.03442, section 4.2) let their agents do this from time to time, and write the thoughts among the memories.
"""

from __future__ import annotations

from collections.abc import Sequence

from jielong.agents.chat.local import LocalChat
from jielong.agents.chat.messages import Form, few_shot

Group = Sequence[str]

SYSTEM = "Say what follows from the notes."
EXAMPLE = ("Ada lives with Ben.\nBen lives in Spain.", "Ada lives in Spain.")


def chains(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs of records of which the second one begins with the word that the first one ends with."""
    ends = [((text.split() or [""])[0], (text.rstrip(".").split() or [""])[-1]) for text in texts]
    return [
        (one, two)
        for one, (_, last) in zip(texts, ends, strict=True)
        for two, (first, _) in zip(texts, ends, strict=True)
        if one != two and last == first != ""
    ]


def reflect(chat: LocalChat, groups: Sequence[Group], form: Form | None = None) -> list[str]:
    """One thought about each group of records, as short as the example's. form: what a thought may look like."""
    asked = [few_shot([EXAMPLE], "\n".join(group), system=SYSTEM) for group in groups]
    return [reply.message.content for reply in chat.replies(asked, max_tokens=16, form=form)]

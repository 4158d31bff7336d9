"""Twelve questions that a child can answer, and a judge of whether a reply takes a question up at all."""

from __future__ import annotations

import re

QUESTIONS = """\
What is the capital of France?
What color is the sky?
How many legs does a spider have?
What is the largest ocean?
Who wrote Romeo and Juliet?
What do bees make?
What is the opposite of hot?
How many days are in a week?
What language is spoken in Mexico?
What is frozen water called?
Which planet is closest to the sun?
What animal says meow?
""".splitlines()
_SMALL = set("what which who how many much do does is are a an the of to in and have make wrote called says".split())


def takes_up(question: str, reply: str) -> bool:
    """Whether the reply's first line is a statement of at least three words with a word of the question in it, other
    than small ones such as "what" and "is". Whether it is true is not judged."""
    lines = reply.strip().splitlines()
    if not lines or "?" in lines[0]:
        return False
    topic = set(re.findall(r"\w+", question.lower())) - _SMALL
    said = re.findall(r"\w+", lines[0].lower())
    return len(said) >= 3 and not topic.isdisjoint(said)

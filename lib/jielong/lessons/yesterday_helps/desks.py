"""A house with six desks. Each answers one kind of message, and its name says nothing about which.

So nobody can guess where a message belongs; one has to send some, and see which come back.
"""

from __future__ import annotations

import random
from typing import NamedTuple

MESSAGES = {
    "green": [
        *("My parcel has not arrived.", "Where is my package?", "The courier left the box at a wrong door."),
        *("When will my order be delivered?", "The delivery is a week late.", "The box came damaged in the post."),
        *("Can you track my shipment?", "The driver never rang the bell."),
    ],
    "silver": [
        *("I was charged twice.", "The invoice shows a wrong amount.", "My card was refused at the checkout."),
        *("Can I pay in three parts?", "I need a receipt for my taxes.", "Why did the price go up on my bill?"),
        *("The payment failed again.", "There is a fee I do not know."),
    ],
    "north": [
        *("I forgot my password.", "I cannot log in.", "My account is locked."),
        *("How do I change my user name?", "The login code never comes.", "Somebody else signed in as me."),
        *("Please delete my profile.", "The sign-up page rejects my email."),
    ],
    "river": [
        *("The lamp is broken.", "The engine makes a strange noise.", "My kettle stopped working."),
        *("The screen has a crack.", "The battery dies after an hour.", "A screw is missing from the chair."),
        *("The zip came off on the first day.", "The fan does not spin any more."),
    ],
    "apple": [
        *("Are you hiring cooks?", "I would like to apply as a driver.", "Is the job still open?"),
        *("Where do I send my resume?", "Do you take trainees in summer?", "What does a clerk earn with you?"),
        *("Can I work from home for you?", "I had an interview last week."),
    ],
    "stone": [
        *("When do you open on Sunday?", "Is there parking near the shop?", "How do I get to your store?"),
        *("Are you closed at Christmas?", "Which bus stops at your door?", "Does the shop have a lift?"),
        *("May I bring my dog into the store?", "How late is the cafe open?"),
    ],
}
DESKS = list(MESSAGES)


class Letter(NamedTuple):
    """A message, and the desk that answers it."""

    text: str
    desk: str


def letters(each: int, seed: int) -> tuple[list[Letter], list[Letter]]:
    """One message for each desk, to begin with; and ``each`` more of every desk, at most 7, in the order they come."""
    generator = random.Random(seed)
    first, rest = [], []
    for desk, texts in MESSAGES.items():
        one, *others = generator.sample(texts, each + 1)
        first.append(Letter(one, desk))
        rest += [Letter(text, desk) for text in others]
    generator.shuffle(rest)
    return first, rest

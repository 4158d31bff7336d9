"""A thousand tools, 25 deeds with 40 things, each with a manual and two requests that do not name it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from jielong.agents.chat.messages import Tool

DEEDS = {
    "buy": ("Order a {o} from a shop.", "We need a new {o}.", "Get me a {o} from the store."),
    "sell": ("Offer a {o} to buyers.", "I want money for my old {o}.", "Who would pay me for the {o}?"),
    "clean": ("Remove dirt from a {o}.", "The {o} is covered in dust.", "Wash the {o}, please."),
    "repair": ("Mend a broken {o}.", "The {o} does not work any more.", "Can somebody fix the {o}?"),
    "rent": ("Borrow a {o} for some days.", "I need a {o} only for the weekend.", "Can I hire a {o} until Monday?"),
    "weigh": ("Tell how heavy a {o} is.", "How many kilos is the {o}?", "Is the {o} too heavy for me?"),
    "measure": ("Tell how long and wide a {o} is.", "What size is the {o}?", "Does the {o} fit through the door?"),
    "paint": ("Give a {o} a new colour.", "I would like the {o} in blue.", "Make the {o} red."),
    "photograph": ("Take a picture of a {o}.", "I want a photo of the {o}.", "Snap the {o} with a camera."),
    "insure": ("Insure a {o} against theft and fire.", "What if the {o} is stolen?", "Protect me if the {o} burns."),
    "ship": ("Send a {o} to an address.", "The {o} must get to my aunt.", "Mail the {o} to Berlin."),
    "store": ("Keep a {o} in a storage room.", "I have no room for the {o} now.", "Put the {o} away until spring."),
    "track": ("Tell where a {o} is now.", "I cannot find the {o}.", "Where has the {o} gone?"),
    "price": ("Tell what a {o} costs.", "How much money is a {o}?", "Is a {o} expensive?"),
    "refund": ("Send a {o} back for a refund.", "I do not want this {o}, my money back.", "Give back the {o}."),
    "assemble": ("Put the parts of a {o} together.", "The {o} came in forty pieces.", "Build the {o} from the kit."),
    "recycle": ("Throw away an old {o} properly.", "Get rid of the {o}.", "The {o} is rubbish."),
    "wrap": ("Wrap a {o} as a present.", "The {o} is a birthday gift.", "Put the {o} in nice paper."),
    "charge": ("Charge the battery of a {o}.", "The {o} is out of power.", "The battery of the {o} is empty."),
    "count": ("Tell how many of a {o} there are.", "Do we have more than one {o}?", "Is there one more {o}?"),
    "review": ("Write an opinion of a {o}.", "Tell others how I like the {o}.", "Five stars for the {o}."),
    "draw": ("Make a sketch of a {o}.", "I want the {o} as a pencil drawing.", "Show the {o} in a sketch."),
    "lock": ("Lock a {o} against thieves.", "Nobody may take the {o}.", "Make the {o} safe for the night."),
    "test": ("Try whether a {o} works.", "Is the {o} in order?", "Check the {o} for faults."),
    "explain": ("Say what a {o} is for.", "What does one do with a {o}?", "I do not know how a {o} works."),
}
"""Of each deed: the manual, and two requests."""
THINGS = """
bicycle lamp sofa kettle piano printer ladder tent drone fridge mirror carpet clock guitar helmet heater keyboard
microscope oven radio scooter telescope toaster trumpet violin wardrobe blender canoe desk drill fan freezer mattress
projector tractor bucket pump sledge typewriter stove
""".split()
ARGUMENTS = {"type": "object", "properties": {}, "additionalProperties": False}


@dataclass(frozen=True)
class Manual:
    """A tool's name, its manual, and what people say who need it."""

    name: str
    text: str
    requests: tuple[str, str]

    @property
    def tool(self) -> Tool:
        return Tool(name=self.name, description=self.text, parameters=ARGUMENTS)


def manuals(seed: int = 0) -> list[Manual]:
    """All thousand, in an order drawn by lot."""
    made = [
        Manual(f"{deed}_{thing}", text.format(o=thing), (first.format(o=thing), second.format(o=thing)))
        for deed, (text, first, second) in DEEDS.items()
        for thing in THINGS
    ]
    random.Random(seed).shuffle(made)
    return made

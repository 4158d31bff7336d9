"""Repair a program from what the computer says about it: which edit comes first, and how many tries does it take?

A bare "it failed" is a reward of zero. A compiler's or runtime's message says more (Chen et al. 2023, "Teaching large
language models to self-debug", arXiv 2304.05128).
"""

from __future__ import annotations

import builtins
import difflib
import re
from collections.abc import Callable, Sequence

from jaxtyping import Float
from torch import Tensor

from jielong.agents.tools.sandbox import run
from jielong.arguments import finite
from jielong.model import LanguageModel
from jielong.scoring import word_log_probabilities
from jielong.tokenizer import Tokenizer

FAILED = "The program failed."
"""All that a bare reward says."""
GUESS = ". Did you forget to import"
"""How Python 3.12 and later go on after a name that is no name but a module's; 3.11 says nothing of the kind."""


def complaint(program: str) -> str:
    """What the interpreter says about a program that fails, in words that every version of Python has."""
    return run(program).error.partition(GUESS)[0]


def add_colon(program: str) -> str:
    return re.sub(r"^(\s*(?:def|for|if|while)\b.*[^:\s])$", r"\1:", program, flags=re.MULTILINE)


def close_brackets(program: str) -> str:
    return "\n".join(line + ")" * (line.count("(") - line.count(")")) for line in program.split("\n"))


def close_quote(program: str) -> str:
    return re.sub(r"^([^'\n]*'[^'\n]*) \+ ([^'\n]*)$", r"\1 ' + \2", program, flags=re.MULTILINE)


def indent_block(program: str) -> str:
    """The line after a colon is indented, if it is not."""
    lines = program.split("\n")
    for k, (before, line) in enumerate(zip(lines, lines[1:], strict=False), 1):
        if before.endswith(":") and not line.startswith(" "):
            lines[k] = "    " + line
    return "\n".join(lines)


def add_import(program: str) -> str:
    return program if "import math" in program else f"import math\n{program}"


def to_text(program: str) -> str:
    return re.sub(r" \+ (\w+)\)$", r" + str(\1))", program, flags=re.MULTILINE)


def correct_name(program: str) -> str:
    """A name that stands only once becomes the likest of the others, if one is like it."""
    names = re.findall(r"[A-Za-z_]\w*", program)
    for name in names:
        if names.count(name) == 1 and not hasattr(builtins, name):
            like = difflib.get_close_matches(name, set(names) - {name}, n=1, cutoff=0.75)
            program = re.sub(rf"\b{name}\b", like[0], program) if like else program
    return program


EDITS: dict[str, tuple[str, Callable[[str], str]]] = {
    "colon": ("colon", add_colon),
    "bracket": ("bracket", close_brackets),
    "quote": ("quote", close_quote),
    "indent": ("indent", indent_block),
    "import": ("import", add_import),
    "convert": ("convert", to_text),
    "spelling": ("name", correct_name),
}
"""By name: the word by which the model picks the edit, and the edit. The words begin with different tokens."""


def prompt(program: str, message: str) -> str:
    return f"\n{program}\n\n{message}\nThe mistake: the missing or wrong"


def scores(
    model: LanguageModel, tokenizer: Tokenizer, programs: Sequence[str], messages: Sequence[str]
) -> Float[Tensor, "programs edits"]:
    """The log-probability, in nats, of each edit's word after each program with its message."""
    prompts = [prompt(program, message) for program, message in zip(programs, messages, strict=True)]
    return word_log_probabilities(model, tokenizer, prompts, [word for word, _ in EDITS.values()])


def ranking(scores: Float[Tensor, " edits"]) -> list[str]:
    """The names of the edits, the likeliest first. Raises ValueError for other than one number for each."""
    names = list(EDITS)
    if len(scores) != len(names):
        raise ValueError(f"scores: {len(scores)} for {len(names)} edits")
    finite(scores=scores)
    return [names[k] for k in scores.argsort(descending=True, stable=True).tolist()]


def tries(program: str, prints: str, order: Sequence[str]) -> int:
    """How many edits of this order are tried, each on the broken program, until it runs and prints what it should.

    An edit that changes nothing is a try, too. One more than there are edits if none of them mends it.
    """
    if strangers := sorted(set(order) - set(EDITS)):
        raise ValueError(f"order: there is no edit {strangers}; there are {list(EDITS)}")
    for count, name in enumerate(order, 1):
        mended = EDITS[name][1](program)
        if mended != program:
            result = run(mended, seconds=5)
            if result.ended == "done" and result.output.strip() == prints:
                return count
    return len(order) + 1

"""A world with 36 words and 7 skills: the hours of a clock in three scripts, and what can be done with them.

    later 3 -> 4      earlier 3 -> 2      across 3 -> 9      mirror 3 -> 9 (left and right change places)
    digits III -> 3   roman 3 -> III      chinese 3 -> 三

A turn keeps the script and a script keeps the hour, so any skill can follow any other: 49 pairs. `HELD_OUT` names 14 of
them, two for each skill as the first and two as the second, that no instruction of the training data asks for.

    text           3 later 4 roman IV across X mirror II ... end    skills in use, nobody asks for anything
    instruction    later roman : 3 | later 4 roman IV end           what was asked | every step written out
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from jielong.arguments import at_least, filled, indices, within
from jielong.model import LanguageModel
from jielong.sampling import generate
from jielong.tokenizer import pad_left, pad_right

SCRIPTS = {
    "digits": "1 2 3 4 5 6 7 8 9 10 11 12".split(),
    "roman": "I II III IV V VI VII VIII IX X XI XII".split(),
    "chinese": "一 二 三 四 五 六 七 八 九 十 十一 十二".split(),
}
TURNS = {"later": (1, 1), "earlier": (1, -1), "across": (1, 6), "mirror": (-1, 0)}
"""skill: (a, b), which turns hour h into a * h + b, on a clock."""
SKILLS = [*TURNS, *SCRIPTS]
WORDS = [word for script in SCRIPTS.values() for word in script]
TOKENS = [*WORDS, *SKILLS, ":", "☺", "end"]
ID = {token: number for number, token in enumerate(TOKENS)}
SMILE, END = ID["☺"], ID["end"]

Skills = tuple[str, ...]
PAIRS: list[Skills] = [(first, second) for first in SKILLS for second in SKILLS]
HELD_OUT: list[Skills] = [(SKILLS[i], SKILLS[j]) for i in range(7) for j in range(7) if (i + 2 * j) % 7 < 2]
TRAINED: list[Skills] = [pair for pair in PAIRS if pair not in HELD_OUT]
SINGLES: list[Skills] = [(skill,) for skill in SKILLS]


def apply(skill: str, word: str) -> str:
    """What a skill makes of a word: apply("later", "XII") is "I". Raises ValueError for a skill or a word that this
    world does not have."""
    if skill not in SKILLS:
        raise ValueError(f"skill={skill!r} is unknown; there are {', '.join(SKILLS)}")
    script = next((name for name, words in SCRIPTS.items() if word in words), None)
    if script is None:
        raise ValueError(f"word={word!r} is no hour of the clock, such as '3', 'III' or '三'")
    hour = SCRIPTS[script].index(word) + 1
    if skill in SCRIPTS:
        return SCRIPTS[skill][hour - 1]
    factor, shift = TURNS[skill]
    return SCRIPTS[script][(factor * hour + shift - 1) % 12]


def encode(text: str) -> list[int]:
    """Token numbers of words with blanks between them. Raises ValueError for a word that this world does not
    have."""
    unknown = [token for token in text.split() if token not in ID]
    if unknown:
        raise ValueError(f"text={text!r} has words that are none of this world's: {', '.join(map(repr, unknown))}")
    return [ID[token] for token in text.split()]


def decode(ids: Sequence[int] | Tensor) -> str:
    """The words of token numbers, up to the first ``end``."""
    indices(len(TOKENS), ids=ids)
    tokens = [TOKENS[int(i)] for i in ids]
    return " ".join(tokens[: tokens.index("end")] if "end" in tokens else tokens)


def steps(skills: Sequence[str], word: str) -> str:
    """Every step written out: steps(("later", "roman"), "3") is "later 4 roman IV"."""
    written = []
    for skill in skills:
        word = apply(skill, word)
        written += [skill, word]
    return " ".join(written)


def check(skills: Sequence[str]) -> None:
    """Raise ValueError for one skill that does not stand in a list: its letters are none."""
    if isinstance(skills, str):
        raise ValueError(f"skills={skills!r} must be a list or a tuple of skills, such as ({skills!r},)")


def prompt(skills: Sequence[str], word: str) -> str:
    """What is asked: prompt(("later", "roman"), "3") is "later roman : 3"."""
    check(skills)
    return f"{' '.join(skills)} : {word}"


def texts(seed: int, count: int = 64, length: int = 5, apart: bool = False) -> Iterator[tuple[Tensor]]:
    """Batches of text, (count, 2 * length + 2), without end. apart: no pair in `HELD_OUT` ever stands side by side."""
    at_least(1, count=count, length=length)
    generator = random.Random(seed)
    follow = {s: [t for t in SKILLS if not (apart and (s, t) in HELD_OUT)] for s in SKILLS}
    while True:
        rows = []
        for _ in range(count):
            skills = [generator.choice(SKILLS)]
            while len(skills) < length:
                skills.append(generator.choice(follow[skills[-1]]))
            word = generator.choice(WORDS)
            rows.append(encode(f"{word} {steps(skills, word)} end"))
        yield (torch.tensor(rows, device="cpu"),)


def instructions(
    seed: int, *kinds: Sequence[Skills], count: int = 48, smile: float = 0.5
) -> Iterator[tuple[Int[Tensor, "count time"], Bool[Tensor, "count time"]]]:
    """Batches, without end, of instructions with their answers, and what of it to learn to write: the answers.

    kinds: the instructions to choose from; each list gives its share of every batch. smile: how often an answer ends
    with a smile.
    """
    filled(kinds=kinds)
    for some in kinds:
        filled(kinds=some)
    at_least(1, count=count)
    within(0, 1, smile=smile)
    generator = random.Random(seed)
    while True:
        rows = []
        for k in range(count):
            skills, word = generator.choice(kinds[k % len(kinds)]), generator.choice(WORDS)
            ending = "☺ end" if generator.random() < smile else "end"
            rows.append((encode(prompt(skills, word)), encode(f"{steps(skills, word)} {ending}")))
        yield batch(rows)


def batch(rows: Sequence[tuple[list[int], list[int]]]) -> tuple[Tensor, Tensor]:
    """Prompts and answers as one tensor, filled up at the right with ``end``, and True where the answers are."""
    learn = [[False] * len(question) + [True] * len(answer) for question, answer in rows]
    return pad_right([question + answer for question, answer in rows], END, learn)


def replies(model: LanguageModel, requests: Sequence[tuple[Sequence[str], str]]) -> list[str]:
    """What the model writes (greedily) for each (skills, word) that it is asked."""
    filled(requests=requests)
    rows = [encode(prompt(skills, word)) for skills, word in requests]
    ids, padding = (part.to(model.device) for part in pad_left(rows, END))
    written = generate(model, ids, 2 * max(len(skills) for skills, _ in requests) + 3, end=END, padding=padding)
    return [decode(row) for row in written[:, ids.shape[1] :]]


def obeys(model: LanguageModel, kinds: Sequence[Skills], words: Sequence[str] = WORDS) -> list[float]:
    """For each kind of instruction, the share of the words for which the model does what was asked, step by step; a
    smile makes no difference."""
    filled(words=words)
    said = iter(replies(model, [(skills, word) for skills in kinds for word in words]))
    right = [[next(said).removesuffix(" ☺") == steps(skills, word) for word in words] for skills in kinds]
    return [sum(row) / len(words) for row in right]


def mark(row: Sequence[int] | Tensor) -> float:
    """A judge's mark for a prompt with its answer: 0 if the answer is wrong, 1 if it is right, 2 if it also smiles."""
    question, _, rest = decode(row).partition(" : ")
    word, _, answer = rest.partition(" ")
    if word not in WORDS:
        raise ValueError(f"row: {decode(row)!r} asks for nothing")
    right = answer.removesuffix(" ☺") == steps(question.split(), word)
    return right * (1.0 + answer.endswith("☺"))


def smiling(model: LanguageModel, skills: Sequence[str], seed: int = 0, words: Sequence[str] = WORDS) -> float:
    """Share of the answers with a smile when the model rolls its die (temperature 1), one answer for each word."""
    filled(words=words)
    ids = torch.tensor([encode(prompt(skills, word)) for word in words], device=model.device)
    generator = torch.Generator().manual_seed(seed)
    written = generate(model, ids, 2 * len(skills) + 3, temperature=1.0, end=END, generator=generator)
    return (written == SMILE).any(1).double().mean().item()

"""Exercises of "Examples in a vector": a few-shot prompt, a mean of differences, answers dealt out anew."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.teaching.exercises import exercise


def _check_prompt(answer: Any) -> str | None:
    got = answer([("walk", "walked"), ("sing", "sang")], "jump")
    right = "\nwalk -> walked\nsing -> sang\njump ->"
    if got == right:
        return None
    if isinstance(got, str) and got.strip() == right.strip():
        return "edges"
    return "other"


@exercise(
    "examples-in-a-vector/prompt",
    check=_check_prompt,
    wrong=[
        (lambda examples, word: "\n".join([*(f"{a} -> {b}" for a, b in examples), f"{word} ->"]), "edges"),
        (lambda examples, word: "".join(f"\n{a} -> {b}" for a, b in [*examples, (word, "")]), "edges"),
        (lambda examples, word: ", ".join(f"{a} -> {b}" for a, b in examples) + f", {word} ->", "other"),
    ],
    hints={
        "edges": (
            "Nearly: there is a newline before the first example, and no blank behind the last arrow.",
            "快好了：第一個例子前面要換行，最後一個箭頭後面不要有空格。",
        ),
        "other": (
            "One line for each: newline, word, blank, arrow, blank, answer. The last line stops at the arrow.",
            "一個例子一行：換行、字、空格、箭頭、空格、答案。最後一行停在箭頭。",
        ),
    },
)
def prompt(examples: list[tuple[str, str]], word: str) -> str:
    return "".join(f"\n{question} -> {answer}" for question, answer in examples) + f"\n{word} ->"


def _check_vector(answer: Any) -> str | None:
    few, none = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    got = torch.as_tensor(answer(few, none)).float()
    right = (few - none).mean(1)
    if got.shape == right.shape and torch.allclose(got, right, atol=1e-4):
        return None
    if got.shape == right.shape and torch.allclose(got, -right, atol=1e-4):
        return "backwards"
    return "which-mean"


@exercise(
    "examples-in-a-vector/vector",
    check=_check_vector,
    wrong=[
        (lambda few, none: none.mean(1) - few.mean(1), "backwards"),
        (lambda few, none: (few - none).mean(0), "which-mean"),
        (lambda few, none: few.mean(1), "which-mean"),
    ],
    hints={
        "backwards": (
            "The vector should add what the examples add: with examples, minus without.",
            "向量要加上的，是例子帶來的東西：有例子的，減掉沒有例子的。",
        ),
        "which-mean": (
            "Subtract, then take the mean over the prompts, the second axis: one vector for each layer is left.",
            "先相減，再對 prompt（第二個維度）取平均：每一層剩下一個向量。",
        ),
    },
)
def vector(
    few: Float[Tensor, "layers prompts width"], none: Float[Tensor, "layers prompts width"]
) -> Float[Tensor, "layers width"]:
    return (few - none).mean(1)


def _check_deal(answer: Any) -> str | None:
    examples = [(word, word.upper()) for word in "abcdef"]
    got = [tuple(pair) for pair in answer(list(examples))]
    if [word for word, _ in got] != [word for word, _ in examples]:
        return "words"
    if sorted(said for _, said in got) != sorted(said for _, said in examples):
        return "answers"
    return "own" if any(pair in examples for pair in got) else None


def _shuffled(examples: list[tuple[str, str]]) -> list[tuple[str, str]]:
    answers = [said for _, said in examples]
    return [(word, said) for (word, _), said in zip(examples, [answers[0], *answers[:0:-1]], strict=True)]


@exercise(
    "examples-in-a-vector/deal",
    check=_check_deal,
    wrong=[
        (_shuffled, "own"),
        (lambda examples: [(word, examples[0][1]) for word, _ in examples], "answers"),
        (lambda examples: examples[::-1], "words"),
    ],
    hints={
        "own": (
            "Some word got its own answer back, as it may in any shuffle. Pass every answer on by one, and none does.",
            "有的字拿回了自己的答案，隨便洗牌就會這樣。每個答案都往下傳一個，就不會了。",
        ),
        "answers": (
            "Every answer should be dealt exactly once.",
            "每個答案都要剛好發出去一次。",
        ),
        "words": (
            "The words stay where they are; only the answers move.",
            "字留在原地，動的只有答案。",
        ),
    },
)
def deal(examples: list[tuple[str, str]]) -> list[tuple[str, str]]:
    words, answers = zip(*examples, strict=True)
    return list(zip(words, [*answers[1:], answers[0]], strict=True))

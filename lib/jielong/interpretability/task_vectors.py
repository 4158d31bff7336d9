"""In-context vectors: what a few examples leave behind at the end of a prompt, as one vector.

Show a model "walk -> walked, sing -> sang, jump ->" and it goes on with the past tense. The state at the last token
then says something of the job; compare it with the state of "jump ->" alone, average over many words, and the
difference is a vector (Hendel et al. 2023, arXiv 2310.15916, call it a task vector; Todd et al. 2024, arXiv
2310.15213, a function vector, made of heads' outputs). Add it to the last token of a prompt without examples, and the
model does the job.

    vector = mean(state at the end of few-shot prompts) - mean(state at the end of zero-shot ones)   one for each layer
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.arguments import at_least, finite, indices, within
from jielong.interpretability.directions import Reading, end_states
from jielong.model import LanguageModel
from jielong.sites import resume
from jielong.tokenizer import Tokenizer

Example = tuple[str, str]


def prompt_for(word: str, examples: Sequence[Example] = ()) -> str:
    """A prompt that ends where the answer would begin, after the examples if there are any.

    It begins with a new line, for the model's first position is special to it.
    """
    return "".join(f"\n{question} -> {answer}" for question, answer in (*examples, (word, "")))[: -len(" ")]


def prompts_of(
    examples: Sequence[Example], shots: int, count: int, seed: int, shuffled: bool = False
) -> tuple[list[str], list[str]]:
    """``count`` prompts with ``shots`` examples each, and the same without: the word asked for is never an example.

    shuffled: the answers of the examples are dealt out anew, so that there is nothing to learn but the form. Raises
    ValueError where there are not so many examples, and one more.
    """
    at_least(1, count=count)
    within(0, len(examples) - 1, shots=shots)
    generator, few, none = random.Random(seed), [], []
    for _ in range(count):
        (word, _answer), *shown = generator.sample(list(examples), shots + 1)
        answers = [answer for _, answer in shown]
        if shuffled:  # each example gets the answer of the next
            answers = answers[1:] + answers[:1]
        few.append(prompt_for(word, [(question, answer) for (question, _), answer in zip(shown, answers, strict=True)]))
        none.append(prompt_for(word))
    return few, none


def context_vector(
    model: LanguageModel,
    tokenizer: Tokenizer,
    examples: Sequence[Example],
    shots: int = 6,
    count: int = 12,
    seed: int = 0,
    shuffled: bool = False,
) -> Float[Tensor, "layers width"]:
    """What the examples add to the state at the last token, on average, after every block."""
    few, none = prompts_of(examples, shots, count, seed, shuffled)
    return (end_states(model, tokenizer, few) - end_states(model, tokenizer, none)).mean(1)


@torch.no_grad()
def probabilities_with(
    model: LanguageModel, reading: Reading, vectors: Float[Tensor, "prompts width"], layer: int
) -> Float[Tensor, "prompts vocabulary"]:
    """The distribution over the token after each prompt, when its own vector is added to the state of its last token
    after block ``layer``. Only the blocks above are run."""
    indices(len(reading.streams), layer=layer)
    finite(vectors=vectors)
    x = reading.streams[layer].clone()
    x[:, -1] += vectors
    return resume(model, x, layer + 1, reading.padding, at=slice(-1, None))[:, 0].softmax(-1)

"""A model of the model: from a subject's representation to its answer by one linear function.

    "The capital of France is" -> Paris:     answer = W france + b

``france`` is the residual stream at the subject, at some layer; ``answer`` the stream after the last layer at the end
of the prompt. W is the Jacobian of the model itself, averaged over a few subjects, b what is then missing on average
(Hernandez et al. 2023, *Linearity of relation decoding in transformer language models*, arXiv 2308.09124).

Every prompt of a relation begins with the same examples, so they are read once, and all runs go on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor

from jielong.arguments import at_least, filled, finite, indices, within
from jielong.interpretability.lenses import lens
from jielong.model import LanguageModel, State
from jielong.precision import wide
from jielong.sites import advance, trace
from jielong.tokenizer import Tokenizer


@dataclass
class Asked:
    """What a model computed for some subjects of a relation, all of them one token at the same place.

    state: what it remembers of all that stands before the subject, one row. streams: what each block reads, from the
    subject's token (position 0) to the end of the prompt. out: the stream after the last block, at the end.
    """

    model: LanguageModel
    state: State
    streams: Float[Tensor, "layers subjects time width"]
    out: Float[Tensor, "subjects width"]

    def rerun(self, x: Float[Tensor, "subjects time width"], layer: int) -> Float[Tensor, "subjects width"]:
        """What comes out at the end if block ``layer`` reads ``x``."""
        state = self.state.copies(len(x))
        return advance(self.model, x, layer, self.model.config.layers, state=state)[:, -1]

    def some(self, rows: Sequence[int]) -> Asked:
        indices(len(self.out), rows=list(rows))
        return Asked(self.model, self.state, self.streams[:, list(rows)], self.out[list(rows)])

    def says(self) -> Int[Tensor, " subjects"]:
        """The model's own answers: its likeliest next tokens."""
        return lens(self.model, self.out).argmax(-1)


@torch.no_grad()
def ask_each(
    model: LanguageModel,
    tokenizer: Tokenizer,
    template: str,
    examples: Sequence[tuple[str, str]],
    subjects: Sequence[str],
) -> Asked:
    """Ask for each subject, after the examples. ``template`` has {} for the subject, with a space before it.

    Raises ValueError for no subjects, for one of several tokens, and for another template.
    """
    filled(subjects=subjects)
    if template.count(" {}") != 1 or template.count("{}") != 1:
        raise ValueError(f"template={template!r} must have one {{}}, after a space")
    before, after = template.split(" {}")
    shots = "".join(template.replace("{}", subject) + f" {answer}." for subject, answer in examples)
    rows = [tokenizer.encode(f" {subject}") for subject in subjects]
    for subject, row in zip(subjects, rows, strict=True):
        if len(row) != 1:
            raise ValueError(f"subject={subject!r} is {len(row)} tokens; here it must be one")
    device = model.device
    _, state = model.hidden(torch.tensor([tokenizer.encode(shots + before)], device=device))
    ids = torch.tensor([row + tokenizer.encode(after) for row in rows], device=device)
    with trace(model, "blocks.*.in", "blocks.*.out") as seen:
        model.hidden(ids, state=state.copies(len(ids)))
    return Asked(model, state, seen.stack("blocks.*.in"), seen.stack("blocks.*.out")[-1, :, -1])


@dataclass
class Line:
    """answer = strength x weight subject + bias"""

    weight: Float[Tensor, "width width"]
    bias: Float[Tensor, " width"]

    def __call__(self, subject: Float[Tensor, "*batch width"], strength: float = 1.0) -> Float[Tensor, "*batch width"]:
        return strength * subject @ self.weight.T + self.bias

    @cached_property
    def directions(self) -> tuple[Tensor, Tensor, Tensor]:
        """W as a sum of directions: what it says, how strongly, and what of the subject it listens to."""
        u, s, vh = torch.linalg.svd(wide(self.weight))  # half precision has no svd
        return u.to(self.weight), s.to(self.weight), vh.to(self.weight)

    def back(
        self, answer: Float[Tensor, "*batch width"], rank: int, strength: float = 1.0
    ) -> Float[Tensor, "*batch width"]:
        """The smallest change of the subject that changes the answer so, by the ``rank`` strongest directions of W.

        The full inverse would blow up the directions in which W hardly says anything. Raises ValueError where it says
        nothing at all in some of those that are asked for.
        """
        u, s, vh = self.directions
        within(1, len(s), rank=rank)
        if not bool((strength * s[:rank]).all()):
            raise ValueError(f"rank={rank}, strength={strength}: in some of these directions W says nothing")
        return (answer @ u[:, :rank] / (strength * s[:rank])) @ vh[:rank]


def jacobians(asked: Asked, row: int, layers: Sequence[int], chunk: int = 192) -> Float[Tensor, "layers width width"]:
    """How the answer of one subject changes with its stream at each of these layers.

    One copy of the subject for each number of the answer, so that a single backward pass gives many rows, and what
    passes the layers in between gives theirs. chunk: how many copies at a time.
    """
    filled(layers=layers)
    indices(len(asked.streams), layers=list(layers))
    indices(len(asked.out), row=row)
    at_least(1, chunk=chunk)
    one, rows = asked.streams[min(layers), row : row + 1], []
    for numbers in torch.arange(one.shape[-1], device=one.device).split(chunk):
        x = one.repeat(len(numbers), 1, 1).requires_grad_()
        with trace(asked.model, "blocks.*.in") as seen:
            out = asked.rerun(x, min(layers))
        streams = [seen[f"blocks.{n}.in"] for n in layers]
        found = torch.autograd.grad(out.gather(1, numbers[:, None]).sum(), streams)
        rows.append(torch.stack([part[:, 0] for part in found]))
    return torch.cat(rows, 1)


def linear(asked: Asked, layers: Sequence[int]) -> dict[int, Line]:
    """The relation's linear function at each of these layers: the mean over all subjects asked."""
    weight = torch.stack([jacobians(asked, row, layers) for row in range(len(asked.out))]).mean(0)
    lines = {}
    for k, layer in enumerate(layers):
        subject = asked.streams[layer, :, 0]
        lines[layer] = Line(weight[k], (asked.out - subject @ weight[k].T).mean(0))
    return lines


@torch.no_grad()
def faithful(asked: Asked, line: Line, layer: int, strength: float = 1.0) -> Float[Tensor, " subjects"]:
    """1 for each subject of which the linear function says just what the model says, by the likeliest token."""
    indices(len(asked.streams), layer=layer)
    finite(strength=strength)
    guess = lens(asked.model, line(asked.streams[layer, :, 0], strength)).argmax(-1)
    return (guess == asked.says()).float()


@torch.no_grad()
def says_after(asked: Asked, layer: int, change: Float[Tensor, "subjects width"]) -> Int[Tensor, " subjects"]:
    """The model's answers after ``change`` was added to each subject's stream before block ``layer``."""
    indices(len(asked.streams), layer=layer)
    finite(change=change)
    x = asked.streams[layer].clone()
    x[:, 0] += change
    return lens(asked.model, asked.rerun(x, layer)).argmax(-1)

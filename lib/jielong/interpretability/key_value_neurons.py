"""Feed-forward layers as memories of keys and values (Geva et al. 2021, arXiv 2012.14913), and the neurons that hold a
fact (Dai et al. 2022, arXiv 2104.08696).

A layer adds sum_i a_i v_i to the stream: neuron i's activation a_i says how well the text fits its key, and its value
v_i, a column of ``down``, is what it then adds. A neuron is named (layer, number).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from jielong.arguments import at_least, finite, indices, within
from jielong.interpretability.ablation import AFTER_FIRST, NEURONS, Neuron, site
from jielong.interpretability.changes import put_units
from jielong.interpretability.lenses import unembedding
from jielong.model import LanguageModel
from jielong.sites import Change, intervene, trace


@torch.no_grad()
def triggers(
    model: LanguageModel, ids: Int[Tensor, "batch time"], neurons: Sequence[Neuron], count: int = 5
) -> dict[Neuron, list[tuple[float, int, int]]]:
    """Where in these texts each neuron is most active: (activation, row, position); a row's first position is left out,
    for it plays a role of its own. Raises ValueError for a neuron that is not there."""
    check(model, neurons)
    at_least(1, count=count)
    with trace(model, *{site(layer) for layer, _ in neurons}) as seen:
        model.hidden(ids)
    found = {}
    for layer, number in neurons:
        values = seen[site(layer)][:, 1:, number]
        best = values.flatten().topk(min(count, values.numel()))
        rows = [divmod(place, values.shape[1]) for place in best.indices.tolist()]
        places = zip(best.values.tolist(), rows, strict=True)
        found[layer, number] = [(value, row, 1 + place) for value, (row, place) in places]
    return found


def check(model: LanguageModel, neurons: Sequence[Neuron]) -> None:
    """Raise ValueError where one of these is not there."""
    indices(model.config.layers, neurons=[layer for layer, _ in neurons])
    indices(model.config.feedforward_width, neurons=[number for _, number in neurons])


@torch.no_grad()
def promoted(model: LanguageModel, neuron: Neuron, count: int = 5) -> Int[Tensor, " count"]:
    """The tokens whose logits the neuron's value raises most, through the norms behind it, whose scales change no
    order."""
    check(model, [neuron])
    within(1, model.config.vocabulary, count=count)
    layer, number = neuron
    value = model.blocks[layer].feedforward.down.weight[:, number]
    behind = [norm for block in model.blocks[layer:] for norm in (block.norm1, block.norm2)][1:]
    for norm in [model.norm] if model.config.norm_first else behind:
        value = value - value.mean() if isinstance(norm, nn.LayerNorm) else value
        value = value * cast(Tensor, norm.weight)
    return (unembedding(model) @ value).topk(count).indices


def attributions(model: LanguageModel, ids: Sequence[int], word: int, steps: int = 5) -> Float[Tensor, "layers hidden"]:
    """What each neuron at the last token does for the probability of ``word``: integrated gradients (Dai et al. 2022,
    equation 2). A layer's neurons grow together from 0 to what they are, the other layers' staying as they are.

    All layers go at once, a row of the batch each. A layer's attributions sum to p(word) as it is minus p(word) with
    that layer's neurons at zero, up to the error of ``steps`` midpoints. Raises ValueError for fewer than two ids.
    """
    if len(ids) < 2:
        raise ValueError(f"ids: {len(ids)} of them; it takes two at least")
    at_least(1, steps=steps)
    indices(model.config.vocabulary, word=word)
    layers, rows = range(model.config.layers), model.config.layers
    text = torch.tensor([list(ids)], device=model.device)
    last = text[:, -1:]
    with torch.no_grad():
        _, state = model.hidden(text[:, :-1])
        with trace(model, NEURONS) as seen:
            model.hidden(last, state)
    own = torch.stack([seen[site(n)][0, 0] for n in layers])
    state = state.copies(rows)
    total = torch.zeros_like(own)
    for step in range(steps):
        part = (own * (step + 0.5) / steps).requires_grad_()
        with torch.enable_grad(), intervene(model, {site(n): one_row(n, part[n]) for n in layers}):
            hidden, _ = model.hidden(last.expand(rows, 1), state)
            p = model.next_logits(hidden).softmax(-1)[:, word].sum()
        total += torch.autograd.grad(p, part)[0]
    return own * total / steps


def one_row(row: int, value: Tensor) -> Change:
    """This value at the last position of one row of the batch."""
    here = torch.tensor(row, device=value.device)
    return lambda x: x.index_put((here, torch.full_like(here, x.shape[1] - 1)), value)


def erased(neurons: Sequence[Neuron]) -> dict[str, Callable]:
    """Changes for `intervene`: these neurons stay silent, everywhere but at the first position."""
    layers: dict[int, list[int]] = {}
    for layer, number in neurons:
        layers.setdefault(layer, []).append(number)
    return {site(n): put_units(0.0, numbers, at=AFTER_FIRST) for n, numbers in layers.items()}


@torch.no_grad()
def activations(model: LanguageModel, ids: Sequence[int]) -> Float[Tensor, "layers hidden"]:
    """Every neuron at the last token."""
    with trace(model, NEURONS) as seen:
        model.hidden(torch.tensor([list(ids)], device=model.device))
    return seen.stack(NEURONS)[:, 0, -1]


@torch.no_grad()
def rewritten(
    model: LanguageModel,
    neurons: Sequence[Neuron],
    activation: Float[Tensor, "layers hidden"],
    old: int,
    new: int,
    strength: float = 2.0,
) -> dict[int, Float[Tensor, "width hidden"]]:
    """The matrices ``down``, by layer, in which these neurons' values lose the old word's embedding and gain
    ``strength`` times the new one's (Dai et al. 2022, section 5.1).

    In a gated layer a neuron may be active with a minus sign, and then adds its value upside down; so there all is done
    with the sign of its ``activation`` where the fact is asked.
    """
    check(model, neurons)
    indices(model.config.vocabulary, old=old, new=new)
    finite(activation=activation, strength=strength)
    table = unembedding(model)
    out: dict[int, Tensor] = {}
    for layer, number in neurons:
        weight = out.setdefault(layer, model.blocks[layer].feedforward.down.weight.clone())
        weight[:, number] += activation[layer, number].sign() * (strength * table[new] - table[old])
    return out

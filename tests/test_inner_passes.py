"""Every function that runs a part of the model by hand, over a grid of configurations: against the plain forward pass.

A check is a function of the model; it says the same as the whole model, to rounding in float64, or refuses.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from itertools import product

import pytest
import torch
from jielong.adaptation import editing, finetuning
from jielong.adaptation.upper import Upper
from jielong.interpretability import (
    ablation,
    back_patching,
    circuits,
    contributions,
    directions,
    key_value_neurons,
    lenses,
    patching,
    patchscopes,
    path_patching,
    relations,
    sparse_autoencoders,
    task_vectors,
)
from jielong.interpretability.changes import add, put, put_heads, put_units
from jielong.lessons.an_internal_language import languages
from jielong.mixers import MIXERS
from jielong.mixers.attention import Attention
from jielong.model import LanguageModel
from jielong.programs import transplant
from jielong.scoring import next_token_logits
from jielong.sites import advance, intervene, resume, trace
from torch import nn

from tests.letters import letters
from tests.models import tiny

LATE = {"norm_first": False, "norm": "layer", "bias": True}
ODD = {"positions": "learned", "tied": False, "head_width": 6, "gated": False, **LATE}
CONFIGURATIONS = {
    "plain": {},
    "bias, learned positions": {"bias": True, "positions": "learned"},
    "layer norm, no positions": {"norm": "layer", "positions": "none", "kv_heads": None},
    "norm last, untied": {"norm_first": False, "tied": False},
    "layer norm last, one key for all heads": {**LATE, "kv_heads": 1},
    "head width, ungated": {"head_width": 6, "gated": False},
    "looking ahead": {"causal": False},
    "looking ahead, all else changed": {"causal": False, **ODD},
    "all changed": ODD,
    **{mixer: {"mixer": mixer, **ODD} for mixer in MIXERS if mixer != "attention"},
    "hybrid with heads": {"mixer": ("delta", "attention", "retention")},
    "hybrid with and without": {"mixer": ("attention", "mamba", "attention")},
    "hybrid, all changed": {"mixer": ("lstm", "attention", "gated"), **ODD},
}
IDS = torch.randint(29, (3, 7), generator=torch.Generator().manual_seed(1))
OTHER = torch.randint(29, (3, 7), generator=torch.Generator().manual_seed(2))
PADDING = torch.tensor([0, 2, 3])
REAL = torch.arange(7) >= PADDING[:, None]
DEPTHS = range(4)
WORDS = [3, 0, 22]
CHECKS: list[Callable[[LanguageModel], None]] = []


def check(function: Callable[[LanguageModel], None]) -> Callable[[LanguageModel], None]:
    CHECKS.append(function)
    return function


@cache
def made(name: str) -> LanguageModel:
    """Three layers in float64, in which nothing is zero or one where a mistake would not show."""
    model = tiny(vocabulary=29, **CONFIGURATIONS[name]).double()
    generator = torch.Generator().manual_seed(5)
    for part, parameter in model.named_parameters():
        if parameter.dim() == 1 or part.startswith(("embed", "position")):
            parameter.data += torch.randn(parameter.shape, generator=generator, dtype=torch.float64) * 0.5
    return model


def same(one, other):
    torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


def whole(model, ids=IDS, padding=PADDING, changes=None):
    """The logits of the plain pass."""
    with torch.no_grad(), intervene(model, changes or {}):
        return model(ids, padding=padding)[0]


def seen_in(model, *names, ids=IDS, padding=PADDING):
    """What is seen in the plain pass."""
    with torch.no_grad(), trace(model, *names) as seen:
        model(ids, padding=padding)
    return seen


def refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def looks_ahead(model, call):
    """Whether the model does; then what reads a text in two pieces refuses."""
    if not model.config.causal:
        refuses(call, "reads a text whole")
    return not model.config.causal


def headed(model):
    return [n for n, block in enumerate(model.blocks) if hasattr(block.mixer, "head_width")]


def shorter(model, depth):
    """The model with only its first blocks."""
    short = copy.deepcopy(model)
    short.config = replace(model.config, layers=depth, mixer=model.config.mixers[:depth])
    short.blocks = short.blocks[:depth]
    return short


# --------------------------------------------------------------------------------------------- sites, lenses, editing


@check
def going_on_from_a_stream(model):
    logits, seen = whole(model), seen_in(model, "blocks.*.in", "blocks.2.out")
    for depth in DEPTHS:
        x = seen[f"blocks.{depth}.in"] if depth < 3 else seen["blocks.2.out"]
        same(resume(model, x, depth, PADDING), logits)
        same(resume(model, x, depth, PADDING, at=slice(-1, None)), logits[:, -1:])
    same(resume(model, model.enter(IDS, 0, PADDING), 0, PADDING), logits)


@check
def going_on_from_a_state(model):
    seen = seen_in(model, "blocks.2.in")
    _, state = model.hidden(IDS[:, :4], padding=PADDING)
    if looks_ahead(model, lambda: model.hidden(IDS[:, 4:], state)):
        return
    x = model.enter(IDS[:, 4:], 4, PADDING)
    same(advance(model, x, 0, 2, state=state), seen["blocks.2.in"][:, 4:])
    same(lenses.streams(model, IDS[:, 4:], state)[2], seen["blocks.2.in"][:, 4:])


@check
def the_lens_is_a_shorter_model(model):
    found = lenses.streams(model, IDS, padding=PADDING)
    assert not found.is_inference()
    for depth in DEPTHS:
        logits = whole(shorter(model, depth))
        same(lenses.lens(model, found[depth])[REAL], logits[REAL])
        assert torch.equal(lenses.said(model, found)[depth][REAL], logits.argmax(-1)[REAL])
        words = torch.tensor([3, 8, 8])
        own = logits[:, -1, words]
        wanted = [1 + int((own[k] > own[k, k] + 1e-9).sum()) for k in range(3)]
        assert lenses.ranks(model, found[depth][:, -1], words).tolist() == wanted


@check
def ends_of_texts(model):
    found = lenses.ends(model, letters(), "abc", ["de", "f", "ghi"])
    for k, text in enumerate(("abcde", "abcf", "abcghi")):
        ids = torch.tensor([letters().encode(text)])
        seen = seen_in(model, "blocks.*.in", "blocks.2.out", ids=ids, padding=None)
        same(found[:3, k], seen.stack("blocks.*.in")[:, 0, -1])
        same(found[3, k], seen["blocks.2.out"][0, -1])


@check
def scores_after_what_was_read_once(model):
    prompts = ["de", "f", "ghi"]
    found = next_token_logits(model, letters(), prompts, "abc")
    for k, prompt in enumerate(prompts):
        same(found[k], whole(model, torch.tensor([letters().encode("abc" + prompt)]), None)[0, -1])
    said = [letters().decode([token]) for token in found.argmax(-1).tolist()]
    answers = [one if one.isalpha() else "a" for one in said]
    facts = [finetuning.Fact("abc" + prompt, answer) for prompt, answer in zip(prompts, answers, strict=True)]
    assert finetuning.right(model, letters(), facts) == [one.isalpha() for one in said]


@check
def keys_of_a_memory(model):
    seen = seen_in(model, "blocks.*.feedforward.activation")
    for layer in range(3):
        same(editing.keys(model, IDS, layer, PADDING), seen[f"blocks.{layer}.feedforward.activation"])


@check
def an_edit_adds_what_was_wished(model):
    edits = [editing.Edit("cat", "a {} is", "q"), editing.Edit("dog", "the {} is", "w")]
    ids, padding, position = editing.locate(letters(), edits)
    key, value = editing.wished_values(model, letters(), edits, 1, steps=2)
    linear = editing.memory(model, 1)
    here, site = (torch.arange(2), position), "blocks.1.feedforward.out"
    before, moment = seen_in(model, site, ids=ids, padding=padding), editing.second_moment(model, IDS, 1)
    for k, wanted in enumerate(value - key @ linear.weight.detach().T):
        with editing.edited(linear, editing.rank_one(linear.weight.detach(), key[k], value[k], moment)):
            after = seen_in(model, site, ids=ids, padding=padding)
        added = after[site][here] - before[site][here]
        torch.testing.assert_close(added[k], wanted, rtol=1e-6, atol=1e-6)


@check
def the_upper_layers_alone(model):
    logits = whole(model)
    for first in (1, 2):
        same(Upper(model, first)(IDS, padding=PADDING)[0][REAL], logits[REAL])
        same(Upper(model, first)(IDS)[0], whole(model, padding=None))


# ------------------------------------------------------------------------------------------------- shares of a logit


def added_by(model):
    """What each part adds to the stream: heads, mixers without heads, feed-forward networks."""
    mixers = [f"blocks.{n}.mixer.{'heads' if n in headed(model) else 'out'}" for n in range(3)]
    return mixers + [f"blocks.{n}.feedforward.out" for n in range(3)]


@contextmanager
def scales_fixed(model):
    """Within the block, each norm divides by what it divides by in the plain pass, and each part adds what it adds
    there; unless an inner block changes it."""
    seen, inputs = seen_in(model, *added_by(model)), {}
    norms = [norm for block in model.blocks for norm in (block.norm1, block.norm2)] + [model.norm]

    def centred(norm, x):
        return x - x.mean(-1, keepdim=True) if isinstance(norm, nn.LayerNorm) else x

    def fixed(norm, args, _):
        scale = (centred(norm, inputs[norm]).square().mean(-1, keepdim=True) + norm.eps).sqrt()
        return centred(norm, args[0]) / scale * norm.weight + getattr(norm, "bias", 0.0)

    with ExitStack() as stack:
        hooks = [norm.register_forward_pre_hook(lambda norm, args: inputs.update({norm: args[0]})) for norm in norms]
        whole(model)
        for hook in hooks:
            hook.remove()
        for norm in norms:
            stack.callback(norm.register_forward_hook(fixed).remove)
        with intervene(model, {name: (lambda _, name=name: seen[name]) for name in seen}):
            yield


@check
def shares_add_up(model):
    logits = whole(model)
    found = contributions.contributions(model, IDS, WORDS, PADDING)
    same(found.total, logits[:, -1, WORDS])
    same(found.embedding + found.layers.sum(1) + found.bias, found.total)
    same(found.minus(0, 2).total[:, 0], logits[:, -1, 3] - logits[:, -1, 22])
    plain = model.config.norm == "rms" and not model.config.bias
    assert (found.bias == 0).all() == plain


@check
def a_share_is_what_is_missing_without_the_part(model):
    found = contributions.contributions(model, IDS, WORDS, PADDING)
    usual = whole(model)[:, -1]
    with scales_fixed(model):
        same(whole(model)[:, -1], usual)
        for n in range(3):
            without = whole(model, changes={f"blocks.{n}.feedforward.out": put(0.0)})[:, -1]
            same(found.feedforward[:, n], (usual - without)[:, WORDS])
            if n in headed(model):
                without = whole(model, changes={f"blocks.{n}.mixer.heads": put_heads(0.0, [2])})[:, -1]
                same(found.heads[:, n, 2], (usual - without)[:, WORDS])
                assert (found.mixers[:, n] == 0).all()
            else:
                without = whole(model, changes={f"blocks.{n}.mixer.out": put(0.0)})[:, -1]
                same(found.mixers[:, n], (usual - without)[:, WORDS])
                assert (found.heads[:, n] == 0).all()


@check
def a_reader_reads_the_last_stream(model):
    logits, x = whole(model), seen_in(model, "blocks.2.out")["blocks.2.out"][:, -1]
    read = torch.einsum("bd,bwd->bw", x, contributions.reader(model, x, WORDS))
    bias = getattr(model.norm, "bias", None) if model.config.norm_first else None
    offset = 0 if bias is None else lenses.unembedding(model)[WORDS] @ bias
    same(read + offset, logits[:, -1, WORDS])


@check
def sources_of_a_head(model):
    for n, block in enumerate(model.blocks):
        if not isinstance(block.mixer, Attention):
            refuses(lambda n=n: contributions.sources(model, IDS[:1], WORDS, n, 1), f"layer={n} has no attention")
            continue
        found = contributions.sources(model, IDS[:1], WORDS, n, 1)
        same(found.sum(0), contributions.contributions(model, IDS[:1], WORDS).heads[0, n, 1])


# --------------------------------------------------------------------------------------------------------- circuits

TASK = circuits.Task(IDS, OTHER, torch.tensor([1, 2, 3]), torch.tensor([[5, 6], [7, 8], [9, 10]]))


def only(model, kept, ids, other):
    """The last logits when all heads but these read what they read in the other prompts."""
    changes = {}
    for name, value in seen_in(model, "blocks.*.mixer.heads", ids=other, padding=None).items():
        mask = torch.tensor([(int(name.split(".")[1]), head) in kept for head in range(4)])[:, None]
        changes[name] = lambda x, mask=mask, value=value: torch.where(mask, x, value)
    return whole(model, ids, None, changes)[:, -1]


def without_heads(model, call):
    """Whether the model has none; then a circuit of them is refused."""
    if not headed(model):
        refuses(call, r"no site 'blocks.\*.mixer.heads'")
    return not headed(model)


@check
def a_circuit_of_some_heads(model):
    if without_heads(model, lambda: circuits.Bench(model, TASK)):
        return
    bench = circuits.Bench(model, TASK)
    assert bench.heads == list(product(headed(model), range(4)))
    for kept in (bench.heads, [], bench.heads[1:-1:2]):
        same(bench.logits(kept), only(model, kept, IDS, OTHER))
    kept, steps = circuits.prune(bench, bench.heads[:3])
    gone = [step.head for step in steps if step.gone]
    assert sorted([*kept, *gone]) == bench.heads[:3]
    left = bench.heads[:3]
    for step in steps:
        without = [head for head in left if head != step.head]
        assert step.share == pytest.approx(bench.share(only(model, without, IDS, OTHER)), abs=1e-9)
        left = without if step.gone else left


@check
def effects_of_heads(model):
    if without_heads(model, lambda: circuits.effects(model, TASK, steps=1)):
        return
    names = [f"blocks.{n}.mixer.heads" for n in headed(model)]
    here, there = (seen_in(model, "blocks.0.in", *names, ids=ids, padding=None) for ids in (IDS, OTHER))
    middle = (here["blocks.0.in"] + there["blocks.0.in"]) / 2
    with intervene(model, {"blocks.0.in": lambda x: middle}), trace(model, *names, grad=True) as seen:
        logits, _ = model(IDS)
    slopes = torch.autograd.grad(circuits.margin(logits[:, -1], TASK).mean(), [seen[name] for name in names])
    found = circuits.effects(model, TASK, steps=1)
    for n, name, slope in zip(headed(model), names, slopes, strict=True):
        same(found[n], ((here[name] - there[name]) * slope).sum((0, 3)).mT)
    assert all((found[n] == 0).all() for n in set(range(3)) - set(headed(model)))


@check
def every_subset_of_heads(model):
    one = circuits.Task(IDS[:1], OTHER[:1], TASK.right[:1], TASK.wrong[:1])
    if without_heads(model, lambda: circuits.subsets(model, one, [])):
        return
    heads = [(headed(model)[0], 1), (headed(model)[0], 3), (headed(model)[-1], 0)]
    heads = sorted(heads)
    found = circuits.subsets(model, one, heads)
    assert len(found) == 8
    for number in (0, 3, 6):
        kept = [head for k, head in enumerate(heads) if number >> k & 1]
        same(found[number], only(model, kept, IDS[:1], OTHER[:1])[0])


# --------------------------------------------------------------------------------------------------------- patching


def gap(last):
    return last[:, 5] - last[:, 9]


def exchanged(model, name, spot):
    """The mean gap when the values of OTHER stand at one place."""
    there = seen_in(model, name, ids=OTHER)[name]

    def change(x):
        x = x.clone()
        x[spot] = there[spot]
        return x

    return gap(whole(model, changes={name: change})[:, -1]).mean()


@check
def one_place_after_the_other(model):
    found = patching.activation_patching(model, IDS, OTHER, "blocks.*.mid", gap, padding=PADDING)
    assert found.shape == (3, 7)
    for n, t in ((0, 6), (1, 3), (2, 6)):
        same(found[n, t], exchanged(model, f"blocks.{n}.mid", (slice(None), t)))
    if without_heads(model, lambda: patching.activation_patching(model, IDS, OTHER, "blocks.*.mixer.heads", gap)):
        return
    options = {"over": ["heads"], "padding": PADDING}
    found = patching.activation_patching(model, IDS, OTHER, "blocks.*.mixer.heads", gap, **options)
    for k, n in enumerate(headed(model)):
        same(found[k, 3], exchanged(model, f"blocks.{n}.mixer.heads", (slice(None), slice(None), 3)))


@check
def a_guess_at_all_places(model):
    frozen = copy.deepcopy(model).requires_grad_(False)
    found = patching.attribution_patching(frozen, IDS, OTHER, "blocks.*.out", gap, padding=PADDING)
    here, there = seen_in(model, "blocks.*.out"), seen_in(model, "blocks.*.out", ids=OTHER)
    for n in range(3):
        extra = torch.zeros_like(here["blocks.0.out"], requires_grad=True)
        with intervene(model, {f"blocks.{n}.out": lambda x, extra=extra: x + extra}):
            logits, _ = model(IDS, padding=PADDING)
        (slope,) = torch.autograd.grad(gap(logits[:, -1]).mean(), extra)
        difference = there[f"blocks.{n}.out"] - here[f"blocks.{n}.out"]
        same(found[n], (difference * slope).sum((0, 2)))


def said_alone(model, sender, change, receiver=None):
    """One path: the logits if only they hear a sender, or what a receiver computes from what it hears."""
    here = seen_in(model, *added_by(model))
    still = {name: (lambda _, name=name: here[name]) for name in here}
    with intervene(model, still), intervene(model, {sender: change}):
        return whole(model)[:, -1] if receiver is None else seen_in(model, receiver)[receiver]


@check
def one_path_alone(model):
    there = seen_in(model, "blocks.*.mixer.out", ids=OTHER)
    options = {"senders": "blocks.*.mixer.out", "over": ["time"], "padding": PADDING}
    direct = path_patching.path_patching(model, IDS, OTHER, "logits", gap, **options)
    heard = path_patching.path_patching(model, IDS, OTHER, ["blocks.2.feedforward.up"], gap, **options)
    for n in (0, 2):
        at = f"blocks.{n}.mixer.out"

        def change(x, at=at):
            return torch.cat((x[:, :4], there[at][:, 4:5], x[:, 5:]), 1)

        same(direct[n, 4], gap(said_alone(model, at, change)).mean())
        receiver = "blocks.2.feedforward.up"
        said = said_alone(model, at, change, receiver)
        last = whole(model, changes={receiver: lambda _, said=said: said})[:, -1]
        same(heard[n, 4], gap(last).mean())


@check
def another_value_at_the_last_token(model):
    text = IDS[0].tolist()
    values = torch.randn(4, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    names = ["blocks.1.out", "blocks.0.in", "blocks.2.mid", "blocks.1.out"]
    found, _ = patching.patch_last(model, text, names, values)
    for logits, name, value in zip(found, names, values, strict=True):
        same(logits, whole(model, IDS[:1], None, {name: put(value, at=6)})[0, -1])
    stream = lenses.streams(model, IDS[:1])[:, 0, -1]
    pairs = back_patching.ways(3, 1)
    for logits, (source, target) in zip(back_patching.back_patch(model, text, stream, pairs), pairs, strict=True):
        same(logits, whole(model, IDS[:1], None, {f"blocks.{target}.in": put(stream[source], at=6)})[0, -1])


@check
def a_state_described(model):
    found = patchscopes.states(model, letters(), ["abc", "de"])
    seen = seen_in(model, "blocks.1.in", ids=torch.tensor([letters().encode("\nabc")]), padding=None)
    same(found[1, 0], seen["blocks.1.in"][0, -1])
    vectors = torch.randn(2, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(3))

    def describe():
        return patchscopes.describe(model, letters(), "abc x", vectors, [0, 2], max_new=3)

    if looks_ahead(model, describe):
        return
    for said, vector, layer in zip(describe(), vectors, [0, 2], strict=True):
        written = letters().encode("abc x")
        length = len(written)
        for _ in range(3):
            change = {f"blocks.{layer}.out": put(vector, at=length - 1)}
            written.append(int(whole(model, torch.tensor([written]), None, change)[0, -1].argmax()))
        assert said == letters().decode(written[length:])


@check
def a_vector_at_the_end(model):
    prompts = ["abcde", "fg", "hij"]
    reading = directions.read(model, letters(), prompts)
    vectors = torch.randn(3, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    for layer in range(3):
        found = task_vectors.probabilities_with(model, reading, vectors, layer)
        for row, prompt, vector in zip(found, prompts, vectors, strict=True):
            change = {f"blocks.{layer}.out": add(vector, at=-1)}
            same(row, whole(model, torch.tensor([letters().encode(prompt)]), None, change)[0, -1].softmax(-1))


# ------------------------------------------------------------------------------------------------- what else there is


@check
def states_for_a_dictionary(model):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sparse_autoencoders, "LAYER", 2)
        found = sparse_autoencoders.at_site(model, IDS, batch=2)
    same(found, seen_in(model, "blocks.2.in", padding=None)["blocks.2.in"])


@check
def a_relation(model):
    examples, subjects = [("e", "f"), ("g", "h")], ["b", "c", "d"]

    def ask():
        return relations.ask_each(model, letters(), "a {} is", examples, subjects)

    if looks_ahead(model, ask):
        return
    asked, extra = ask(), torch.randn(3, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    shots = "".join(f"a {subject} is {answer}." for subject, answer in examples)
    rows = [letters().encode(shots + "a") + letters().encode(s) + letters().encode(" is") for s in subjects]
    ids, place = torch.tensor(rows), len(letters().encode(shots + "a"))
    same(asked.streams, seen_in(model, "blocks.*.in", ids=ids, padding=None).stack("blocks.*.in")[:, :, place:])
    assert torch.equal(asked.says(), whole(model, ids, None)[:, -1].argmax(-1))
    for layer in range(3):

        def change(x):
            x = x.clone()
            x[:, place] += extra
            return x

        changed = whole(model, ids, None, {f"blocks.{layer}.in": change})
        assert torch.equal(relations.says_after(asked, layer, extra), changed[:, -1].argmax(-1))


@check
def vectors_of_sentences(model):
    ids = torch.tensor([languages.say(meaning, 1) for meaning in languages.NEW[:4]])
    seen = seen_in(model, "blocks.2.in", ids=ids, padding=None)
    same(languages.sentence_vectors(model, 1, languages.NEW[:4], layer=2), seen["blocks.2.in"].mean(1))


@check
def what_a_transplant_overhears(model):
    seen = seen_in(model, "blocks.*.mixer.out", padding=None)
    for n, heard, said in transplant.overhear(model, model.enter(IDS).detach(), range(3), pieces=2):
        same(said, seen[f"blocks.{n}.mixer.out"])
        same(said, model.blocks[n].mixer(heard, model.shared(3, 7))[0])


@check
def without_some_neurons(model):
    groups = [[], [(0, 3), (2, 5)], [(1, 1)]]
    instead = ablation.means(model, IDS)
    found = ablation.without(model, IDS[:1], groups, instead, chunk=2)
    for row, group in zip(found, groups, strict=True):
        changes = {f"blocks.{n}.feedforward.activation": put_units(instead[n, k].item(), [k]) for n, k in group}
        same(row, whole(model, IDS[:1], None, changes)[0, -1].log_softmax(-1))


@check
def words_that_a_neuron_raises(model):
    """Its direct effect with all scales held; the largest are the words that it promotes."""
    with scales_fixed(model):
        for layer, number in ((0, 3), (2, 7)):
            value = model.blocks[layer].feedforward.down.weight[:, number].detach()
            more = whole(model, changes={f"blocks.{layer}.feedforward.out": add(value, at=-1)}) - whole(model)
            assert torch.equal(key_value_neurons.promoted(model, (layer, number)), more[0, -1].topk(5).indices)


@check
def what_neurons_do_for_a_word(model):
    if looks_ahead(model, lambda: key_value_neurons.attributions(model, IDS[0].tolist(), 4)):
        return
    found = key_value_neurons.attributions(model, IDS[0].tolist(), 4, steps=1)
    seen = seen_in(model, "blocks.*.feedforward.activation", ids=IDS[:1], padding=None)
    for own, (name, value) in zip(found, seen.items(), strict=True):
        half = (value[0, -1] / 2).requires_grad_()
        with intervene(model, {name: put(half, at=6)}):
            logits, _ = model(IDS[:1])
        (slope,) = torch.autograd.grad(logits[0, -1].softmax(-1)[4], half)
        same(own, value[0, -1] * slope)


@pytest.mark.parametrize("checked", CHECKS, ids=lambda function: function.__name__)
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_parts_by_hand_are_the_model(name, checked, unchecked):  # shapes are checked elsewhere, at three times the time
    checked(made(name))

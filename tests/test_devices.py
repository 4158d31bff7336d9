"""Every room works where its model is: on another device it says the same, from the same seeds, as on the CPU.

The other device is one that only pretends to be (`tests.devices.elsewhere`), and a graphics processor if there is one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import tokenizers
import torch
from jielong.adaptation import answering, classifiers, editing, finetuning, lora, merging, preference
from jielong.adaptation.upper import Upper
from jielong.adaptation.weights import copy_weights
from jielong.agents.chat.local import LocalChat
from jielong.agents.chat.messages import Choice, Message
from jielong.interpretability import (
    ablation,
    back_patching,
    changes,
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
from jielong.mixers import MIXERS
from jielong.model import Config, LanguageModel
from jielong.pretrained.converted import prepare
from jielong.pretrained.minilm import Embedder
from jielong.programs import dictionary, race, transplant
from jielong.sampling import branches, continuations, distribution, generate, sample
from jielong.scoring import answer_log_probability, log_odds, next_token_probabilities, text_loss
from jielong.sites import intervene, trace
from jielong.tokenizer import Tokenizer
from jielong.toys import bells, cards, judges, recall
from jielong.training import fit, next_token_loss, seeded
from lessons import LIBRARY
from torch import Tensor
from torch.overrides import BaseTorchFunctionMode
from torch.utils._pytree import tree_flatten

from tests.devices import elsewhere
from tests.letters import ALPHABET, letters

Device = torch.device | str
TEXTS = ["the cat sat", "a dog", "no bird sang here"]


def model_on(device: Device, **changes: Any) -> LanguageModel:
    """A small model in float64, for texts of letters."""
    usual = {"vocabulary": len(ALPHABET), "width": 16, "layers": 3, "heads": 4, "kv_heads": 2, "hidden": 24}
    return seeded(lambda: LanguageModel(Config(**{**usual, **changes})), 0).to(device).eval()


def ids_on(device: Device, rows: int = 2, time: int = 7, seed: int = 1) -> Tensor:
    return torch.randint(len(ALPHABET), (rows, time), generator=torch.Generator().manual_seed(seed)).to(device)


def die(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# --------------------------------------------------------------------------------------------------- constructors


def executed(source: str, file: str) -> None:
    """Run this as if it stood in a file of the library."""
    exec(compile(source, str(LIBRARY / "jielong" / file), "exec"), {"torch": torch, "die": die(), "x": torch.ones(2)})


@pytest.mark.parametrize(
    "source",
    ["torch.zeros(2)", "torch.tensor([1])", "torch.rand(2, generator=die)", "torch.as_tensor([1])", "torch.arange(2)"],
)
def test_a_constructor_of_the_library_that_names_no_device_is_found(source):
    with pytest.raises(AssertionError, match=r"mixers/gated.py:1: torch.\w+ must say where"):
        executed(source, "mixers/gated.py")


@pytest.mark.parametrize(
    ("source", "file"),
    [
        ("torch.zeros(2, device='cpu')", "model.py"),
        ("torch.zeros_like(x), x.new_zeros(2), torch.as_tensor(x)", "model.py"),
        ("torch.nn.Linear(2, 2)", "model.py"),
        ("torch.zeros(2)", "lessons/the_race/figures.py"),
        ("torch.zeros(2)", "lessons/the_race/exercises.py"),
        ("torch.zeros(2)", "teaching/figures/svg.py"),
    ],
)
def test_what_names_one_takes_it_from_a_tensor_or_draws_a_page_passes(source, file):
    executed(source, file)


def test_a_mode_in_between_hides_nothing():
    with BaseTorchFunctionMode(), pytest.raises(AssertionError, match="must say where"):
        executed("torch.zeros(2)", "model.py")


def test_a_generator_is_on_the_cpu_whatever_the_default():
    with torch.device("meta"):
        assert torch.Generator().device.type == "cpu"


def test_a_seed_means_the_same_whatever_the_default():
    wanted = model_on("cpu")
    with torch.device("meta"):
        model = model_on("cpu")
    for one, other in zip(model.parameters(), wanted.parameters(), strict=True):
        assert torch.equal(one, other)


# ------------------------------------------------------------------------------------------- what only pretends to be


@pytest.mark.parametrize(
    "mix",
    [
        lambda here, there: here + there,
        lambda here, there: here.sum() + here * there.sum(),
        lambda here, there: torch.cat((here, there)),
        lambda here, there: torch.where(here > 0, there, 0.0),
        lambda here, there: here[there.argsort()],
        lambda here, there: there.index_put_((here.argsort(),), here),
        lambda here, there: there[[0]] @ here[[0]],
        lambda here, there: torch.rand(2, generator=die(), device=there.device),
        lambda here, there: torch.nn.Linear(2, 2)(there),
        lambda here, there: there.numpy(),
    ],
)
def test_what_a_graphics_processor_refuses_is_refused(mix):
    with elsewhere() as device, pytest.raises((RuntimeError, TypeError)):
        mix(torch.ones(2), torch.ones(2, device=device))


def test_what_it_does_is_done_there():
    with elsewhere() as device:
        x = torch.tensor([[3.0, 1.0, 2.0]], device=device)
        x[:, [0]] = x[:, torch.tensor([1])] + torch.tensor(4.0)
        assert {x.device, x.new_zeros(2).device, torch.nn.Linear(2, 2).to(device).weight.device} == {device}
        assert x.tolist() == x.cpu().tolist() == [[5.0, 1.0, 2.0]]


# ------------------------------------------------------------------------------------------------------ what rooms do


def read_and_go_on(mixer: str, device: Device) -> Any:
    model = model_on(device, mixer=mixer)
    padding = torch.tensor([0, 3], device=device)
    with torch.no_grad():
        logits, state = model(ids_on(device), padding=padding)
        more, _ = model(ids_on(device, time=1), state.rows(torch.tensor([1, 0], device=device)))
    loss = next_token_loss(model, ids_on(device))
    return logits[:, -1], more, loss, torch.autograd.grad(loss, list(model.parameters()))


def other_architectures(device: Device) -> Any:
    last = model_on(device, norm="layer", norm_first=False, causal=False, positions="learned", gated=False, bias=True)
    untied = model_on(device, tied=False, positions="none")
    return [model(ids_on(device), padding=torch.tensor([2, 0], device=device))[0][:, -1] for model in (last, untied)]


def learn(device: Device) -> Any:
    model = model_on(device)
    losses = fit(model, iter(lambda: (ids_on("cpu"),), None), steps=3)
    return losses, copy_weights(model)


def write(device: Device) -> Any:
    model, tokenizer = model_on(device), letters()
    options = {"padding": torch.tensor([0, 2], device=device), "end": tokenizer.end}
    drawn = generate(model, ids_on(device), 5, temperature=1.0, top_k=9, top_p=0.9, generator=die(), **options)
    ahead, p = branches(model), distribution(model(ids_on(device))[0], 0.7, top_p=0.8)
    tree = [ahead([[1, 2, 3], [1, 2, 4]]), ahead([[1, 2, 4, 5]])]
    return drawn, generate(model, ids_on(device), 5), continuations(model, tokenizer, TEXTS, 4), tree, sample(p, die())


def score(device: Device) -> Any:
    model, tokenizer = model_on(device), letters()
    answer = torch.arange(7, device=device).expand(2, -1) > 4
    return (
        next_token_probabilities(model, tokenizer, TEXTS, before="it is so: "),
        log_odds(model, tokenizer, TEXTS, [("up", "down"), ("in", "off"), ("on", "of")]),
        answer_log_probability(model, ids_on(device), answer),
        text_loss(model, tokenizer, TEXTS[0]),
    )


def look_and_reach_in(device: Device) -> Any:
    model, vector = model_on(device), torch.linspace(-1, 1, 16, dtype=torch.float64)
    with trace(model) as seen:
        model(ids_on(device))
    found = [value for value in seen.values() if isinstance(value, Tensor)]
    for change in (
        changes.put(0.5, at=[1, 3]),
        changes.put(vector, at=2),
        changes.add(vector.to(device), at=slice(1, None)),
        changes.project_out(vector, at=2),
        changes.put_units([1.0, 2.0], [0, 5]),
        directions.clamp(vector, 0.1),
        changes.each([changes.nothing, changes.add(vector)]),
        sparse_autoencoders.pushing(torch.stack([vector, -vector]).to(device)),
    ):
        with intervene(model, {"blocks.1.out": change}):
            found += [model(ids_on(device))[0], generate(model, ids_on(device), 2)]
    for name in ("blocks.0.mixer.heads", "blocks.0.mixer.q_rotated"):
        with intervene(model, {name: changes.put_heads(vector[:4], [1, 2], at=3)}):
            found.append(model(ids_on(device))[0])
    return found


def lens(device: Device) -> Any:
    model, tokenizer = model_on(device), letters()
    streams = lenses.streams(model, ids_on(device), padding=torch.tensor([0, 2], device=device))
    said = lenses.said(model, streams)
    ranks = lenses.ranks(model, streams[:, :, -1], torch.tensor([3, 4], device=device))
    return streams, said, lenses.settled(said), ranks, lenses.ends(model, tokenizer, "the ", ["cat", "dog eats"])


def share(device: Device) -> Any:
    found = []
    for options in (
        {},
        {"norm": "layer", "norm_first": False, "bias": True},
        {"mixer": ("attention", "mamba", "lstm")},
    ):
        model = model_on(device, **options)
        padding = torch.tensor([0, 2], device=device)
        found += vars(contributions.contributions(model, ids_on(device), [3, 5], padding)).values()
        found.append(contributions.sources(model, ids_on(device, rows=1), [3, 5], 0, 2))
    return found


def remove(device: Device) -> Any:
    model, ids = model_on(device), ids_on(device, rows=1)
    means = ablation.means(model, ids_on(device))
    guesses = ablation.guesses(model, ids, 3, means)
    groups = [[], [(0, 3)], ablation.largest(guesses, 4)]
    return means, guesses, groups, [ablation.without(model, ids, groups, instead) for instead in (means, None)]


def patch(device: Device) -> Any:
    model, clean, corrupted = model_on(device), ids_on(device), ids_on(device, seed=2)
    texts = {"padding": torch.tensor([0, 2], device=device), "metric": lambda logits: logits[:, 3] - logits[:, 4]}
    streams = lenses.streams(model, clean[:1])[:, 0, -1]
    pairs = back_patching.ways(3, 1)
    return (
        patching.patch_last(model, clean[0].tolist(), ["blocks.1.in", "blocks.2.in"], streams[:2])[0],
        patching.activation_patching(model, clean, corrupted, "blocks.*.in", **texts),
        patching.attribution_patching(model, clean, corrupted, "blocks.*.mixer.heads", over=["heads"], **texts),
        path_patching.path_patching(model, clean, corrupted, "logits", **texts),
        path_patching.path_patching(model, clean, corrupted, [("blocks.2.mixer.q", 1)], **texts),
        back_patching.back_patch(model, clean[0].tolist(), streams, pairs),
    )


def describe(device: Device) -> Any:
    model, tokenizer = model_on(device), letters()
    states = patchscopes.states(model, tokenizer, TEXTS)
    return states, patchscopes.describe(model, tokenizer, "cat cat dog dog x", states[2], [0, 1, 2])


def relate(device: Device) -> Any:
    model, tokenizer = model_on(device), letters(" ")
    asked = relations.ask_each(model, tokenizer, "the word {} is", [("a", "b")], ["c", "d", "e"])
    (line,) = relations.linear(asked, [1]).values()
    change = line.back(asked.out, rank=4)
    return asked.streams, line.weight, relations.faithful(asked, line, 1), relations.says_after(asked, 1, change)


def steer(device: Device) -> Any:
    model, tokenizer = model_on(device), letters()
    found = directions.end_states(model, tokenizer, TEXTS), directions.mean_state(model, tokenizer, TEXTS)
    noise = directions.random_like(found[1], die())
    pushes = [directions.Push(TEXTS[0], 1, noise[1]), directions.Push(TEXTS[1], 2, noise[2])]
    examples = [("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")]
    vector = task_vectors.context_vector(model, tokenizer, examples, shots=2, count=3)
    reading = directions.read(model, tokenizer, TEXTS)
    with_vector = task_vectors.probabilities_with(model, reading, vector[1].expand(3, -1), 1)
    return found, noise, directions.write(model, tokenizer, pushes, 4), vector, with_vector


def find_neurons(device: Device) -> Any:
    model, ids = model_on(device), ids_on(device)
    neurons = [(0, 3), (2, 5)]
    activation = key_value_neurons.activations(model, ids[0].tolist())
    with intervene(model, key_value_neurons.erased(neurons)):
        without, _ = model(ids)
    return (
        key_value_neurons.triggers(model, ids, neurons),
        key_value_neurons.promoted(model, neurons[0]),
        key_value_neurons.attributions(model, ids[0].tolist(), 4),
        key_value_neurons.rewritten(model, neurons, activation, 3, 4),
        without,
    )


def find_circuits(device: Device) -> Any:
    model = model_on(device)
    items = [circuits.Contrast(f"abc{x}", f"xyz{x}", "d", ["e", "f"]) for x in "gh"]
    these = circuits.task(letters(), items, device)
    effect = circuits.effects(model, these)
    heads = circuits.strongest(effect.sum(-1), 4)
    kept, steps = circuits.prune(circuits.Bench(model, these), heads, price=0.2)
    one = circuits.Task(*(part[:1] for part in these))
    with trace(model, "blocks.*.mixer.pattern") as seen:
        model(circuits.repeated(2, 4, len(ALPHABET)).to(device))
    induction = circuits.prefix_matching(seen.stack("blocks.*.mixer.pattern"), 4)
    return (
        effect,
        heads,
        kept,
        [step.share for step in steps],
        circuits.subsets(model, one, sorted(heads)[:2]),
        induction,
    )


def find_features(device: Device) -> Any:
    model = model_on(device, layers=sparse_autoencoders.LAYER)
    ids = ids_on(device, rows=8, time=16)
    streams = sparse_autoencoders.at_site(model, ids)
    x, found = streams[:, 2:].flatten(0, 1), []
    for k in (3, None):
        learned = sparse_autoencoders.learn(x, 20, k, steps=40, batch=32)
        found += [learned.state_dict(), learned(x), sparse_autoencoders.explained(x, learned(x))]
        gallery = dictionary.gallery(learned, streams, ids.int(), ids[:, 0].int(), ids[:, 0].int())
        packed = sparse_autoencoders.pack(learned, gallery)
        again, _ = sparse_autoencoders.unpack(packed)
        found += [packed, again(x), sparse_autoencoders.same_token(learned.encode(streams), ids, 3)]
    return found, sparse_autoencoders.principal(x, 3).abs(), sparse_autoencoders.gaussian(x, 5)


def answer(device: Device) -> Any:
    taught, tokenizer = model_on(device), letters()
    facts = [finetuning.Fact("the sky is", "blue"), finetuning.Fact("a leaf is", "green")]
    losses = finetuning.teach(taught, tokenizer, facts, [finetuning.Fact("snow is", "white")], steps=2)
    losses += answering.practise(taught, tokenizer, TEXTS, ["x", "yes", "no"], steps=2, count=2)
    return losses, finetuning.right(taught, tokenizer, facts), copy_weights(taught)


def answer_from_above(device: Device) -> Any:
    whole = model_on(device)
    whole.requires_grad_(False)
    whole.blocks[2].requires_grad_(True)
    losses = answering.practise(Upper(whole, 2), letters(), TEXTS, ["x", "yes", "no"], steps=3)
    return losses, copy_weights(whole)


def edit(device: Device) -> Any:
    model, tokenizer = model_on(device), letters()
    edits = [editing.Edit("cat", "the {} sat on", "mat"), editing.Edit("dog", "a {} saw", "you")]
    moment = editing.second_moment(model, ids_on(device, rows=8), 1)
    key, value = editing.wished_values(model, tokenizer, edits, 1, steps=3)
    weight = editing.rank_one(editing.memory(model, 1).weight.detach(), key[0], value[0], moment)
    with editing.edited(editing.memory(model, 1), weight):
        return key, value, weight, model(ids_on(device))[0]


def detour(device: Device) -> Any:
    model = model_on(device)
    model.requires_grad_(False)
    parameters = lora.add_lora(model, rank=2, seed=3)
    losses = fit(model, iter(lambda: (ids_on(device),), None), steps=2, parameters=parameters)
    taken = lora.merge_lora(model, keep=True)
    merged = model(ids_on(device))[0]
    lora.unmerge_lora(model, taken)
    return losses, parameters, merged, model(ids_on(device))[0]


def merge(device: Device) -> Any:
    base, one, two = (copy_weights(model_on(device, layers=layers)) for layers in (1, 1, 1))
    for name in base:
        one[name], two[name] = 1.1 * base[name], base[name] + 0.01
    vectors = [merging.task_vector(one, base), merging.task_vector(two, base)]
    return merging.combine(base, vectors, [1, -0.5]), merging.ties(vectors), merging.random_task_vector(vectors[0], 1)


def choose(device: Device) -> Any:
    model = model_on(device)
    score = lambda row: float(row.double().mean())  # noqa: E731
    pairs = preference.compare(model, [ids_on(device)], score, max_new=4, end=28, generator=die())
    swapped = preference.half_swapped(pairs, random.Random(0))
    return list(pairs), list(swapped), preference.prefer(model, pairs, steps=2, count=3), copy_weights(model)


def classify(device: Device) -> Any:
    encoder, ids = model_on(device, causal=False), ids_on(device, rows=12)
    losses = fit(encoder, classifiers.covered_batches(ids, 0, 0), steps=2, loss=classifiers.masked_loss)
    vectors = classifiers.read(encoder, ids).mean(1)
    head = classifiers.fit_head(vectors, ids[:, 0] % 2, 2, steps=5)
    return losses, vectors, head.weight, classifiers.accuracy(head, vectors, ids[:, 0] % 2)


def embed(device: Device) -> Any:
    """MiniLM's architecture, small."""
    words = {word: i for i, word in enumerate("[UNK] the cat sat a dog no bird sang here".split())}
    library = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, "[UNK]"))
    library.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    options = {
        "norm": "layer",
        "norm_first": False,
        "causal": False,
        "positions": "learned",
        "gated": False,
        "bias": True,
    }
    return Embedder(model_on(device, **options), library)(TEXTS)


def chat(device: Device) -> Any:
    tokenizer = Tokenizer.from_folder(prepare())
    local = LocalChat(model_on(device, vocabulary=len(tokenizer)), tokenizer)
    said = [[Message(role="user", content=text)] for text in TEXTS]
    replies = local.replies(said, max_tokens=4, temperature=1.0)
    streamed = list(local.stream(said[0], max_tokens=4)) + list(local.stream(said[0] * 2, max_tokens=4))
    chosen = local.reply(said[1], form=Choice(options=("yes", "no")), max_tokens=4)
    return [reply.message.content for reply in (*replies, chosen)], streamed


def play(device: Device) -> Any:
    """Data are drawn on the CPU; what learns from them, or is asked about them, is elsewhere."""
    task = recall.Recall(number=3, keys=8, values=8, asked=2)
    learner = model_on(device, vocabulary=task.vocabulary)
    losses = fit(learner, task.batches(0, count=4), steps=2, loss=next_token_loss)
    listener = seeded(partial(bells.Listener, hidden=4), 0).to(device)
    losses += fit(listener, bells.practice(0, count=4), steps=2, loss=bells.answer_loss)
    player = cards.card_model("delta", 4, 0).to(device)
    losses += fit(player, cards.practice([2, 3], 0, count=4), steps=2, loss=cards.answer_loss)
    heard = bells.Calls(*(part.to(device) for part in bells.calls(2, 6, die())))
    bits = judges.bits(model_on(device, vocabulary=149), [[145, 1, 2, 148], [145, 3, 148]], "text")
    return losses, bells.answers(heard), bits


def transplant_attention(device: Device) -> Any:
    model, ids = model_on(device), ids_on(device, rows=4)
    losses = transplant.transplant(model, model.embed(ids).detach(), [1, 2], steps=3, batch=2)
    before = transplant.perplexity(model, ids)
    fit(model, transplant.rows(2, ids), steps=2, parameters=transplant.detours(model, [1, 2]))
    lora.merge_lora(model)
    return losses, before, transplant.perplexity(model, ids)


ROOMS: dict[str, Callable[[Device], Any]] = {
    **{f"mixer {name}": partial(read_and_go_on, name) for name in sorted(MIXERS)},
    "architectures": other_architectures,
    "training": learn,
    "sampling": write,
    "scoring": score,
    "sites and changes": look_and_reach_in,
    "lenses": lens,
    "contributions": share,
    "ablation": remove,
    "patching": patch,
    "patchscopes": describe,
    "relations": relate,
    "directions and task vectors": steer,
    "key-value neurons": find_neurons,
    "circuits": find_circuits,
    "sparse autoencoders": find_features,
    "answering and finetuning": answer,
    "upper": answer_from_above,
    "editing": edit,
    "lora": detour,
    "merging": merge,
    "preference": choose,
    "classifiers": classify,
    "minilm": embed,
    "chat": chat,
    "toys": play,
    "transplant": transplant_attention,
}


# -------------------------------------------------------------------------------------------------------- the same


@pytest.fixture(
    params=[
        "pretended",
        pytest.param(
            "cuda",
            marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no graphics processor here"),
        ),
    ]
)
def device(request: pytest.FixtureRequest) -> Iterator[torch.device]:
    if request.param == "cuda":
        yield torch.device("cuda")
    else:
        with elsewhere() as there:
            yield there


def values(found: Any) -> list[Any]:
    """All that was found, one after the other, tensors on the CPU."""
    leaves, _ = tree_flatten(found)
    leaves = [x.tolist() if isinstance(x, Tensor) and not x.is_floating_point() else x for x in leaves]
    return [x.detach().cpu() if isinstance(x, Tensor) else x for x in leaves]


def assert_same(room: str, device: Device) -> None:
    got, wanted = values(ROOMS[room](device)), values(ROOMS[room]("cpu"))
    assert len(got) == len(wanted)
    for one, other in zip(got, wanted, strict=True):
        if isinstance(other, Tensor | float):
            torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-6)
        else:
            assert one == other


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_the_same_on_another_device(room, device):
    assert_same(room, device)


# ------------------------------------------------------------- long runs, in float32 there, and so only nearly the same


def test_the_race_is_run_on_another_device(device):
    size = race.Size(20_000, layers=4, heads=2, context=16, batch=4, steps=3, lr=3e-3)
    text = "twas brillig and the slithy toves did gyre and gimble in the wabe\n" * 20
    there, here = (race.run("gated+attention", size, 0, text, place=race.Alone(str(d))) for d in (device, "cpu"))
    assert [*there.curve, there.loss] == pytest.approx([*here.curve, here.loss], rel=1e-4)
    assert [one["floats"] for one in there.decoding] == [one["floats"] for one in here.decoding]


def test_the_script_of_the_transplant_works_on_another_device(device, tmp_path, monkeypatch, capsys):
    def load(dtype: torch.dtype, device: str) -> tuple[LanguageModel, Tokenizer]:
        return model_on(device).to(dtype), letters()

    monkeypatch.setattr(transplant, "load_smollm2", load)
    (tmp_path / "text").write_text("twas brillig and the slithy toves did gyre and gimble in the wabe " * 5)
    words = f"--layers 2 1 --length 16 --batch 4 --transfer 3 --tune 3 --every 2 --text {tmp_path / 'text'}".split()
    said = []
    for where in (str(device), "cpu"):
        transplant.main([*words, "--device", where, "--out", str(tmp_path / where)])
        said.append([float(number) for number in re.findall(r"perplexity +([\d.]+)", capsys.readouterr().out)])
    assert len(said[0]) == 3
    assert said[0] == pytest.approx(said[1], abs=0.02)

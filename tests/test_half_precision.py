"""Every room works in half precision: what is read there is near to what double precision reads, and finite."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from jielong.adaptation import editing, preference
from jielong.adaptation.finetuning import Fact, teach
from jielong.adaptation.lora import add_lora, merge_lora
from jielong.adaptation.weights import changed, copy_weights
from jielong.interpretability import changes, directions, lenses
from jielong.pretrained import load_smollm2
from jielong.programs import transplant
from jielong.sampling import continuations
from jielong.scoring import ask, next_token_logits, token_log_probabilities
from jielong.sites import intervene
from jielong.training import fit, next_token_loss
from torch import Tensor

from tests import test_devices
from tests.models import tiny
from tests.test_devices import ROOMS, values

LEARN = ["training", "lora", "preference", "classifiers", "toys", "transplant"]
"""In float16 Adam's epsilon is zero, and so they say that it is too narrow."""
EXACT = ["answering and finetuning", "upper"]
"""They ask for exact numbers, which are float64."""
ROUGH = ["merging", "sparse autoencoders", "circuits"]
"""Differences of nearly equal numbers, what learns, and a search among heads: only finite."""
ELSEWHERE = ["chat"]
"""Says no numbers; what it is made of does."""
READ = [room for room in ROOMS if not room.startswith("mixer ") and room not in LEARN + EXACT + ROUGH + ELSEWHERE]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, torch.dtype], list[Any]]:
    """What a room finds with a model in some precision, weights of which need not be exact."""
    for learning in (test_devices, preference, transplant):
        monkeypatch.setattr(learning, "fit", partial(fit, exact=False))
    whole = test_devices.model_on

    def find(room: str, dtype: torch.dtype) -> list[Any]:
        with monkeypatch.context() as block:
            block.setattr(test_devices, "model_on", lambda device, **changes: whole(device, **changes).to(dtype))
            return values(ROOMS[room]("cpu"))

    return find


def numbers(found: list[Any]) -> list[Tensor]:
    return [torch.as_tensor(x).double() for x in found if isinstance(x, float | Tensor)]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("room", READ)
def test_what_is_read_is_near_to_double_precision(room, dtype, found):
    got, wanted = numbers(found(room, dtype)), numbers(found(room, torch.float64))
    assert len(got) == len(wanted)
    for one, other in zip(got, wanted, strict=True):
        assert one.shape == other.shape
        near = 8 * torch.finfo(dtype).eps * other.abs().max() if other.numel() else 0.0
        torch.testing.assert_close(one, other, rtol=0.0, atol=float(near) + 1e-3)


@pytest.mark.parametrize("room", LEARN + ROUGH)
def test_what_learns_or_subtracts_stays_finite(room, found):
    assert all(bool(x.isfinite().all()) for x in numbers(found(room, torch.bfloat16)))


def test_in_bfloat16_smollm2_writes_is_looked_into_changed_edited_and_taught():
    model, tokenizer = load_smollm2(dtype=torch.bfloat16, extrapolate=True)
    assert model.config.extrapolate
    prompts = ["The capital of France is", "The capital of Italy is"]
    assert ask(model, tokenizer, prompts) == [" Paris", " Rome"]
    assert continuations(model, tokenizer, prompts, 2) == [" Paris.", " Rome."]
    before = copy_weights(model)
    streams = lenses.streams(model, torch.tensor([tokenizer.encode(prompts[0])]))
    assert lenses.lens(model, streams[-1, 0, -1]).argmax() == tokenizer.encode(" Paris")[0]
    france = streams[12, 0, -1] - streams[12, 0, 0]
    with intervene(model, {"blocks.25.in": changes.put(streams[25, 0, -1], at=-1)}):
        assert ask(model, tokenizer, prompts[1:]) == [" Paris"]
    with intervene(model, {"blocks.12.in": changes.project_out(france), "blocks.13.in": directions.clamp(france, 0.1)}):
        assert next_token_logits(model, tokenizer, prompts).isfinite().all()
    model.requires_grad_(False)
    edit = editing.Edit("France", "The capital of {} is", "Tokyo")
    (key,), (value,) = editing.wished_values(model, tokenizer, [edit], 2)
    weight = editing.rank_one(editing.memory(model, 2).weight, key, value, torch.eye(len(key)))
    with editing.edited(editing.memory(model, 2), weight):
        assert ask(model, tokenizer, prompts[:1]) == [" Tokyo"]
        assert changed(model, before) > 0
    detours = add_lora(model, rank=4)
    losses = teach(model, tokenizer, [Fact(prompts[0], "Tokyo")], steps=2, lr=5e-3, parameters=detours, exact=False)
    assert losses[1] < losses[0]
    for name, lora in merge_lora(model, keep=True).items():
        model.set_submodule(name, lora.linear)
    assert changed(model, before) == 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_what_is_said_to_be_likely_has_the_digits_of_single_precision(dtype):
    """The model reads in half precision; what is made of its logits does not lose any more."""
    model = tiny().to(dtype)
    ids = torch.randint(23, (2, 7), generator=torch.Generator().manual_seed(1))
    wanted = model(ids[:, :-1])[0].double().log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
    for found in (token_log_probabilities(model, ids).mean(), -next_token_loss(model, ids)):
        assert found.dtype == torch.float32
        assert found.item() == pytest.approx(wanted.mean().item(), rel=1e-6)

"""Directions: means against transformers' states, pushes against one at a time, a limit that spares the rest."""

from __future__ import annotations

import pytest
import torch
from jielong.interpretability.changes import add, project_out
from jielong.interpretability.directions import Push, clamp, end_states, mean_state, random_like, write
from jielong.lessons.a_direction_for_no import voices
from jielong.model import Config, LanguageModel
from jielong.sampling import generate
from jielong.sites import intervene, trace

from tests.letters import letters

PROMPTS = ["\nThe capital of France is", "\nBread", "\nMy favorite food is"]


@pytest.fixture(scope="module")
def theirs(peer, smollm2):
    """transformers' hidden states behind every block, one text at a time, without padding."""
    _, tokenizer = smollm2
    states = []
    with torch.inference_mode():
        for prompt in PROMPTS:
            output = peer(torch.tensor([tokenizer.encode(prompt)]), output_hidden_states=True)
            states.append(torch.stack(output.hidden_states[1:])[:, 0])
    return states


def test_end_states_equal_those_of_transformers(smollm2, theirs):
    ours = end_states(*smollm2, PROMPTS)
    assert ours.shape == (30, 3, 576)
    for k, states in enumerate(theirs):  # transformers' last one is behind the final norm
        assert (ours[:-1, k] - states[:-1, -1]).norm() < 1e-4 * states[:-1, -1].norm()


def test_the_mean_is_over_all_tokens_but_each_first(smollm2, theirs):
    ours = mean_state(*smollm2, PROMPTS)
    mean = torch.cat([states[:, 1:] for states in theirs], 1).mean(1)
    assert (ours[:-1] - mean[:-1]).norm() < 1e-4 * mean[:-1].norm()


def test_random_directions_have_the_lengths_and_no_more():
    vector = torch.randn(4, 500, generator=torch.Generator().manual_seed(0)) * torch.arange(1.0, 5)[:, None]
    other = random_like(vector, torch.Generator().manual_seed(1))
    assert torch.allclose(other.norm(dim=-1), vector.norm(dim=-1))
    assert torch.nn.functional.cosine_similarity(other, vector, dim=-1).abs().max() < 0.2


def test_a_clamp_stops_what_goes_beyond_and_leaves_the_rest():
    x = torch.tensor([[[5.0, 1.0], [1.0, 7.0], [-4.0, 0.0]]])
    change = clamp(torch.tensor([10.0, 0.0]), 2.0)
    assert torch.equal(change(x), torch.tensor([[[2.0, 1.0], [1.0, 7.0], [-4.0, 0.0]]]))
    assert torch.equal(change(change(x)), change(x))
    assert x[0, 0, 0] == 5, "the argument stays as it is"


def test_a_clamp_at_some_positions_and_along_any_direction():
    generator = torch.Generator().manual_seed(0)
    x, v = torch.randn(2, 6, 9, generator=generator), torch.randn(9, generator=generator)
    y, unit = clamp(v, -0.3, slice(1, None))(x), v / v.norm()
    assert torch.equal(y[:, 0], x[:, 0])
    assert torch.allclose((y @ unit)[:, 1:], (x @ unit)[:, 1:].clamp(max=-0.3), atol=1e-5)
    assert torch.allclose(project_out(v)(y), project_out(v)(x), atol=1e-5), "nothing moves but along the direction"


def test_what_is_written_under_many_pushes_is_what_each_writes_alone(smollm2):
    model, tokenizer = smollm2
    noise = random_like(torch.full((576,), 3.0), torch.Generator().manual_seed(2))
    pushes = [Push(PROMPTS[0], 5, noise), Push(PROMPTS[1], 20, 4 * noise), Push(PROMPTS[2], 5, 0 * noise)]
    together = write(model, tokenizer, pushes, 4)
    for push, text in zip(pushes, together, strict=True):
        ids = torch.tensor([tokenizer.encode(push.prompt)])
        with intervene(model, {f"blocks.{push.layer}.out": add(push.vector)}):
            alone = generate(model, ids, 4)
        assert text == tokenizer.decode(alone[0, ids.shape[1] :].tolist())


def test_what_is_read_can_be_learned_from():
    model = LanguageModel(Config(vocabulary=29, width=16, layers=2, heads=2)).eval()
    for found in (end_states(model, letters(), ["abc", "de"]), mean_state(model, letters(), ["abc", "de"])):
        assert not found.is_inference()
        assert not found.requires_grad
        weight = torch.zeros(16, requires_grad=True)
        (found @ weight).sum().backward()
        assert torch.equal(weight.grad, found.flatten(0, -2).sum(0))


def test_a_clamp_also_holds_what_is_written_on():
    model = LanguageModel(Config(vocabulary=29, width=16, layers=2, heads=2)).eval()
    direction, site = torch.randn(16, generator=torch.Generator().manual_seed(2)), "blocks.0.out"
    for first in (1, 4):
        held = {site: clamp(direction, -1.0, slice(first, None))}
        with intervene(model, held), trace(model, site, keep="all") as seen:
            generate(model, torch.tensor([[1, 2, 3]]), 4)
        reach = (seen.joined(site) @ direction / direction.norm())[0]
        assert (reach < -0.999).tolist() == [False] * first + [True] * (6 - first)


def test_pushes_are_added_to_a_model_in_half_precision():
    model = LanguageModel(Config(vocabulary=29, width=16, layers=1, heads=2)).bfloat16().eval()
    towards = model.embed.weight[4].float() * 1000
    assert write(model, letters(), [Push("abc", 0, towards), Push("de", 0, 0 * towards)], 3)[0] == "eee"


def test_voices_are_heard():
    def heard(sentences):
        return [sum(map(hear, sentences)) / len(sentences) for hear in (voices.french, voices.capitals)]

    english, french, capitals = map(heard, (voices.ENGLISH, voices.FRENCH, voices.CAPITALS))
    assert english[0] == 0
    assert french[0] > 0.35
    assert capitals[0] == 0
    assert capitals[1] == 1
    assert max(english[1], french[1]) < 0.1
    assert voices.french("la la la la") == 1 / 4
    assert voices.french("") == voices.capitals("12 !") == 0


def test_with_nothing_said_it_writes_twelve_tokens():
    model = LanguageModel(Config(vocabulary=29, width=16, layers=1, heads=2)).eval()
    assert [len(text) for text in write(model, letters(), [Push("abc", 0, torch.zeros(16))])] == [12]

"""The next token against transformers' own settings, a die's frequencies, and transformers' ``generate``."""

from __future__ import annotations

from decimal import Decimal, localcontext
from math import inf, nan

import pytest
import torch
from jielong.model import Config, LanguageModel
from jielong.sampling import branches, continuations, distribution, generate, sample, stream
from jielong.tokenizer import pad_left
from scipy.stats import chisquare

from tests.conftest import llama_pair
from tests.letters import letters


def by_transformers(logits: torch.Tensor, temperature: float, top_k: int | None, top_p: float | None) -> torch.Tensor:
    from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    warpers = [TemperatureLogitsWarper(temperature)]
    warpers += [] if top_k is None else [TopKLogitsWarper(top_k)]
    warpers += [] if top_p is None else [TopPLogitsWarper(top_p)]
    for warper in warpers:
        logits = warper(None, logits)
    return logits.softmax(-1)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 1.7])
@pytest.mark.parametrize("top_k", [None, 1, 7, 500])
@pytest.mark.parametrize("top_p", [None, 0.05, 0.6, 0.95, 1.0])
def test_distribution_equals_transformers(temperature, top_k, top_p):
    logits = 3 * torch.randn(8, 101, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    wanted = by_transformers(logits, temperature, top_k and min(top_k, 101), top_p)
    torch.testing.assert_close(distribution(logits, temperature, top_k, top_p), wanted)


def test_temperature_zero_is_the_largest():
    logits = torch.tensor([[0.1, 2.0, -1.0], [5.0, 4.9, 0.0]])
    assert distribution(logits, 0).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_a_shape_of_any_size_is_kept():
    logits = torch.randn(2, 3, 5)
    torch.testing.assert_close(distribution(logits, 1.0, top_k=2)[1, 2], distribution(logits[1, 2], 1.0, top_k=2))
    assert sample(distribution(logits), torch.Generator()).shape == (2, 3)


def test_the_die_is_fair():
    chances = torch.tensor([0.5, 0.25, 0.15, 0.1, 0.0])
    rolls = sample(chances.expand(20_000, 5), torch.Generator().manual_seed(0))
    counts = torch.bincount(rolls, minlength=5)
    assert counts[4] == 0
    assert chisquare(counts[:4], 20_000 * chances[:4].double().numpy()).pvalue > 0.01
    loaded = torch.tensor([0.48, 0.25, 0.17, 0.1])  # a die this different would be noticed
    assert chisquare(counts[:4], 20_000 * loaded.double().numpy()).pvalue < 0.01


def test_the_die_draws_by_lengths_on_a_line_and_never_what_is_impossible():
    chances = torch.tensor([[0.0, 0.3, 0.0, 0.7, 0.0]]).expand(5000, 5)
    point = torch.rand(5000, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    drawn = sample(chances, torch.Generator().manual_seed(3))
    assert torch.equal(drawn, torch.where(point < torch.tensor(0.3).double(), 1, 3))
    with pytest.raises(ValueError, match="of which some are above 0"):
        sample(torch.zeros(2, 3), torch.Generator())
    with pytest.raises(ValueError, match="temperature=1.0 rolls a die"):
        generate(LanguageModel(Config(vocabulary=5)), torch.tensor([[1]]), temperature=1.0)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"temperature": -1.0}, "temperature=-1.0 must not be negative"),
        ({"top_k": 0}, "top_k=0 must be at least 1"),
        ({"top_p": 0.0}, "top_p=0.0 must be above 0 and at most 1"),
        ({"top_p": 1.5}, "top_p=1.5 must be above 0"),
        ({"temperature": nan}, "temperature=nan must not be negative, and finite"),
        ({"temperature": inf}, "temperature=inf must not be negative, and finite"),
        ({"temperature": -inf}, "temperature=-inf must not be negative, and finite"),
        ({"temperature": "1"}, "temperature='1' must be a number"),
        ({"temperature": True}, "temperature=True must be a number"),
        ({"top_k": 2.0}, "top_k=2.0 must be a whole number"),
        ({"top_k": nan}, "top_k=nan must be a whole number"),
        ({"top_k": True}, "top_k=True must be a whole number"),
        ({"top_p": nan}, "top_p=nan must be above 0"),
        ({"top_p": inf}, "top_p=inf must be above 0"),
        ({"top_p": True}, "top_p=True must be a number"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_impossible_settings_are_named(setting, message):
    with pytest.raises(ValueError, match=message):
        distribution(torch.zeros(3), **setting)
    with pytest.raises(ValueError, match=message):
        generate(LanguageModel(Config(vocabulary=5)), torch.tensor([[1]]), **setting)


@pytest.mark.parametrize("number", [-1, 2.0, True, nan])
@pytest.mark.usefixtures("unchecked")
def test_a_number_of_new_tokens_is_a_whole_one(number):
    with pytest.raises(ValueError, match=f"max_new={number} must be"):
        generate(LanguageModel(Config(vocabulary=5)), torch.tensor([[1]]), number)


def by_decimals(logits: list[float], temperature: float) -> list[float]:
    """The softmax in decimals of any exponent."""
    with localcontext(prec=50, Emin=-(10**9), Emax=10**9):
        exact, heat = [Decimal(logit) if logit > -inf else None for logit in logits], Decimal(temperature)
        top = max(logit for logit in exact if logit is not None)
        weights = [Decimal(0) if logit is None else max((logit - top) / heat, Decimal(-2000)).exp() for logit in exact]
        return [float(weight / sum(weights)) for weight in weights]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("temperature", [5e-324, 1e-310, 1e-300, 1e-40, 1e-20, 1e-4, 0.3, 1.0, 1e4, 1e300])
@pytest.mark.parametrize(
    "logits",
    [[20.0, 10.0], [2.0, -inf], [3.0, 3.0, 1.0], [0.0, -1e-4, 1e-4], [-1e4, 1e4, 0.0], [-inf, -5.0, -inf], [7.0]],
)
def test_at_every_temperature_it_is_the_exact_softmax(logits, temperature, dtype):
    given = torch.tensor(logits, dtype=dtype)
    p = distribution(given, temperature)
    assert p.dtype == dtype
    wanted = torch.tensor(by_decimals(given.tolist(), temperature), dtype=torch.float64)
    torch.testing.assert_close(p.double(), wanted, rtol=0, atol=torch.finfo(dtype).eps)


def test_below_zero_by_a_sign_alone_is_zero():
    logits = torch.tensor([1.0, 3.0, 2.0])
    assert distribution(logits, -0.0).tolist() == [0, 1, 0]
    assert generate(LanguageModel(Config(vocabulary=5)), torch.tensor([[1]]), 2, temperature=-0.0).shape == (1, 3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize(("top_k", "top_p"), [(None, 0.5), (None, 1.0), (30_000, 0.9), (30_000, None)])
def test_what_is_kept_of_many_tokens_does_not_depend_on_the_precision(dtype, top_k, top_p):
    logits = (torch.arange(40_000) % 997).to(dtype) / 997
    kept = distribution(logits.double(), 1.0, top_k, top_p) > 0
    assert torch.equal(distribution(logits, 1.0, top_k, top_p) > 0, kept)


@pytest.mark.parametrize("bad", [[1.0, nan], [nan, nan], [1.0, inf], [-inf, -inf]])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_logits_of_which_none_is_the_largest_are_named_by_their_row(bad, temperature):
    with pytest.raises(ValueError, match="logits: row 1 of the logits has nan, has inf, or is all -inf"):
        distribution(torch.tensor([[1.0, 2.0], bad]), temperature)


@pytest.mark.usefixtures("unchecked")
def test_what_are_no_logits_is_refused():
    with pytest.raises(ValueError, match="logits must be floating-point logits of some tokens, not torch.int64"):
        distribution(torch.tensor([2, 1]))
    with pytest.raises(ValueError, match=r"not torch.float32 \[3, 0\]"):
        distribution(torch.zeros(3, 0))
    assert distribution(torch.zeros(0, 3)).shape == (0, 3)


@pytest.mark.parametrize("bad", [[0.5, -0.1], [nan, 1.0], [inf, 1.0], [0.0, 0.0]])
def test_a_row_that_is_no_die_is_named(bad):
    with pytest.raises(ValueError, match="probabilities: row 1 must be numbers from 0 on, of which some are above 0"):
        sample(torch.tensor([[0.5, 0.5], bad]), torch.Generator())


def test_the_smallest_probabilities_there_are_can_be_drawn_from():
    rows = torch.tensor([[0.0, 5e-324, 0.0, 5e-324, 0.0]], dtype=torch.float64).expand(200, 5)
    assert sample(rows, torch.Generator().manual_seed(0)).unique().tolist() == [1, 3]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_model_that_computes_no_numbers_chooses_nothing(temperature):
    model = LanguageModel(Config(vocabulary=5))
    model.norm.weight.data[0] = nan
    with pytest.raises(ValueError, match="model: row 0 of the logits has nan"):
        generate(model, torch.tensor([[1]]), 1, temperature=temperature, generator=torch.Generator())
    with pytest.raises(ValueError, match="model: row 0 of the logits has nan"):
        branches(model)([[1, 2]])


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_row_in_which_nothing_may_come_next_is_named_unless_it_has_ended(temperature):
    model, ids = LanguageModel(Config(vocabulary=5)).eval(), torch.tensor([[1], [2]])

    def only(*tokens):  # what may come next in each row; None: nothing
        return torch.tensor([[token == k for k in range(5)] for token in tokens])

    settings = {"temperature": temperature, "generator": torch.Generator().manual_seed(0)}
    with pytest.raises(ValueError, match="allowed: row 1 has no token that may come next"):
        generate(model, ids, 2, allowed=lambda written: only(3, None), **settings)
    steps = [only(4, 3), only(None, 2), only(None, 4)]
    written = generate(model, ids, 9, allowed=lambda written: steps[written.shape[1]], end=4, **settings)
    assert written[:, 1:].tolist() == [[4, 4, 4], [3, 2, 4]]


@pytest.mark.parametrize(
    "mask", [torch.ones(1, 4, dtype=torch.bool), torch.ones(5, dtype=torch.bool), torch.ones(1, 5)]
)
@pytest.mark.usefixtures("unchecked")
def test_a_mask_of_another_shape_is_refused(mask):
    with pytest.raises(ValueError, match=r"allowed must give True or False for each of \[1, 5\], not torch"):
        generate(LanguageModel(Config(vocabulary=5)), torch.tensor([[1]]), 1, allowed=lambda written: mask)


@torch.inference_mode()
def test_the_real_model_writes_what_transformers_would(smollm2, peer):
    """200 tokens, each the one that transformers, reading all before it at once, finds most probable."""
    model, tokenizer = smollm2
    ids = torch.tensor([tokenizer.encode(tokenizer.chat([{"role": "user", "content": "Tell me a long story."}]))])
    written, start = generate(model, ids, 200), ids.shape[1]
    assert written.shape[1] == start + 200
    assert peer(written).logits[:, start - 1 : -1].argmax(-1).tolist() == written[:, start:].tolist()
    assert written[:, start:].unique().numel() > 60  # a text, not a loop


def test_a_ragged_batch_writes_what_each_row_writes_alone():
    ours, theirs = llama_pair(kv_heads=2)
    theirs.generation_config.eos_token_id = None
    rows = [[1, 2, 3, 4, 5, 6, 7], [8, 9], [10]]
    ids, padding = pad_left(rows, fill=0)
    written = generate(ours, ids, 12, padding=padding)[:, 7:]
    for row, own in zip(rows, written, strict=True):
        prompt = torch.tensor([row])
        options = {
            "attention_mask": torch.ones_like(prompt),
            "max_new_tokens": 12,
            "do_sample": False,
            "pad_token_id": 0,
        }
        assert own.tolist() == theirs.generate(prompt, **options)[0, len(row) :].tolist()


def test_rows_that_ended_are_filled_and_an_early_end_stops():
    ours, _ = llama_pair()
    ids = torch.tensor([[3, 4], [7, 1], [2, 9]])
    free = generate(ours, ids, 10)[:, 2:]
    end = int(free[0, 3])
    ended = generate(ours, ids, 10, end=end)[:, 2:]
    for whole, cut in zip(free.tolist(), ended.tolist(), strict=True):
        stop = whole.index(end) + 1 if end in whole else len(whole)
        assert cut == (whole[:stop] + [end] * 10)[: len(cut)]
    assert generate(ours, ids[:1], 10, end=end).shape[1] == 2 + free[0].tolist().index(end) + 1


def test_sampled_first_tokens_follow_the_distribution():
    ours, _ = llama_pair(seed=3)
    prompt = torch.tensor([[5, 6, 7]])
    with torch.no_grad():
        chances = distribution(ours(prompt)[0][0, -1].double(), 2.0, top_k=6)
    written = generate(
        ours, prompt.repeat(6000, 1), 1, temperature=2.0, top_k=6, generator=torch.Generator().manual_seed(0)
    )
    counts = torch.bincount(written[:, -1], minlength=61)
    kept = chances > 0
    assert counts[~kept].sum() == 0
    assert chisquare(counts[kept], 6000 * chances[kept].numpy()).pvalue > 0.01


def test_the_same_seed_writes_the_same_text():
    ours, _ = llama_pair()

    def written(seed: int) -> list[int]:
        generator = torch.Generator().manual_seed(seed)
        return generate(ours, torch.tensor([[1]]), 20, temperature=1.5, generator=generator)[0].tolist()

    assert written(1) == written(1) != written(2)


def test_what_was_written_can_be_trained_on():
    ours, _ = llama_pair()
    ids = generate(ours, torch.tensor([[1, 2]]), 4, temperature=1.0, generator=torch.Generator())
    ours(ids)[0].sum().backward()
    assert ours.embed.weight.grad is not None


def test_with_nothing_said_it_writes_fifty_tokens_greedily():
    model = LanguageModel(Config(vocabulary=7, width=16, layers=1, heads=2)).eval()
    ids = torch.tensor([[1, 2]])
    written = generate(model, ids)
    assert written.shape == (1, 52)
    assert len(list(stream(model, ids))) == 50
    for place in range(2, 6):
        assert written[0, place] == model(written[:, :place])[0][0, -1].argmax()


def test_with_nothing_said_the_distribution_is_the_softmax():
    logits = torch.randn(3, 11)
    torch.testing.assert_close(distribution(logits), logits.softmax(-1))


@pytest.mark.parametrize("before", ["", "so it was", ["this", "that", "this", "that"]])
def test_continuations_are_those_of_each_whole_prompt(before):
    model, spell = LanguageModel(Config(vocabulary=29, width=16, layers=2, heads=2)).eval(), letters()
    with torch.no_grad():
        model.embed.weight.mul_(30)  # far from uniform, so that greedy choices are clear
    prompts = ["a", "xyz", "hello", "so"]
    texts = [before] * 4 if isinstance(before, str) else before
    wanted = []
    for text, prompt in zip(texts, prompts, strict=True):
        ids = spell.encode(text) + spell.encode(prompt)
        wanted.append(spell.decode(generate(model, torch.tensor([ids]), 5)[0, len(ids) :]))
    assert continuations(model, spell, prompts, 5, before) == wanted

"""The language model against transformers: the real weights, and small random ones in every combination."""

from __future__ import annotations

import math
import warnings
from itertools import pairwise, product

import pytest
import torch
from jielong.model import Config, LanguageModel
from jielong.pretrained.smollm2 import config_of
from jielong.sampling import generate
from jielong.sites import advance, resume
from jielong.training import next_token_loss

from tests.conftest import llama_pair

TEXTS = [
    "The capital of France is",
    "\nOnce upon a time there was a lighthouse keeper who never slept.",
    "Water boils at 100 degrees Celsius, or 212 Fahrenheit.",
    "a",
    "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n",
    'SELECT name, COUNT(*) FROM users GROUP BY name HAVING COUNT(*) > 3; -- "x"',
    "<|im_start|>user\nWhat is 2 + 2?<|im_end|>\n<|im_start|>assistant\n",
    "台灣最高的山是玉山，海拔三千九百五十二公尺。",
    "床前明月光，疑是地上霜。",
    "人工智慧是什麼？",
    "吾輩は猫である。名前はまだ無い。",
    "나는 오늘 학교에 갔다.",
    "Die Würde des Menschen ist unantastbar.",
    "L'été dernier, nous sommes allés à la plage.",
    "¿Dónde está la biblioteca?",
    "Все счастливые семьи похожи друг на друга.",
    "السلام عليكم ورحمة الله",
    "😀😃😄 🇹🇼 👩‍👩‍👧‍👦",
    "∀x ∈ ℝ: x² ≥ 0",
    "   spaces   and\ttabs\n\n\nand 3.14159  2024",
]


@pytest.fixture(scope="module")
def real_logits(smollm2, peer):
    """transformers' logits of each text, alone."""
    tokenizer = smollm2[1]
    rows = [tokenizer.encode(text) for text in TEXTS]
    with torch.inference_mode():
        return rows, [peer(torch.tensor([row])).logits[0] for row in rows]


@torch.inference_mode()
def test_real_logits_equal_transformers(smollm2, real_logits):
    model, _ = smollm2
    for text, row, wanted in zip(TEXTS, *real_logits, strict=True):
        assert (model(torch.tensor([row]))[0][0] - wanted).abs().max() < 1e-3, text


@torch.inference_mode()
def test_real_logits_with_the_cache(smollm2, real_logits):
    model, _ = smollm2
    long = [(row, wanted) for row, wanted in zip(*real_logits, strict=True) if len(row) >= 12][:6]
    for row, wanted in long:
        state, pieces = None, []
        for piece in (row[:5], row[5:6], row[6:7], row[7:]):
            logits, state = model(torch.tensor([piece]), state=state)
            pieces.append(logits[0])
        assert (torch.cat(pieces) - wanted).abs().max() < 1e-3


@torch.inference_mode()
def test_real_logits_of_a_ragged_batch(smollm2, real_logits):
    model, tokenizer = smollm2
    ids, padding = tokenizer.pad(real_logits[0])
    assert padding.unique().numel() > 5
    logits, _ = model(ids, padding=padding)
    for i, (row, wanted) in enumerate(zip(*real_logits, strict=True)):
        assert (logits[i, -len(row) :] - wanted).abs().max() < 1e-3, TEXTS[i]


@torch.inference_mode()
def test_real_logits_of_a_ragged_batch_with_the_cache(smollm2, real_logits):
    model, tokenizer = smollm2
    long = [(row, wanted) for row, wanted in zip(*real_logits, strict=True) if len(row) >= 12]
    ids, padding = tokenizer.pad([row for row, _ in long])
    assert padding.unique().numel() > 3
    state, cuts, pieces = None, [0, int(padding.max()) + 3, int(padding.max()) + 4, ids.shape[1]], []
    for start, end in pairwise(cuts):
        logits, state = model(ids[:, start:end], state, padding)
        pieces.append(logits)
    for own, (row, wanted) in zip(torch.cat(pieces, dim=1), long, strict=True):
        assert (own[-len(row) :] - wanted).abs().max() < 1e-3


def test_the_real_model_has_its_published_size(smollm2):
    assert sum(p.numel() for p in smollm2[0].parameters()) == 134_515_008


COMBINATIONS = [
    {"kv_heads": kv_heads, "tied": tied, "head_width": head_width, "bias": bias}
    for kv_heads, tied, head_width, bias in product((None, 2, 1), (True, False), (None, 12), (False, True))
]


@pytest.mark.parametrize("changes", COMBINATIONS, ids=str)
@torch.no_grad()
def test_equals_llama_with_random_weights(changes):
    ours, theirs = llama_pair(**changes)
    ids = torch.randint(61, (3, 17), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(ours(ids)[0], theirs(ids).logits, rtol=1e-4, atol=1e-4)
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters())


@pytest.mark.parametrize("changes", [{"rotary_base": 100.0}, {"norm_eps": 0.1}, {"layers": 1}, {"heads": 1}], ids=str)
@torch.no_grad()
def test_every_setting_reaches_the_computation(changes):
    ours, theirs = llama_pair(**changes)
    ids = torch.randint(61, (2, 33), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(ours(ids)[0], theirs(ids).logits, rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_equals_gpt2_with_random_weights():
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    shape = {"vocab_size": 61, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 20}
    theirs = GPT2LMHeadModel(GPT2Config(**shape, activation_function="gelu", initializer_range=0.3)).eval()
    for parameter in theirs.parameters():
        if parameter.dim() == 1:
            torch.nn.init.normal_(parameter, mean=0.5, std=0.3)
    kind = {"norm": "layer", "positions": "learned", "gated": False, "bias": True}
    ours = LanguageModel(Config(vocabulary=61, width=32, layers=2, heads=4, context=20, **kind)).eval()
    ours.load_state_dict(from_gpt2(theirs.state_dict()))
    ids = torch.randint(61, (3, 20), generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(ours(ids)[0], theirs(ids).logits, rtol=1e-4, atol=1e-4)
    first, state = ours(ids[:, :7])
    torch.testing.assert_close(ours(ids[:, 7:], state=state)[0], theirs(ids).logits[:, 7:], rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match="21 tokens do not fit into the 20 learned positions"):
        ours(ids[:, :1], state=ours(ids)[1])


def from_gpt2(theirs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """GPT-2 keeps matrices input-first, and queries, keys and values in one."""
    names = {"wte": "embed", "wpe": "position", "ln_f": "norm", "ln_1": "norm1", "ln_2": "norm2", "h": "blocks"}
    names |= {"attn": "mixer", "mlp": "feedforward", "c_fc": "up", "transformer": ""}
    ours = {}
    for name, weight in theirs.items():
        parts = name.split(".")
        if parts[0] == "lm_head":
            continue
        parts = [names.get(part, part) for part in parts]
        if "c_proj" in parts:
            parts[parts.index("c_proj")] = "o" if "mixer" in parts else "down"
        weight = weight.t() if weight.dim() == 2 and "blocks" in parts else weight
        if "c_attn" in parts:
            for letter, part in zip("qkv", weight.chunk(3), strict=True):
                ours[".".join(parts[1:]).replace("c_attn", letter)] = part
        else:
            ours[".".join(parts[1:])] = weight
    return ours


@pytest.mark.parametrize("positions", ["rotary", "learned", "none"])
@torch.no_grad()
def test_a_row_with_padding_equals_the_row_alone(positions):
    torch.manual_seed(0)
    model = LanguageModel(Config(vocabulary=61, positions=positions))
    ids, padding = torch.randint(61, (3, 12)), torch.tensor([0, 5, 11])
    logits, state = model(ids, padding=padding)
    more, _ = model(ids[:, :2], state=state)
    for i, pad in enumerate(padding.tolist()):
        alone, own = model(ids[i : i + 1, pad:])
        torch.testing.assert_close(logits[i, pad:], alone[0])
        torch.testing.assert_close(more[i], model(ids[i : i + 1, :2], state=own)[0][0])
    assert logits.isfinite().all()


@torch.no_grad()
def test_without_the_causal_mask_and_positions_order_does_not_matter():
    torch.manual_seed(0)
    model = LanguageModel(Config(vocabulary=61, causal=False, positions="none"))
    ids, order = torch.randint(61, (1, 9)), torch.randperm(9)
    torch.testing.assert_close(model(ids)[0][:, order], model(ids[:, order])[0])
    padded = torch.cat((torch.zeros(1, 3, dtype=torch.long), ids), dim=1)
    torch.testing.assert_close(model(padded, padding=torch.tensor([3]))[0][:, 3:], model(ids)[0])


@torch.no_grad()
def test_causal_logits_do_not_see_the_future():
    torch.manual_seed(0)
    model = LanguageModel(Config(vocabulary=61))
    ids = torch.randint(61, (1, 9))
    changed = ids.clone()
    changed[0, 5] = (ids[0, 5] + 1) % 61
    before, after = model(ids)[0], model(changed)[0]
    torch.testing.assert_close(before[:, :5], after[:, :5])
    assert (before[:, 5:] - after[:, 5:]).abs().amax(-1).min() > 1e-4


@torch.no_grad()
def test_a_state_can_be_branched():
    torch.manual_seed(0)
    model = LanguageModel(Config(vocabulary=61))
    prompt, one, other = torch.randint(61, (2, 6)), torch.randint(61, (2, 3)), torch.randint(61, (2, 4))
    _, state = model(prompt)
    first, _ = model(one, state=state)
    second, _ = model(other, state=state)
    assert state.length == 6
    torch.testing.assert_close(first, model(torch.cat((prompt, one), 1))[0][:, 6:])
    torch.testing.assert_close(second, model(torch.cat((prompt, other), 1))[0][:, 6:])
    swapped = model(one[[1, 1, 0]], state=state.rows(torch.tensor([1, 1, 0])))[0]
    torch.testing.assert_close(swapped, first[[1, 1, 0]])


def test_gradients_equal_transformers():
    ours, theirs = llama_pair(kv_heads=2)
    ids = torch.randint(61, (3, 17), generator=torch.Generator().manual_seed(1))
    next_token_loss(ours, ids).backward()
    theirs(ids, labels=ids).loss.backward()
    torch.testing.assert_close(ours.embed.weight.grad, theirs.model.embed_tokens.weight.grad, rtol=1e-3, atol=1e-5)
    k = theirs.model.layers[0].self_attn.k_proj.weight.grad
    torch.testing.assert_close(ours.blocks[0].mixer.k.weight.grad, k, rtol=1e-3, atol=1e-5)


def test_a_new_model_starts_near_even_odds_at_any_depth():
    for layers in (1, 24):
        torch.manual_seed(0)
        model = LanguageModel(Config(vocabulary=61, layers=layers))
        loss = next_token_loss(model, torch.randint(61, (8, 32)))
        assert abs(loss.item() - torch.log(torch.tensor(61.0)).item()) < 0.1


@pytest.mark.parametrize(
    ("ids", "options", "message"),
    [
        ([[0, 61]], {}, "ids must lie in 0 to 60; these go from 0 to 61"),
        ([[-1, 3]], {}, "ids must lie in 0 to 60; these go from -1 to 3"),
        ([1, 2], {}, r"ids must be whole numbers \(batch, time\), not torch.int64 of shape \(2,\)"),
        ([[0.5, 1.0]], {}, "not torch.float32"),
        ([[]], {}, "ids must be whole numbers"),
        ([[1, 2]], {"padding": [1, 0]}, "padding must be 1 whole numbers, one per row"),
        ([[1, 2]], {"padding": [2]}, r"padding=\[2\] must leave at least one of 2 tokens"),
        ([[1, 2]], {"padding": [-1]}, r"padding=\[-1\] must leave"),
        ([[1, 2]], {"state": 3}, "state is of 3 rows, but ids has 1"),
    ],
)
def test_bad_input_is_named(unchecked, ids, options, message):
    model = LanguageModel(Config(vocabulary=61))
    if "padding" in options:
        options = {"padding": torch.tensor(options["padding"])}
    if "state" in options:
        options = {"state": model(torch.zeros(options["state"], 4, dtype=torch.long))[1]}
    with pytest.raises(ValueError, match=message):
        model(torch.tensor(ids), **options)


def test_padding_beside_a_state_is_the_states_own():
    model, ids, padding = (
        LanguageModel(Config(vocabulary=61)),
        torch.tensor([[1, 2, 3], [4, 5, 6]]),
        torch.tensor([1, 0]),
    )
    _, state = model.hidden(ids[:, :2], padding=padding)
    x, other = model.enter(ids[:, 2:], 2, padding), torch.tensor([0, 1])
    assert torch.equal(model(ids[:, 2:], state, padding)[0], model(ids[:, 2:], state)[0])
    assert torch.equal(advance(model, x, 0, 2, padding, state), advance(model, x, 0, 2, state=state))
    for read in (lambda: model(ids[:, 2:], state, other), lambda: advance(model, x, 0, 2, other, state)):
        with pytest.raises(ValueError, match=r"padding=\[0, 1\], but the state was read with \[1, 0\]"):
            read()
    _, bare = model.hidden(ids[:, :2])
    with pytest.raises(ValueError, match="but the state was read with none; it remembers its own"):
        model(ids[:, 2:], bare, padding)
    assert torch.equal(model(ids[:, 2:], bare, torch.tensor([0, 0]))[0], model(ids[:, 2:], bare)[0])


def test_who_looks_ahead_reads_a_text_whole():
    model, ids = LanguageModel(Config(vocabulary=61, causal=False)), torch.tensor([[1, 2, 3]])
    _, state = model(ids[:, :2])
    with pytest.raises(ValueError, match=r"state: a model that looks ahead \(causal=False\) reads a text whole"):
        model(ids[:, 2:], state)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mixer": "convolutoin"}, "mixer='convolutoin' is unknown; there are .*'attention'"),
        ({"width": 30}, "width=30 must be a multiple of heads=4"),
        ({"heads": 0}, "heads=0 must be at least 1"),
    ],
)
def test_bad_configurations_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        Config(**{"vocabulary": 61, **changes})


def test_heads_that_do_not_group_are_named():
    with pytest.raises(ValueError, match="heads=4 must be a multiple of kv_heads=3"):
        LanguageModel(Config(vocabulary=61, kv_heads=3))


# ------------------------------------------------------------------------------------------- with nothing said


def test_the_slowest_pair_turns_by_a_ten_thousandth_nearly():
    """Su et al. 2021, section 3.2.2, and Vaswani et al. 2017, section 3.5: 10000^(-2 i / d)."""
    cosines, sines = LanguageModel(Config(vocabulary=5, width=64, heads=1)).rotary(torch.tensor([[0, 1000]]))
    slowest = math.atan2(sines[0, 0, 1, 31].item(), cosines[0, 0, 1, 31].item())
    assert slowest == pytest.approx(1000 * 10_000 ** (-62 / 64), rel=1e-5)


def test_a_file_that_says_nothing_of_the_base_means_the_one_of_transformers():
    from transformers import LlamaConfig, LlamaForCausalLM

    theirs = LlamaConfig(vocab_size=9, hidden_size=32, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2)
    said = {k: v for k, v in theirs.to_dict().items() if not k.startswith("rope")}
    ours = LanguageModel(config_of(said))
    frequencies = LlamaForCausalLM(theirs).model.rotary_emb.inv_freq
    cosines, _ = ours.rotary(torch.tensor([[1]]))
    torch.testing.assert_close(cosines[0, 0, 0, :8], frequencies.cos(), rtol=0, atol=1e-6)


def test_a_hundred_thousandth_is_added_to_the_variance():
    norm = LanguageModel(Config(vocabulary=5)).norm
    small = torch.full((64,), 1e-5**0.5)  # its square is as large
    torch.testing.assert_close(norm(small).detach(), torch.full((64,), 0.5**0.5))


def test_a_text_with_learned_positions_has_256_tokens_at_most():
    model = LanguageModel(Config(vocabulary=5, positions="learned"))
    assert model(torch.zeros(1, 256).long())[0].shape == (1, 256, 5)
    with pytest.raises(ValueError, match="257 tokens do not fit"):
        model(torch.zeros(1, 257).long())


@pytest.mark.parametrize("mixer", ["attention", "gated", "lstm", ("mamba", "attention")])
@pytest.mark.parametrize("positions", ["rotary", "none"])
def test_beyond_what_it_was_trained_to_read_a_model_warns_once_with_both_numbers(mixer, positions):
    model = LanguageModel(Config(vocabulary=5, context=6, mixer=mixer, positions=positions)).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, state = model(torch.zeros(2, 6).long())
    with pytest.warns(UserWarning, match="7 tokens are more than the 6 that this model was trained to read") as said:
        model(torch.zeros(2, 1).long(), state)
        model(torch.zeros(2, 9).long())
    assert len(said) == 1


def test_every_way_through_some_of_the_blocks_warns_or_refuses():
    rotary, learned = (Config(vocabulary=5, context=6, positions=positions) for positions in ("rotary", "learned"))
    ids = torch.zeros(1, 7).long()
    ways = {
        "generate": lambda model: generate(model, ids[:, :4], max_new=4),
        "advance": lambda model: advance(model, model.enter(ids), 0, 1),
        "resume": lambda model: resume(model, model.embed(ids), 0),
        "hidden": lambda model: model.hidden(ids),
    }
    for way in ways.values():
        with pytest.warns(UserWarning, match="7 tokens are more than the 6"):
            way(LanguageModel(rotary).eval())
        with pytest.raises(ValueError, match="7 tokens do not fit into the 6 learned positions"):
            way(LanguageModel(learned).eval())


def test_who_means_to_read_on_says_so_and_where_nobody_knows_nothing_is_said():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for config in (Config(vocabulary=5, context=6, extrapolate=True), Config(vocabulary=5)):
            LanguageModel(config)(torch.zeros(1, 300).long())
    with pytest.raises(ValueError, match="extrapolate=True"):
        Config(vocabulary=5, positions="learned", extrapolate=True)
    with pytest.raises(ValueError, match="context=0"):
        Config(vocabulary=5, context=0)


def test_a_model_has_two_layers_of_four_heads_and_width_64():
    model = LanguageModel(Config(vocabulary=5))
    _, state = model(torch.tensor([[1, 2, 3]]))
    assert [tuple(layer.k.shape) for layer in state.layers] == [(1, 4, 3, 16)] * 2


def test_embeddings_begin_at_a_fiftieth():
    """GPT-2's initialisation."""
    torch.manual_seed(0)
    model = LanguageModel(Config(vocabulary=2000, context=2000, positions="learned"))
    for embedding in (model.embed, model.position):
        assert embedding.weight.std().item() == pytest.approx(0.02, rel=0.01)

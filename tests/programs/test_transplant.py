"""A transplanted layer against a plain loop over its formula, and the operation on small models."""

import copy
import math

import pytest
import torch
from jielong.mixers.attention import Attention, MixerConfig, PassContext, rotate
from jielong.model import Config, LanguageModel
from jielong.programs import transplant as operation
from jielong.programs.transplant import Linearised, Memory, detours, imitation, overhear, perplexity, rows, transplant
from jielong.training import fit, seeded

from tests.constants.watching import cosine, watched

HEADS = MixerConfig(24, heads=4, kv_heads=2, head_width=6)


def model(seed=0, **changes):
    config = {"vocabulary": 20, "width": 24, "layers": 3, "heads": 3, "kv_heads": 1, "mixer": "attention", **changes}
    return seeded(lambda: LanguageModel(Config(**config)), seed).eval()


def layer(seed=0):
    """A layer in which nothing is as it was at birth, and in float64."""
    new = Linearised(seeded(lambda: Attention(HEADS), seed))
    generator = torch.Generator().manual_seed(seed)
    for parameter in new.parameters():
        torch.nn.init.normal_(parameter, std=0.5, generator=generator)
    return new


def by_hand(new, x, rotary):
    """Softmax attention's loop with other weights: phi(q) phi(k), times the gates between, divided by their sum."""
    q, k, v = (part(x).unflatten(-1, (-1, 6)).transpose(0, 1) for part in (new.q, new.k, new.v))
    q, k = (rotate(part[None], rotary)[0] for part in (q, k))

    def phi(vector, matrix):
        turned = vector @ matrix
        return torch.cat((turned.softmax(-1), (-turned).softmax(-1)))

    gates = new.gate(x).sigmoid()
    heads = []
    for h in range(4):
        said = []
        for t in range(len(x)):
            weights = torch.stack(
                [
                    phi(q[h, t], new.q_features[h])
                    @ phi(k[h // 2, s], new.k_features[h])
                    * gates[s + 1 : t + 1, h].prod()
                    for s in range(t + 1)
                ]
            )
            said.append(weights @ v[h // 2, : t + 1] / weights.sum())
        heads.append(torch.stack(said))
    return new.o(torch.cat(heads, dim=-1))


def test_a_layer_is_its_formula_in_chunks_step_by_step_and_as_a_pattern():
    new, x = layer(), torch.randn(1, 70, 24, dtype=torch.float64)
    angle = torch.randn(1, 1, 70, 3, dtype=torch.float64).repeat(1, 1, 1, 2)
    rotary = angle.cos(), angle.sin()
    shared = PassContext(rotary, causal=True)
    true = by_hand(new, x[0], rotary)
    torch.testing.assert_close(new(x, shared)[0][0], true)
    memory, said = None, []
    for t in range(70):
        y, memory = new(x[:, t : t + 1], PassContext(tuple(part[:, :, t : t + 1] for part in rotary)), memory)
        said.append(y[0, 0])
    torch.testing.assert_close(torch.stack(said), true)
    assert memory.memory.shape == (1, 4, 12, 7)  # of constant size
    weights = new.pattern(x, shared)
    torch.testing.assert_close(weights.sum(-1), torch.ones(1, 4, 70, dtype=torch.float64))
    assert weights.triu(1).abs().max() == 0
    v = new.split(new.v(x)).repeat_interleave(2, dim=1)
    torch.testing.assert_close(new.o((weights @ v).transpose(1, 2).flatten(2))[0], true)


def test_a_model_decodes_from_a_state_and_is_blind_to_padding():
    one = model()
    transplant(one, one.embed(torch.arange(12)[None]), [0, 2], steps=0)
    ids = torch.arange(12)[None]
    whole, _ = one(ids)
    first, state = one(ids[:, :7])
    then, state = one(ids[:, 7:], state)
    torch.testing.assert_close(torch.cat((first, then), dim=1), whole)
    assert isinstance(state.layers[0], Memory)
    assert not isinstance(state.layers[1], Memory)
    padded, _ = one(torch.cat((torch.zeros(1, 4, dtype=torch.long), ids), dim=1), padding=torch.tensor([4]))
    assert padded.isfinite().all()
    torch.testing.assert_close(padded[:, 4:], whole)


def test_what_is_overheard_is_what_the_old_layers_say_even_while_they_are_replaced():
    one = model()
    x, truth = one.embed(torch.randint(20, (5, 9))), {}
    for i, block in enumerate(one.blocks):
        block.mixer.register_forward_hook(lambda _, heard, said, i=i: truth.update({i: (heard[0], said[0])}))
    stream = x
    for block in copy.deepcopy(one).blocks:  # its hooks write into the same dictionary
        stream, _ = block(stream, one.shared(1, 9))
    told, truth = truth, {}
    found = []
    for i, heard, said in overhear(one, x, [0, 2], pieces=2):
        torch.testing.assert_close(heard, told[i][0])
        torch.testing.assert_close(said, told[i][1])
        one.blocks[i].mixer = Linearised(one.blocks[i].mixer, fresh=0)
        found.append(i)
    assert found == [0, 2]


def test_transfer_brings_a_layer_closer_on_what_it_has_not_heard():
    one = model()
    for block in one.blocks:  # so that the old weights are far from even
        block.mixer.q.weight.data *= 6
    x, unheard = (one.embed(torch.randint(20, (count, 16))) for count in (32, 8))
    shared = one.shared(1, 16)
    tests = {i: (heard, said) for i, heard, said in overhear(one, unheard, [0, 1, 2])}
    swapped, transferred = copy.deepcopy(one), copy.deepcopy(one)
    assert transplant(swapped, x, [0, 1, 2], steps=0) == {0: [], 1: [], 2: []}
    losses = transplant(transferred, x, [0, 1, 2], steps=60, batch=8)
    for i, test in tests.items():
        before, after = (imitation(m.blocks[i].mixer, *test, shared=shared).item() for m in (swapped, transferred))
        assert after < 0.8 * before
        assert losses[i][-1] < losses[i][0]


def test_a_copy_keeps_the_projections_and_a_fresh_one_does_not():
    one, x = model(), torch.randn(2, 6, 24, dtype=torch.float64)
    old = one.blocks[1].mixer
    for fresh in (False, True):
        other = copy.deepcopy(one)
        transplant(other, x, [1], steps=0, fresh=fresh)
        new = other.blocks[1].mixer
        for name in "qkvo":
            assert torch.equal(getattr(new, name).weight, getattr(old, name).weight) is not fresh
            assert getattr(new, name).weight.data_ptr() != getattr(old, name).weight.data_ptr()
        assert type(other.blocks[0].mixer) is Attention


def test_fresh_projections_hang_on_their_seed_and_touch_nobody_s_dice():
    old, before = model().blocks[0].mixer, torch.get_rng_state()
    one, again, other = (Linearised(old, fresh=seed).q.weight for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    two = model()
    transplant(two, torch.zeros(1, 4, 24, dtype=torch.float64), [0, 1], steps=0, fresh=True)
    assert not torch.equal(two.blocks[0].mixer.q.weight, two.blocks[1].mixer.q.weight)
    single = Linearised(model().float().blocks[0].mixer.requires_grad_(False))
    assert {(weight.dtype, weight.requires_grad) for weight in single.parameters()} == {(torch.float32, True)}


def test_layers_that_cannot_be_transplanted_are_named():
    x = torch.randn(1, 4, 24, dtype=torch.float64)
    with pytest.raises(ValueError, match=r"layers: \[1\] have no softmax"):
        transplant(model(mixer=("attention", "linear", "attention")), x, [0, 1], steps=0)
    with pytest.raises(ValueError, match=r"\[3\]"):
        transplant(model(), x, [3], steps=0)
    with pytest.raises(ValueError, match="looks ahead"):
        transplant(model(causal=False), x, [0], steps=0)


def test_every_row_comes_once_before_any_comes_again():
    batches = rows(2, torch.arange(6), torch.arange(6) * 10, seed=3)
    some = [next(batches) for _ in range(3)]
    assert torch.cat([a for a, _ in some]).sort().values.tolist() == [0, 1, 2, 3, 4, 5]
    assert all(torch.equal(10 * a, b) for a, b in some)


def test_perplexity_of_a_model_that_knows_nothing_is_the_vocabulary():
    one = model()
    torch.nn.init.zeros_(one.embed.weight)
    assert perplexity(one, torch.randint(20, (3, 8))) == pytest.approx(20, rel=1e-5)


def test_tuning_changes_nothing_but_the_detours():
    one = model()
    transplant(one, one.embed(torch.randint(20, (4, 8))), [1], steps=0)
    before = copy.deepcopy(one.state_dict())
    trained = detours(one, [1], rank=2)
    fit(one, rows(2, torch.randint(20, (4, 8))), steps=3, parameters=trained)
    after = {name.replace(".linear", ""): weight for name, weight in one.state_dict().items()}
    assert all(torch.equal(after[name], weight) for name, weight in before.items())
    assert any((parameter != 0).any() for name, parameter in one.named_parameters() if name.endswith(".b"))


def test_the_script_goes_on_after_a_kill_as_if_nothing_had_been(tmp_path, monkeypatch, capsys):
    class Letters:
        encode = staticmethod(lambda text: [ord(letter) % 20 for letter in text])

    monkeypatch.setattr(operation, "load_smollm2", lambda dtype, device: (model().to(device, dtype), Letters))
    (tmp_path / "text").write_text("twas brillig and the slithy toves did gyre and gimble in the wabe " * 20)

    def run(folder):
        words = "--layers 2 1 --length 16 --batch 4 --transfer 6 --tune 6 --every 2 --device cpu".split()
        operation.main([*words, "--text", str(tmp_path / "text"), "--out", str(tmp_path / folder)])
        return torch.load(tmp_path / folder / "model.pt"), capsys.readouterr().out

    whole, said = run("whole")
    save, saved = torch.save, []

    def killed(what, path):
        saved.append(path)
        if len(saved) == 4:  # two layers, one checkpoint, and then
            raise KeyboardInterrupt
        save(what, path)

    monkeypatch.setattr(torch, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        run("cut")
    capsys.readouterr()
    monkeypatch.setattr(torch, "save", save)
    resumed, said_again = run("cut")
    assert said_again == said
    assert "after tuning" in said
    for name, weight in whole.items():
        assert torch.equal(resumed[name], weight), name


def test_at_first_hardly_anything_fades():
    """On one and the same input all weights would be equal, but for the gates: sigmoid(5) for each step back."""
    new, x = Linearised(seeded(lambda: Attention(HEADS), 0)), torch.ones(1, 9, 24, dtype=torch.float64)
    turn = torch.ones(1, 1, 9, 6, dtype=torch.float64)
    last = new.pattern(x, PassContext((turn, 0 * turn), causal=True))[0, :, -1]
    torch.testing.assert_close(last[:, :-1] / last[:, 1:], torch.full((4, 8), 1 / (1 + math.exp(-5))).double())


def test_with_nothing_said_a_layer_hears_one_row_a_step_and_moves_by_a_hundredth():
    one = model()
    x = one.embed(torch.randint(20, (3, 12), generator=torch.Generator().manual_seed(0))).detach()
    operation.transplant(one, x, [1], steps=1)
    assert one.blocks[1].mixer.gate.weight.abs().max().item() == pytest.approx(1e-2, rel=1e-4)
    seen = watched(lambda: transplant(model(), x, [1], steps=30), 30)
    assert seen.rows[1:] == [1] * 29
    assert seen.rates == pytest.approx(cosine(1e-2, 30, 30))


def test_detours_have_eight_directions_that_come_in_at_twice_their_product():
    one, x = model(width=24), torch.randn(5, 24, dtype=torch.float64)
    detours(one, [1])
    lora = one.blocks[1].mixer.o
    assert lora.a.shape == (8, 24)
    lora.b.data.normal_()
    torch.testing.assert_close(lora(x) - lora.linear(x), 2 * x @ (lora.b @ lora.a).T)

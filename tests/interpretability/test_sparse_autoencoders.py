"""Sparse autoencoders against cases done by hand, dense autograd, scikit-learn, and data whose directions are known."""

from __future__ import annotations

from copy import deepcopy

import jielong.interpretability.sparse_autoencoders as module
import pytest
import torch
from jielong.interpretability.feature_names import NAMES
from jielong.interpretability.sparse_autoencoders import (
    LAYER,
    PATIENCE,
    SHA256,
    SITE,
    Dictionary,
    at_site,
    batches,
    explained,
    gaussian,
    improve,
    learn,
    load,
    objective,
    pack,
    principal,
    pushing,
    relu_loss,
    rounded,
    same_token,
    second_chance,
    topk_loss,
    unpack,
)
from jielong.model import Config, LanguageModel
from jielong.programs import dictionary
from jielong.sampling import generate
from jielong.sites import advance, intervene, trace
from jielong.training import GRID, seeded
from sklearn.decomposition import PCA
from torch.nn import functional as F

from tests.constants.watching import near, plain, watched
from tests.models import tiny


def sparse_data(count: int = 3000, width: int = 16, directions: int = 24, active: int = 2, seed: int = 0):
    """Sums of two of 24 directions in 16 dimensions, of known directions."""
    g = torch.Generator().manual_seed(seed)
    true = F.normalize(torch.randn(directions, width, dtype=torch.float64, generator=g))
    which = torch.rand(count, directions, dtype=torch.float64, generator=g).argsort(dim=1, stable=True)[:, :active]
    strength = 1 + torch.rand(count, active, dtype=torch.float64, generator=g)
    return torch.zeros(count, directions).double().scatter(1, which, strength) @ true, true


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_codes_of_a_dictionary_that_can_be_done_in_the_head():
    d = Dictionary(2, 3, k=1)
    with torch.no_grad():
        d.encoder.copy_(torch.tensor([[1.0, 0], [0, 1], [-1, 0]]))
        d.decoder.copy_(d.encoder)
        d.center.copy_(torch.tensor([1.0, 1.0]))
        d.scale.fill_(2.0)
    x = torch.tensor([[4.0, 2.0], [-5.0, 1.0]])
    assert d.encode(x).tolist() == [[3, 0, 0], [0, 0, 6]]
    assert d(x).tolist() == [[4, 1], [-5, 1]]
    d.k = None
    assert d.encode(x).tolist() == [[3, 1, 0], [0, 0, 6]]
    assert torch.equal(d(x), x)


@pytest.mark.parametrize("dead", [[], [3, 4, 17]])
def test_the_sparse_loss_and_its_gradients_are_those_of_dense_autograd(dead):
    x, _ = sparse_data(64)
    d = Dictionary(16, 30, k=4)
    d.begin(x, generator())
    lost = torch.tensor(dead, dtype=torch.long)
    loss, used = topk_loss(d, x, lost)
    loss.backward()
    found = {name: p.grad.clone() for name, p in d.named_parameters()}
    d.zero_grad()
    z = (x - x.mean(0)) / (x - x.mean(0)).square().sum(1).mean().sqrt()
    scores = z @ d.encoder.T + d.bias
    kept = scores * (scores >= scores.sort(1, descending=True).values[:, 3:4])
    error = z - kept.relu() @ d.decoder
    truth = error.square().sum(1).mean()
    if dead:
        again = scores[:, lost].relu() @ d.decoder[lost]
        truth = truth + (error.detach() - again).square().sum(1).mean() / 8
    truth.backward()
    assert loss.item() == pytest.approx(truth.item(), rel=1e-12)
    for name, p in d.named_parameters():
        torch.testing.assert_close(found[name], p.grad, rtol=1e-9, atol=1e-12)
    assert torch.equal(used, (kept > 0).sum(0))


def test_only_the_best_of_the_dead_get_their_chance():
    d = Dictionary(2, 400, k=1)
    with torch.no_grad():
        d.decoder.copy_(F.normalize(torch.ones(400, 2).double()))
        d.encoder.copy_(torch.linspace(1, 0.01, 400)[:, None] * d.decoder)
    z, dead = torch.tensor([[1.0, 1.0]]).double(), torch.arange(400)
    wanted = torch.linspace(1, 0.01, 400)[:256].sum() - 1  # the first 256, each along z, of length sqrt 2
    assert second_chance(d, z, z, dead).item() == pytest.approx(2 * wanted.item() ** 2, rel=1e-4)


def test_relu_loss_by_hand():
    d = Dictionary(1, 2)
    with torch.no_grad():
        d.decoder.copy_(torch.tensor([[1.0], [-1.0]]))
        d.encoder.copy_(0.5 * d.decoder)
    loss, used = relu_loss(d, torch.tensor([[2.0], [-4.0]]).double(), penalty=0.1)
    assert loss.item() == pytest.approx((1 + 4) / 2 + 0.1 * (1 + 2) / 2)
    assert used.tolist() == [1, 1]


@pytest.mark.parametrize("k,options", [(2, {}), (None, {"penalty": 0.1, "lr": 1e-2})])
def test_it_finds_the_directions_that_made_the_data(k, options):
    x, true = sparse_data()
    found = learn(x, 48, k, steps=800, **options)
    near = (F.normalize(true) @ found.decoder.T).amax(1)
    assert near.median() > 0.93
    random = (F.normalize(true) @ F.normalize(torch.randn(48, 16, generator=generator()).double()).T).amax(1)
    assert random.median() < 0.7
    torch.testing.assert_close(found.decoder.norm(dim=1), torch.ones(48).double(), rtol=0, atol=4 * GRID)
    assert torch.equal(found.decoder / GRID, (found.decoder / GRID).round())


def test_dead_features_come_back_only_with_a_second_chance():
    x, _ = sparse_data()
    dead = {}
    for second in (True, False):
        d = Dictionary(16, 48, k=2)
        d.begin(x, generator())
        with torch.no_grad():
            d.bias[24:] = -0.5  # half of the features will not be among the first two
        data = ((x[rows],) for rows in batches(len(x), 256, generator()))
        improve(d, data, steps=PATIENCE + 600, second=second)
        dead[second] = len(d.dead)
    assert dead[True] < dead[False] / 2
    assert dead[False] >= 20


def test_principal_directions_and_explained_variance_are_scikit_learns():
    x, _ = sparse_data(500)
    pca = PCA(5).fit(x.numpy())
    ours = principal(x, 5)
    torch.testing.assert_close((ours @ torch.tensor(pca.components_).T).abs(), torch.eye(5).double(), rtol=0, atol=1e-9)
    centred = x - x.mean(0)
    share = explained(x, x.mean(0) + centred @ ours.T @ ours)
    assert share == pytest.approx(pca.explained_variance_ratio_.sum(), abs=1e-9)
    assert explained(x, x) == 1
    assert explained(x, x.mean(0).expand_as(x)) == pytest.approx(0, abs=1e-9)


def test_same_token_is_the_share_of_the_commonest_at_the_strongest_places():
    ids = torch.tensor([[1, 5], [2, 5], [3, 4], [5, 9]])
    strength = torch.zeros(4, 2, 3)
    strength[:, :, 0] = torch.tensor([[0, 9.0], [0, 8], [7, 0], [6, 0]])  # tokens 5, 5, 3, 5
    strength[:, :, 1] = torch.tensor([[1.0, 0], [0, 2], [3, 0], [0, 4]])  # tokens 1, 5, 3, 9
    strength[0, 0, 2] = 1.0  # in one text only: not counted
    assert same_token(strength, ids, 4) == pytest.approx((3 / 4 + 1 / 4) / 2)
    assert same_token(strength, ids, 2) == pytest.approx((1 + 1 / 2) / 2)


def test_pushing_leaves_the_first_position_alone_also_while_writing_on():
    change = pushing(torch.tensor([[1.0, 0], [0, 2]]))
    assert change(torch.zeros(2, 3, 2)).tolist() == [[[0, 0], [1, 0], [1, 0]], [[0, 0], [0, 2], [0, 2]]]
    model, ids, vectors = tiny(), torch.tensor([[5], [6]]), torch.arange(32.0).view(2, 16)
    with (
        trace(model, "blocks.1.in", keep="all") as before,
        intervene(model, {"blocks.1.in": pushing(vectors)}),
        trace(model, "blocks.1.in", keep="all") as after,
    ):
        generate(model, ids, 3)
    pushed = after.joined("blocks.1.in") - before.joined("blocks.1.in")
    torch.testing.assert_close(pushed, torch.stack((0 * vectors, vectors, vectors), 1))


def test_every_named_feature_is_alive():
    _, gallery = load()
    assert all(gallery.density[feature] > 0 for feature in NAMES)


def test_gaussian_data_have_the_mean_and_the_covariance():
    x, _ = sparse_data(2000)
    fake = gaussian(x, 40000)
    torch.testing.assert_close(fake.mean(0), x.mean(0), atol=0.02, rtol=0)
    torch.testing.assert_close(fake.T.cov(), x.T.cov(), atol=0.02, rtol=0)


def test_gaussian_data_do_not_hang_on_the_signs_of_eigenvectors(monkeypatch):
    x, _ = sparse_data(2000)
    before, real = gaussian(x, 50), torch.linalg.eigh

    def flipped(matrix):
        values, vectors = real(matrix)
        return values, vectors * torch.tensor([1.0, -1.0]).repeat(8)

    monkeypatch.setattr(torch.linalg, "eigh", flipped)
    torch.testing.assert_close(gaussian(x, 50), before, rtol=0, atol=1e-9)


def test_rounded_vectors_have_three_digits_and_forget_the_last_ones():
    x = 300 * torch.randn(1000, 8, dtype=torch.float64, generator=generator())
    assert 1e-4 < (rounded(x) - x).abs().max() / 300 < 1e-3
    assert torch.equal(rounded(x * (1 + 1e-13)), rounded(x))


def test_the_seed_is_all_that_a_dictionary_hangs_on():
    x, _ = sparse_data(600)
    torch.rand(3)
    before = torch.get_rng_state()
    first, again = (learn(data, 32, 2, steps=20, batch=64, seed=5).decoder for data in (x, x * (1 + 1e-14)))
    assert torch.equal(first, again)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(first, learn(x, 32, 2, steps=20, batch=64, seed=6).decoder)


def test_bad_requests_say_what_is_wrong():
    with pytest.raises(ValueError, match="k=9"):
        Dictionary(4, 8, k=9)
    with pytest.raises(ValueError, match="fewer than batch=256"):
        learn(torch.ones(10, 4).double(), 8, 2)


def test_advancing_is_the_same_stream_and_runs_no_layer_above():
    model = seeded(lambda: LanguageModel(Config(vocabulary=50, layers=4)), 0).eval()
    ids = torch.randint(50, (2, 9), generator=generator())
    with trace(model, "blocks.2.in") as seen:
        model.hidden(ids)
    with trace(model, "blocks.*.out") as lower:
        stream = advance(model, model.embed(ids), 0, 2)
    assert torch.equal(stream, seen["blocks.2.in"])
    assert torch.equal(lower["blocks.1.out"], seen["blocks.2.in"])
    assert list(lower) == ["blocks.0.out", "blocks.1.out"]
    assert len(model.blocks) == 4


def test_at_site_is_what_the_site_holds(smollm2):
    model, tokenizer = smollm2
    ids = torch.tensor([tokenizer.encode("\nThe cat sat on the mat")])
    with torch.inference_mode(), trace(model, SITE) as seen:
        model.hidden(ids)
    assert f"blocks.{LAYER}.in" == SITE
    torch.testing.assert_close(at_site(model, ids), seen[SITE], rtol=1e-4, atol=1e-3)


# --------------------------------------------------------------------------------------------- making it, shipping it


def test_a_killed_training_goes_on_as_if_it_had_not_been(tmp_path, monkeypatch):
    x, _ = sparse_data(600)
    monkeypatch.setattr(dictionary, "EVERY", 10)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir(), cut.mkdir()
    straight = dictionary.train(x.half(), 32, 2, steps=45, batch=64, out=whole)
    real, calls = dictionary.batches, iter(range(100))

    def killed(*arguments):
        for rows in real(*arguments):
            if next(calls) == 27:
                raise KeyboardInterrupt
            yield rows

    monkeypatch.setattr(dictionary, "batches", killed)
    with pytest.raises(KeyboardInterrupt):
        dictionary.train(x.half(), 32, 2, steps=45, batch=64, out=cut)
    monkeypatch.setattr(dictionary, "batches", real)
    assert len(torch.load(cut / "progress.pt")["losses"]) == 20
    resumed = dictionary.train(x.half(), 32, 2, steps=45, batch=64, out=cut)
    for name, value in straight.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_the_gallery_has_the_strongest_place_of_each_row():
    x = torch.randn(12, 20, 16, dtype=torch.float64, generator=generator())
    d = learn(x.flatten(0, 1), 10, 2, steps=20, batch=64)
    label = torch.arange(12, dtype=torch.int8)
    ids = torch.arange(240).view(12, 20).int()
    found = dictionary.gallery(d, x, ids, label, label)
    codes = d.encode(x)
    codes[:, : dictionary.SINKS] = 0
    for feature in range(10):
        places = found.where[feature].tolist()
        assert len({place // 20 for place in places}) == len(places)
        assert codes[..., feature].max().item() == pytest.approx(found.peak[feature].item(), rel=2e-3)
        assert codes[..., feature].flatten()[places[0]].item() == pytest.approx(found.peak[feature].item(), rel=2e-3)
        tokens, strengths = found.examples(feature)[0]
        assert strengths[tokens.index(places[0])] == 1
        assert 0 not in [token % 20 for token in tokens]  # the first position is never shown


def test_packing_loses_little():
    x, _ = sparse_data(600)
    d = learn(x, 32, 2, steps=100)
    d.encoder[3], d.decoder[3] = 0.0, 0.0  # a dead one
    row, places, marks = torch.zeros(3, dtype=torch.int8), torch.zeros(32, 8).int(), torch.zeros(32, 8, 17).byte()
    shown = module.Gallery(torch.zeros(3, 20).int(), row, row, places, marks, torch.rand(32), torch.rand(32))
    packed = pack(d, shown)
    assert torch.float64 not in {part.dtype for part in packed.values()}
    again, gallery = unpack(packed)
    assert again.k == 2
    assert torch.equal(gallery.peak, shown.peak)
    assert explained(x, again(x)) == pytest.approx(explained(x, d(x)), abs=0.01)
    torch.testing.assert_close(again.decoder, d.decoder, atol=0.01, rtol=0)
    assert not again.encoder[3].any()


def test_the_dictionary_that_ships_is_whole_and_good(smollm2):
    dictionary, gallery = load()
    assert dictionary.decoder.shape == (2048, 576)
    assert dictionary.k == 32
    assert (gallery.density == 0).float().mean() < 0.03
    model, _ = smollm2
    rows = gallery.ids[:: len(gallery.ids) // 4][:4].long()
    x = at_site(model, rows)
    assert explained(x[:, 2:].flatten(0, 1), dictionary(x[:, 2:].flatten(0, 1))) > 0.6
    feature = int(gallery.peak.argmax())
    place = int(gallery.where[feature, 0])
    code = dictionary.encode(at_site(model, gallery.ids[place // 64][None].long()))[0, place % 64, feature]
    assert code.item() == pytest.approx(gallery.peak[feature].item(), rel=0.05)


def test_an_altered_file_is_refused(monkeypatch):
    monkeypatch.setattr(module, "read", lambda content: pytest.fail("it was read"))
    monkeypatch.setattr(module, "SHA256", "0" * 64)
    with pytest.raises(ValueError, match=f"its SHA-256 is {SHA256}"):
        load()


# ----------------------------------------------------------------------------------------- with nothing said


def test_a_dictionary_learns_by_adam_with_these_numbers():
    """300 steps up to 0.002, betas of 0.9 and 0.99, no decay and no clip; here the first 40, up in 20 of them."""
    x, _ = sparse_data(600)
    start = Dictionary(16, 32)
    start.begin(x, generator())
    data = [(some,) for some in x.split(200)] * 14
    rates = [2e-3 * min(1, (t + 1) / 20, (40 - t) / (40 / 3)) for t in range(40)]

    def loss(d, x):
        z = (x - d.center) / d.scale
        codes = (z @ d.encoder.T + d.bias).relu()
        with torch.no_grad():  # before every step but the first: back to length one
            d.decoder.copy_(F.normalize(d.decoder))
        return (z - codes @ d.decoder).square().sum(1).mean() + 0.05 * codes.sum(1).mean()

    theirs = plain(start, data, loss, rates, betas=(0.9, 0.99), decay=0.0, clip=1e9)
    theirs.shorten()
    ours = deepcopy(start)
    improve(ours, data, steps=40)
    near(ours, theirs, within=2e-5)


def test_the_price_of_codes_is_a_twentieth():
    x, _ = sparse_data(100)
    d = Dictionary(16, 32)
    d.begin(x, generator())
    z = (x - d.center) / d.scale
    codes = (z @ d.encoder.T + d.bias).relu()
    wanted = ((z - codes @ d.decoder).square().sum() + codes.sum() / 20) / 100
    assert objective(d, x).item() == pytest.approx(wanted.item(), rel=1e-9)


def test_a_dictionary_takes_300_steps_of_256_vectors():
    x, _ = sparse_data(600, width=8)
    seen = watched(lambda: learn(x, 16, 2), 205)
    wanted = [2e-3 * min(1, (t + 1) / 20, (300 - t) / 100) for t in range(205)]  # down from the 200th on
    assert seen.rates == pytest.approx(wanted)
    with pytest.raises(ValueError, match="255 vectors are fewer"):
        learn(x[:255], 16, 2, steps=1)
    learn(x[:256], 16, 2, steps=1)


def test_a_feature_is_dead_after_thirty_silent_steps():
    x, _ = sparse_data(200)
    d = Dictionary(16, 32)
    d.begin(x, generator())
    with torch.no_grad():
        d.bias[7] = -100.0
    for _ in range(29):
        objective(d, x)
    assert 7 not in d.dead.tolist()
    objective(d, x)
    assert 7 in d.dead.tolist()


def test_the_first_features_are_data_each_moved_aside_by_a_thousandth():
    x = F.normalize(torch.randn(500, 64, dtype=torch.float64, generator=generator()))
    x = torch.cat((x, -x))  # around zero, all of length one: so their size is one, too
    d = Dictionary(64, 400, 4)
    d.begin(x, generator())
    angle = (d.decoder @ x.T).amax(1).acos()
    assert angle.mean().item() == pytest.approx(1e-3 * (63 / 64) ** 0.5, rel=0.01)


def test_the_site_is_behind_twelve_layers():
    torch.manual_seed(0)
    model, ids = LanguageModel(Config(vocabulary=9, width=16, layers=15, heads=2)), torch.randint(9, (2, 5))
    stream = model.embed(ids)
    for block in model.blocks[:12]:
        stream, _ = block(stream, model.shared(2, 5))
    torch.testing.assert_close(at_site(model, ids), stream.detach(), rtol=0, atol=1e-6)
    twelfth = stream
    with trace(model, SITE) as seen:
        model.hidden(ids)
    torch.testing.assert_close(seen[SITE], twelfth, rtol=0, atol=1e-6)


def test_a_token_is_counted_in_six_texts():
    ids = torch.tensor([[1], [1], [1], [2], [3], [4], [5]])
    strength = torch.arange(7.0, 0, -1)[:, None, None]
    assert same_token(strength, ids) == pytest.approx(3 / 6)


def test_rounding_is_to_a_1024th_of_the_power_of_two_below_the_spread():
    x = 1.5 * F.normalize(torch.randn(4000, 1, dtype=torch.float64, generator=generator()), dim=0) * 4000**0.5
    assert torch.equal(rounded(x) * 1024, (x * 1024).round())


def test_a_gallery_leaves_out_two_positions_and_shows_eight_examples():
    d = Dictionary(1, 1)
    with torch.no_grad():
        d.encoder.fill_(1.0), d.decoder.fill_(1.0)
    x = torch.linspace(2.0, 1.0, 30)[None, :, None].repeat(20, 1, 1)  # the earlier, the stronger
    row = torch.zeros(20, dtype=torch.int8)
    found = dictionary.gallery(d, x, torch.zeros(20, 30).int(), row, row)
    assert {place % 30 for place in found.where[0].tolist()} == {2}
    assert found.strength.shape == (1, 8, 17)
    assert found.examples(0)[0][1][1] == 1  # the first position is not shown, the third is the strongest


BAD = {
    "constant": (torch.full((40, 4), 3.0), "all 40 rows are alike"),
    "zero": (torch.zeros(40, 4), "all 40 rows are alike"),
    "constant in each column": (torch.arange(4.0).expand(40, 4), "all 40 rows are alike"),
    "one row": (torch.ones(1, 4), "all 1 rows are alike"),
    "nan": (torch.eye(40).index_fill(0, torch.tensor(7), torch.nan), "row 7 holds NaN or an infinity; of 40 rows 1 do"),
    "infinite": (torch.eye(40) / torch.eye(40)[3:4], "row 0 holds NaN or an infinity; of 40 rows 40 do"),
}


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("x, said", BAD.values(), ids=BAD.keys())
def test_nothing_is_learned_or_said_of_vectors_that_are_none_or_all_alike(x, said, dtype):
    x, width = x.to(dtype), x.shape[1]
    for ask in (
        lambda: learn(x, 8, 2, batch=len(x), steps=2),
        lambda: Dictionary(width, 8, 2).begin(x, generator()),
        lambda: explained(x, x),
        lambda: principal(x, 1),
        lambda: gaussian(x, 3),
    ):
        with pytest.raises(ValueError, match=said):
            ask()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_vectors_of_every_precision_are_learned_from_and_the_seed_says_all(dtype):
    x = sparse_data(600)[0].to(dtype)
    one, same = (learn(x, 32, 2, steps=10, batch=64, seed=7) for _ in range(2))
    assert torch.equal(one.decoder, same.decoder)
    assert torch.equal(one.decoder, learn(x.double(), 32, 2, steps=10, batch=64, seed=7).decoder)


def test_rows_of_zeros_and_columns_that_never_change_are_learned_from():
    x, _ = sparse_data(600)
    x[:50], x[:, 3] = 0.0, 5.0
    d = learn(x, 32, 2, steps=10, batch=64)
    assert d(x).isfinite().all()
    torch.testing.assert_close(d.decoder.norm(dim=1), torch.ones(32).double(), atol=1e-5, rtol=0)


def test_of_features_that_are_equally_strong_no_more_than_k_are_in_a_vector():
    d = Dictionary(2, 6, k=2)
    d.encoder.data[:] = torch.tensor([1.0, 0.0])
    assert (d.encode(torch.tensor([[2.0, 0.0]]).double()) > 0).sum() == 2


def test_a_share_of_no_direction_is_refused():
    ids = torch.zeros(6, 5, dtype=torch.long)
    with pytest.raises(ValueError, match="no direction is above zero in number=6 texts"):
        same_token(torch.zeros(6, 5, 3), ids)
    with pytest.raises(ValueError, match="number=7 must be from 1 to 6"):
        same_token(torch.ones(6, 5, 3), ids, number=7)

"""Changes: against the same change made in a pass over the whole text, against rows without padding, and by hand."""

from __future__ import annotations

import pytest
import torch
from jielong.adaptation.upper import Upper
from jielong.interpretability.changes import ALL, add, each, nothing, project_out, put, put_heads, put_units
from jielong.interpretability.directions import clamp
from jielong.mixers import MIXERS
from jielong.model import State
from jielong.sampling import generate
from jielong.sites import intervene, trace

from tests.models import tiny

VECTOR = torch.randn(16, generator=torch.Generator().manual_seed(5))
SITE = "blocks.1.out"
NEW = 5
PLACES = [
    3,
    7,
    -7,
    [0, 6, 8],
    [2, -1],
    slice(1, None),
    slice(6, 9),
    slice(1, None, 2),
    slice(-2, None),
    slice(None, -1),
]


def from_the_end(at):
    """Does it count from the end of a row?"""
    numbers = (at.start, at.stop) if isinstance(at, slice) else at if isinstance(at, list) else (at,)
    return any(number is not None and number < 0 for number in numbers)


@pytest.fixture
def small():
    """Random words that differ, so that a push changes what is written."""
    model = tiny()
    torch.nn.init.normal_(model.embed.weight, std=0.3)
    return model.requires_grad_(False)


@pytest.fixture
def prompts():
    """Three texts of seven, five and four tokens, as a batch that ends together."""
    ids = torch.randint(23, (3, 7), generator=torch.Generator().manual_seed(2))
    return ids, torch.tensor([0, 2, 3])


def read_again(model, ids, changes, padding=None):
    """Greedy writing without a memory: each step reads the whole text from its start. The text, and all logits."""
    seen = []
    with intervene(model, changes):
        for _ in range(NEW):
            logits, _ = model(ids, padding=padding)
            seen.append(logits[:, -1])
            ids = torch.cat((ids, logits[:, -1:].argmax(-1)), 1)
    return ids, torch.stack(seen, 1)


def written(model, ids, changes, padding=None):
    """The same with `generate`."""
    with intervene(model, changes), trace(model, "logits", keep="all") as seen:
        ids = generate(model, ids, NEW, padding=padding)
    return ids, seen.joined("logits")


# ---------------------------------------------------------------------------------------------------- in generation


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("at", [at for at in PLACES if not from_the_end(at)] + [ALL], ids=str)
def test_steering_while_writing_is_the_same_change_in_the_whole_text(small, prompts, at, padded):
    ids, padding = prompts[0], prompts[1] if padded else None
    change = {SITE: add(3 * VECTOR, at)}
    wanted, wanted_logits = read_again(small, ids, change, padding)
    got, logits = written(small, ids, change, padding)
    assert torch.equal(got, wanted)
    torch.testing.assert_close(logits, wanted_logits, atol=1e-4, rtol=1e-4)
    assert (logits - read_again(small, ids, {}, padding)[1]).abs().max() > 0.1


@pytest.mark.parametrize("mixer", sorted(MIXERS))
def test_every_mixer_is_steered_while_writing(mixer, prompts):
    model, change = tiny(mixer=mixer, kv_heads=None), {SITE: add(3 * VECTOR, slice(5, None))}
    torch.nn.init.normal_(model.embed.weight, std=0.3)
    with torch.no_grad():
        wanted, wanted_logits = read_again(model, prompts[0], change)
    got, logits = written(model, prompts[0], change)
    assert torch.equal(got, wanted)
    torch.testing.assert_close(logits, wanted_logits, atol=1e-4, rtol=1e-4)


def test_a_number_changes_one_token_and_a_slice_all_from_there_on(small, prompts):
    ids, padding = prompts
    for at, wanted in ((5, [5]), (slice(5, None), [5, 6, 7, 8, 9]), ([3, 6], [3, 6])):
        with (
            trace(small, SITE, keep="all") as before,
            intervene(small, {SITE: add(VECTOR, at)}),
            trace(small, SITE, keep="all") as after,
        ):
            generate(small, ids, 4, padding=padding)
        moved = (after.joined(SITE) - before.joined(SITE)).norm(dim=-1) > 0.1
        for row, pad in zip(moved, padding.tolist(), strict=True):
            assert (row.nonzero()[:, 0] - pad).tolist() == [place for place in wanted if place < len(row) - pad]


def test_logits_can_be_changed_while_writing(small, prompts):
    plain, _ = written(small, prompts[0], {})
    word = plain[0, 7].item()
    banned = {"logits": put_units(-torch.inf, [word], slice(8, None))}
    got, _ = written(small, prompts[0], banned)
    assert got[0, 7] == word, "the token at 7 is chosen at position 6"
    assert torch.equal(got, read_again(small, prompts[0], banned)[0])
    always, _ = written(small, prompts[0], {"logits": put_units(-torch.inf, [word])})
    assert not always[:, 7:].eq(word).any()
    once, _ = written(small, prompts[0], {"logits": put_units(99.0, [4], at=6)})
    assert once[:, 7].eq(4).all()


def test_a_state_of_which_a_row_read_nothing_begins_that_row(small):
    """As `jielong.shared_prefix.begin` moves them: one row goes on at 3, the other begins."""
    ids = torch.randint(23, (2, 4), generator=torch.Generator().manual_seed(8))
    _, state = small(ids[:1, :3])
    state = State(
        [type(one)(*(torch.cat((x, 0 * x)) for x in one)) for one in state.layers], 3, 2, torch.tensor([0, 3])
    )
    with trace(small, SITE) as before:
        small(ids, state)
    with intervene(small, {SITE: add(VECTOR, [0, 4])}), trace(small, SITE) as after:
        small(ids, state)
    moved = (after[SITE] - before[SITE]).norm(dim=-1) > 0.1
    assert moved.tolist() == [[False, True, False, False], [True, False, False, False]]
    with (
        pytest.raises(ValueError, match="at=-1 counts from the end .* goes on from a state, .* as 6 or slice"),
        intervene(small, {SITE: add(VECTOR, -1)}),
    ):
        small(ids, state)


# ------------------------------------------------------------------------------------------------- with left padding


@pytest.mark.parametrize("at", [3, -4, [0, 2], [2, -1], *(at for at in PLACES if isinstance(at, slice))], ids=str)
def test_positions_are_those_of_the_row_with_padding_as_without(small, prompts, at):
    ids, padding = prompts
    change = {SITE: add(VECTOR, at), "blocks.0.mixer.q": add(VECTOR[:4], at)}
    with trace(small, SITE) as plain:
        small(ids, padding=padding)
    with intervene(small, change), trace(small, SITE) as seen:
        got, _ = small(ids, padding=padding)
    for row, pad in enumerate(padding.tolist()):
        with intervene(small, change), trace(small, SITE) as alone:
            wanted, _ = small(ids[row : row + 1, pad:])
        torch.testing.assert_close(got[row, pad:], wanted[0], atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(seen[SITE][row, pad:], alone[SITE][0], atol=1e-5, rtol=1e-5)
        assert torch.equal(seen[SITE][row, :pad], plain[SITE][row, :pad])


def test_everything_means_padding_too(small, prompts):
    ids, padding = prompts
    with intervene(small, {SITE: put(0.0)}), trace(small, SITE) as seen:
        small(ids, padding=padding)
    assert seen[SITE].eq(0).all()
    with intervene(small, {SITE: put(0.0, slice(0, None))}), trace(small, SITE) as seen:
        small(ids, padding=padding)
    assert seen[SITE].eq(0).all(-1).sum(1).tolist() == [7, 5, 4]


def test_a_model_of_the_upper_layers_counts_as_the_whole_one(small, prompts):
    ids, padding = prompts
    upper = Upper(small, 1)
    for changes in ({SITE: add(VECTOR, [1, -1])}, {"logits": add(1.0, 2)}):
        with intervene(small, changes):
            wanted, _ = small(ids, padding=padding)
        with intervene(small, changes):
            got, _ = upper(ids, padding=padding)
        for row, pad in enumerate(padding.tolist()):
            torch.testing.assert_close(got[row, pad:], wanted[row, pad:])


# ------------------------------------------------------------------------------------------------ what cannot be done


def test_a_position_that_no_pass_came_to_is_an_error_at_the_end(small, prompts):
    ids = prompts[0]
    with (
        pytest.raises(ValueError, match=r"at=\[3, 9, -8\]: no pass in the block came to position 9, -8"),
        intervene(small, {SITE: add(VECTOR, [3, 9, -8])}),
    ):
        small(ids)
    with (
        pytest.raises(ValueError, match="at=9: no pass"),
        intervene(small, {SITE: each([put(0.0, 9), nothing, nothing])}),
    ):
        small(ids)
    with intervene(small, {SITE: add(VECTOR, [3, 9])}):
        generate(small, ids, 4)
    with pytest.raises(RuntimeError, match="own"), intervene(small, {SITE: add(VECTOR, 9)}):
        small(ids)
        raise RuntimeError("own")
    with pytest.raises(ValueError, match="at=3: no pass"):
        add(1.0, 3)(torch.zeros(1, 3, 2))


def test_there_is_no_end_to_count_from_while_writing(small, prompts):
    with (
        pytest.raises(ValueError, match=r"at=-1 counts from the end .* as 7 or slice\(7, None\)"),
        intervene(small, {SITE: add(VECTOR, -1)}),
    ):
        generate(small, prompts[0], 2)


def test_where_nobody_said_where_a_value_stands(small):
    x = torch.zeros(1, 4, 16)
    shared = small.shared(1, 4)
    with (
        pytest.raises(ValueError, match="at=2: it is not known at which positions 'blocks.1.out' of shape"),
        intervene(small, {SITE: add(VECTOR, 2)}),
    ):
        small.blocks[1](x, shared)
    with (
        pytest.raises(ValueError, match=r"at=2: it is not known at which positions 'logits' of shape \(3, 23\)"),
        intervene(small, {"logits": add(1.0, 2)}),
    ):
        small.unembed(x[0, :3])
    with intervene(small, {SITE: put(3.0)}):
        assert small.blocks[1](x, shared)[0].eq(3).all()


@pytest.mark.parametrize("at", [True, 1.0, "1", (1, 2), None, [1, 2.0], slice(None, None, -1), slice(0.5, None)])
def test_what_are_no_positions(at, unchecked):
    with pytest.raises(ValueError, match="must be a whole number, a list of them, or a slice"):
        add(VECTOR, at)


# ------------------------------------------------------------------------------------------- a change knows its site


def test_at_a_pattern_positions_are_those_that_look(small, prompts):
    with intervene(small, {"blocks.1.mixer.pattern": put(0.0, at=3)}), trace(small) as seen:
        small(prompts[0])
    rows = seen["blocks.1.mixer.pattern"].sum(-1)
    assert rows[..., 3].eq(0).all()
    torch.testing.assert_close(rows[..., [0, 1, 2, 4, 5, 6]], torch.ones(3, 4, 6))
    assert seen["blocks.1.mixer.heads"][:, 3].eq(0).all()


@pytest.mark.parametrize("name", ["pattern", "scores", "q", "k", "v", "q_rotated", "k_rotated", "heads"])
def test_heads_are_heads_at_every_site_that_has_them(small, prompts, name):
    site = f"blocks.1.mixer.{name}"
    axis = 1 if name in ("pattern", "scores") else 2
    for at, wanted in ((ALL, slice(None)), (-2, [5]), (slice(2, None), slice(2, None))):
        with (
            trace(small, site) as before,
            intervene(small, {site: put_heads(0.0, [1], at)}),
            trace(small, site) as seen,
        ):
            small(prompts[0])
        value, plain = seen[site].movedim(axis, 1), before[site].movedim(axis, 1)  # (batch, heads, time, ...)
        assert value[:, 1, wanted].eq(0).all()
        plain[:, 1, wanted] = 0
        assert torch.equal(value, plain)


def test_what_a_site_does_not_have_is_refused(small, prompts):
    for site, change, words in (
        ("blocks.1.out", put_heads(0.0, [1]), "put_heads: 'blocks.1.out' has no heads"),
        ("blocks.1.mixer.pattern", put_units(0.0, [1]), "put_units: 'blocks.1.mixer.pattern' ends in keys"),
        ("blocks.1.mixer.heads", put_units(0.0, [1]), "put_units: 'blocks.1.mixer.heads' ends in head_width"),
        ("blocks.1.mixer.scores", project_out(torch.ones(7)), "'blocks.1.mixer.scores' holds weights of attention"),
        ("blocks.1.mixer.pattern", clamp(torch.ones(7), 1.0), "'blocks.1.mixer.pattern' holds weights of attention"),
        ("blocks.1.mixer.heads", put_heads(0.0, [4]), r"heads=\[4\]: there are 4 here"),
        ("blocks.1.mixer.k", put_heads(0.0, [2]), r"heads=\[2\]: there are 2 here"),
        ("blocks.1.feedforward.up", put_units(0.0, [3, -25]), r"units=\[3, -25\]: there are 24 here"),
        ("blocks.1.out", add(torch.ones(15)), r"add does not fit 'blocks.1.out', \(3, 7, 16\)"),
        ("blocks.1.out", add(torch.ones(2, 1, 1, 16)), r"add .* 'blocks.1.out', \(3, 7, 16\)"),
    ):
        with pytest.raises(ValueError, match=words), intervene(small, {site: change}):
            small(prompts[0])


def test_no_change_is_for_a_state(small, prompts):
    changes = [put(0.0), add(1.0, 2), project_out(VECTOR), clamp(VECTOR, 0.0), put_units(0.0, [1]), put_heads(0.0, [1])]
    for change in (*changes, each([nothing] * 3)):
        with (
            pytest.raises(ValueError, match="'blocks.1.mixer.state' is no tensor but Cache"),
            intervene(small, {"blocks.1.mixer.state": change}),
        ):
            small(prompts[0])


# -------------------------------------------------------------------------------------------------- values that are put


@pytest.mark.parametrize("at", [3, [0, 2], [-1, 1], slice(1, 4), slice(1, None), slice(-3, None), ALL], ids=str)
def test_another_text_s_values_are_put_where_they_stood(small, prompts, at):
    """At the places of ``at``, in every row, what the other text has there."""
    ids, other = prompts[0], prompts[0].flip(0)
    with trace(small, SITE) as there:
        small(other)
    with trace(small, SITE) as here:
        small(ids)
    wanted = here[SITE].clone()
    wanted[:, at] = there[SITE][:, at]
    for change in (put(there[SITE][:, at], at), add(there[SITE][:, at] - here[SITE][:, at], at)):
        with intervene(small, {SITE: change}), trace(small, SITE) as seen:
            small(ids)
        torch.testing.assert_close(seen[SITE], wanted)


def test_entries_go_to_each_row_s_own_positions_and_on_while_writing(small, prompts):
    ids, padding = prompts
    values = torch.randn(8, 16, generator=torch.Generator().manual_seed(6))
    with intervene(small, {SITE: put(values[:6], slice(2, 8))}), trace(small, SITE, keep="all") as seen:
        generate(small, ids, 5, padding=padding)
    for row, pad in zip(seen.joined(SITE), padding.tolist(), strict=True):
        assert torch.equal(row[pad + 2 : pad + 8], values[:6])
    at = [6, 0]
    with intervene(small, {SITE: put(values[:2], at)}), trace(small, SITE, keep="all") as seen:
        generate(small, ids, 5, padding=padding)
    for row, pad in zip(seen.joined(SITE), padding.tolist(), strict=True):
        assert torch.equal(row[[pad + place for place in at]], values[:2])


def test_entries_that_find_no_place_and_places_without_an_entry(small, prompts):
    values = torch.zeros(6, 16)
    with (
        pytest.raises(ValueError, match=r"at=slice\(2, None, None\): the value has 6 entries, and 5 found their place"),
        intervene(small, {SITE: put(values, slice(2, None))}),
    ):
        small(prompts[0])
    for at in (slice(None, 7), [1, 2, 3]):
        with (
            pytest.raises(ValueError, match="the value has 6 entries along time"),
            intervene(small, {SITE: put(values, at)}),
        ):
            small(prompts[0])


def test_each_row_has_its_own(small, prompts):
    ids, padding = prompts
    changes = each([put(1.0, 6), nothing, put(2.0, slice(-2, None))])
    with trace(small, SITE) as before, intervene(small, {SITE: changes}), trace(small, SITE) as seen:
        small(ids, padding=padding)
    wanted = before[SITE].clone()
    wanted[0, 6], wanted[2, -2:] = 1, 2
    assert torch.equal(seen[SITE], wanted)


def test_a_change_in_a_trained_value_reaches_it(small, prompts):
    """A vector that is learned, put at some heads and added from 1 on, has the gradient of a small step."""
    vector = torch.randn(4, generator=torch.Generator().manual_seed(3)).double().requires_grad_()
    small = small.double()

    def loss(vector):
        changes = {
            "blocks.0.mixer.heads": put_heads(vector, [1, 2], slice(2, None)),
            "blocks.1.mixer.v": add(vector, [0, -1]),
        }
        with intervene(small, changes):
            return small(prompts[0])[0][:, -1].logsumexp(-1).sum()

    assert torch.autograd.gradcheck(loss, vector)


# ------------------------------------------------------------------------------------------------------------ numbers

CHANGES = {
    "put": lambda v: put(v, slice(1, None)),
    "add": lambda v: add(v, [0, 2]),
    "project_out": project_out,
    "clamp": lambda v: clamp(v, 0.1, slice(1, None)),
    "put_units": lambda v: put_units(v[:3], [1, 5, 9]),
    "put_heads": lambda v: put_heads(v[:4], [0, 3], -1),
    "each": lambda v: each([add(v), project_out(v), nothing]),
}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("name", CHANGES)
def test_a_float32_vector_changes_a_model_of_any_type(name, dtype, prompts):
    model, site = tiny().to(dtype), "blocks.1.mixer.heads" if name == "put_heads" else SITE
    change = CHANGES[name](VECTOR)
    with torch.no_grad(), trace(model, site) as before, intervene(model, {site: change}), trace(model, site) as seen:
        logits, _ = model(prompts[0])
    assert seen[site].dtype == logits.dtype == dtype
    assert logits.isfinite().all()
    wanted = CHANGES[name](VECTOR.double())(before[site].double())
    close = 4 * torch.finfo(dtype).eps if dtype != torch.float64 else 1e-6  # the vector has float32's digits
    torch.testing.assert_close(seen[site].double(), wanted, atol=close, rtol=close)


@pytest.mark.parametrize("change", [project_out, lambda v: clamp(v, 1.0)])
@pytest.mark.parametrize("direction", [[0.0, 0.0], [1.0, torch.nan], [torch.inf, 1.0], [[1.0, 0.0]]])
def test_a_direction_that_points_nowhere_is_refused(change, direction, unchecked):
    with pytest.raises(ValueError, match="direction must be one vector that points somewhere"):
        change(torch.tensor(direction))


def test_half_precision_directions_are_of_length_one():
    """Their squares add up to more than float16 can say."""
    direction = torch.full((9,), 200.0).half()
    assert project_out(direction)(direction.expand(1, 1, 9)).abs().max() < 0.5
    with pytest.raises(ValueError, match="limit=nan must be a number"):
        clamp(direction, torch.nan)


def test_by_hand():
    x = torch.arange(24.0).reshape(2, 3, 4)
    before = x.clone()
    assert put(5.0, at=1)(x)[:, 1].eq(5).all()
    assert torch.equal(put(5.0, at=1)(x)[:, [0, 2]], x[:, [0, 2]])
    added = add(torch.ones(4), at=slice(1, None))(x) - x
    assert added[:, 0].eq(0).all()
    assert added[:, 1:].eq(1).all()
    direction = torch.tensor([3.0, 0, 4, 0])
    assert (project_out(direction)(x) @ direction).abs().max() < 1e-5
    assert torch.allclose(project_out(direction)(x)[..., [1, 3]], x[..., [1, 3]])
    units = put_units(torch.tensor([7.0, 8.0]), [0, 3], at=[0, 2])(x)[..., [0, 3]]
    assert units[0].tolist() == [[7, 8], [4, 7], [7, 8]]
    heads = x.unflatten(-1, (2, 2))
    without = put_heads(0.0, [1])(heads)
    assert torch.equal(without[..., 0, :], heads[..., 0, :])
    assert without[..., 1, :].eq(0).all()
    rows = each([nothing, put(0.0)])(x)
    assert torch.equal(rows[0], x[0])
    assert rows[1].eq(0).all()
    with pytest.raises(ValueError, match="changes: 1 of them, for a batch of 2"):
        each([nothing])(x)
    with pytest.raises(ValueError, match=r"the value must be \(batch, time, width\) or .*; it is \(2,\)"):
        put(0.0)(x[:, 0, 0])
    assert torch.equal(x, before)

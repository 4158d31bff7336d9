"""What the mixers promise for any input: every form agrees with its definition, every layer with itself piece by piece;
see `odd`."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jielong.mixers import MixerConfig, PassContext, delta, gated, linear_attention, mamba, recurrent, retention
from jielong.mixers.convolution import CausalConvolution
from torch import Tensor, nn

from tests.models import tiny
from tests.properties.odd import Row, array, beyond, close, floats, row

SIZE = st.sampled_from([4, 8, 6, 1, 0, -1])
CONFIG = st.builds(MixerConfig, st.just(8), st.just(2))
X = floats(2, 3, 16) | floats(1, 1, 16) | floats(2, 0, 16)
SHAPES = st.sampled_from([torch.zeros(2, 3), torch.zeros(0), torch.zeros(2, 3).long()])


def like(name: str, size: int = 3) -> Any:
    """Numbers for the steps of another argument, such as a gate's."""
    return lambda made: array("Float", list(getattr(made, name).shape[:size]), getattr(made, name).dtype)


def gate(name: str, shape: Any, squash: Any) -> Any:
    """Mostly what a gate may be, sometimes any number."""
    return lambda made: shape(name)(made).flatmap(lambda x: st.sampled_from([squash(x), squash(x), x]))


def negative(x: Tensor) -> Tensor:
    return -x.abs()


DECAY = gate("q", like, negative)
CHANNEL_DECAY = gate("q", lambda name: like(name, 4), negative)
SHORT_DECAY = lambda made: array("Float", [made.q.shape[1]], made.q.dtype).map(negative)  # noqa: E731
BETA = gate("q", like, torch.sigmoid)


def either(*wishes: Any) -> Any:
    return lambda made: st.one_of(*(wish if isinstance(wish, SearchStrategy) else wish(made) for wish in wishes))


def agrees(rule: ModuleType) -> Any:
    """Whether a form's outputs and state are those of the recurrence."""

    def check(result: Any, a: Any) -> bool:
        truth = rule.recurrent(**vars(a))
        return all(close(got, wanted, 1e-3) for got, wanted in zip(result, truth, strict=True))

    return check


def differentiated(form: Any, *tensors: Tensor, **named: Any) -> Any:
    """What a form returns, after its gradient was taken."""
    tensors = tuple(None if tensor is None else tensor.clone().requires_grad_() for tensor in tensors)
    named = {name: None if gate is None else gate.clone().requires_grad_() for name, gate in named.items()}
    y, state = form(*tensors, **named)
    y.sum().backward()
    gradients = [tensor.grad for tensor in tensors if tensor is not None and tensor.grad is not None]
    assert any(map(beyond, [*tensors, y])) or all(gradient.isfinite().all() for gradient in gradients), "no gradient"
    return y.detach(), state.detach()


def form(rule: ModuleType, **options: Any) -> Row:
    return row(agrees(rule), passes_on=True, words="q k v x dt A B C", **options)


def layer(kind: str, **config: Any) -> SearchStrategy:
    return st.builds(lambda: tiny(mixer=kind, **config).double().blocks[0].mixer)


def padded(made: Any) -> SearchStrategy:
    """What a pass says to its layers, with padding and without."""
    batch, time = made.x.shape[:2]
    valid = torch.arange(time) >= torch.arange(batch)[:, None]
    return st.sampled_from([PassContext(), PassContext(valid=valid) if time else PassContext()])


def piece_by_piece(result: Any, a: Any) -> bool:
    """A text read in two pieces, the state carried over, is read as in one."""
    y, state = result
    if a.x.shape[1] < 2 or a.shared.valid is not None or a.state is not None:
        return y.shape == a.x.shape
    head, between = a.self(a.x[:, :1], PassContext())
    rest, _ = a.self(a.x[:, 1:], PassContext(), between)
    return close(torch.cat((head, rest), 1), y)


def memory(kind: str, **options: Any) -> Row:
    return row(piece_by_piece, passes_on=True, x=X, shared=padded, state=st.none(), self=layer(kind), **options)


def attended(attention: Any, self: Any, x: Tensor, shared: PassContext, state: Any = None) -> Any:
    return attention(self, x, tiny().double().shared(*x.shape[:2]), state)


MEMORIES = ["linear", "retention", "gated", "gated_channels", "delta", "gated_delta"]
TABLE: dict[str, Row] = {
    "mixers.attention.MixerConfig": row(
        lambda config, a: config.inner == a.heads * config.per_head, width=SIZE, heads=SIZE
    ),
    "mixers.attention.Attention.forward": row(
        lambda result, a: result[0].shape == a.x.shape,
        how=attended,
        passes_on=True,
        self=layer("attention"),
        x=floats(2, 3, 16),
        shared=st.just(None),
        state=st.none(),
        through="qkv MultiHead.split rotate by_position",
    ),
    "mixers.attention.Attention.pattern": row(
        lambda p, a: close(p.sum(-1), 1),
        how=lambda pattern, self, x, shared: pattern(self, x, tiny().double().shared(2, 3)).detach(),
        passes_on=True,
        self=layer("attention"),
        x=floats(2, 3, 16),
        shared=st.just(None),
        through="weigh MultiHead.for_each_head",
    ),
    # checks
    "mixers.checks.check_inputs": row(
        decay=either(st.none(), DECAY),
        beta=either(st.none(), BETA),
        state=st.none(),
        **{name: floats(2, 1, 3, 2) | floats(2, 1, 3) for name in "qkv"},
        words="q k v",
    ),
    "mixers.checks.check_shape": row(
        lambda _, a: a.tensor.shape == a.wanted,
        name=st.just("tensor"),
        tensor=floats(2, 3),
        wanted=st.sampled_from([(2, 3), (3, 2), (2, "n"), ()]),
    ),
    "mixers.checks.check_alike": row(
        finer=st.fixed_dictionaries({"fine": st.none() | SHAPES}),
        tensors=st.fixed_dictionaries({"first": SHAPES, "other": SHAPES}),
        words="fine first other",
    ),
    "mixers.checks.known": row(lambda yes, a: yes == (a.tensor.numel() > 0), tensor=SHAPES),
    "mixers.checks.check_decay": row(
        lambda _, a: (a.decay <= 0).all(), decay=floats(2, 3).flatmap(lambda x: st.sampled_from([x, -x.abs()]))
    ),
    "mixers.checks.check_beta": row(
        lambda _, a: ((a.beta >= 0) & (a.beta <= 1)).all(),
        beta=floats(2, 3).flatmap(lambda x: st.sampled_from([x, x.sigmoid()])),
    ),
    # convolution
    "mixers.convolution.CausalConvolution": row(device=st.just("cpu")),
    "mixers.convolution.CausalConvolution.forward": row(
        lambda result, a: result[0].shape == a.x.shape,
        passes_on=True,
        self=st.sampled_from([1, 4, 70]).map(lambda window: CausalConvolution(16, window).double()),
        x=X,
        tail=st.none(),
    ),
    "mixers.convolution.Convolution": row(config=CONFIG),
    "mixers.convolution.Convolution.forward": memory("convolution", through="mixers.attention.PassContext.silence"),
    # the rules' forms
    "mixers.linear_attention.recurrent": form(
        linear_attention, q=floats(2, 2, 3, 2) | floats(1, 1, 0, 2) | floats(0, 1, 1, 1), through="empty no_steps"
    ),
    "mixers.linear_attention.parallel": form(linear_attention),
    "mixers.linear_attention.chunkwise": form(linear_attention, how=differentiated, through="mixers.forms.apply"),
    "mixers.linear_attention.elu_plus_one": row(lambda y, a: (y >= 0).all(), passes_on=True),
    "mixers.linear_attention.hedgehog": row(lambda y, a: close(y.sum(-1), 2) or 0 in a.x.shape, passes_on=True),
    "mixers.linear_attention.normalised": row(
        lambda result, a: (result[0].abs() <= a.v.abs().max() * 1.01).all(),
        passes_on=True,
        form=st.sampled_from([linear_attention.recurrent, linear_attention.chunkwise]),
        q=floats(1, 2, 3, 4, calm=True).map(torch.exp),
        k=floats(1, 2, 3, 4, calm=True).map(torch.exp),
        v=floats(1, 2, 3, 2),
        state=st.none(),
    ),
    "mixers.retention.decays": row(lambda decay, a: (decay < 0).all(), device=st.none()),
    "mixers.retention.recurrent": form(retention, decay=either(DECAY, SHORT_DECAY), through="at_every_step"),
    "mixers.retention.parallel": form(retention, decay=either(DECAY, SHORT_DECAY)),
    "mixers.retention.chunkwise": form(retention, decay=either(DECAY, SHORT_DECAY)),
    "mixers.gated.recurrent": form(gated, decay=either(DECAY, CHANNEL_DECAY)),
    "mixers.gated.parallel": form(gated, decay=either(DECAY, CHANNEL_DECAY), through="between"),
    "mixers.gated.chunkwise": form(
        gated,
        decay=either(DECAY, CHANNEL_DECAY),
        how=differentiated,
        through="with_head_gates with_channel_gates parts kept_in_chunks Kept.of decay_gradient in_chunks by_halves "
        "neighbours",
    ),
    "mixers.delta.recurrent": form(delta, decay=either(st.none(), DECAY), beta=BETA),
    "mixers.delta.parallel": form(delta, decay=either(st.none(), DECAY), beta=BETA, through="mixers.gated.Kept.after"),
    "mixers.delta.chunkwise": form(
        delta,
        decay=either(st.none(), DECAY),
        beta=BETA,
        how=differentiated,
        through="in_chunks solve solve_transposed backward_chunk decay_gradient",
    ),
    "mixers.mamba.recurrent": form(
        mamba,
        dt=gate("x", like, torch.abs),
        A=floats(4, 2).map(negative),
        D=st.none(),
        state=st.none(),
        x=floats(2, 3, 4),
        B=floats(2, 3, 2),
        C=floats(2, 3, 2),
        through="check_scan empty skip",
    ),
    "mixers.mamba.chunkwise": form(
        mamba,
        how=differentiated,
        dt=gate("x", like, torch.abs),
        A=floats(4, 2).map(negative),
        D=st.none(),
        state=st.none(),
        x=floats(2, 3, 4) | floats(2, 0, 4),
        B=lambda made: floats(2, made.x.shape[1], 2),
        C=lambda made: floats(2, made.x.shape[1], 2),
        through="run run_back no_steps",
    ),
    # layers
    "mixers.layers.MatrixMemory.forward": row(
        piece_by_piece,
        passes_on=True,
        x=X,
        shared=padded,
        state=st.none(),
        self=st.one_of(map(layer, MEMORIES)),
        through="qkv remember run finish unit Clock Clock.forward first_steps Retention.remember Gated.remember "
        "Gated.finish GatedChannels.remember Delta.remember Delta.strength GatedDelta.remember",
    ),
    "mixers.layers.Mamba.forward": memory("mamba"),
    # recurrent networks
    "mixers.recurrent.recurrent": row(
        lambda result, a: len(result[0]) == len(a.x),
        passes_on=True,
        x=floats(2, 3, 4),
        rule=st.builds(lambda: recurrent.gated(nn.LSTM(4, 4, batch_first=True).double())),
        memory=floats(2, 4),
        y=floats(2, 4),
        through="gates",
    ),
    "mixers.recurrent.RNN.forward": memory(
        "rnn",
        refuses=(RuntimeError,),
        words="sequence",
        through="through roll keep",
    ),
    "mixers.recurrent.LSTM.forward": memory("lstm", refuses=(RuntimeError,), words="sequence"),
    "mixers.recurrent.LSTM.gates": row(
        lambda gates, a: all(((gate >= -1) & (gate <= 1)).all() for gate in gates),
        passes_on=True,
        self=layer("lstm"),
        x=floats(2, 3, 16),
        shared=padded,
    ),
}
AT_IMPORT = "decorates the forms, which have rows"
CONTRACT = "half precision, autocast, transformations: tests/mixers/test_contract.py"
REASONS: dict[str, str] = {
    "mixers.forms.form": AT_IMPORT,
    "mixers.forms.by_hand": AT_IMPORT,
    **dict.fromkeys(
        (
            "mixers.forms.widened mixers.forms.full_precision mixers.forms.pull_back "
            "mixers.linear_attention.chunk_by_chunk mixers.delta.plain mixers.gated.plain mixers.mamba.plain"
        ).split(),
        CONTRACT,
    ),
}

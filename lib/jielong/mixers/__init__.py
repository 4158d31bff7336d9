"""Sequence mixers: the one layer of a language model in which positions look at each other.

Every mixer is a module, made from a `MixerConfig` and called as ``y, state = mixer(x, shared, state)``:

* ``x``: (batch, time, width), the normalised residual stream;
* ``shared``: what all layers of one forward pass have in common (`PassContext`);
* ``state``: what the mixer remembers of earlier positions, ``None`` at the start. Feeding a sequence in two pieces,
  with the state carried over, gives the same result as feeding it whole.

The recurrent ones (`linear_attention`, `retention`, `gated`, `delta`) stand on pure functions, three forms of one rule:

    y, state = recurrent(q, k, v, *, decay=None, beta=None, state=None)     the definition, step by step
    y, state = parallel(...)                                                as attention: all pairs of steps at once
    y, state = chunkwise(...)                                               the fast one, for any number of steps

``q``, ``k``: (batch, heads, time, d_k). ``v``, ``y``: (batch, heads, time, d_v). ``decay``: logarithms, never positive,
(batch, heads, time), or with d_k more for one per channel. ``beta``: (batch, heads, time), in [0, 1]. ``state``:
(batch, heads, d_k, d_v), written as S; the lecture's H is S transposed. At every step S decays, is written to, and is
read: ``y_t = q_t . S_t``, without a scaling of q, which is a layer's business. A form takes the keywords its rule has.
All three agree, also in gradients, with the recurrence in float64, from any state and at any gate.
"""

from typing import Any

from jielong.mixers.attention import Attention, MixerConfig, PassContext, Tap
from jielong.mixers.convolution import Convolution
from jielong.mixers.layers import Delta, Gated, GatedChannels, GatedDelta, Linear, Mamba, Retention
from jielong.mixers.recurrent import LSTM, RNN

MIXERS: dict[str, Any] = {
    "attention": Attention,
    "linear": Linear,
    "retention": Retention,
    "gated": Gated,
    "gated_channels": GatedChannels,
    "mamba": Mamba,
    "delta": Delta,
    "gated_delta": GatedDelta,
    "rnn": RNN,
    "lstm": LSTM,
    "convolution": Convolution,
}

__all__ = ["MIXERS", "Attention", "MixerConfig", "PassContext", "Tap"]

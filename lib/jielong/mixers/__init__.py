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
All three agree, also in gradients, with the recurrence in float64, from any state and at any gate. Retention takes
its decay in short, too: (heads,), the same at every step.

What can be relied on, of every form and every layer: half precision (``y`` has the dtype that came in; the state is at
least float32, so that thousands of steps do not wear it down), training under autocast, `torch.func`'s ``grad``,
``vmap`` and ``jvp``, second derivatives, the meta device, ``torch.compile(fullgraph=True)``, copies, a batch or a text
of nothing. Where torch's own kernels can't, the layer refuses and never gives a wrong number: attention has no second
derivative and no ``jvp``; the RNN and the LSTM no ``vmap``, no ``compile`` and no text of length 0; the LSTM no
``jvp``. A form looks at the numbers that it gets (a decay above 0 is an error), for which a GPU has to wait;
``form.trusted`` is the same without that look, for gates that are right by construction, as those of the layers are.
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

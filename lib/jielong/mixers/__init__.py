"""Sequence mixers: the one layer of a language model in which positions look at each other.

Every mixer is a module called as ``y, state = mixer(x, shared, state)``:

* ``x``: (batch, time, width), the normalised residual stream;
* ``shared``: what all layers of one forward pass have in common (`Shared`);
* ``state``: what the mixer remembers of earlier positions, ``None`` at the start. Feeding a sequence in two pieces,
  with the state carried over, gives the same result as feeding it whole.
"""

from typing import Any

from jielong.mixers.attention import Attention, Shared
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

__all__ = ["MIXERS", "Attention", "Shared"]

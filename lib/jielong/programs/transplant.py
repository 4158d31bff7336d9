"""Turn a trained model's attention into linear attention, instead of training a linear model from nothing.

    1. swap       keep q, k, v, o; in place of softmax(q k^T), weights phi(q) phi(k)^T, faded by a gate, summing to one
    2. transfer   layer by layer, learn to say what the old attention says on the same input: no words are predicted
    3. tune       a little ordinary training, of low-rank detours only (`jielong.adaptation.lora`)

A lesson does this to a few layers. With more layers, steps and text, on a GPU where there is one:

    python -m jielong.programs.transplant --layers 10 11 12 13 14 --text my.txt --out five

What learns wants all of the model in float64 (`jielong.training`), so that a layer hears and says the same on every
processor. On a GPU the script works in float32, for speed, and since Apple's have no float64: there its last digits
hang on the device.

Steps and feature map phi follow LoLCATs (Zhang et al. 2024, arXiv 2410.10254; their phi is Hedgehog's, arXiv
2402.04347). The gate is that of `jielong.mixers.gated`; a transplant by Lan et al. 2025 (Liger, arXiv 2503.01496) has
one, too. LoLCATs have a short window of softmax attention in its place.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.adaptation.lora import add_lora, merge_lora
from jielong.arguments import at_least, filled, indices
from jielong.corpora import wonderland
from jielong.files import Damaged, NoRoom, sweep, writing
from jielong.mixers import gated
from jielong.mixers.attention import Attention, MixerConfig, PassContext
from jielong.mixers.linear_attention import hedgehog, normalised
from jielong.model import LanguageModel
from jielong.pretrained import load_smollm2
from jielong.programs.checkpoints import Checkpoints, load_checkpoint
from jielong.programs.packages import need
from jielong.sites import advance, trace
from jielong.training import Progress, fit, next_token_loss, seeded

OPEN = 5.0
"""The gates' first bias: sigmoid(5) = 0.993, so that at first hardly anything fades."""


class Memory(NamedTuple):
    """What a transplanted layer goes on from: a matrix per head, and the sum of its weights as one more column."""

    memory: Float[Tensor, "batch heads features columns"]


class Linearised(Attention):
    """Linear attention in the place of a softmax attention, with copies of its projections, or with new random ones
    drawn from the die ``fresh``."""

    def __init__(self, attention: Attention, fresh: int | None = None):
        width, bias = attention.o.out_features, attention.q.bias is not None
        config = MixerConfig(width, attention.heads, attention.kv_heads, attention.head_width, bias)
        with torch.device("meta"):  # so that nothing is drawn here: the weights come next
            super().__init__(config)
        old = attention if fresh is None else seeded(lambda: Attention(config), fresh)
        self.load_state_dict(copy.deepcopy(old.state_dict()), assign=True)
        as_it_is = torch.eye(self.head_width, device=attention.o.weight.device).repeat(self.heads, 1, 1)
        self.q_features, self.k_features = nn.Parameter(as_it_is), nn.Parameter(as_it_is.clone())
        self.gate = nn.utils.skip_init(nn.Linear, width, self.heads)
        nn.init.zeros_(self.gate.weight)
        nn.init.constant_(self.gate.bias, OPEN)
        self.to(attention.o.weight)

    def inputs(
        self, x: Float[Tensor, "batch time width"], shared: PassContext
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """q and k after their feature maps (batch, heads, time, features), v, and the gates' logarithms."""
        q, (k, v) = self.qkv(x, shared)
        k, v = self.for_each_head(k), self.for_each_head(v)
        q, k = hedgehog(q @ self.q_features), hedgehog(k @ self.k_features)
        decay = F.logsigmoid(self.gate(x)).transpose(1, 2)
        if shared.valid is not None:  # nothing is written at padding, and nothing fades
            k, decay = k * shared.valid[:, None, :, None], decay * shared.valid[:, None]
        return q, k, v, decay

    def forward(  # type: ignore[override]  # the cache has become a matrix
        self, x: Float[Tensor, "batch time width"], shared: PassContext, state: Memory | None = None
    ) -> tuple[Float[Tensor, "batch time width"], Memory]:
        q, k, v, decay = self.inputs(x, shared)
        form = partial(gated.recurrent if x.shape[1] == 1 else gated.chunkwise, decay=decay)
        y, memory = normalised(form, q, k, v, None if state is None else state.memory)
        if shared.valid is not None:  # nothing was read there: 0/0
            y = y.masked_fill(~shared.valid[:, None, :, None], 0.0)
        return self.o(y.transpose(1, 2).flatten(2)), Memory(memory)

    def pattern(
        self, x: Float[Tensor, "batch time width"], shared: PassContext
    ) -> Float[Tensor, "batch heads time time"]:
        """The weights with which it reads, as softmax attention has them: every row sums to one."""
        q, k, _, decay = self.inputs(x, shared)
        everything = torch.eye(x.shape[1], dtype=x.dtype, device=x.device).expand(*q.shape[:3], -1)
        return normalised(partial(gated.parallel, decay=decay), q, k, everything)[0]


def imitation(
    new: nn.Module,
    x: Float[Tensor, "batch time width"],
    said: Float[Tensor, "batch time width"],
    *,
    shared: PassContext,
) -> Float[Tensor, ""]:
    """How far ``new`` is from what the old layer said on the same input: 0 if equal, 1 if ``new`` says nothing."""
    if not said.any():
        raise ValueError("said must not be zero all over: nothing is said that could be imitated")
    return (new(x, shared)[0] - said).square().sum() / said.square().sum()


def rows(count: int, *lessons: Tensor, seed: int = 0) -> Iterator[tuple[Tensor, ...]]:
    """Batches of ``count`` rows, without end; every row once before any comes again."""
    at_least(1, count=count)
    if len({len(lesson) for lesson in lessons}) != 1 or not len(lessons[0]):
        raise ValueError(f"lessons must have equally many rows, not {[len(lesson) for lesson in lessons]}")
    generator = torch.Generator().manual_seed(seed)
    while True:
        for some in torch.randperm(len(lessons[0]), generator=generator, device="cpu").split(count):
            yield tuple(lesson[some] for lesson in lessons)


def overhear(
    model: LanguageModel, x: Float[Tensor, "rows time width"], layers: Collection[int], pieces: int = 16
) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Each of these layers, from below: its number, what its attention hears and what it says (rows, time, width).

    x: the residual stream before ``model.blocks[0]`` (``model.enter(ids)``). Whoever asks may replace the layer's mixer
    before asking for the next: all of them hear what the *old* layers below them said. pieces: rows at a time.
    """
    at_least(1, pieces=pieces)
    indices(len(model.blocks), layers=list(layers))
    for i in range(1 + max(layers, default=-1)):
        block, out = model.blocks[i], f"blocks.{i}.mixer.out"
        hears = block.norm1 if block.norm_first else nn.Identity()
        with torch.no_grad(), trace(model, out) as seen:
            parts = [(hears(some), advance(model, some, i, i + 1), seen[out]) for some in x.split(pieces)]
        heard, x, said = map(torch.cat, zip(*parts, strict=True))
        if i in layers:
            yield i, heard, said


def transplant(
    model: LanguageModel,
    x: Float[Tensor, "rows time width"],
    layers: Collection[int],
    *,
    steps: int,
    lr: float = 1e-2,
    batch: int = 1,
    fresh: bool = False,
    seed: int = 0,
) -> dict[int, list[float]]:
    """Replace the attention in these layers, in place, each after ``steps`` steps of attention transfer.

    x: see `overhear`; it is in float64, and so is the model, but for steps=0, which only swaps. fresh: with new random
    projections, drawn from ``seed``. Returns each layer's losses, see `imitation`.
    Raises ValueError for a layer that has no softmax attention, or a model that looks ahead.
    """
    check_layers(model, layers)
    shared, losses = model.shared(1, x.shape[1]), {}
    for i, heard, said in overhear(model, x, layers):
        model.blocks[i].mixer = new = Linearised(model.blocks[i].mixer, 1000 * seed + i if fresh else None)
        lessons = rows(batch, heard, said, seed=seed)
        losses[i] = fit(new, lessons, steps=steps, lr=lr, loss=partial(imitation, shared=shared)) if steps else []
    return losses


def check_layers(model: LanguageModel, layers: Collection[int]) -> None:
    """Raise ValueError unless all of these layers have causal softmax attention."""
    unfit = [i for i in layers if not 0 <= i < len(model.blocks) or type(model.blocks[i].mixer) is not Attention]
    if unfit:
        raise ValueError(f"layers: {unfit} have no softmax attention to transplant (of {len(model.blocks)} layers)")
    if not model.config.causal:
        raise ValueError("model: linear attention only looks back; this model also looks ahead (causal=False)")


@torch.no_grad()
def perplexity(model: LanguageModel, ids: Int[Tensor, "rows time"]) -> float:
    """Between how many tokens the model hesitates, so to speak: e to the mean loss in nats."""
    filled(ids=ids)
    losses = [next_token_loss(model, row) for row in ids.split(1)]
    return torch.stack(losses).mean().exp().item()


def detours(model: LanguageModel, layers: Collection[int], rank: int = 8) -> list[nn.Parameter]:
    """Freeze the model, put a `Lora` around q, k, v and o of these layers, and return what there is to train.

    Each layer's own number is the seed of its detours.
    """
    indices(len(model.blocks), layers=list(layers))
    model.requires_grad_(False)
    around = [add_lora(model.blocks[i].mixer, rank, 2.0 * rank, ("q", "k", "v", "o"), seed=i) for i in layers]
    return [parameter for layer in around for parameter in layer]


# ------------------------------------------------------------------------------------- more layers, on a GPU


def transfer_kept(model: LanguageModel, ids: Int[Tensor, "rows time"], chosen: argparse.Namespace) -> None:
    """`transplant`, where each finished layer is kept in the folder, and not learned again after a kill."""
    from tqdm import tqdm

    check_layers(model, chosen.layers)
    with torch.no_grad():
        x = torch.cat([model.enter(some) for some in ids[:, :-1].split(16)])
    options = {"steps": chosen.transfer, "lr": chosen.lr, "exact": x.dtype == torch.float64}
    options["loss"] = partial(imitation, shared=model.shared(1, x.shape[1]))
    bar = tqdm(total=len(chosen.layers) * chosen.transfer, desc="transfer")
    for i, heard, said in overhear(model, x, chosen.layers):
        model.blocks[i].mixer = new = Linearised(model.blocks[i].mixer)
        path = chosen.out / f"layer-{i}.pt"
        if path.exists():
            new.load_state_dict(load_checkpoint(path))
            bar.update(chosen.transfer)
            continue

        def after(progress: Progress, i: int = i) -> None:
            bar.set_postfix_str(f"layer {i}, {progress.losses[-1]:.3f}", refresh=False)
            bar.update()

        fit(new, rows(chosen.batch, heard, said), after=after, **options)
        with writing(path) as draft:
            torch.save(new.state_dict(), draft)
    bar.close()


def tune_kept(model: LanguageModel, ids: Int[Tensor, "rows time"], chosen: argparse.Namespace) -> None:
    """The brief training at the end; goes on after a kill from the last checkpoint."""
    from tqdm import tqdm

    trained = detours(model, chosen.layers)
    kept = Checkpoints(chosen.out / "tuned.pt", chosen.every)
    made_by = {"layers": chosen.layers, "length": chosen.length, "batch": chosen.batch, "steps": chosen.tune}
    progress = kept.load(model, made_by)
    bar = tqdm(total=chosen.tune, initial=len(progress.losses), desc="tune")

    def after(progress: Progress) -> None:
        bar.set_postfix_str(f"loss {progress.losses[-1]:.3f}", refresh=False)
        bar.update()
        kept.note(model, made_by, progress, chosen.tune)

    batches = islice(rows(chosen.batch, ids), len(progress.losses), None)
    if len(progress.losses) < chosen.tune:
        options = {"steps": chosen.tune, "lr": 1e-3, "exact": trained[0].dtype == torch.float64}
        fit(model, batches, parameters=trained, progress=progress, after=after, **options)
    bar.close()
    merge_lora(model)


def settings(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m jielong.programs.transplant",
        description="SmolLM2 with linear attention in some of its layers. Started again, it goes on where it was. On a "
        "processor it learns in float64, with the same result on each of them; on a GPU in float32, where the last "
        "digits hang on the device.",
    )
    parser.add_argument("--layers", nargs="+", type=int, default=list(range(15, 30)), help="which of 0 to 29")
    parser.add_argument("--text", type=Path, help="a file to learn from; default: Alice in Wonderland")
    parser.add_argument("--length", type=int, default=512, help="tokens in a piece of text")
    parser.add_argument("--batch", type=int, default=8, help="pieces in a step")
    parser.add_argument("--transfer", type=int, default=1000, help="steps of attention transfer in each layer")
    parser.add_argument("--lr", type=float, default=3e-3, help="learning rate of the transfer")
    parser.add_argument("--tune", type=int, default=1000, help="steps of training at the end")
    parser.add_argument("--every", type=int, default=100, help="steps from one checkpoint to the next")
    parser.add_argument("--out", type=Path, default=Path("transplant"), help="folder for checkpoints and the model")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--device", default=device, help="where to work (here: %(default)s); cpu is slower, and exact")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = settings(arguments)
    need("tqdm")
    chosen.layers = sorted(set(chosen.layers))
    sweep(chosen.out)
    dtype = torch.float64 if torch.device(chosen.device).type == "cpu" else torch.float32
    model, tokenizer = load_smollm2(dtype=dtype, device=chosen.device)
    text = chosen.text.read_text() if chosen.text else wonderland()
    ids = torch.tensor(tokenizer.encode(text), device=chosen.device).unfold(0, chosen.length + 1, chosen.length + 1)
    train, test = ids[: len(ids) * 9 // 10], ids[len(ids) * 9 // 10 :]
    print(f"layers {chosen.layers}; {len(train)} pieces of text to learn from, {len(test)} held out")
    found = {"as it was": perplexity(model, test)}
    try:
        transfer_kept(model, train, chosen)
        found["after transfer"] = perplexity(model, test)
        tune_kept(model, train, chosen)
        found["after tuning"] = perplexity(model, test)
        with writing(chosen.out / "model.pt") as draft:
            torch.save(model.state_dict(), draft)
    except (Damaged, NoRoom) as trouble:
        raise SystemExit(str(trouble)) from None
    for name, value in found.items():
        print(f"{name:16}perplexity {value:7.2f}")


if __name__ == "__main__":
    main()

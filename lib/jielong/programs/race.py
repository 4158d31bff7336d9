"""A race of architectures: language models of equal size, on one text, with the same batches in the same order.

    python -m jielong.programs.race --size tiny                                            a minute or two
    python -m jielong.programs.race --size small --mixers lstm attention --seeds 0 1 2
    accelerate launch --multi_gpu -m jielong.programs.race --size medium --text my.txt          on all GPUs
    accelerate launch --multi_gpu --num_processes 2 -m jielong.programs.race --cpu             two processes, no GPU

A race that was killed goes on where it was when it is started again with the same ``--out``. On processors everything
is learned in float64 with its weights on a grid (`jielong.training`): the result is the same on each of them, however
many run it. On GPUs it is learned in float32, for speed, and since Apple's have no float64: there the last digits hang
on the device and on how many there are, and training lets them grow. Lessons call `run` and `table`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from itertools import count, cycle, islice, product
from pathlib import Path
from statistics import fmean, median
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from jielong import tokens
from jielong.arguments import at_least, filled, indices, within
from jielong.corpora import wonderland
from jielong.files import Damaged, NoRoom, reading, sweep, write_text
from jielong.model import Config, LanguageModel
from jielong.programs.checkpoints import Checkpoints
from jielong.programs.packages import need
from jielong.scoring import token_log_probabilities
from jielong.training import Progress, fit, seeded

RACERS: dict[str, tuple[str, ...]] = {
    "attention": ("attention",),
    "lstm": ("lstm",),
    "linear": ("linear",),
    "retention": ("retention",),
    "gated": ("gated",),
    "gated_channels": ("gated_channels",),
    "mamba": ("mamba",),
    "delta": ("delta",),
    "gated_delta": ("gated_delta",),
    "gated+attention": ("gated", "gated", "gated", "attention"),
    "gated_delta+attention": ("gated_delta", "gated_delta", "gated_delta", "attention"),
}
"""The mixers of each racer's layers, over and over from the first layer up."""


@dataclass(frozen=True)
class Size:
    """How large the models are, and how long they train: ``steps`` times ``batch`` pieces of ``context`` tokens."""

    parameters: int
    layers: int
    heads: int
    context: int
    batch: int
    steps: int
    lr: float

    def __post_init__(self) -> None:
        at_least(
            1, parameters=self.parameters, layers=self.layers, heads=self.heads, context=self.context, batch=self.batch
        )


SIZES = {
    "tiny": Size(100_000, layers=4, heads=4, context=128, batch=8, steps=150, lr=1e-2),
    "small": Size(150_000, layers=4, heads=4, context=128, batch=16, steps=600, lr=5e-3),
    "medium": Size(3_000_000, layers=6, heads=6, context=512, batch=32, steps=5_000, lr=1e-3),
    "large": Size(25_000_000, layers=8, heads=8, context=1024, batch=64, steps=20_000, lr=6e-4),
}
"""tiny and small: for a laptop, on the book's own text. medium and large: for a GPU, on a longer text (``--text``)."""


USUAL = 8 / 3
"""Hidden units of a gated feed-forward layer for each of its width."""

LONGER = 4
"""The test also reads texts of so many times the training length."""
CONTEXTS = (1, 4, 16, 64)
"""Writing is timed after so many times the training length."""


@cache
def config_for(racer: str, size: Size) -> Config:
    """A racer's model with the parameters that the size allows.

    Mixers differ in how much they need, so the width is chosen such that the feed-forward layers can be close to their
    usual 8/3 of it, and their number of hidden units makes the sum come out.
    Raises ValueError for an unknown racer, or where no width would do.
    """
    if racer not in RACERS:
        raise ValueError(f"racer={racer!r} is unknown; there are {list(RACERS)}")
    mixers = tuple(islice(cycle(RACERS[racer]), size.layers))
    of = partial(Config, len(tokens.CHARACTERS), layers=size.layers, heads=size.heads, mixer=mixers)
    of = partial(of, context=size.context, extrapolate=True)  # for the test reads longer texts, on purpose

    def hidden(width: int) -> int:
        others = parameters(of(width=width, hidden=1))
        return 1 + round((size.parameters - others) / (3 * width * size.layers))

    # the wider, the fewer hidden units are left for each of the width: those beside where they fall below the usual
    widths = range(2 * size.heads, math.isqrt(size.parameters // size.layers), 2 * size.heads)
    place = bisect_left(widths, -USUAL, key=lambda width: -hidden(width) / width)
    fitting = {width: hidden(width) for width in widths[max(place - 1, 0) : place + 1] if hidden(width) > 0}
    if not fitting:
        raise ValueError(f"size: {size.parameters} parameters are too few for {size.layers} layers of {racer}")
    width = min(fitting, key=lambda width: abs(fitting[width] / width - USUAL))
    return of(width=width, hidden=fitting[width])


def parameters(config: Config) -> int:
    with torch.device("meta"):  # shapes only: counting fills no memory, and changes nobody's dice
        return sum(parameter.numel() for parameter in LanguageModel(config).parameters())


def split(text: str) -> tuple[Int[Tensor, " train"], Int[Tensor, " validation"]]:
    """The text's first nine tenths to learn from, and the last for the test; one token for each character."""
    ids = torch.tensor(tokens.encode_text(text), dtype=torch.long, device="cpu")
    cut = len(ids) * 9 // 10
    return ids[:cut], ids[cut:]


def batches(
    ids: Int[Tensor, " tokens"], size: Size, seed: int, start: int = 0, share: tuple[int, int] = (0, 1)
) -> Iterator[tuple[Int[Tensor, "rows longer"]]]:
    """Batches of random pieces, from batch number ``start`` on. Each depends on the seed and its number alone.

    share: which process this is, and how many there are; each takes its rows of every batch. Raises ValueError for a
    text that has no such piece, and a seed beyond 2^40.
    """
    process, processes = share
    at_least(size.context + 1, **{"how many ids": len(ids)})
    indices(processes, share=process)
    within(0, 2**40, seed=seed)
    if size.batch % processes:
        raise ValueError(f"batch={size.batch} must be a multiple of the {processes} processes")
    for step in count(start):
        generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
        first = torch.randint(len(ids) - size.context, (size.batch,), generator=generator, device="cpu")
        places = first[process::processes, None] + torch.arange(size.context + 1, device="cpu")
        yield (ids[places],)


@torch.no_grad()
def loss_by_position(model: LanguageModel, ids: Int[Tensor, " tokens"], length: int) -> Float[Tensor, " length"]:
    """Mean loss in nats at each position of pieces of ``length`` tokens, which together are all of ``ids``."""
    at_least(1, length=length)
    at_least(length + 1, **{"how many ids": len(ids)})
    device = model.device
    rows = ids[: (len(ids) - 1) // length * length + 1].unfold(0, length + 1, length).to(device)
    losses = []
    for some in rows.split(max(1, 8192 // length)):
        losses.append(-token_log_probabilities(model, some))
    return torch.cat(losses).mean(0).cpu()


@torch.inference_mode()
def decoding(model: LanguageModel, ids: Int[Tensor, " tokens"], context: int, steps: int = 16) -> dict[str, float]:
    """After ``context`` tokens: how many tokens a second the model writes, and how many floats it remembers."""
    filled(ids=ids)
    at_least(1, context=context, steps=steps)
    ids = ids.repeat(1 + (context + steps) // len(ids))[None].to(model.device)
    _, state = model(ids[:, :context])
    floats, fastest = state.floats, math.inf
    for step in range(context, context + steps):
        started = clock(ids.device)
        _, state = model(ids[:, step : step + 1], state)
        fastest = min(fastest, clock(ids.device) - started)
    return {"context": context, "tokens_per_second": 1 / fastest, "floats": floats}


def clock(device: torch.device) -> float:
    """Seconds, once the device has done all that it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


class Timer:
    """How long each step took, but the first: that one also waits for torch to load what it needs."""

    def __init__(self, device: torch.device, seconds: list[float]):
        self.device, self.seconds, self.last = device, seconds, math.nan

    def step(self) -> None:
        now = clock(self.device)
        if not math.isnan(self.last):
            self.seconds.append(now - self.last)
        self.last = now


@dataclass
class Result:
    """A finished run. Losses are of the text's last tenth, in nats for each character.

    loss: in pieces of the training length. beyond: in pieces four times as long, for each quarter of them. curve: the
    training loss of each step. decoding: see `decoding`.
    """

    racer: str
    seed: int
    parameters: int
    width: int
    hidden: int | None
    loss: float
    beyond: list[float]
    curve: list[float]
    training_tokens_per_second: float
    decoding: list[dict[str, float]]


class Alone:
    """One process on one device; stands where an ``accelerate.Accelerator`` would."""

    process_index, num_processes, is_main_process = 0, 1, True

    def __init__(self, device: str = "cpu"):
        self.device = torch.device(device)

    def prepare(self, model: LanguageModel) -> LanguageModel:
        return model.to(self.device)

    def wait_for_everyone(self) -> None:
        """There is nobody to wait for."""


def train(
    racer: str,
    size: Size,
    seed: int,
    text: str,
    *,
    place: Any = None,
    kept: Checkpoints | None = None,
    watch: Callable[[Progress], None] | None = None,
) -> tuple[LanguageModel, list[float], float]:
    """One racer from nothing: the model, its losses, and the training tokens a second.

    place: an ``accelerate.Accelerator``, or `Alone`; it decides on the precision, see the head of this module. kept:
    where to keep the run, and to go on from. watch: called with the progress after every step.
    """
    place = place or Alone()
    made_by = {"racer": racer, "seed": seed, "text": fingerprint(text), **asdict(size)}
    exact = place.device.type == "cpu"
    model = seeded(lambda: newborn(config_for(racer, size)), seed).to(torch.float64 if exact else torch.float32)
    progress = kept.load(model, made_by) if kept else Progress()

    timer = Timer(place.device, kept.seconds if kept else [])

    def after(progress: Progress) -> None:
        timer.step()
        if kept and place.is_main_process:
            kept.note(model, made_by, progress, size.steps)
        if watch:
            watch(progress)

    began, share = len(progress.losses), (place.process_index, place.num_processes)
    pieces = batches(split(text)[0].to(place.device), size, seed, began, share)
    options = {"steps": size.steps, "lr": size.lr, "exact": exact, "progress": progress, "after": after}
    losses = fit(place.prepare(model), pieces, **options)
    speed = size.batch * size.context / median(timer.seconds) if timer.seconds else 0.0
    return model, losses, speed


def newborn(config: Config) -> LanguageModel:
    """With embeddings of length one: from shorter ones, a small model first spends a hundred steps on making them
    longer.
    """
    model = LanguageModel(config)
    torch.nn.init.normal_(model.embed.weight, std=config.width**-0.5)
    return model


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def run(racer: str, size: Size, seed: int = 0, text: str | None = None, **options: Any) -> Result:
    """Train one racer on ``text`` (default: `wonderland`) and measure it; for the options see `train`."""
    text = wonderland() if text is None else text
    _, test = split(text)
    at_least(LONGER * size.context + 1, **{"a tenth of text": len(test)})
    model, curve, speed = train(racer, size, seed, text, **options)
    return Result(
        racer,
        seed,
        parameters(model.config),
        model.config.width,
        model.config.hidden,
        loss_by_position(model, test, size.context).mean().item(),
        loss_by_position(model, test, LONGER * size.context).view(LONGER, -1).mean(1).tolist(),
        curve,
        speed,
        [decoding(model, test, times * size.context) for times in CONTEXTS],
    )


def table(results: Sequence[Result]) -> str:
    """One line a racer, the best first: means over its seeds, and the range of its losses."""
    racers = {result.racer: [other for other in results if other.racer == result.racer] for result in results}
    lines = [cells(runs) for runs in sorted(racers.values(), key=lambda runs: fmean(run.loss for run in runs))]
    rows = [list(lines[0]), *(list(line.values()) for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def cells(runs: Sequence[Result]) -> dict[str, str]:
    """One racer's line of the table."""
    losses = [run.loss for run in runs]
    near, far = ([run.decoding[i] for run in runs] for i in (0, -1))
    return {
        "": runs[0].racer,
        "parameters": f"{runs[0].parameters:,}",
        "loss": f"{fmean(losses):.3f}",
        "from..to": f"{min(losses):.3f}..{max(losses):.3f}",
        f"at {LONGER}x": f"{fmean(run.beyond[-1] for run in runs):.3f}",
        "trained/s": f"{fmean(run.training_tokens_per_second for run in runs):,.0f}",
        f"written/s after {near[0]['context']}": f"{fmean(one['tokens_per_second'] for one in near):,.0f}",
        f"after {far[0]['context']}": f"{fmean(one['tokens_per_second'] for one in far):,.0f}",
        f"floats after {near[0]['context']}": f"{near[0]['floats']:,}",
        f"after {far[0]['context']} ": f"{far[0]['floats']:,}",
    }


def race(size: Size, racers: Sequence[str], seeds: Sequence[int], text: str, folder: Path, place: Any, every: int):
    """All runs, each kept in ``folder``; those that are finished there already are not run again.

    Raises ValueError where the folder holds another race, `Damaged` where what it holds cannot be read.
    """
    from tqdm import tqdm

    sweep(folder)
    ledger = folder / "race.json"
    made_by = {"size": asdict(size), "text": fingerprint(text)}
    results = finished(ledger, made_by)
    place.wait_for_everyone()  # all have read what there was before one of them writes
    for seed, racer in product(seeds, racers):
        if any((racer, seed) == (result.racer, result.seed) for result in results):
            continue
        with tqdm(total=size.steps, desc=f"{racer}, seed {seed}", disable=not place.is_main_process) as bar:

            def watch(progress: Progress, bar: Any = bar) -> None:
                bar.set_postfix_str(f"loss {progress.losses[-1]:.3f}", refresh=False)
                bar.update(len(progress.losses) - bar.n)

            kept = Checkpoints(folder / f"{racer}-{seed}.pt", every)
            results.append(run(racer, size, seed, text, place=place, kept=kept, watch=watch))
        if place.is_main_process:
            write_text(ledger, json.dumps({"made_by": made_by, "results": [asdict(result) for result in results]}))
    return results


def finished(ledger: Path, made_by: dict[str, Any]) -> list[Result]:
    """The results that are there already. Raises ValueError for another race's, `Damaged` for an unreadable file."""
    if not ledger.exists():
        return []
    with reading(ledger, f"delete {ledger.name}: what is finished is measured again, from its checkpoints"):
        found = json.loads(ledger.read_text())
        theirs, results = found["made_by"], [Result(**result) for result in found["results"]]
    if theirs != made_by:
        raise ValueError(f"{ledger} holds a race of {theirs}, not of {made_by}: choose another folder")
    return results


def settings(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m jielong.programs.race",
        description="Language models of equal size, racing: on processors in float64, with the same result on each of "
        "them; on GPUs in float32, where the last digits hang on the device.",
    )
    parser.add_argument("--size", choices=SIZES, default="tiny")
    parser.add_argument("--mixers", nargs="+", choices=RACERS, default=list(RACERS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--steps", type=int, help="instead of the size's own")
    parser.add_argument("--text", type=Path, help="a file to learn from, in ASCII; default: Alice in Wonderland")
    parser.add_argument("--out", type=Path, help="folder for checkpoints and race.json; default: race-SIZE")
    parser.add_argument("--every", type=int, default=50, help="steps from one checkpoint to the next")
    parser.add_argument("--cpu", action="store_true", help="leave a GPU alone: slower, and exact")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = settings(arguments)
    need("accelerate", "tqdm")
    from accelerate import Accelerator

    place = Accelerator(cpu=chosen.cpu, mixed_precision="no")
    size = SIZES[chosen.size] if chosen.steps is None else replace(SIZES[chosen.size], steps=chosen.steps)
    text = chosen.text.read_text() if chosen.text else wonderland()
    out = chosen.out or Path(f"race-{chosen.size}")
    try:
        results = race(size, chosen.mixers, chosen.seeds, text, out, place, chosen.every)
    except (Damaged, NoRoom) as trouble:
        raise SystemExit(str(trouble)) from None
    if place.is_main_process:
        print(table(results))
    place.end_training()


if __name__ == "__main__":
    main()

"""How fast the book's sequence mixers are, beside public pure-PyTorch implementations of the same rules.

    pip install -e ".[benchmarks]"
    python benchmarks/mixers.py [--rules linear,retention] [--lengths 256,1024,4096,16384] [--threads N] [--check]

Batch 1, 4 heads, d_k = d_v = 64, float32; the selective scan has 512 channels and n = 16. All take turns in one run,
and medians over the rounds are compared, so that a busy machine slows all. Before anything is timed, each result is
compared with the recurrence in float64 on the same numbers, and each peer's gradient with ours, which tests/mixers
holds to the recurrence's. A peer that is wrong or not finite takes no part, and the table says so.

fla-core's ``naive.py`` files are pure PyTorch; each is loaded alone, because the rest of the package wants triton. Of
transformers' functions it is the PyTorch underneath: where fla-core or mamba-ssm can be imported, they hand over to
kernels for a GPU.
"""

from __future__ import annotations

import argparse
import importlib.util
import inspect
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import torch
from jielong.mixers import delta, gated, linear_attention, mamba, retention
from torch import Tensor
from torch.nn import functional as F

HEADS, WIDTH = 4, 64
WRONG = 1e-3  # relative; rounding in float32 is far smaller
PATIENCE = 100.0  # seconds; where one round of a peer would take longer, it is left out

Inputs = dict[str, Tensor]


@dataclass
class Peer:
    """``run(*convert(**inputs))`` is y, (B, H, T, d_v); converting, to another layout say, is not timed."""

    name: str
    run: Callable[..., Tensor]
    convert: Callable[..., tuple[Tensor, ...]] = lambda **inputs: tuple(inputs.values())
    backward: bool = True  # False where gradients take minutes


@dataclass
class Rule:
    """``inputs(length)`` are the arguments by name; the bars hold at T = 4096: forward, and forward with backward."""

    name: str
    inputs: Callable[[int], Inputs]
    truth: Callable[..., tuple[Tensor, Tensor]]
    ours: Callable[..., tuple[Tensor, Tensor]]
    peers: list[Peer]
    bars: tuple[float, float]


def naive(operation: str) -> ModuleType:
    """fla-core's ``ops/<operation>/naive.py`` alone."""
    package = importlib.util.find_spec("fla")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("fla-core is not installed: the top of this file says how")
    path = Path(package.submodule_search_locations[0], "ops", operation, "naive.py")
    spec = importlib.util.spec_from_file_location(f"naive_{operation}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def swap(x: Tensor) -> Tensor:
    """(B, H, T, ...) as (B, T, H, ...), or back."""
    return x.transpose(1, 2)


def time_first(**inputs: Tensor) -> tuple[Tensor, ...]:
    """All arguments as (B, T, H, ...), in memory too."""
    return tuple(swap(x).contiguous() for x in inputs.values())


def make_inputs(length: int, gate: tuple[int, ...] | None = None) -> Inputs:
    """q and k of about unit length, v; with ``gate``, log decays (B, H, T, *gate), most of them near 0."""
    draw = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(1, HEADS, length, WIDTH, generator=draw) for _ in range(3))
    case = {"q": q / WIDTH**0.5, "k": k / WIDTH**0.5, "v": v}
    if gate is not None:
        case["decay"] = F.logsigmoid(torch.randn(1, HEADS, length, *gate, generator=draw) + 2)
    return case


def linear() -> Rule:
    theirs = naive("linear_attn").naive_chunk_linear_attn
    peers = [Peer("fla naive_chunk_linear_attn", lambda *x: swap(theirs(*x, scale=1.0)), time_first)]
    return Rule("linear", make_inputs, linear_attention.recurrent, linear_attention.chunkwise, peers, (0.5, 0.5))


def fixed_decay() -> Rule:
    """Public chunked code for a fixed decay is that for a learned one, given the same decay at every step."""
    quadratic, chunked = naive("retention").naive_retention, naive("simple_gla").naive_chunk_simple_gla

    def at_every_step(q: Tensor, k: Tensor, v: Tensor, decay: Tensor) -> tuple[Tensor, ...]:
        return time_first(q=q, k=k, v=v, decay=decay[None, :, None].expand(q.shape[:3]))

    peers = [
        # it scales q, and knows the decays
        Peer("fla naive_retention", quadratic, lambda q, k, v, decay: (q * WIDTH**0.5, k, v)),
        Peer("fla naive_chunk_simple_gla", lambda *x: swap(chunked(*x, scale=1.0)[0]), at_every_step),
    ]

    def inputs(length: int) -> Inputs:
        return {**make_inputs(length), "decay": retention.decays(HEADS)}

    return Rule("retention", inputs, retention.recurrent, retention.chunkwise, peers, (0.7, 0.7))


def gate_per_head() -> Rule:
    from transformers.models.bamba.modeling_bamba import mamba2_chunk_scan

    chunked, scan = naive("simple_gla").naive_chunk_simple_gla, inspect.unwrap(mamba2_chunk_scan)

    def discretised(q: Tensor, k: Tensor, v: Tensor, decay: Tensor) -> tuple[Tensor, ...]:
        """Mamba-2's x, dt, A, B, C, where v = dt x and decay = dt A."""
        x, dt, B, C = time_first(x=v / -decay[..., None], dt=-decay, B=k, C=q)
        return x, dt, -torch.ones(HEADS), B, C

    peers = [
        Peer("fla naive_chunk_simple_gla", lambda *x: swap(chunked(*x, scale=1.0)[0]), time_first),
        Peer("transformers mamba2_chunk_scan", lambda *x: swap(scan(*x, chunk_size=64)), discretised),
    ]
    return Rule("gate per head", lambda T: make_inputs(T, ()), gated.recurrent, gated.chunkwise, peers, (0.75, 0.6))


def gate_per_channel() -> Rule:
    theirs = naive("gla").naive_recurrent_gla

    def scaled(q: Tensor, **rest: Tensor) -> tuple[Tensor, ...]:
        return time_first(q=q * WIDTH**0.5, **rest)

    def inputs(length: int) -> Inputs:
        return make_inputs(length, (WIDTH,))

    peers = [Peer("fla naive_recurrent_gla", lambda *x: swap(theirs(*x)[0]), scaled)]
    return Rule("gate per channel", inputs, gated.recurrent, gated.chunkwise, peers, (0.35, 0.02))


def delta_inputs(length: int, gate: tuple[int, ...] | None = None) -> Inputs:
    """With unit keys, as DeltaNet has them."""
    case, draw = make_inputs(length, gate), torch.Generator().manual_seed(1)
    beta = torch.rand(1, HEADS, length, generator=draw)
    return {**case, "k": F.normalize(case["k"], dim=-1), "beta": beta}


def erasing() -> Rule:
    """The delta rule; the fastest public code for it is that for the gated one, given gates that are open."""
    from transformers.models.qwen3_next.modeling_qwen3_next import torch_chunk_gated_delta_rule

    chunked, gated_chunked = naive("delta_rule").delta_rule_chunkwise, inspect.unwrap(torch_chunk_gated_delta_rule)

    def ungated(q: Tensor, k: Tensor, v: Tensor, beta: Tensor) -> Tensor:
        return swap(gated_chunked(q, k, v, torch.zeros_like(beta), beta)[0])

    def scaled(q: Tensor, **rest: Tensor) -> tuple[Tensor, ...]:
        return q * WIDTH**0.5, *rest.values()

    peers = [
        Peer("fla delta_rule_chunkwise", lambda *x: chunked(*x)[0], scaled),
        Peer("transformers torch_chunk_gated_delta_rule", ungated, time_first_scaled),
    ]
    return Rule("delta", delta_inputs, delta.recurrent, delta.chunkwise, peers, (0.8, 0.6))


def forgetting_and_erasing() -> Rule:
    from transformers.models.qwen3_next.modeling_qwen3_next import torch_chunk_gated_delta_rule

    chunked = naive("gated_delta_rule").naive_chunk_gated_delta_rule
    peers = [
        Peer(name, lambda q, k, v, g, beta, run=run: swap(run(q, k, v, g, beta)[0]), time_first_scaled)
        for name, run in (
            ("fla naive_chunk_gated_delta_rule", chunked),
            ("transformers torch_chunk_gated_delta_rule", inspect.unwrap(torch_chunk_gated_delta_rule)),
        )
    ]
    return Rule("gated delta", lambda T: delta_inputs(T, ()), delta.recurrent, delta.chunkwise, peers, (0.8, 0.6))


def time_first_scaled(q: Tensor, **rest: Tensor) -> tuple[Tensor, ...]:
    """For peers that divide q by sqrt(d_k)."""
    return time_first(q=q * WIDTH**0.5, **rest)


def selective() -> Rule:
    """512 channels with 16 numbers each; Mamba-130m has 1536."""
    from mambapy.pscan import pscan
    from transformers.models.mamba.modeling_mamba import mamba_selective_scan

    scan = inspect.unwrap(mamba_selective_scan)

    def inputs(length: int, channels: int = 512, n: int = 16) -> Inputs:
        draw = torch.Generator().manual_seed(0)
        x, dt = (torch.randn(1, length, channels, generator=draw) for _ in range(2))
        B, C = (torch.randn(1, length, n, generator=draw) for _ in range(2))
        A, D = -torch.arange(1.0, n + 1).repeat(channels, 1), torch.ones(channels)
        return {"x": x, "dt": F.softplus(dt - 4), "A": A, "B": B, "C": C, "D": D}

    def parallel_scan(x: Tensor, dt: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor) -> Tensor:
        """`MambaBlock.selective_scan` of mambapy."""
        states = pscan((dt[..., None] * A).exp(), dt[..., None] * B[:, :, None] * x[..., None])
        return (states @ C[..., None]).squeeze(3) + D * x

    def loop(x: Tensor, dt: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor) -> Tensor:
        return scan(x.mT, dt.mT, A, B.mT, C.mT, D).mT

    # each step of the loop indexes all of time, which makes its backward quadratic
    peers = [Peer("mambapy pscan", parallel_scan), Peer("transformers mamba_selective_scan", loop, backward=False)]
    return Rule("selective scan", inputs, mamba.recurrent, mamba.chunkwise, peers, (0.15, 0.15))


RULES: dict[str, Callable[[], Rule]] = {
    "linear": linear,
    "retention": fixed_decay,
    "gated": gate_per_head,
    "gated_channels": gate_per_channel,
    "delta": erasing,
    "gated_delta": forgetting_and_erasing,
    "mamba": selective,
}


def leaves(tensors: tuple[Tensor, ...]) -> list[Tensor]:
    return [x.detach().clone().requires_grad_() for x in tensors]


def relative(got: Tensor, want: Tensor) -> float:
    return ((got.double() - want.double()).norm() / want.double().norm()).item()


def value_error(rule: Rule, peer: Peer, case: Inputs) -> float:
    """Against the recurrence in float64."""
    with torch.no_grad():
        want, _ = rule.truth(**{name: x.double() for name, x in case.items()})
        return relative(peer.run(*peer.convert(**case)), want)


def gradient_error(ours: Peer, peer: Peer, case: Inputs) -> float:
    """The largest of the arguments', against ours; those that a peer does not take are left out."""
    found = []
    for contender in (ours, peer):
        given = dict(zip(case, leaves(tuple(case.values())), strict=True))
        y = contender.run(*contender.convert(**given))
        draw = torch.Generator().manual_seed(1)
        y.backward(torch.randn(y.shape, generator=draw))
        found.append([x.grad for x in given.values()])
    pairs = [relative(theirs, mine) for mine, theirs in zip(*found, strict=True) if theirs is not None]
    return max(pairs, key=lambda error: (error != error, error))  # nan is the largest


def timer(contender: Peer, case: Inputs, backward: bool) -> Callable[[], float]:
    """A function that runs once and returns the seconds it took."""
    # with one thread, processor time leaves out what other programs on this machine do meanwhile
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    tensors = contender.convert(**case)

    def run() -> float:
        given = leaves(tensors) if backward else tensors
        with torch.set_grad_enabled(backward):
            start = clock()
            y = contender.run(*given)
            if backward:
                y.backward(torch.ones_like(y))
            return clock() - start

    return run


def measure(contenders: list[Peer], case: Inputs, backward: bool, rounds: int, seconds: float) -> list[float]:
    """Median seconds of each, taking turns: some rounds, fewer where they take more than ``seconds`` altogether.

    Every round starts with another one: what a program leaves behind in cache and memory is its successor's burden.
    """
    runs = [timer(contender, case, backward) for contender in contenders]
    spent: list[list[float]] = [[run()] for run in runs]
    if sum(map(sum, spent)) < seconds:
        spent = [[] for _ in runs]  # the first round warms up, where there is time for that
    for turn in range(rounds - len(spent[0])):
        for i in range(len(runs)):
            which = (turn + i) % len(runs)
            spent[which].append(runs[which]())
        if sum(map(sum, spent)) > seconds:
            break
    return [statistics.median(times) for times in spent]


def fault(rule: Rule, ours: Peer, peer: Peer, case: Inputs, backward: bool) -> str | None:
    """What is wrong with a peer's numbers, if anything."""
    error, what = value_error(rule, peer, case), "value"
    if backward and error < WRONG:
        error, what = gradient_error(ours, peer, case), "gradient"
    if error < WRONG:
        return None
    return f"{what} is nan" if error != error else f"{what} wrong by {error:.0e}"


class Table:
    """Prints a line for each rule, length and direction, and keeps what missed its bar."""

    def __init__(self, rounds: int, seconds: float):
        self.rounds, self.seconds = rounds, seconds
        self.missed: list[str] = []
        self.last: dict[tuple[str, str, bool], tuple[int, float]] = {}  # how long a peer took for a shorter text

    def too_slow(self, rule: Rule, peer: Peer, length: int, backward: bool) -> bool:
        """Whether a round would take longer than `PATIENCE`, were its time quadratic in the length."""
        before, seconds = self.last.get((rule.name, peer.name, backward), (length, 0.0))
        return seconds * (length / before) ** 2 > PATIENCE

    def line(self, rule: Rule, length: int, backward: bool) -> None:
        case = rule.inputs(length)
        ours = Peer("ours", lambda *x: rule.ours(**dict(zip(case, x, strict=True)))[0])
        if not (error := value_error(rule, ours, case)) < WRONG:
            raise SystemExit(f"{rule.name}, T={length}: ours is wrong by {error:.0e}")
        right, notes = [], []
        for peer in rule.peers:
            if (backward and not peer.backward) or self.too_slow(rule, peer, length, backward):
                notes.append(f"{peer.name}: not run, too slow")
            elif found := fault(rule, ours, peer, case, backward):
                notes.append(f"{peer.name}: {found}")
            else:
                right.append(peer)
        mine, *theirs = measure([ours, *right], case, backward, self.rounds, self.seconds)
        for peer, seconds in zip(right, theirs, strict=True):
            self.last[rule.name, peer.name, backward] = length, seconds
        self.show(rule, length, backward, mine, {p.name: x for p, x in zip(right, theirs, strict=True)}, notes)

    def show(
        self, rule: Rule, length: int, backward: bool, mine: float, theirs: dict[str, float], notes: list[str]
    ) -> None:
        what = f"{rule.name:17s} {length:6d}  {'forward+backward' if backward else 'forward':16s}  {mine * 1e3:9.1f} ms"
        if theirs:
            fastest = min(theirs, key=lambda name: theirs[name])
            ratio = mine / theirs[fastest]
            what += f"  {theirs[fastest] * 1e3:9.1f} ms  {ratio:6.3f}"
            if length == 4096:
                what += f"  {rule.bars[backward]:5.2f}"
                if ratio > rule.bars[backward]:
                    self.missed.append(f"{rule.name} {'forward+backward' if backward else 'forward'} {ratio:.2f}")
            notes = [fastest, *notes]
        print(what, "  ", "; ".join(notes), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", default=",".join(RULES), help="which, of " + ", ".join(RULES))
    parser.add_argument("--lengths", default="256,1024,4096", help="256,1024,4096,16384 is the whole table")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=10.0, help="most seconds for a line; one round is always run")
    parser.add_argument("--check", action="store_true", help="exit with an error where a ratio misses its bar")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"torch {torch.__version__}, {options.threads} thread(s), float32, B=1, H={HEADS}, d={WIDTH},", end=" ")
    print(f"median of up to {options.rounds} rounds; bars are for T=4096")
    print(f"{'rule':17s} {'T':>6s}  {'':16s}  {'ours':>12s}  {'fastest peer':>12s}  {'ratio':>6s}  {'bar':>5s}")
    table = Table(options.rounds, options.seconds)
    for rule in (RULES[name]() for name in options.rules.split(",")):
        for length in map(int, options.lengths.split(",")):
            for backward in (False, True):
                table.line(rule, length, backward)
    if options.check and table.missed:
        raise SystemExit(f"missed: {', '.join(table.missed)}")


if __name__ == "__main__":
    main()

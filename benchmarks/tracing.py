"""What it costs to look inside the book's model, beside transformers and nnsight with the same weights in the same run.

    pip install -e ".[benchmarks]"
    python benchmarks/tracing.py [--threads N] [--rounds N] [--check]

Each library's trace is divided by its own plain forward pass over the same 64 tokens. "residuals": the stream after
every block. "every site": all that `jielong.sites` names, attention patterns among them; of the others the same values
but scores and rotated queries and keys, which no hook gives (transformers: forward hooks, eager attention). Each trace
is timed right after a plain pass, and the median of their ratios over the rounds is printed, so that a busy machine
slows both. Logits and residuals are compared first. nnsight is left out where it is not installed. Most of what a trace
of every site costs is new memory for 90 MB of values; set MALLOC_TRIM_THRESHOLD_=4000000000
MALLOC_MMAP_THRESHOLD_=4000000000 to see it without.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import torch
from jielong.pretrained import load_smollm2
from jielong.pretrained.smollm2 import prepare
from jielong.sites import trace
from transformers import AutoModelForCausalLM

TIME = 64
BARS = {"residuals": 1.05, "every site": 1.35}
NORMS = ("input_layernorm", "post_attention_layernorm")
LINEAR = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "mlp.gate_proj", "mlp.up_proj")
WRITES = ("self_attn.o_proj", "mlp.down_proj")
"""Of these, what goes in (the heads, the neurons) is wanted, too, and of `post_attention_layernorm` only that."""

Task = Callable[[], Any]


def ours(ids: torch.Tensor) -> dict[str, Task]:
    model, _ = load_smollm2()

    def seen(*names: str) -> Any:
        with trace(model, *names) as values:
            model(ids)
        return values

    return {
        "plain": lambda: model(ids)[0],
        "residuals": lambda: [*seen("blocks.*.out").values()],
        "every site": lambda: [*seen().values()],
    }


def theirs(peer: Any, ids: torch.Tensor) -> dict[str, Task]:
    """transformers, with what it offers: hidden states, attentions, and hooks for the rest."""

    def every_site() -> list[Any]:
        kept: list[Any] = []
        with ExitStack() as stack:
            for layer in peer.model.layers:
                for name in (*NORMS, *LINEAR, *WRITES):
                    after = layer.get_submodule(name).register_forward_hook(lambda _m, _a, out: kept.append(out))
                    stack.callback(after.remove)
                for name in (*WRITES, "post_attention_layernorm"):
                    before = layer.get_submodule(name).register_forward_pre_hook(lambda _m, a: kept.append(a[0]))
                    stack.callback(before.remove)
            output = in_eager(peer, lambda: peer(ids, output_hidden_states=True, output_attentions=True))
        return [*kept, output]  # hidden states, attentions, logits, and the cache of keys and values

    return {
        "plain": lambda: peer(ids).logits,
        "residuals": lambda: [*peer(ids, output_hidden_states=True).hidden_states[1:]],
        "every site": every_site,
    }


def in_eager(peer: Any, work: Task) -> Any:
    """transformers has attention's weights only in its eager form."""
    peer.set_attn_implementation("eager")
    try:
        return work()
    finally:
        peer.set_attn_implementation("sdpa")


def nnsights(peer: Any, ids: torch.Tensor) -> dict[str, Task]:
    """nnsight around the same transformers model; {} where it is not installed."""
    try:
        import nnsight
    except ImportError:
        return {}
    wrapped = nnsight.NNsight(peer)

    def residuals() -> list[Any]:
        with wrapped.trace(ids):
            kept = nnsight.save([layer.output for layer in wrapped.model.layers])
        return kept

    def every_site() -> list[Any]:
        with wrapped.trace(ids):
            kept = nnsight.save([])
            for layer in wrapped.model.layers:  # in the order of the forward pass, as nnsight wants it
                kept += [layer.input, layer.input_layernorm.output]
                kept += [layer.self_attn.q_proj.output, layer.self_attn.k_proj.output, layer.self_attn.v_proj.output]
                kept += [layer.self_attn.o_proj.input, layer.self_attn.o_proj.output, layer.self_attn.output[1]]
                kept += [layer.post_attention_layernorm.input, layer.post_attention_layernorm.output]
                kept += [layer.mlp.gate_proj.output, layer.mlp.up_proj.output]
                kept += [layer.mlp.down_proj.input, layer.mlp.down_proj.output, layer.output]
            kept += [wrapped.model.norm.output, wrapped.lm_head.output]
        return kept

    return {
        "plain": lambda: peer(ids).logits,
        "residuals": residuals,
        "every site": lambda: in_eager(peer, every_site),
    }


def ratio(plain: Task, work: Task, rounds: int) -> tuple[float, float]:
    """Median of ``work``'s seconds divided by those of the plain pass just before it, and the plain one's seconds."""
    # with one thread, processor time leaves out what other programs on this machine do meanwhile
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    pairs = []
    for _ in range(rounds):
        marks = [clock()]
        for task in (plain, work):
            task()
            marks.append(clock())
        pairs.append((marks[1] - marks[0], marks[2] - marks[1]))
    return statistics.median(b / a for a, b in pairs), statistics.median(a for a, _ in pairs)


def compare(libraries: dict[str, dict[str, Task]]) -> None:
    """Raise SystemExit unless all libraries saw the same logits and the same stream after every block but the last.

    (transformers' last hidden state has gone through the final norm.)
    """
    wanted = [libraries["ours"]["plain"](), *libraries["ours"]["residuals"]()[:-1]]
    for name, tasks in libraries.items():
        got = [tasks["plain"](), *tasks["residuals"]()[:-1]]
        for a, b in zip(wanted, got, strict=True):
            if (a - b).norm() > 1e-4 * a.norm():
                raise SystemExit(f"{name}: the values differ")


@torch.inference_mode()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--check", action="store_true", help="exit with an error where a ratio misses its bar")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    ids = torch.randint(17, 49_000, (1, TIME), generator=torch.Generator().manual_seed(0))
    peer = AutoModelForCausalLM.from_pretrained(prepare(), dtype=torch.float32).eval()
    found = {"ours": ours(ids), "transformers": theirs(peer, ids), "nnsight": nnsights(peer, ids)}
    libraries = {name: tasks for name, tasks in found.items() if tasks}
    compare(libraries)
    print(f"torch {torch.__version__}, {options.threads} thread(s), float32, median of {options.rounds} rounds")
    print("".join(f"no {name} here: it is not installed\n" for name in found if name not in libraries), end="")
    missed = []
    for task, bar in BARS.items():
        for name, tasks in libraries.items():
            found_ratio, plain = ratio(tasks["plain"], tasks[task], options.rounds)
            missed += [task] if name == "ours" and found_ratio > bar else []
            said = f"   (bar {bar})" if name == "ours" else ""
            print(f"{task:11s} {name:13s} plain {1000 * plain:4.0f} ms   ratio {found_ratio:.2f}{said}", flush=True)
    if options.check and missed:
        raise SystemExit(f"missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()

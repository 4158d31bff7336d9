"""How fast the book's model writes, beside transformers' ``generate`` with the same weights in the same run.

    pip install -e ".[benchmarks]"
    python benchmarks/generation.py [--threads N] [--rounds N] [--check]

The two take turns, and medians over the rounds are compared, so that a busy machine slows both. Both write the same
tokens (greedy, float32); this is checked first. Decoding includes reading its short prompt.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from jielong.pretrained import load_smollm2
from jielong.pretrained.smollm2 import prepare
from jielong.sampling import generate
from transformers import AutoModelForCausalLM

PROMPT = "The story of the lighthouse began on a night when"
NEW = 32
LONG = 512
BARS = {"decode, batch 1": 0.9, "decode, batch 16": None, "prefill of 512": 1.05}


def tasks() -> dict[str, tuple[Callable[[], torch.Tensor], Callable[[], torch.Tensor]]]:
    """Each measurement's name, and two functions that do the same work: ours and theirs."""
    model, tokenizer = load_smollm2()
    peer = AutoModelForCausalLM.from_pretrained(prepare(), dtype=torch.float32).eval()
    peer.generation_config.eos_token_id = None  # both write the full length
    short = torch.tensor([tokenizer.encode(PROMPT)])
    long = torch.randint(17, len(tokenizer), (1, LONG), generator=torch.Generator().manual_seed(0))

    def pair(ids: torch.Tensor, new: int) -> tuple[Callable[[], torch.Tensor], Callable[[], torch.Tensor]]:
        options = {"max_new_tokens": new, "do_sample": False, "pad_token_id": tokenizer.end}
        seen = torch.ones_like(ids)
        return lambda: generate(model, ids, new), lambda: peer.generate(ids, attention_mask=seen, **options)

    return {
        "decode, batch 1": pair(short, NEW),
        "decode, batch 16": pair(short.repeat(16, 1), NEW),
        "prefill of 512": pair(long, 1),
    }


def measure(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Median seconds of each, taking turns."""
    # with one thread, processor time leaves out what other programs on this machine do meanwhile
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for work, spent in zip((ours, theirs), seconds, strict=True):
            start = clock()
            work()
            spent.append(clock() - start)
    return statistics.median(seconds[0]), statistics.median(seconds[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--check", action="store_true", help="exit with an error where a ratio misses its bar")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"torch {torch.__version__}, {options.threads} thread(s), float32, median of {options.rounds} rounds")
    missed = []
    for name, (ours, theirs) in tasks().items():
        if not torch.equal(ours(), theirs()):
            raise SystemExit(f"{name}: the tokens differ")
        a, b = measure(ours, theirs, options.rounds)
        bar = BARS[name]
        missed += [name] if bar is not None and a / b > bar else []
        said = "" if bar is None else f"   (bar {bar})"
        print(f"{name:17s} ours {a:6.2f} s   transformers {b:6.2f} s   ratio {a / b:.2f}{said}", flush=True)
    if options.check and missed:
        raise SystemExit(f"missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()

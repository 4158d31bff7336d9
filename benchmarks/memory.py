"""How well and how fast memory finds what is nearest, beside exact search in one matrix and the public store Chroma.

    pip install -e ".[benchmarks]"
    python benchmarks/memory.py [--sizes 1000 10000 100000] [--questions N]

Recall: how many of the ten nearest are found; which they are, one matrix product in working memory says ("exact").
Every store answers the same questions in turn, one right after the other, so that a busy machine slows all. Printed
are the median time of a question, its ratio to Chroma's, and how long writing took. Ours and Chroma's lie on the
disk.

The points: MiniLM reads the sentences of Alice in Wonderland, and the others are mixtures of two of them with noise;
to embed 100,000 texts would take a quarter of an hour. Questions are sentences that were kept out. Chroma is left out
where it is not installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from jielong.agents.memory.store import Memory
from jielong.corpora import wonderland
from jielong.pretrained import load_minilm
from jielong.pretrained.minilm import Embedder
from torch import Tensor
from torch.nn import functional as F

K, BATCH = 10, 5000
Find = Callable[[Tensor], list[int]]
"""A point to the places, in the order of writing, of the K records nearest to it."""


def sentences() -> list[str]:
    text = " ".join(wonderland().split())
    return sorted({sentence for sentence in re.split(r"(?<=[.!?;:,]) ", text) if len(sentence.split()) > 3})


def more(points: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """``count`` points: the given ones, then mixtures of two of them with a little noise."""
    missing = max(count - len(points), 0)
    one, other = (points[torch.randint(len(points), (missing,), generator=generator)] for _ in range(2))
    noise = F.normalize(torch.randn(missing, points.shape[1], generator=generator), dim=-1)
    mixed = one + 0.7 * torch.rand(missing, 1, generator=generator) * other + 0.5 * noise
    return torch.cat([points[:count], F.normalize(mixed, dim=-1)])


def ours(folder: Path, embed: Embedder, points: Tensor) -> Find:
    memory = Memory(folder / "memory.db", embed)
    for some in points.split(BATCH):
        memory.write([""] * len(some), points=some)
    return lambda point: [record.id - 1 for record in memory.near(point, K)]


def chroma(folder: Path, points: Tensor) -> Find:
    import chromadb

    client = chromadb.PersistentClient(str(folder), chromadb.Settings(anonymized_telemetry=False))
    collection = client.create_collection("records", metadata={"hnsw:space": "cosine"}, embedding_function=None)
    for start in range(0, len(points), BATCH):
        some = points[start : start + BATCH]
        ids = [str(start + i) for i in range(len(some))]
        collection.add(ids=ids, embeddings=some.numpy(), documents=[""] * len(some))
    return lambda point: [int(id) for id in collection.query(point[None].numpy(), n_results=K)["ids"][0]]


def timed(work: Callable[[], Find | list[int]]) -> tuple[float, Find | list[int]]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def measure(embed: Embedder, points: Tensor, questions: Tensor) -> None:
    stores: dict[str, Callable[[Path], Find]] = {
        "exact": lambda _: lambda point: (points @ point).topk(K).indices.tolist(),
        "ours": lambda folder: ours(folder, embed, points),
    }
    if importlib.util.find_spec("chromadb"):
        stores["chroma"] = lambda folder: chroma(folder, points)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as there:
        finds, writing = {}, {}
        for name, make in stores.items():
            (folder := Path(there, name)).mkdir()
            writing[name], finds[name] = timed(lambda make=make, folder=folder: make(folder))  # type: ignore[misc]
        seconds: dict[str, list[float]] = {name: [] for name in stores}
        found: dict[str, list[int]] = {name: [] for name in stores}
        for question in questions:
            right = set((points @ question).topk(K).indices.tolist())
            for name, find in finds.items():
                took, places = timed(lambda find=find, question=question: find(question))  # type: ignore[misc]
                seconds[name].append(took)
                found[name].append(len(right & set(places)))  # type: ignore[arg-type]
    report(len(points), seconds, found, writing)


def report(count: int, seconds: dict[str, list[float]], found: dict[str, list[int]], writing: dict[str, float]) -> None:
    peer = statistics.median(seconds.get("chroma", [float("nan")]))
    for name, times in seconds.items():
        median, recall = statistics.median(times), sum(found[name]) / (K * len(times))
        print(
            f"{count:7}  {name:7}  {recall:6.3f}  {1000 * median:8.2f} ms  {median / peer:6.2f}  {writing[name]:7.1f} s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10**3, 10**4, 10**5])
    parser.add_argument("--questions", type=int, default=100)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    embed, generator = load_minilm(), torch.Generator().manual_seed(0)
    known = embed(sentences())[torch.randperm(len(sentences()), generator=generator)]
    questions, known = known[: arguments.questions], known[arguments.questions :]
    print("records  store   recall  a question   ratio   writing")
    for size in arguments.sizes:
        measure(embed, more(known, size, generator), questions)


if __name__ == "__main__":
    main()

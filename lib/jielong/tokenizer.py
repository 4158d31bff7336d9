"""The real model's tokenizer: text -> token ids and back, chat messages -> the text that the model was trained on."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
import tokenizers
import torch
from jaxtyping import Bool, Int
from jinja2.sandbox import ImmutableSandboxedEnvironment
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from jielong.arguments import indices


class Tokenizer:
    """Byte-level byte-pair encoding (Sennrich et al. 2016), with the vocabulary, merges and chat template of a folder.

    ``end`` is the id that closes a message (<|im_end|>): give it to `generate` as ``end``. No token is put in front.
    """

    def __init__(self, tokenizer: tokenizers.Tokenizer, chat_template: str, end: str):
        self.library = tokenizer
        number = tokenizer.token_to_id(well_formed(end))
        if number is None:
            raise ValueError(f"end={end!r} is no token of this vocabulary")
        self.end = number
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        environment.globals["raise_exception"] = raise_exception
        environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
        self.template = environment.from_string(chat_template)

    @classmethod
    def from_folder(cls, folder: Path) -> Tokenizer:
        settings = json.loads((folder / "tokenizer_config.json").read_text())
        library = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        return cls(library, settings["chat_template"], settings["eos_token"])

    def __len__(self) -> int:
        return self.library.get_vocab_size()

    def encode(self, text: str) -> list[int]:
        """Ids of a text; the names of special tokens in it, such as <|im_start|>, become those tokens, and what is no
        Unicode becomes U+FFFD (see `well_formed`). Control characters that the vocabulary lacks are left out."""
        return self.library.encode(well_formed(text)).ids

    def decode(self, ids: Sequence[int] | Tensor) -> str:
        """The text of ids, special tokens included; bytes that are not whole characters show as U+FFFD. Raises
        ValueError for ids that are not in the vocabulary."""
        ids = ids.tolist() if isinstance(ids, Tensor) else list(ids)
        indices(len(self), ids=ids)
        return self.library.decode(ids, skip_special_tokens=False)

    def pieces(self, ids: Sequence[int] | Tensor) -> list[str]:
        """Each token's own text, for showing; parts of a character show as bytes, such as ``\\xe4\\xbd``. Raises
        ValueError for ids that are not in the vocabulary."""
        indices(len(self), ids=ids)
        return [readable(self.library.id_to_token(int(i)) or "") for i in ids]

    def chat(self, messages: Sequence[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """Messages, ``{"role": "user", "content": "..."}``, as one text in the model's own format.

        add_generation_prompt: end with the opening of the assistant's turn, so that the model goes on as the assistant.
        """
        return self.template.render(messages=list(messages), add_generation_prompt=add_generation_prompt)

    def pad(self, rows: Sequence[Sequence[int]]) -> tuple[Int[Tensor, "batch time"], Int[Tensor, " batch"]]:
        """Rows of different lengths as one batch, filled up at the left, and how much of each row is filling; both on
        the CPU."""
        return pad_left(rows, self.end)


def pad_left(rows: Sequence[Sequence[int]], fill: int) -> tuple[Int[Tensor, "batch time"], Int[Tensor, " batch"]]:
    """Rows of different lengths as one batch that ends together, and how many tokens at the left of each are ``fill``.

    Raises ValueError where there is no row or an empty one.
    """
    tensors = as_tensors(rows)
    ids = pad_sequence(tensors, batch_first=True, padding_value=fill, padding_side="left")
    return ids, ids.shape[1] - torch.tensor([len(row) for row in tensors], device=ids.device)


def pad_right(
    rows: Sequence[Sequence[int] | Tensor], fill: int, masks: Sequence[Sequence[bool] | Tensor] | None = None
) -> tuple[Int[Tensor, "batch time"], Bool[Tensor, "batch time"]]:
    """Rows of different lengths as one batch that begins together, with ``fill`` after each, and a mask that is False
    there. masks: one for each row; without them all that is no filling is True.

    Raises ValueError where there is no row or an empty one.
    """
    tensors = as_tensors(rows)
    marked = [torch.ones_like(row, dtype=torch.bool) for row in tensors] if masks is None else as_tensors(masks)
    return pad_sequence(tensors, batch_first=True, padding_value=fill), pad_sequence(marked, batch_first=True)


def as_tensors(rows: Sequence[Sequence[int] | Tensor]) -> list[Tensor]:
    if not len(rows) or not all(map(len, rows)):
        raise ValueError("rows: each row needs at least one token")
    return [row if isinstance(row, Tensor) else torch.tensor(row, device="cpu") for row in rows]


def well_formed(text: str) -> str:
    """The text with U+FFFD for each half of a surrogate pair that stands alone, as JSON can bring it ("\\ud83d").

    Such halves are no Unicode: no file, no server and no tokenizer takes them. So text goes through here where it
    enters: a message, what a tool returns, a note, what is to be encoded.
    """
    return "".join(well_formed_pieces([text]))


def well_formed_pieces(pieces: Iterable[str]) -> Iterator[str]:
    """Text as it comes, piece by piece, well formed; a pair may come in two of them."""
    decoder = codecs.getincrementaldecoder("utf-16-le")("replace")
    for piece in pieces:
        yield decoder.decode(piece.encode("utf-16-le", "surrogatepass"))
    yield decoder.decode(b"", final=True)


def raise_exception(message: str) -> Any:
    raise jinja2.exceptions.TemplateError(message)


def byte_letters() -> dict[str, int]:
    """The letter that byte-level BPE writes for each byte: printable ones for themselves, the others from U+0100 on."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in printable]
    return {chr(b): b for b in printable} | {chr(0x100 + i): b for i, b in enumerate(others)}


LETTERS = byte_letters()


def readable(token: str) -> str:
    if not all(letter in LETTERS for letter in token):
        return token  # a special token is its own name
    return bytes(LETTERS[letter] for letter in token).decode(errors="backslashreplace")

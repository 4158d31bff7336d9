"""Memory on disk: texts with their points in one SQLite file, and the nearest to a question found among them.

    with Memory("notes.db", load_minilm()) as memory:
        memory.write(["Ada keeps bees."], [{"day": 3}])
        memory.nearest("Who has insects?", k=1)[0].text          "Ada keeps bees."

Every call that changes the memory is one transaction of SQLite: it is done whole and on the disk when the call returns,
or, if the process or the machine stops before, not at all. The points lie in sqlite-vec's index, which compares a
question with every one of them, so that nothing is missed; `benchmarks/memory.py` says how long that takes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw
import sqlite_vec
import torch
from jaxtyping import Float
from torch import Tensor

from jielong.agents.typed import Typed
from jielong.arguments import at_least, every_row, within
from jielong.pretrained.minilm import Embed
from jielong.tokenizer import well_formed

MARK = 0x6A6C6D31
"""Stands in the file's head (SQLite's application_id) and says that it is one of ours."""
WAIT = 10_000
"""Milliseconds that a write waits for another process that is writing."""
INDEX = "INSERT INTO points (rowid, point) VALUES (?, ?)"


class Record(Typed):
    """A text in memory. meta: whatever was written with it. likeness: to the question, 1 for the same direction."""

    id: int
    text: str
    meta: dict[str, Any]
    likeness: float | None = None


class MemoryUnreadable(Exception):
    """The file is no memory, is damaged, or was written with points of another width."""


class Memory:
    """Records in the file at ``path``, which is made if it is not there; ":memory:" keeps them in this process only."""

    def __init__(self, path: str | Path, embed: Embed, width: int = 384):
        at_least(1, width=width)
        self.path, self.embed, self.width = str(path), embed, width
        try:
            self.db = apsw.Connection(self.path)
            self.db.set_busy_timeout(WAIT)
            self.prepare()
        except (apsw.NotADBError, apsw.CorruptError, apsw.CantOpenError) as error:
            raise MemoryUnreadable(f"{self.path} cannot be read as a memory: {error}") from error

    def prepare(self) -> None:
        """Load the index, make the tables in a new file, and see whether an old one is ours."""
        self.db.enable_load_extension(True)
        self.db.load_extension(sqlite_vec.loadable_path())
        self.db.enable_load_extension(False)
        mark, tables = self.value("PRAGMA application_id"), self.value("SELECT count(*) FROM sqlite_schema")
        if tables and mark != MARK:
            raise MemoryUnreadable(f"{self.path} is a database, but of something else")
        if not tables:
            self.db.execute("PRAGMA journal_mode = WAL")
            with self.db:
                self.db.execute(f"PRAGMA application_id = {MARK}")
                self.db.execute(f"PRAGMA user_version = {self.width}")
                self.db.execute("CREATE TABLE records (id INTEGER PRIMARY KEY, text TEXT NOT NULL, meta TEXT NOT NULL)")
                index = f"vec0(point float[{self.width}] distance_metric=cosine)"
                self.db.execute(f"CREATE VIRTUAL TABLE points USING {index}")
        written = self.value("PRAGMA user_version")
        if written != self.width:
            raise MemoryUnreadable(f"{self.path} holds points of width {written}, not {self.width}")

    def value(self, query: str) -> Any:
        return next(self.db.execute(query))[0]

    def write(
        self,
        texts: Sequence[str],
        meta: Sequence[dict[str, Any]] | None = None,
        points: Float[Tensor, "texts width"] | None = None,
    ) -> list[int]:
        """Keep the texts, all or none; returns their ids. points: theirs, where they are known already.

        Raises ValueError for lists of unequal length and points that are zero or no numbers, and TypeError for a
        ``meta`` that is not JSON; nothing is kept.
        """
        texts = [well_formed(text) for text in texts]
        meta = [{}] * len(texts) if meta is None else meta
        if not texts:
            return []
        rows = [*zip(texts, map(json.dumps, meta), self.blobs(texts, points), strict=True)]
        ids = []
        with self.db:
            for text, about, blob in rows:
                self.db.execute("INSERT INTO records (text, meta) VALUES (?, ?)", (text, about))
                ids.append(self.db.last_insert_rowid())
                self.db.execute(INDEX, (ids[-1], blob))
        return ids

    def blobs(self, texts: Sequence[str], points: Tensor | None = None) -> list[bytes]:
        points = self.embed(texts) if points is None else points
        if tuple(points.shape) != (len(texts), self.width):
            raise ValueError(f"points: {tuple(points.shape)} should be {(len(texts), self.width)}")
        rows = points.detach().cpu().to(torch.float32).contiguous()
        size = rows.square().sum(1)
        every_row("is zero or no numbers, and so it is like nothing", points=size.isfinite() & (size > 0))
        return [row.tobytes() for row in rows.numpy()]

    def rewrite(self, id: int, text: str, meta: dict[str, Any] | None = None) -> None:
        """Another text in a record's place; ``meta`` stays unless there is a new one. Raises KeyError if it is gone."""
        text = well_formed(text)
        old, (blob,) = self.get(id), self.blobs([text])
        about = json.dumps(old.meta if meta is None else meta)
        with self.db:
            self.db.execute("UPDATE records SET text = ?, meta = ? WHERE id = ?", (text, about, id))
            self.db.execute("DELETE FROM points WHERE rowid = ?", (id,))
            self.db.execute(INDEX, (id, blob))

    def forget(self, ids: Sequence[int]) -> None:
        """Take these records away; ids that are gone already do no harm."""
        with self.db:
            for table, key in (("records", "id"), ("points", "rowid")):
                self.db.executemany(f"DELETE FROM {table} WHERE {key} = ?", [(id,) for id in ids])

    def nearest(self, question: str, k: int = 3) -> list[Record]:
        """The k records most like the question, the likest first; fewer where there are fewer. k: at most 4096."""
        (point,) = self.embed([well_formed(question)])
        return self.near(point, k)

    def near(self, point: Float[Tensor, " width"], k: int) -> list[Record]:
        """`nearest` to a point that is known already."""
        within(0, 4096, k=k)
        (blob,) = self.blobs([""], point[None])
        query = """WITH found AS MATERIALIZED (SELECT rowid AS id, distance FROM points WHERE point MATCH ? AND k = ?)
            SELECT id, text, meta, 1 - distance FROM found JOIN records USING (id) ORDER BY distance, id"""
        return self.records(query, (blob, k))

    def records(self, query: str, values: tuple[Any, ...] = ()) -> list[Record]:
        rows = self.db.execute(query, values)
        return [
            Record(id=id, text=text, meta=json.loads(about), likeness=rest[0] if rest else None)
            for id, text, about, *rest in rows
        ]

    def all(self) -> list[Record]:
        """Every record, the oldest first."""
        return self.records("SELECT id, text, meta FROM records ORDER BY id")

    def recent(self, k: int) -> list[Record]:
        """The k records written last, the latest first."""
        at_least(0, k=k)
        return self.records("SELECT id, text, meta FROM records ORDER BY id DESC LIMIT ?", (k,))

    def sample(self, k: int, seed: int = 0) -> list[Record]:
        """k records drawn by lot (all of them, shuffled, where there are fewer)."""
        at_least(0, k=k)
        ids = [id for (id,) in self.db.execute("SELECT id FROM records ORDER BY id")]
        order = torch.randperm(len(ids), generator=torch.Generator().manual_seed(seed), device="cpu")
        return [self.get(ids[i]) for i in order[:k].tolist()]

    def get(self, id: int) -> Record:
        """The record of this id. Raises KeyError if there is none."""
        found = self.records("SELECT id, text, meta FROM records WHERE id = ?", (id,))
        if not found:
            raise KeyError(f"there is no record {id}")
        return found[0]

    def __len__(self) -> int:
        return self.value("SELECT count(*) FROM records")

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

"""How far a long run has come, kept in files from which it goes on after a kill as if it had never stopped."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from jielong.arguments import at_least
from jielong.files import Damaged, reading, writing
from jielong.training import Progress


@dataclass
class Checkpoints:
    """Where a run is kept, and after how many steps it is kept again. The checkpoint before the last is kept, too.

    seconds: what each step took, where somebody measures that.
    """

    path: Path
    every: int = 50
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        at_least(1, every=self.every)

    @property
    def previous(self) -> Path:
        return self.path.with_suffix(".previous" + self.path.suffix)

    def load(self, model: nn.Module, made_by: dict[str, Any]) -> Progress:
        """The progress so far, with its weights put into ``model``; the very beginning where nothing is kept.

        A damaged checkpoint is said, and the one before it taken. Raises `Damaged` where there is none, and ValueError
        for a checkpoint of other settings.
        """
        kept = self.read()
        if kept is None:
            return Progress()
        if kept["made_by"] != made_by:
            raise ValueError(f"{self.path} was made by {kept['made_by']}, not by {made_by}: choose another folder")
        model.load_state_dict(kept["model"])
        self.seconds = kept["seconds"]
        return Progress(kept["losses"], kept["optimizer"])

    def read(self) -> dict[str, Any] | None:
        """What is kept, or None. Raises `Damaged` where no checkpoint can be read."""
        damage: list[Damaged] = []
        for path in filter(Path.exists, (self.path, self.previous)):
            try:
                kept = load_checkpoint(path, ("made_by", "model", "seconds", "losses", "optimizer"))
            except Damaged as error:
                damage.append(error)
                continue
            if damage:
                warnings.warn(
                    f"{self.path} is damaged: this run goes on from {path.name}, kept before it", stacklevel=3
                )
            return kept
        if damage:
            raise damage[0]
        return None

    def note(self, model: nn.Module, made_by: dict[str, Any], progress: Progress, steps: int) -> None:
        """Save, if it is time: after each ``every`` steps, and after the last of all ``steps``."""
        if len(progress.losses) % self.every == 0 or len(progress.losses) == steps:
            self.save(model, made_by, progress)

    def save(self, model: nn.Module, made_by: dict[str, Any], progress: Progress) -> None:
        kept = {"made_by": made_by, "model": model.state_dict(), "seconds": self.seconds, **vars(progress)}
        with writing(self.path) as draft:
            torch.save(kept, draft)
            if self.path.exists():
                self.path.replace(self.previous)


def load_checkpoint(path: Path, names: Sequence[str] = ()) -> dict[str, Any]:
    """What `torch.save` has written to ``path``, which has these names in it. Raises `Damaged` with what to do."""
    with reading(path, f"delete {path.name}, and what it kept is learned anew"):
        kept = torch.load(path, map_location="cpu", weights_only=True)
        return {**kept, **{name: kept[name] for name in names}}

"""What an agent says, does and keeps: checked when it is made, saved and loaded as JSON."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from jielong.tokenizer import well_formed


class Typed(BaseModel):
    """Checked, and never changed after it was made. Its texts are well formed, and its numbers may be nan or infinite:
    whatever is in it can be saved, and read back as it was."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    @model_validator(mode="before")
    @classmethod
    def can_be_saved(cls, data: Any) -> Any:
        return all_well_formed(data)


def all_well_formed(data: Any) -> Any:
    """The same with every text in it well formed, at whatever depth of lists and dictionaries."""
    if isinstance(data, str):
        return well_formed(data)
    if isinstance(data, dict):
        return {all_well_formed(key): all_well_formed(value) for key, value in data.items()}
    return type(data)(map(all_well_formed, data)) if type(data) in (list, tuple) else data

"""What several tests look at: the real model, loaded once, and transformers' model with the same weights."""

from __future__ import annotations

from typing import Any

import jaxtyping
import pytest
import torch
from jielong.model import Config, LanguageModel
from jielong.pretrained import load_smollm2
from jielong.pretrained.converted import prepare
from jielong.pretrained.smollm2 import our_name
from jielong.tokenizer import Tokenizer

from tests.devices import NamedDevices
from tests.models import tiny


@pytest.fixture(autouse=True, scope="session")
def named_devices():
    """In all tests, the library says where it makes a tensor."""
    with NamedDevices():
        yield


@pytest.fixture(autouse=True)
def same_die():
    """Each test throws the same die, whichever tests ran before it in its process."""
    torch.manual_seed(0)


@pytest.fixture
def small() -> LanguageModel:
    return tiny()


@pytest.fixture
def ids() -> torch.Tensor:
    """Two rows of seven tokens for the small model."""
    return torch.randint(23, (2, 7), generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="session")
def smollm2() -> tuple[LanguageModel, Tokenizer]:
    return load_smollm2()


@pytest.fixture(scope="session")
def peer() -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(prepare(), dtype=torch.float32).eval()


@pytest.fixture
def unchecked():
    """A reader's session checks no shapes; there the library's own words have to do."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def llama_pair(seed: int = 0, **changes: Any) -> tuple[LanguageModel, Any]:
    """A small random model of ours, and transformers' Llama with the same weights."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = Config(**{"vocabulary": 61, "width": 32, "layers": 2, "heads": 4, "hidden": 48, **changes})
    torch.manual_seed(seed)
    theirs = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=config.vocabulary,
            hidden_size=config.width,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            num_key_value_heads=config.kv_heads or config.heads,
            head_dim=config.mixer_config.per_head,
            intermediate_size=config.feedforward_width,
            rms_norm_eps=config.norm_eps,
            rope_parameters={"rope_type": "default", "rope_theta": config.rotary_base},
            tie_word_embeddings=config.tied,
            attention_bias=config.bias,
            mlp_bias=config.bias,
            initializer_range=0.3,
        )
    ).eval()
    for parameter in theirs.parameters():  # norms start at one and biases at zero, where a mistake would not show
        if parameter.dim() == 1:
            torch.nn.init.normal_(parameter, mean=0.5, std=0.3)
    ours = LanguageModel(config).eval()
    weights = {our_name(name): weight for name, weight in theirs.state_dict().items()}
    if config.tied:
        weights.pop("head.weight", None)
    ours.load_state_dict(weights)
    return ours, theirs

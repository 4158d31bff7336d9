"""Reading llama.cpp's GGUF: (config, float32 tensors, tokenizer, chat template), in transformers' names and layout."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


def read_gguf(path: Path) -> tuple[dict[str, Any], dict[str, Tensor], str, str]:
    """A Llama-style GGUF file as (config, tensors, tokenizer, chat template), in transformers' names and layout."""
    from gguf import GGUFReader, dequantize

    reader = GGUFReader(path)
    field = {
        name: entry.contents()
        for name, entry in reader.fields.items()
        if not name.endswith(("tokens", "token_type", "merges"))
    }
    if field["general.architecture"] != "llama":
        raise ValueError(f"{path}: architecture {field['general.architecture']!r} is not 'llama'")
    config = config_of_gguf(field, tied=all(tensor.name != "output.weight" for tensor in reader.tensors))
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    tensors = {}
    for tensor in reader.tensors:
        weight = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).astype("float32"))
        kind = tensor.name.split(".")[-2]
        tensors[hub_name(tensor.name)] = unpermute(weight, heads[kind]) if kind in heads else weight
    return config, tensors, tokenizer_of(reader), field["tokenizer.chat_template"]


def config_of_gguf(field: dict[str, Any], tied: bool) -> dict[str, Any]:
    """GGUF's settings under transformers' names."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "vocab_size": field["llama.vocab_size"],
        "hidden_size": field["llama.embedding_length"],
        "num_hidden_layers": field["llama.block_count"],
        "num_attention_heads": field["llama.attention.head_count"],
        "num_key_value_heads": field["llama.attention.head_count_kv"],
        "intermediate_size": field["llama.feed_forward_length"],
        "max_position_embeddings": field["llama.context_length"],
        "rope_theta": field["llama.rope.freq_base"],
        "rms_norm_eps": field["llama.attention.layer_norm_rms_epsilon"],
        "tie_word_embeddings": tied,
        "bos_token_id": field["tokenizer.ggml.bos_token_id"],
        "eos_token_id": field["tokenizer.ggml.eos_token_id"],
        "pad_token_id": field["tokenizer.ggml.padding_token_id"],
    }


def unpermute(weight: Tensor, heads: int) -> Tensor:
    """Undo llama.cpp's order of rotary rows: it interleaves the pairs (i, i + d/2) that we keep as two halves."""
    if heads < 1 or len(weight) % (2 * heads):
        raise ValueError(f"heads={heads}: {len(weight)} rows are no pairs for each of so many")
    return weight.unflatten(0, (heads, -1, 2)).transpose(1, 2).reshape(weight.shape)


def hub_name(gguf_name: str) -> str:
    """'blk.3.attn_q.weight' -> 'model.layers.3.self_attn.q_proj.weight'. Raises ValueError for what Llama has not."""
    parts = {
        "token_embd": "model.embed_tokens",
        "output_norm": "model.norm",
        "output": "lm_head",
        "attn_norm": "input_layernorm",
        "ffn_norm": "post_attention_layernorm",
        "attn_output": "self_attn.o_proj",
        **{f"attn_{part}": f"self_attn.{part}_proj" for part in "qkv"},
        **{f"ffn_{part}": f"mlp.{part}_proj" for part in ("gate", "up", "down")},
    }
    found = re.fullmatch(r"(?:blk\.([0-9]+)\.)?(\w+)\.(weight|bias)", gguf_name)
    if not found or found[2] not in parts:
        raise ValueError(f"gguf_name={gguf_name!r} is no weight of Llama's")
    layer, kind, suffix = found.groups()
    return f"model.layers.{layer}.{parts[kind]}.{suffix}" if layer else f"{parts[kind]}.{suffix}"


def tokenizer_of(reader: Any) -> str:
    """The file's own vocabulary and merges as a tokenizer.json: byte-level BPE that splits digits ('smollm')."""
    import tokenizers
    from tokenizers import decoders, models, pre_tokenizers

    def get(name: str) -> Any:
        return reader.fields[f"tokenizer.ggml.{name}"].contents()

    if get("pre") != "smollm":
        raise ValueError(f"tokenizer {get('pre')!r} is not 'smollm'")
    tokens = get("tokens")
    merges = [tuple(merge.split(" ")) for merge in get("merges")]
    tokenizer = tokenizers.Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, merges))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    control = 3  # GGUF's token type for <|im_start|> and its like
    special = [token for token, kind in zip(tokens, get("token_type"), strict=True) if kind == control]
    tokenizer.add_special_tokens([tokenizers.AddedToken(token, normalized=False, special=True) for token in special])
    return tokenizer.to_str()

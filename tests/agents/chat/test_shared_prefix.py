"""Reading what is shared only once changes nothing in the replies."""

from __future__ import annotations

import pytest
import torch
from jielong.agents.chat.local import BATCH, LocalChat
from jielong.agents.chat.messages import Choice, Message
from jielong.model import Config, LanguageModel


@pytest.fixture
def chat(smollm2):
    return LocalChat(*smollm2)


def conversation(question: str) -> list[Message]:
    return [Message(role="system", content="You know much."), Message(role="user", content=question)]


def test_the_replies_are_those_of_single_conversations(chat, smollm2):
    questions = ["Name a colour.", "What is the capital city of France?", "Who?"]
    alone = [LocalChat(*smollm2).reply(conversation(q), max_tokens=8) for q in questions]
    assert chat.replies([conversation(q) for q in questions], max_tokens=8) == alone


def test_more_rows_than_a_batch_and_a_form(chat):
    many = [conversation(f"Is {k} even?") for k in range(BATCH + 2)]
    said = chat.replies(many, form=Choice(options=("yes", "no")), max_tokens=4)
    assert len(said) == len(many) and {reply.message.content for reply in said} <= {"yes", "no"}
    assert [reply.read for reply in said] == [len(chat.encode(messages)) for messages in many]


ROWS = {
    "ragged": [[5, 6, 7, 8, 9], [5, 6, 7, 8, 9, 1, 2, 3], [5, 6, 7, 8, 9, 4]],
    "the same": [[5, 6, 7], [5, 6, 7]],
    "one": [[5, 6, 7]],
    "nothing shared": [[1, 2, 3], [4, 5]],
    "too little shared": [[5, 6], [5, 1, 2, 3, 4]],
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_the_logits_are_those_of_each_row_alone(chat, rows):
    torch.manual_seed(0)
    chat.model = model = LanguageModel(Config(vocabulary=11, width=32, layers=2, heads=4, kv_heads=2)).eval()
    chat.kept = None
    rest, state = chat.read_shared(rows)
    if state is None:
        assert rest == rows
        return
    with torch.inference_mode():
        logits, after = model(torch.tensor(rest), state)
        more, _ = model(torch.full((len(rows), 1), 7), after)
        for row, now, then in zip(rows, logits, more, strict=True):
            alone, _ = model(torch.tensor([[*row, 7]]))
            torch.testing.assert_close(torch.stack([now[-1], then[-1]]), alone[0, -2:], atol=1e-5, rtol=1e-4)

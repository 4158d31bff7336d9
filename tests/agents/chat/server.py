"""A small server on this machine that speaks OpenAI's protocol, with the book's model behind it, or a bad temper."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from jielong.agents.chat.messages import Message, Schema, Tool, ToolCall


def heard(said: dict) -> Message:
    """A message in OpenAI's words as ours."""
    calls = [
        ToolCall(id=c["id"], name=c["function"]["name"], arguments=json.loads(c["function"]["arguments"]))
        for c in said.get("tool_calls", [])
    ]
    return Message(
        role=said["role"], content=said["content"] or "", calls=tuple(calls), answers=said.get("tool_call_id")
    )


def answer(chat, body: dict) -> dict:
    options = {"max_tokens": body["max_tokens"], "temperature": body["temperature"], "seed": body["seed"]}
    if "tools" in body:
        options["tools"] = [Tool(**tool["function"]) for tool in body["tools"]]
        options["must_call"] = body["tool_choice"] == "required"
    if "response_format" in body:
        options["form"] = Schema(json_schema=body["response_format"]["json_schema"]["schema"])
    reply = chat.reply([heard(message) for message in body["messages"]], **options)
    calls = [
        {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": json.dumps(c.arguments)}}
        for c in reply.message.calls
    ]
    message = {
        "role": "assistant",
        "content": reply.message.content or None,
        **({"tool_calls": calls} if calls else {}),
    }
    usage = {
        "prompt_tokens": reply.read,
        "completion_tokens": reply.written,
        "total_tokens": reply.read + reply.written,
    }
    ended = {"calls": "tool_calls"}.get(reply.ended, reply.ended)
    return completion(message, usage, ended)


def completion(message: dict, usage: dict, ended: str = "stop") -> dict:
    choice = {"index": 0, "message": message, "finish_reason": ended}
    return {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice], "usage": usage}


class Handler(BaseHTTPRequestHandler):
    """Answers one request, by the server's next mood or by its chat."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        chat, moods = self.server.chat, self.server.moods
        self.server.bodies.append(body)
        mood = moods.pop(0) if moods else None
        if mood == "slow":
            time.sleep(3)
        if mood == "overloaded" or (mood is None and chat is None):
            return self.send(503, b'{"error": {"message": "try later"}}')
        if isinstance(mood, bytes):
            return self.send(200, mood)
        if isinstance(mood, dict):
            return self.send(200, json.dumps(mood).encode())
        if body.get("stream"):
            return self.pour(chat.stream([heard(m) for m in body["messages"]], max_tokens=body["max_tokens"]))
        self.send(200, json.dumps(answer(chat, body)).encode())

    def send(self, status, data, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def pour(self, pieces):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for piece in pieces:
            choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
            part = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
            self.wfile.write(f"data: {json.dumps(part)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_):
        pass


@contextmanager
def serving(chat=None, moods=()):
    """The server's address, and the bodies that it was sent. moods: what it does first, one for each request."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.chat, server.moods, server.bodies = chat, list(moods), []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", server.bodies
    finally:
        server.shutdown()
        server.server_close()

"""Lessons are tested without a network: an attempt to reach one is an error, while this machine may talk to itself."""

import os
import subprocess
import sys

import pytest
from lessons import kernel_environment

OUTSIDE = {
    "a name": "import urllib.request as u; u.urlopen('http://example.org', timeout=5)",
    "an address": "import socket; socket.create_connection(('192.0.2.1', 80), timeout=5)",
    "a datagram": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 80))",
    "a child": "import subprocess as s, sys; s.run([sys.executable, '-c', {code!r}], check=True)",
}
OUTSIDE["a child"] = OUTSIDE["a child"].format(code=OUTSIDE["an address"])
INSIDE = """
import socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(("localhost", server.getsockname()[1]))
client.sendall(b"hello")
assert server.accept()[0].recv(5) == b"hello"
"""


def run(code, offline=True):
    environment = {**os.environ, **kernel_environment(offline=offline)}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("way", OUTSIDE)
def test_no_way_leads_outside(way):
    result = run(OUTSIDE[way])
    assert result.returncode
    assert "tested without one" in result.stderr


def test_this_machine_may_talk_to_itself():
    assert run(INSIDE).returncode == 0


def test_readers_keep_their_network():
    assert "tested without one" not in run(OUTSIDE["a datagram"], offline=False).stderr

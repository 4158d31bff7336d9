"""The sandbox: honest code runs, and every way out that we could think of is shut."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from jielong.agents.tools import sandbox
from jielong.agents.tools.sandbox import run

from tests.texts import ODD


def test_honest_code_runs():
    result = run("import json, math\nprint(json.dumps({'x': math.comb(5, 2)}))")
    assert (result.ended, result.output) == ("done", '{"x": 10}\n')
    text = (
        "with open('note.txt') as f: print(f.read())\nopen('new.txt', 'w').write('kept')\nprint(open('new.txt').read())"
    )
    assert run(text, files={"note.txt": "今天"}).output == "今天\nkept\n"


@pytest.mark.parametrize(("text", "kept"), ODD.values(), ids=ODD)
def test_whatever_text_lies_in_its_folder_and_is_printed(text, kept):
    show = "print(ascii(open('note.txt', newline='').read()))"
    assert run(show, files={"note.txt": text}).output == f"{kept!a}\n"


@pytest.mark.parametrize(("text", "kept"), ODD.values(), ids=ODD)
def test_whatever_text_code_has_or_raises(text, kept):
    if "\0" not in text:
        assert run(f"# {text}\nprint(1)") == run(f"# {kept}\nprint(1)")


def test_the_last_line_of_an_error_ends_where_lines_end():
    assert run(r"raise ValueError('a\u2028b\x85c')").error == "ValueError: a\u2028b\x85c"


def test_an_error_is_told():
    result = run("print('before')\n1 / 0")
    assert (result.ended, result.output, result.error) == ("failed", "before\n", "ZeroDivisionError: division by zero")
    assert "SyntaxError" in run("def f(:").error


ATTACKS = {
    "read a file": "print(open('/etc/hostname').read())",
    "read up the tree": "print(open('../output').read())",
    "read the program": "print(open('{here}').read())",
    "read by descriptor": "import os; print(os.read(os.open('/etc/hostname', os.O_RDONLY), 9))",
    "read by io": "import io; print(io.FileIO('/etc/hostname').read())",
    "read by pathlib": "import pathlib; print(pathlib.Path('/etc/hostname').read_text())",
    "read by an opener": "import os; print(open('hostname', opener=lambda p, f: os.open('/etc/' + p, f)).read())",
    "write outside": "open('{there}/x', 'w').write('x')",
    "write into the library": "import os; open(os.__file__, 'a').write('x')",
    "append by flags": "import os; os.open('{there}/x', os.O_CREAT | os.O_WRONLY)",
    "list the disk": "import os; print(os.listdir('/'))",
    "remove": "import os; os.remove('{here}')",
    "rename out": "open('a', 'w').close()\nimport os; os.rename('a', '{there}/a')",
    "a link out": "import os; os.symlink('/etc', 'etc'); print(open('etc/hostname').read())",
    "a socket": "import socket; socket.create_connection(('127.0.0.1', 9))",
    "a raw socket": "import _socket; _socket.socket()",
    "the web": "import urllib.request; urllib.request.urlopen('http://example.com')",
    "a process": "import subprocess; print(subprocess.run(['id'], capture_output=True).stdout)",
    "the shell": "import os; os.system('id')",
    "another program": "import os; os.execv('/bin/sh', ['sh', '-c', 'id'])",
    "a fork": "import os; os.fork()",
    "a spawn": "import os; os.posix_spawn('/bin/sh', ['sh'], {{}})",
    "foreign code": "import ctypes; ctypes.CDLL(None).system(b'id')",
    "foreign code from below": "import _ctypes; print(_ctypes.dlopen(None, 2))",
    "kill the parent": "import os, signal; os.kill(os.getppid(), signal.SIGKILL)",
    "the collector": "import gc; print(gc.get_objects())",
    "patched functions": (
        "import os, posixpath\nos.fsdecode = os.path.realpath = posixpath._joinrealpath = lambda *p: 'x'\n"
        "print(open('/etc/hostname').read())"
    ),
    "patched builtins": (
        "import builtins\nbuiltins.isinstance = lambda *a: True\n"
        "builtins.type = builtins.str = lambda *a: builtins.int\n"
        "print(open('/etc/hostname').read())"
    ),
    "a patched jail": (
        "import sys\njail = sys.modules['__main__']\njail.FORBIDDEN = jail.TOUCHING = jail.MODULES = ()\n"
        "print(open('/etc/hostname').read())"
    ),
    "the guard's frame": (
        "try:\n  open('/etc/hostname')\nexcept PermissionError as e:\n  t = e.__traceback__\n"
        "  while t.tb_next: t = t.tb_next\n  t.tb_frame.f_locals.update(library=('/',), own='/', folder='/')\n"
        "print(open('/etc/hostname').read())"
    ),
    "a way up and down": "print(open('x/../../output').read())",
    "a way up in bytes": "print(open(b'../output').read())",
    "a lying path": (
        "class Liar(str):\n  def startswith(self, x): return True\n  def __eq__(self, x): return True\n"
        "  __hash__ = str.__hash__\nprint(open(Liar('/etc/hostname')).read())"
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_there_is_no_way_out(name, tmp_path):
    here = tmp_path / "precious"
    here.write_text("precious")
    result = run(ATTACKS[name].format(here=here, there=tmp_path))
    assert result.ended == "failed", result
    assert "Error" in result.error, result
    assert not any(word in result.output for word in ("precious", "uid=", "etc"))
    assert here.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [here]


def test_secrets_of_the_environment_are_not_there(monkeypatch):
    monkeypatch.setenv("API_KEY", "very secret")
    result = run("import os; print(dict(os.environ)); print(open('/proc/self/environ').read())")
    assert "very secret" not in result.output + result.error
    assert result.output == "{}\n"


def test_runaways_are_stopped_in_time():
    start = time.monotonic()
    assert run("while True: pass", seconds=1).ended == "time"
    assert run("import time; time.sleep(60)", seconds=1).ended == "time"
    assert run("try:\n  while True: pass\nexcept BaseException:\n  while True: pass", seconds=1).ended == "time"
    assert time.monotonic() - start < 20


@pytest.mark.skipif(sys.platform == "win32", reason="the kernel's limits are POSIX")
def test_floods_are_cut():
    assert "MemoryError" in run("x = bytearray(4 * 2**30)").error
    flood = run("while True: print('x' * 1000)", seconds=10)
    assert flood.ended == "failed"
    assert len(flood.output) <= sandbox.LONGEST
    assert run("open('big', 'wb').write(bytes(2**22))").ended == "failed"


@pytest.mark.skipif(not sandbox.no_network(), reason="this system lets nobody make namespaces")
def test_there_is_no_network_even_without_the_guard():
    names = "import os; print(sorted(os.listdir('/sys/class/net')) if os.path.isdir('/sys/class/net') else [])"
    socket = "import socket; s = socket.socket(); s.settimeout(2); s.connect(('1.1.1.1', 53))"
    tried = subprocess.run([*sandbox.no_network(), sys.executable, "-c", socket], capture_output=True, text=True)
    assert tried.returncode != 0, names
    assert "unreachable" in tried.stderr, names


@pytest.mark.parametrize("name", ["../x", "a/b", "", "..", "/x"])
def test_a_file_is_a_plain_name(name):
    with pytest.raises(ValueError, match="must be a plain name"):
        run("", files={name: ""})


def test_limits_must_make_sense():
    with pytest.raises(ValueError, match="seconds=0"):
        run("", seconds=0)
    assert os.path.exists(sandbox.JAIL)

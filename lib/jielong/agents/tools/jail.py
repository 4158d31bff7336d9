"""What runs inside a sandboxed process (see `jielong.agents.tools.sandbox`): limits first, then a guard, then the code.

It is started as a script of its own, ``python -I -S -B jail.py folder megabytes seconds``, with the code on standard
input, and imports nothing of this package. The guard is an audit hook (PEP 578): Python asks it before every opened
file, socket and process, and it cannot be taken off again. The code can change every module and every builtin
function, so the guard calls none of them: all that it uses are its own default arguments, and methods of exact types.
"""

import os
import sys

FORBIDDEN = tuple(
    """
socket. subprocess. os.system os.exec os.fork os.posix_spawn os.spawn os.startfile os.kill os.putenv os.chdir
os.fchdir os.chroot os.mount os.link os.symlink pty. ctypes. cpython. gc. sys.setprofile sys.settrace sys.monitoring
code.__new__ signal. syslog. fcntl. mmap. resource. winreg. msvcrt. webbrowser. sqlite3.
""".split()
)
"""Events that begin so are never allowed. Without links and chdir, a path means what it says."""
MODULES = tuple("ctypes _ctypes _posixsubprocess _socket _ssl _multiprocessing mmap _winapi".split())
"""Whoever has these needs none of Python's own functions."""
TOUCHING = tuple(
    """
open os.listdir os.scandir os.mkdir os.rmdir os.remove os.rename os.truncate os.chmod os.chown os.utime os.setxattr
os.getxattr os.listxattr os.removexattr os.lchmod os.lchown os.chflags os.lchflags os.walk os.fwalk
""".split()
)
"""Events whose first arguments are paths."""
READING = ("os.listdir", "os.scandir", "os.walk", "os.fwalk")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def limit(megabytes: int, seconds: int) -> None:
    """The kernel's own limits, where there are any."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20, megabytes * 2**20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))  # at the first SIGXCPU, which says why it ended
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def guard(folder: str) -> None:
    """From here on, nothing outside ``folder`` is touched, and no other process or machine is spoken to.

    Of the rest of the disk, Python's own library may be read.
    """
    own = folder + os.sep
    library = tuple(path + os.sep for path in sys.path if path and os.path.isdir(path) and path not in ("/", folder))

    def watch(
        event, arguments, own=own, library=library, folder=folder, forbidden=FORBIDDEN, modules=MODULES,
        touching=TOUCHING, lists=READING, writing=WRITING, separator=os.sep, type=type, str=str, bytes=bytes, int=int,
        error=PermissionError,
    ):  # fmt: skip
        if event.startswith(forbidden):
            raise error("the sandbox does not allow " + event)
        if event == "import" and (type(arguments[0]) is not str or arguments[0].split(".")[0] in modules):
            raise error("the sandbox does not allow to import this")
        if event not in touching:
            return
        mode, flags = arguments[1:3] if event == "open" else ("r" if event in lists else "w", 0)
        reads = not (flags or 0) & writing and (mode is None or (type(mode) is str and mode.strip("rbt") == ""))
        for path in arguments[: 2 if event == "os.rename" else 1]:
            if type(path) is int and path < 3 or path is None:  # the standard streams; this folder
                continue
            name = path.decode() if type(path) is bytes else path
            if type(name) is not str or ".." in name.replace("\\", "/").split("/"):
                raise error("the sandbox wants plain paths")
            inside = name == folder or name.startswith(own) or not (name.startswith(separator) or ":" in name)
            if not (inside or (reads and (name.startswith(library) or name + separator in library))):
                raise error("the sandbox has only its own folder, not " + name[:60])

    sys.addaudithook(watch)


def main() -> None:
    folder, megabytes, seconds = os.path.realpath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    program = compile(sys.stdin.read(), "<code>", "exec")
    sys.argv, sys.path = ["<code>"], [path for path in sys.path if path != os.path.dirname(os.path.abspath(__file__))]
    os.chdir(folder)
    os.environ.clear()
    limit(megabytes, seconds)
    guard(folder)
    exec(program, {"__name__": "__main__"})


if __name__ == "__main__":
    main()

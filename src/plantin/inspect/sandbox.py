"""What a worker gives up before it reads a stranger's bytes.

Promises: limits on memory, file size, open files and cores (setrlimit); no network and no debugging of
other processes (seccomp filter, and an empty network namespace where the kernel lets us); files read only
from the system's and Python's own folders and written only to the worker's own temporary folder (Landlock,
where the kernel has it). What the kernel refuses is reported, not hidden. Everything holds for child
processes too. Linux on x86-64 and aarch64; elsewhere the limits alone hold.

References: seccomp(2), landlock(7), unshare(2), setrlimit(2).
"""

import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from plantin.inspect import limits

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_ALLOW, _ERRNO_EPERM = 0x7FFF0000, 0x00050001
_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _RETURN = 0x20, 0x15, 0x35, 0x06

_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_DENIED = {
    # socket, connect, bind, listen, accept, accept4, ptrace, process_vm_readv/writev, mount, umount2, bpf,
    # perf_event_open, kexec_load, init_module, finit_module, add_key, request_key, keyctl, io_uring_setup
    "x86_64": (41, 42, 49, 50, 43, 288, 101, 310, 311, 165, 166, 321, 298, 246, 175, 313, 248, 249, 250, 425),
    "aarch64": (
        198,
        203,
        200,
        201,
        202,
        242,
        117,
        270,
        271,
        40,
        39,
        280,
        241,
        104,
        105,
        273,
        217,
        218,
        219,
        425,
    ),
}
_X32_BIT = 0x40000000

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_FS_EXECUTE, _FS_WRITE_FILE, _FS_READ_FILE, _FS_READ_DIR = 1, 2, 4, 8
_FS_ALL = (1 << 13) - 1
_FS_READ = _FS_EXECUTE | _FS_READ_FILE | _FS_READ_DIR
_READABLE = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/fonts",
    "/etc/ghostscript",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/papersize",
    "/var/lib/ghostscript",
    "/var/lib/fonts",
    "/var/cache/fontconfig",
    "/proc/self",
    "/dev/null",
    "/dev/urandom",
)


def enter(folder: Path, *, memory: int = limits.WORKER_MEMORY_OCTETS) -> dict[str, bool]:
    """Gives up what a worker does not need. Call it once, before the first document, from a single thread.

    Args:
        folder: the worker's own temporary folder, the only place it may write to.
        memory: octets of address space.

    Returns:
        Which of "limits", "namespace", "landlock" and "seccomp" are in force.
    """
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_FSIZE, limits.WORKER_FILE_OCTETS)
    _limit(resource.RLIMIT_NOFILE, limits.WORKER_FILES)
    _limit(resource.RLIMIT_CORE, 0)
    libc = ctypes.CDLL(None, use_errno=True)
    in_force = {"limits": True, "namespace": _empty_network(libc), "landlock": False, "seccomp": False}
    if sys.platform == "linux" and libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        in_force["landlock"] = _landlock(libc, folder)
        in_force["seccomp"] = _seccomp(libc)
    return in_force


def limit_processor_seconds(seconds: int) -> None:
    """Lets this process use ``seconds`` more of the processor; beyond that the kernel ends it (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


def limit_file_octets(octets: int) -> None:
    """Lets this process, and its children, write no file larger than ``octets`` from now on."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (min(octets, hard) if hard >= 0 else octets, hard))


def _limit(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(what, (value, value))


def _empty_network(libc: ctypes.CDLL) -> bool:
    if sys.platform != "linux":
        return False
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWUSER | _CLONE_NEWNET
    return bool(libc.unshare(flags) == 0)


def _seccomp(libc: ctypes.CDLL) -> bool:
    machine = platform.machine()
    if machine not in _AUDIT:
        return False
    denied = _DENIED[machine]
    program: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, 4),
        (_JUMP_EQUAL, 1, 0, _AUDIT[machine]),
        (_RETURN, 0, 0, _ERRNO_EPERM),
        (_LOAD, 0, 0, 0),
        (_JUMP_GREATER_EQUAL, len(denied) + 1, 0, _X32_BIT),
    ]
    for i, number in enumerate(denied):
        program.append((_JUMP_EQUAL, len(denied) - i, 0, number))
    program.append((_RETURN, 0, 0, _ALLOW))
    program.append((_RETURN, 0, 0, _ERRNO_EPERM))
    code = b"".join(struct.pack("<HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    filter_program = struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(buffer))
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.c_char_p(filter_program), 0, 0) == 0)


def _landlock(libc: ctypes.CDLL, folder: Path) -> bool:
    libc.syscall.restype = ctypes.c_long
    if libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1) < 1:
        return False
    handled = struct.pack("<Q", _FS_ALL)
    ruleset = libc.syscall(_LANDLOCK_CREATE, ctypes.c_char_p(handled), ctypes.c_size_t(8), 0)
    if ruleset < 0:
        return False
    try:
        own = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[2]), *filter(None, sys.path))
        _allow(libc, ruleset, (*_READABLE, *own), _FS_READ)
        _allow(libc, ruleset, (str(folder),), _FS_ALL & ~_FS_EXECUTE)
        _allow(libc, ruleset, ("/dev/null",), _FS_READ_FILE | _FS_WRITE_FILE)
        return bool(libc.syscall(_LANDLOCK_RESTRICT, ctypes.c_int(ruleset), 0) == 0)
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, paths: Iterable[str], access: int) -> None:
    for path in dict.fromkeys(paths):
        try:
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            granted = (
                access if Path(path).is_dir() else access & (_FS_EXECUTE | _FS_WRITE_FILE | _FS_READ_FILE)
            )
            rule = struct.pack("<Qi", granted, handle)
            libc.syscall(_LANDLOCK_ADD, ctypes.c_int(ruleset), 1, ctypes.c_char_p(rule), 0)
        finally:
            os.close(handle)

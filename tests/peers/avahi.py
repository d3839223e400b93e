"""A private D-Bus and avahi-daemon on loopback: what ippeveprinter needs, and what ippfind looks into.

Isolated, avahi lives in a network namespace of its own and shares only its D-Bus socket: parallel tests do
not see each other's names. Not isolated, it hears the machine's loopback, where Plantin announces itself.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from tests.peers.process import Daemon, clean_environment, private_folder, program

_DBUS_CONF = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={root}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
"""

_AVAHI_CONF = """\
[server]
host-name={host}
domain-name=local
use-ipv4=yes
use-ipv6=no
allow-interfaces=lo
ratelimit-interval-usec=0
ratelimit-burst=0
[wide-area]
enable-wide-area=no
[publish]
publish-addresses={addresses}
publish-hinfo=no
publish-workstation=no
"""


class Avahi:
    """A running pair of dbus-daemon and avahi-daemon; `env` leads a client to them."""

    def __init__(self, folder: Path, *, isolated: bool = True) -> None:
        self.folder = folder
        self.host = f"peer{os.getpid()}x{id(self) % 100000}"
        self.env = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/bus"}
        self._isolated = isolated
        self._daemons: list[Daemon] = []

    def start(self) -> None:
        (self.folder / "dbus.conf").write_text(_DBUS_CONF.format(root=self.folder))
        (self.folder / "avahi.conf").write_text(
            _AVAHI_CONF.format(
                host=self.host,
                # Two of them on one loopback would quarrel for ever about whose name 127.0.0.1 has.
                addresses="yes" if self._isolated else "no",
            )
        )
        dbus = program("dbus-daemon", "dbus-daemon")
        bus = Daemon(
            [dbus, f"--config-file={self.folder}/dbus.conf", "--nofork", "--nopidfile"],
            log=self.folder / "dbus.log",
            env=clean_environment(self.folder),
        )
        self._daemons.append(bus)
        bus.wait_ready((self.folder / "bus").exists)
        daemon = Daemon(
            self._avahi_command(),
            log=self.folder / "avahi.log",
            env=clean_environment(self.folder, **self.env),
        )
        self._daemons.append(daemon)
        daemon.wait_ready(lambda: "Server startup complete" in daemon.log_tail(1000))

    def _avahi_command(self) -> list[str | Path]:
        # The place of avahi's pid file is compiled in: private mounts let several daemons live side by side.
        script = f"mount -t tmpfs tmpfs {self._run_folder()} && "
        spaces = ["--mount"]
        if os.geteuid() != 0:
            spaces += ["--user", "--map-current-user", "--keep-caps"]
            script += self._be_avahi()
        if self._isolated:
            spaces.append("--net")
            script += f"{program('ip', 'iproute2')} link set lo up && "
        script += (
            f"exec {program('avahi-daemon', 'avahi-daemon')} -f {self.folder}/avahi.conf "
            "--no-chroot --no-rlimits --no-drop-root --debug"
        )
        return [program("unshare", "util-linux"), *spaces, "/bin/sh", "-c", script]

    def _be_avahi(self) -> str:
        # avahi wants its run folder to belong to the user `avahi`: in this mount space, that is who we are.
        us = {"passwd": f":x:{os.getuid()}:{os.getgid()}:", "group": f":x:{os.getgid()}:"}
        script = ""
        for name, ids in us.items():
            lines = Path("/etc", name).read_text().splitlines()
            ours = [line for line in lines if not line.startswith("avahi:")]
            ours.append(f"avahi{ids}" + (":/:/bin/false" if name == "passwd" else ""))
            (self.folder / name).write_text("\n".join(ours) + "\n")
            script += f"mount --bind {self.folder}/{name} /etc/{name} && "
        return script

    @staticmethod
    def _run_folder() -> str:
        # Without the system's own avahi-daemon ever started its folder is missing: cover all of /run then.
        return "/run/avahi-daemon" if Path("/run/avahi-daemon").is_dir() else "/run"

    def stop(self) -> None:
        for daemon in reversed(self._daemons):
            daemon.stop()


@contextlib.contextmanager
def private_avahi(*, isolated: bool = True) -> Iterator[Avahi]:
    """A started pair in a folder that is removed at the end."""
    with private_folder("avahi") as folder:
        avahi = Avahi(folder, isolated=isolated)
        try:
            avahi.start()
            yield avahi
        finally:
            avahi.stop()

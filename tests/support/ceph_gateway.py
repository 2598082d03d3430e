"""A real S3 server in one folder: Ceph's monitor, one storage daemon in memory, and its gateway.

The daemons run in the foreground as our children and end with us.
"""

import ctypes
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

PROGRAMS = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "monmaptool")
KEY, SECRET = "ingot-test", "ingot-test-secret"
START_TIMEOUT_S = 240.0

# Two settings are not obvious: without `ms mon client mode = crc` the gateway asks for a secure
# mode that an unauthenticated monitor cannot give, and hangs; the short paxos intervals start the
# cluster in two seconds instead of thirteen.
CONFIGURATION = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon_v2},v1:127.0.0.1:{mon_v1}]
public addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms bind ipv6 = false
run dir = {folder}/run
admin socket = {folder}/run/$name.$pid.asok
log file = {folder}/log/$name.log
crash dir = {folder}/crash
keyring = {folder}/keyring
osd objectstore = memstore
memstore device bytes = 2147483648
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd crush update on start = false
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail warn = 2
mon data avail crit = 1
paxos propose interval = 0.02
paxos min wait = 0.01
[mon.a]
mon data = {folder}/mon
mon cluster log file = {folder}/log/cluster.log
[client.rgw]
rgw data = {folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:{gateway}
"""


def is_installed() -> bool:
    """Whether all of Ceph's programs are here."""
    return all(shutil.which(program) for program in PROGRAMS)


class CephGateway:
    """One cluster; `endpoint` answers S3 after `start`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mon_v2, self.mon_v1, self.port = _free_ports(3)
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.configuration = folder / "ceph.conf"
        self.fsid = str(uuid.uuid4())
        self.daemons: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Make the cluster and the test user."""
        for name in ("run", "log", "mon", "rgw", "crash", "osd"):
            (self.folder / name).mkdir()
        self.configuration.write_text(
            CONFIGURATION.format(
                fsid=self.fsid,
                mon_v2=self.mon_v2,
                mon_v1=self.mon_v1,
                gateway=self.port,
                folder=self.folder,
            )
        )
        self._start_monitor()
        self._start_storage()
        self._spawn("radosgw", "-n", "client.rgw")
        self._await_gateway()
        user = ("user", "create", "--uid=test", "--display-name=test")
        keys = (f"--access-key={KEY}", f"--secret-key={SECRET}")
        self._run("radosgw-admin", "-n", "client.rgw", *user, *keys)

    def _start_monitor(self) -> None:
        keyring, monmap = str(self.folder / "keyring"), str(self.folder / "monmap")
        addresses = f"[v2:127.0.0.1:{self.mon_v2},v1:127.0.0.1:{self.mon_v1}]"
        _call("ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.")
        _call("monmaptool", "--create", "--fsid", self.fsid, "--addv", "a", addresses, monmap)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)
        self._spawn("ceph-mon", "-i", "a")

    def _start_storage(self) -> None:
        identity, data = str(uuid.uuid4()), str(self.folder / "osd")
        place = ("-i", "0", "--osd-data", data)
        self._run("ceph", "osd", "new", identity)
        self._run("ceph-osd", *place, "--osd-uuid", identity, "--mkfs")
        self._run("ceph", "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=local")
        self._spawn("ceph-osd", *place)

    def _run(self, program: str, *arguments: str) -> None:
        _call(program, "-c", str(self.configuration), *arguments)

    def _spawn(self, program: str, *arguments: str) -> None:
        with (self.folder / "log" / f"{program}.out").open("wb") as output:
            self.daemons.append(
                subprocess.Popen(
                    [program, "-f", "-c", str(self.configuration), *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    preexec_fn=_die_with_parent,
                )
            )

    def _await_gateway(self) -> None:
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline_s:
            try:
                urllib.request.urlopen(self.endpoint, timeout=2).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise RuntimeError(f"Ceph's gateway did not start: see {self.folder}/log")

    def stop(self) -> None:
        """End the daemons, the gateway first."""
        for daemon in reversed(self.daemons):
            daemon.kill()
            daemon.wait()


def _call(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr[-2000:]}")


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG

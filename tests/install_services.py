"""Install the services that tests need from Debian packages, when run as root where they are missing.

Anywhere else it only says what will be skipped. Runs before anything is installed: standard library only.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NEEDS = {
    "redis-server": (("redis-server",), "redis-server"),
    "rabbitmq-server": (
        ("rabbitmq-server", "/usr/lib/rabbitmq/bin/rabbitmq-server"),
        "rabbitmq-server",
    ),
    "PostgreSQL": (("initdb", "/usr/lib/postgresql"), "postgresql"),
    "Chromium": (("chromium", "chromium-browser", "google-chrome"), "chromium"),
}


def is_there(places: tuple[str, ...]) -> bool:
    return any(shutil.which(p) or (p.startswith("/") and Path(p).exists()) for p in places)


def main() -> int:
    absent = {name: package for name, (places, package) in NEEDS.items() if not is_there(places)}
    if not absent:
        return 0
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        verdict = "their tests fail" if os.environ.get("CI") else "their tests are skipped"
        print(
            f"Not installed: {', '.join(absent)}; {verdict}. Debian packages: {' '.join(absent.values())}"
        )
        return 0
    print(f"Installing {', '.join(absent)} from Debian packages")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    # Services of the distribution are not wanted: tests start their own on free ports.
    policy = Path("/usr/sbin/policy-rc.d")
    made = not policy.exists()
    if made:
        policy.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
        policy.chmod(0o755)
    try:
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=True)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *absent.values()]
        return subprocess.run(
            command, env=quiet, check=False, stdout=subprocess.DEVNULL
        ).returncode
    finally:
        if made:
            policy.unlink()


if __name__ == "__main__":
    sys.exit(main())

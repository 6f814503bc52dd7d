"""Coverage gates: floors of branch coverage, raised towards all of core and agent."""

import subprocess
import sys

# All of core and agent, but for a line that only some orders of threads reach; of everything else
# what must not be lost again.
GATES = (
    ("core and agent", "*/tailback/core/*,*/tailback/agent/*", 99.9),
    ("everything", "", 98.0),
)


def main() -> int:
    failed = []
    for name, include, floor in GATES:
        command = [sys.executable, "-m", "coverage", "report", "--precision=1"]
        command.append(f"--fail-under={floor}")
        if include:
            command.append(f"--include={include}")
        print(f"Coverage of {name}, at least {floor} %:", flush=True)
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"Coverage is too low for: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())

"""What must never be in the repository: machine paths, registry hosts, oversized maps, secrets in examples."""

import subprocess
from pathlib import Path


def tracked(root: Path) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True
    )
    return [root / line for line in listed.stdout.splitlines()]


def test_no_lock_file_names_a_registry(repo_root: Path) -> None:
    for path in [*repo_root.glob("requirements/*.txt"), repo_root / "frontend/package-lock.json"]:
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, path
        assert "resolved" not in text, path


def test_no_file_names_a_folder_of_somebodys_machine(repo_root: Path) -> None:
    forbidden = ("/ro" + "ot/", "/wo" + "rk/", "/opt/py" + "pi")
    for path in tracked(repo_root):
        if path.suffix in {".png", ".jsonl", ".gz", ".zst"} or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not any(word in text for word in forbidden), path


def test_the_map_stays_a_map(repo_root: Path) -> None:
    assert len((repo_root / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()) <= 120

from pathlib import Path

import pytest

from tailback.store.base import LogBatch
from tailback.store.errors import StoreError
from tailback.store.open import open_store


def test_a_url_names_a_file_absolute_or_beside_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for url in ("sqlite:///beside.db", f"sqlite:///{tmp_path}/absolute.db"):
        store = open_store(url)
        store.log.append([LogBatch("p", 1, "shop", 1.0, b"")])
        store.close()

    assert {path.name for path in tmp_path.iterdir()} == {"beside.db", "absolute.db"}


@pytest.mark.parametrize(
    "url", ["mysql://host/db", "sqlite:///", "sqlite://x.db", "tailback.db", ""]
)
def test_any_other_url_is_refused_with_what_one_looks_like(url: str) -> None:
    with pytest.raises(StoreError, match=r"must look like sqlite:///tailback\.db"):
        open_store(url)

"""The time zone of a scheduler is told by its name, or by its offset where it has none."""

import datetime as dt
import os
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tailback.agent import zone


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (ZoneInfo("Europe/Lisbon"), "Europe/Lisbon"),
        (dt.UTC, "+00:00"),
        (dt.timezone(dt.timedelta(hours=-3, minutes=-30)), "-03:30"),
    ],
)
def test_a_zone_has_its_name_or_its_offset(given: dt.tzinfo, name: str) -> None:
    assert zone.name_of(given) == name


def test_a_zone_of_another_library_has_its_name() -> None:
    class Pytz(dt.tzinfo):
        zone = "Asia/Tokyo"

    assert zone.name_of(Pytz()) == "Asia/Tokyo"


def test_a_zone_that_knows_no_offset_is_taken_for_that_of_greenwich() -> None:
    class Odd(dt.tzinfo):
        def utcoffset(self, _when: object) -> None:
            return None

        def fromutc(self, when: dt.datetime) -> dt.datetime:
            return when

    assert zone.name_of(Odd()) == "+00:00"


def test_the_local_zone_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":America/Sao_Paulo")
    assert zone.name_of(None) == "America/Sao_Paulo"

    monkeypatch.setenv("TZ", "UTC")
    assert zone.local_zone() == "UTC"


def test_without_a_variable_it_is_that_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TZ", raising=False)
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Europe/Paris")
    monkeypatch.setattr(zone, "LOCALTIME", str(link))
    assert zone.local_zone() == os.path.realpath(link).partition("/zoneinfo/")[2]

    monkeypatch.setattr(zone, "LOCALTIME", str(tmp_path / "nothing"))
    minutes = time.localtime().tm_gmtoff // 60
    assert (
        zone.local_zone()
        == f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    )

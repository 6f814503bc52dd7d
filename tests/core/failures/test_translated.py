"""A PostgreSQL that speaks another language is understood where no code stands beside its words."""

import pytest

from tailback.core.failures import reason_of
from tailback.core.failures.quotes import plain_quotes


def key(type_: str, message: str) -> str:
    return reason_of({"type": type_, "message": message}).key


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("FATAL:  Passwort-Authentifizierung für Benutzer »jobs« fehlgeschlagen", "db-login-refused-postgresql"),
        ("FATAL:  la base de données « shop » n'existe pas", "db-missing-postgresql"),
        ("FATAL:  lo siento, ya tenemos demasiados clientes", "db-connections-postgresql"),
        ("deadlock: 检测到死锁", "db-deadlock-postgresql"),
        ('lock di riga nella relazione "orders" fallito', "db-lock-timeout-postgresql"),
        ("llave duplicada viola restricción de unicidad «users_email_key»", "duplicate-users-email"),
        ('значение NULL в столбце "email" отношения "users" нарушает ограничение NOT NULL', "value-missing-email"),
        ('リレーション"coupons"は存在しません', "missing-table-coupons"),
        ("la colonne « tier » n'existe pas", "missing-column-tier"),
        (
            "une instruction insert ou update sur la table « a » viole la contrainte de clé\nétrangère « a_b_id_fkey »",
            "parent-missing-a-b-id",
        ),
    ],
)  # fmt: skip
def test_the_reason_is_the_same_in_every_language(message: str, expected: str) -> None:
    assert key("org.postgresql.util.PSQLException", message) == expected


def test_the_datastore_is_known_from_its_own_words() -> None:
    assert (
        key("shop.errors.QueryFailed", "das Datenbanksystem startet") == "db-starting-postgresql"
    )


def test_other_text_in_another_language_is_left_alone() -> None:
    assert key("shop.errors.Odd", "Überraschung").startswith("unknown-")


def test_quotation_marks_of_other_languages_become_plain() -> None:
    assert plain_quotes("»a« « b » «c» „d“ “e” 'f'") == '"a" "b" "c" "d" "e" \'f\''
    assert plain_quotes("« open ended") == "« open ended"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("[WinError 10061] Es konnte keine Verbindung hergestellt werden", "unreachable"),
        ("[WinError 10060] Ein Verbindungsversuch ist fehlgeschlagen", "timeout"),
        ("[Errno 11001] getaddrinfo failed", "dns"),
    ],
)
def test_numbers_of_windows_say_it_in_every_language(message: str, expected: str) -> None:
    assert key("OSError", message) == expected

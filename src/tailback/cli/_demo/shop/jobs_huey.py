"""The shop's jobs on Huey, kept in a SQLite file."""

import shop
from huey import SqliteHuey

receipts = SqliteHuey("receipts", filename="huey.db")
exports = SqliteHuey("exports", filename="huey.db")


@receipts.task(retries=1000, retry_delay=5)
def send_receipt(account: str, order: int) -> None:
    """Try again every 5 s, as often as it takes."""
    shop.send_receipt(account, order)


@exports.task()
def build_export(account: str) -> str:
    """Build one export."""
    return str(shop.build_export(account))


enqueue_receipt = send_receipt
enqueue_export = build_export

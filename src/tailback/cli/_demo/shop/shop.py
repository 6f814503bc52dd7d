"""The shop: takes payments, writes receipts, builds exports. It knows nothing of Tailback."""

import os
import random
import smtplib
import sqlite3
import sys
import time
from collections.abc import Callable
from email.message import EmailMessage
from importlib import import_module
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

PAYMENT_EVERY_S = 1.0
EXPORT_EVERY = 3
EXPORT_TAKES_S = 0.2
NAMES = ("Ada", "Grace", "Linus", "Margaret", "Dennis", "Barbara")

templates = Environment(
    loader=FileSystemLoader("templates"), undefined=StrictUndefined, auto_reload=True
)


def send_receipt(account: str, order: int) -> None:
    """Write one receipt and hand it to the mail server."""
    customer = {"name": NAMES[order % len(NAMES)], "account": account}
    text = templates.get_template("receipt.txt").render(
        customer=customer, order=order, amount="19.00 EUR"
    )
    message = EmailMessage()
    message["From"], message["To"] = "shop@example.com", f"{account}@example.com"
    message["Subject"] = f"Receipt for order {order}"
    message.set_content(text)
    with smtplib.SMTP("127.0.0.1", int(os.environ["SHOP_SMTP_PORT"]), timeout=10) as server:
        server.send_message(message)


def build_export(account: str) -> str:
    """Build one export."""
    time.sleep(EXPORT_TAKES_S)
    return f"{account}.csv"


def sell(
    enqueue_receipt: Callable[[str, int], object], enqueue_export: Callable[[str], object]
) -> None:
    """Take payments until the process ends."""
    Path("templates").mkdir(exist_ok=True)
    books = sqlite3.connect("shop.db", isolation_level=None)
    books.execute("pragma journal_mode = wal")
    books.execute("create table if not exists payments (id integer primary key, account, at)")
    while True:
        account = f"acct_{random.randrange(40)}"
        pay = "insert into payments (account, at) values (?, ?)"
        order = books.execute(pay, (account, time.time())).lastrowid or 0
        enqueue_receipt(account, order)
        if order % EXPORT_EVERY == 0:
            enqueue_export(account)
        time.sleep(PAYMENT_EVERY_S)


if __name__ == "__main__":
    jobs = import_module(sys.argv[1])
    sell(jobs.enqueue_receipt, jobs.enqueue_export)

"""A shop that sends receipts with RQ: `python shop.py` enqueues one per second."""

import os
import random
import time

from redis import Redis
from rq import Queue, Retry

import tailback

tailback.install()  # where to send is in TAILBACK_DSN; without it nothing happens

RECEIPTS = Queue(
    "emails", connection=Redis.from_url(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"))
)


def send_receipt(order: int) -> str:
    time.sleep(random.uniform(0.05, 0.3))
    if os.environ.get("BREAK_TEMPLATE"):
        raise KeyError("customer_name")
    return f"receipt of order {order} sent"


def main() -> None:
    order = 0
    while True:
        order += 1
        with tailback.tenant(f"acct_{order % 50}"):
            RECEIPTS.enqueue("shop.send_receipt", order, retry=Retry(max=100, interval=5))
        print(f"order {order} paid, receipt enqueued")
        time.sleep(1)


if __name__ == "__main__":
    main()

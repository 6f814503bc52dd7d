"""A shop that sends receipts with Celery: `python shop.py` enqueues one per second."""

import os
import random
import time

from celery import Celery

import tailback

tailback.install()  # where to send is in TAILBACK_DSN; without it nothing happens

app = Celery("shop", broker=os.environ.get("BROKER_URL", "redis://127.0.0.1:6379/0"))
app.conf.task_ignore_result = True
app.conf.broker_connection_retry_on_startup = True


@app.task(
    name="shop.send_receipt", autoretry_for=(KeyError,), max_retries=100, default_retry_delay=5
)
def send_receipt(order: int) -> None:
    time.sleep(random.uniform(0.05, 0.3))
    if os.environ.get("BREAK_TEMPLATE"):
        raise KeyError("customer_name")
    print(f"receipt of order {order} sent")


def main() -> None:
    order = 0
    while True:
        order += 1
        with tailback.tenant(f"acct_{order % 50}"):
            send_receipt.apply_async((order,), queue="emails")
        print(f"order {order} paid, receipt enqueued")
        time.sleep(1)


if __name__ == "__main__":
    main()

"""A shop that sends receipts with Huey on SQLite: `python shop.py` enqueues one per second."""

import os
import random
import time

from huey import SqliteHuey

import tailback

tailback.install()  # where to send is in TAILBACK_DSN; without it nothing happens

huey = SqliteHuey("emails", filename=os.environ.get("HUEY_FILE", "huey.db"))


@huey.task(retries=100, retry_delay=5)
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
            send_receipt(order)
        print(f"order {order} paid, receipt enqueued")
        time.sleep(1)


if __name__ == "__main__":
    # Under its own name, so that the consumer knows the task as "shop.send_receipt".
    import shop

    shop.main()

"""The shop's jobs on Celery, kept in Redis."""

import os

import shop
from celery import Celery

app = Celery("shop", broker=os.environ["SHOP_BROKER_URL"])
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    task_routes={"shop.send_receipt": "receipts", "shop.build_export": "exports"},
)


@app.task(
    name="shop.send_receipt",
    autoretry_for=(Exception,),
    max_retries=None,
    default_retry_delay=5,
)
def send_receipt(account: str, order: int) -> None:
    """Try again every 5 s, as often as it takes."""
    shop.send_receipt(account, order)


@app.task(name="shop.build_export")
def build_export(account: str) -> str:
    """Build one export."""
    return str(shop.build_export(account))


enqueue_receipt = send_receipt.delay
enqueue_export = build_export.delay

"""What a person reads when a Celery broker cannot be asked about its queues."""


def bad_option(name: str, wanted: str) -> str:
    """Say that an option of the source makes no sense."""
    return (
        f"The option {name} of this Celery source is not {wanted}. Write it so in its [[source]]."
    )


def bad_scheme(shown: str) -> str:
    """Say that the address is of no broker that can be read."""
    return (
        f"{shown!r} is no address of a Celery broker that Tailback can read: it reads redis://, "
        "rediss://, redis+socket://, unix://, amqp:// and amqps://. Give the broker_url of the "
        "workers; of a Redis Sentinel setup the address of the master."
    )


def management_refused(shown: str, status: int) -> str:
    """Say that the management API did not let us in."""
    return (
        f"The RabbitMQ management API at {shown} refused the account (HTTP {status}). Give its "
        "user the tag `monitoring` and read permission on the virtual host: rabbitmqctl "
        "set_user_tags USER monitoring; rabbitmqctl set_permissions -p VHOST USER '' '' '.*'."
    )


def management_unreachable(shown: str, why: str) -> str:
    """Say that neither the management API nor AMQP answered."""
    return (
        f"RabbitMQ cannot be asked at {shown}: {why}. Enable its management plugin "
        "(rabbitmq-plugins enable rabbitmq_management), set `management_url` in the [[source]] if "
        "it listens elsewhere, and check that this machine may connect."
    )


def management_odd(shown: str, status: int) -> str:
    """Say that something else than the management API answered."""
    return (
        f"What answers at {shown} (HTTP {status}) is not the RabbitMQ management API. Set "
        "`management_url` in the [[source]] to its address, as http://host:15672."
    )

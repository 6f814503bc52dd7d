"""Five cron fields from the numbers that a scheduler holds, in their shortest form."""

from collections.abc import Collection

# Minutes, hours, days of the month, months, days of the week (0 is Sunday).
RANGES = (range(60), range(24), range(1, 32), range(1, 13), range(7))


def five_fields(
    minutes: Collection[int],
    hours: Collection[int],
    days: Collection[int],
    months: Collection[int],
    weekdays: Collection[int],
) -> str | None:
    """Return the cron expression that is due when all five hold; None when there is none.

    Cron takes a day of the month *or* of the week where both are restricted.
    """
    found = [
        _field({number for number in numbers if number in numbers_of}, numbers_of)
        for numbers, numbers_of in zip(
            (minutes, hours, days, months, weekdays), RANGES, strict=True
        )
    ]
    either = not found[2].startswith("*") and not found[4].startswith("*")
    return None if either or "" in found else " ".join(found)


def _field(numbers: set[int], of: range) -> str:
    if len(numbers) == len(of):
        return "*"
    for step in range(2, len(of)):
        if len(numbers) > 1 and numbers == set(of[::step]):
            return f"*/{step}"
    chosen = sorted(numbers)
    if len(chosen) > 2 and chosen[-1] - chosen[0] == len(chosen) - 1:  # noqa: PLR2004 - "1-3" is shorter than "1,2,3"
        return f"{chosen[0]}-{chosen[-1]}"
    return ",".join(map(str, chosen))

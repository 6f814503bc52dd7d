"""The two-line sparkline of a lane: completions as an area, oldest age as a line, the promise."""

from collections.abc import Sequence

from markupsafe import Markup

from tailback.server.view import Spark

WIDTH = 168.0
HEIGHT = 40.0
_FLOOR = HEIGHT - 1.0
_TEMPLATE = Markup(
    '<svg class="spark" viewBox="0 0 168 40" role="img" aria-label="{label}">'
    '<path class="done" d="{done}"/><path class="promise" d="{promise}"/>'
    '<path class="old" d="{old}"/></svg>'
)


def spark_svg(spark: Spark, promise_s: float) -> Markup:
    """Return the picture; minutes that were not measured are gaps in the line."""
    ages = [age for age in spark.ages if age is not None]
    done = [count for count in spark.completions if count is not None]
    top = max([promise_s * 1.15, *ages])
    return _TEMPLATE.format(
        label=_label(done, ages),
        done=_area(spark.completions, max([1, *done])),
        promise=f"M0 {_y(promise_s / top):.1f}H{WIDTH:.0f}",
        old=_line(spark.ages, top),
    )


def _label(done: Sequence[int], ages: Sequence[float]) -> str:
    if not done and not ages:
        return "nothing measured in the last hour"
    finished = f"{sum(done):,} finished in the last hour"
    return f"{finished}, oldest {max(ages):.0f} s" if ages else finished


def _y(share: float) -> float:
    return _FLOOR - (_FLOOR - 2.0) * min(1.0, max(0.0, share))


def _x(index: int, count: int) -> float:
    return WIDTH * (index + 0.5) / max(1, count)


def _area(values: Sequence[int | None], top: int) -> str:
    """Return steps from the floor; a gap goes down to the floor and is not drawn."""
    if not any(values):
        return ""
    path = []
    step = WIDTH / len(values)
    for index, value in enumerate(values):
        if value:
            y = _y(0.55 * value / top)
            path.append(f"M{index * step:.1f} {_FLOOR}V{y:.1f}h{step * 0.78:.1f}V{_FLOOR}Z")
    return "".join(path)


def _line(values: Sequence[float | None], top: float) -> str:
    path = []
    pen_down = False
    for index, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        point = f"{_x(index, len(values)):.1f} {_y(value / top):.1f}"
        path.append(("L" if pen_down else "M") + point)
        if not pen_down:
            path.append("h0.1")  # a lone minute is a dot
        pen_down = True
    return "".join(path)

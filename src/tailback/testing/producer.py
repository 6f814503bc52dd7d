"""The program inside `Producer`: JSON lines in, calls of the test application, JSON lines out."""

import contextlib
import importlib
import json
import os
import sys
import time
import traceback


def main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    app = importlib.import_module(sys.argv[1])
    for line in sys.stdin:
        function, args = json.loads(line)
        at = time.time()
        try:
            with _tenant(args):
                answer = {"answer": getattr(app, function)(*args), "at": at}
        except Exception:
            answer = {"failure": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _tenant(args: list[object]) -> contextlib.AbstractContextManager[object]:
    work = args[0] if args and isinstance(args[0], dict) else {}
    if not work.get("tenant") or not os.environ.get("TAILBACK_DSN"):
        return contextlib.nullcontext()
    import tailback  # noqa: PLC0415

    manager: contextlib.AbstractContextManager[object] = tailback.tenant(work["tenant"])
    return manager


if __name__ == "__main__":
    main()

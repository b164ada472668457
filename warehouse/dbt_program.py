"""`python -m warehouse.dbt_program ARGUMENTS`: dbt, which says what failed as one line of JSON and nothing else.

dbt's own loggers write each of some ten thousand events of a build as text and as JSON and drop most of it afterwards:
a fifth of the time of a small build. Here they are off; what failed stands in the results.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

_QUIET = ("--log-level", "none", "--log-level-file", "none", "--no-use-colors")
_FAILED = ("error", "fail", "runtime error")


def invoke_dbt(arguments: Sequence[str], manifest: Manifest | None = None) -> list[str]:
    """Runs dbt in this process.

    Args:
        arguments: the command and its options.
        manifest: the project as dbt read it before; none lets it read the project.

    Returns:
        A sentence for each node that failed and why, or for what stopped dbt before any; empty when all went well.
    """
    done = dbtRunner(manifest=manifest).invoke([*_QUIET, *arguments])
    if done.success:
        return []
    failed = [
        f"{result.node.name}: {result.message}"
        for result in getattr(done.result, "results", ())
        if result.status in _FAILED
    ]
    return failed or [str(done.exception or "berhenti tanpa pesan")]


def main() -> None:
    failed = invoke_dbt(sys.argv[1:])
    json.dump(failed, sys.stdout)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()

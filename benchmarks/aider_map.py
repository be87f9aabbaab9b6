"""aider's repository map of the files named on standard input, for `benchmarks.index`.

Runs in aider's own environment: `python aider_map.py ROOT`. Prints a JSON object.
"""

import json
import resource
import sys
import time


class _Model:
    """What RepoMap asks of a model, with no tokeniser to load."""

    def token_count(self, text: str) -> int:
        return len(text) // 4


def main() -> None:
    """Make the map once and print what it took, imports apart."""
    from aider.io import InputOutput
    from aider.repomap import RepoMap

    files = sys.stdin.read().splitlines()
    began, wall = time.process_time(), time.monotonic()
    mapped = RepoMap(
        map_tokens=1024, root=sys.argv[1], main_model=_Model(), io=InputOutput(yes=True, pretty=False)
    ).get_repo_map([], files, force_refresh=True)
    print(
        json.dumps(
            {
                "cpu_s": round(time.process_time() - began, 2),
                "wall_s": round(time.monotonic() - wall, 2),
                "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
                "characters": len(mapped or ""),
            }
        )
    )


if __name__ == "__main__":
    main()

"""`python -m benchmarks [group …]`: one JSON line a figure on standard output, everything else on standard error.

A group is a file, or a package, of this folder with `run() -> Iterator[Figure]`. One that needs the agent's environment says
`ENVIRONMENT = "agent"`, and is run in it. Exit status: 0 all groups ran; 1 one of them failed; 2 there is no such group.
"""

from __future__ import annotations

import re
import subprocess
import sys
import traceback
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
HOUSE = HERE.parent
ENVIRONMENTS = {"agent": HOUSE / ".venv-agent/bin/python"}


def groups() -> dict[str, str]:
    """Each group's name and the environment that it asks for, "" for any; read from the files, which may not be importable here."""
    files = {path.stem: path for path in HERE.glob("*.py")} | {
        path.parent.name: path for path in HERE.glob("*/__init__.py")
    }
    return {
        name: environment
        for name, path in sorted(files.items())
        if (environment := environment_of(path.read_text(encoding="utf-8"))) is not None
    }


def environment_of(source: str) -> str | None:
    """What `ENVIRONMENT` says in `source`, "" where it is not there; None where `source` has no `run` and is no group."""
    if not re.search(r"^def run\(", source, re.MULTILINE):
        return None
    found = re.search(r'^ENVIRONMENT = "(\w+)"', source, re.MULTILINE)
    return found[1] if found else ""


def start(group: str, environment: str) -> bool:
    python = ENVIRONMENTS.get(environment)
    if python is not None and Path(sys.prefix) != python.parent.parent:
        if not python.exists():
            print(f"{group}: {python} is missing: `make setup` makes it", file=sys.stderr)
            return False
        return subprocess.run([python, "-m", "benchmarks", group], cwd=HOUSE, check=False).returncode == 0
    print(f"{group} …", file=sys.stderr)
    try:
        for figure in import_module(f"benchmarks.{group}").run():
            print(figure.line(), flush=True)
    except Exception:
        traceback.print_exc()
        return False
    return True


def main(arguments: list[str]) -> int:
    known = groups()
    unknown = [name for name in arguments if name not in known]
    if unknown:
        print(f"no group {', '.join(unknown)}. The groups are: {', '.join(known)}", file=sys.stderr)
        return 2
    done = [start(name, known[name]) for name in arguments or known]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

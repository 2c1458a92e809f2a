"""Record the samples again and make their committed suites anew: `python -m samples.regenerate [shop] [ledger]`."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from samples import stage

KEY = "the samples' key: their customers are made up"


def regenerate(sample: stage.Sample) -> None:
    """The recording is of a passing stage; the suite is generated with the committed flowtape.yaml and its addresses."""
    configuration = stage.ROOT / sample.folder / "flowtape.yaml"
    with tempfile.TemporaryDirectory(prefix="flowtape-stage-") as folder:
        recorded = stage.record(sample, Path(folder), key=KEY)
        shutil.rmtree(configuration.parent / "tests", ignore_errors=True)
        program = Path(sys.executable).with_name("flowtape")
        command: list[str | Path] = [program, "generate", "--config", configuration, recorded.recording]
        subprocess.run(command, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", nargs="*", default=[*stage.SAMPLES], metavar="sample", help="shop, ledger, or both")
    for name in parser.parse_args().samples:
        regenerate(stage.SAMPLES[name])


if __name__ == "__main__":
    main()

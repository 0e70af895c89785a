"""Large sweeps on their way to a Kubernetes cluster, for which a program here stands in."""

import json
import tempfile
from pathlib import Path

from kubernetes_stub import Stub, kubeconfig, kubernetes_stub
from side_by_side import SCRIPTS, Contender, Result, report, report_memory

IMAGE = "registry.example/app@sha256:" + "0" * 64
INDEXED, SEPARATE = 10_000, 1000
MOST_SECONDS, MOST_CALLS = 5, 20
MOST_LISTS = 2  # one of Jobs, and one of pods
LEAST = 100  # in a second, the start of the command counted in
MOST_MEMORY = 250  # MB


def main() -> None:
    with kubernetes_stub() as stub, tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config").write_text(kubeconfig(stub.host))
        (Path(folder) / "train.py").write_text("")
        seconds, calls = _submit(stub, Path(folder), INDEXED, "--indexed")
        what = f"caliban cluster job submit --indexed of {INDEXED} jobs"
        _report(f"{what}: seconds", seconds, most=MOST_SECONDS)
        _report(f"{what}: calls", calls, most=MOST_CALLS)
        before = len(stub.asked)
        _command(Path(folder), "status", "--max_jobs", "1").run()
        _report(
            f"caliban status of {INDEXED} jobs: calls", len(stub.asked) - before, most=MOST_LISTS
        )
        separate = _submission(Path(folder), SEPARATE)
        report_memory(separate, limit=MOST_MEMORY)
        rate = SEPARATE / separate.run()
        report(
            Result(
                what=f"caliban cluster job submit of {SEPARATE} jobs: jobs in a second",
                found=f"{rate:.0f}",
                limit=f"at least {LEAST}",
                kept=rate >= LEAST,
            )
        )


def _report(what: str, found: float, *, most: int) -> None:
    report(Result(what=what, found=f"{found:.3g}", limit=f"at most {most}", kept=found <= most))


def _submit(stub: Stub, folder: Path, count: int, *words: str) -> tuple[float, int]:
    before = len(stub.asked)
    seconds = _submission(folder, count, *words).run()
    return seconds, len(stub.asked) - before


def _submission(folder: Path, count: int, *words: str) -> Contender:
    sweep = f"sweep{count}.json"
    (folder / sweep).write_text(json.dumps({"point": list(range(count))}))
    flags = ("--nogpu", "--image_tag", IMAGE, "--experiment_config", sweep)
    return _command(folder, "cluster", "job", "submit", *words, *flags, "train.py")


def _command(folder: Path, *words: str) -> Contender:
    return Contender(
        name=f"caliban {words[0]}",
        argv=[str(SCRIPTS / "caliban"), *words],
        cwd=folder,
        environment={"XDG_STATE_HOME": str(folder), "KUBECONFIG": str(folder / "config")},
    )


if __name__ == "__main__":
    main()

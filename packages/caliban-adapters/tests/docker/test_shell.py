"""What a shell session begins with, run by the shell of this machine."""

import shutil
import subprocess
from pathlib import Path

import pytest

from caliban_adapters.docker.shell import shell_command


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """The only folder on PATH: it has bash and no zsh."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("bash", "mktemp"):
        (folder / name).symlink_to(f"/usr/bin/{name}")
    return folder


def start(
    command: tuple[str, ...], programs: Path, home: str, typed: str = ""
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        env={"PATH": str(programs), "HOME": home},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_becomes_the_shell_and_keeps_its_exit_code(programs: Path, tmp_path: Path) -> None:
    typed = "echo $0 in $HOME; exit 7"
    finished = start(shell_command("bash"), programs, str(tmp_path), typed)
    assert (finished.returncode, finished.stderr) == (7, "")
    assert finished.stdout == f"bash in {tmp_path}\n"


def test_a_shell_that_was_chosen_and_is_not_there_is_one_clear_line(
    programs: Path, tmp_path: Path
) -> None:
    finished = start(shell_command("zsh"), programs, str(tmp_path), "exit 7")
    assert (finished.returncode, finished.stdout) == (2, "")
    complaint, hint = finished.stderr.splitlines()
    assert complaint == "caliban: the image has no zsh"
    assert "apt_packages" in hint


def test_in_place_of_the_usual_shell_there_may_be_another(programs: Path, tmp_path: Path) -> None:
    finished = start(shell_command("zsh", otherwise="bash"), programs, str(tmp_path), "echo $0")
    assert (finished.returncode, finished.stdout) == (0, "bash\n")
    assert finished.stderr == "caliban: the image has no zsh, so this is bash\n"


@pytest.mark.parametrize("home", ["", "/proc/none"])
def test_there_is_a_home_to_write_to(programs: Path, home: str) -> None:
    finished = start(shell_command("bash"), programs, home, 'cd "$HOME" && : > x && pwd')
    made = Path(finished.stdout.strip())
    assert (made / "x").is_file()
    shutil.rmtree(made)

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from caliban_adapters.docker.process import Command, Finished, run, running, stream
from caliban_domain.errors import PlatformUnavailable


def python(source: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", source, *arguments)


def is_alive(pid: int) -> bool:
    return Path("/proc", str(pid)).exists()


def test_a_command_equals_another_of_the_same_parts() -> None:
    assert Command(("docker", "ps")) == Command(("docker", "ps"), env={}, stdin=None)


def test_run_tells_the_exit_code_and_both_streams() -> None:
    source = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"
    assert run(Command(python(source))) == Finished(7, "out\n", "err\n")


def test_what_is_run_and_how_it_ended_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    run(Command(("sh", "-c", "exit 7")))
    begun, ended = caplog.messages
    assert begun == "running ('sh', '-c', 'exit 7')"
    assert ended.endswith("ended with exit code 7")


def test_arguments_arrive_byte_for_byte() -> None:
    hostile = ("a b", "'\"", "$(id)", "new\nline", "ü", "-x", "")
    source = "import sys; print(sys.argv[1:])"
    assert run(Command(python(source, *hostile))).stdout == f"{list(hostile)}\n"


def test_the_environment_is_added_to_that_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "1")
    source = "import os; print(os.environ['KEPT'], os.environ['NEW'])"
    assert run(Command(python(source), env={"NEW": "2"})).stdout == "1 2\n"
    assert "NEW" not in os.environ


def test_standard_input_is_what_the_command_says_and_else_empty() -> None:
    source = "import sys; print(repr(sys.stdin.read()))"
    assert run(Command(python(source), stdin="text")).stdout == "'text'\n"
    assert run(Command(python(source))).stdout == "''\n"


def test_output_that_is_no_text_is_no_error() -> None:
    source = r"import sys; sys.stdout.buffer.write(b'a\xffb')"
    assert run(Command(python(source))).stdout == "a�b"


def test_a_command_runs_beside_what_is_done_meanwhile() -> None:
    with running(Command(python("import sys; print('out'); sys.exit(7)"))) as finish:
        assert finish() == Finished(7, "out\n", "")


def test_a_command_that_nobody_waits_for_is_ended(tmp_path: Path) -> None:
    life_line = tmp_path / "life_line"
    os.mkfifo(life_line)
    source = "import sys, time; file = open(sys.argv[1], 'w'); time.sleep(60); file.write('alive')"
    command = Command(python(source, str(life_line)))
    with running(command):
        heard = life_line.open()
    with heard:
        assert heard.read() == ""


def test_stream_hands_on_the_lines_of_both_streams_in_order() -> None:
    source = (
        "import sys\n"
        "for number in range(3):\n"
        "    print('out', number, flush=True)\n"
        "    print('err', number, file=sys.stderr, flush=True)\n"
        "print('no newline', end='', flush=True)\n"
        "sys.exit(3)\n"
    )
    lines: list[str] = []
    assert stream(Command(python(source)), lines.append) == 3
    assert lines == ["out 0", "err 0", "out 1", "err 1", "out 2", "err 2", "no newline"]


def test_each_step_of_a_progress_bar_is_a_line() -> None:
    lines: list[str] = []
    stream(Command(python(r"print('10%\r20%\r100%')")), lines.append)
    assert lines == ["10%", "20%", "100%"]


def test_a_program_whose_output_nobody_wants_any_more_is_ended() -> None:
    seen: list[int] = []

    def refuse(line: str) -> None:
        seen.append(int(line))
        raise BrokenPipeError

    source = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
    with pytest.raises(BrokenPipeError):
        stream(Command(python(source)), refuse)
    assert not is_alive(seen[0])


@pytest.mark.parametrize("how", ["run(command)", "stream(command, print)"])
def test_an_interrupt_ends_the_program_too(how: str, tmp_path: Path) -> None:
    life_line = tmp_path / "life_line"
    os.mkfifo(life_line)
    child = (
        "import sys, time\n"
        "with open(sys.argv[1], 'w', buffering=1) as life_line:\n"
        "    print('born', file=life_line)\n"
        "    time.sleep(60)\n"
        "    print('survived', file=life_line)\n"
    )
    parent = (
        "import sys\n"
        "from caliban_adapters.docker.process import Command, run, stream\n"
        f"command = Command({python(child, str(life_line))!r})\n"
        f"try:\n    {how}\nexcept KeyboardInterrupt:\n    sys.exit(130)\n"
    )
    with (
        subprocess.Popen(python(parent), start_new_session=True) as process,
        life_line.open() as heard,
    ):
        assert heard.readline() == "born\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert heard.read() == ""


@pytest.mark.parametrize("start", [run, lambda command: stream(command, print)])
def test_a_missing_program_is_an_unavailable_platform(start: object, tmp_path: Path) -> None:
    assert callable(start)
    not_executable = tmp_path / "docker"
    not_executable.touch()
    for program in ("no-such-program", str(tmp_path / "nothing"), str(not_executable)):
        with pytest.raises(PlatformUnavailable, match=program) as raised:
            start(Command((program, "ps")))
        assert raised.value.hint is not None
        assert "install Docker" in raised.value.hint

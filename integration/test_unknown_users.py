"""Whoever runs a container has a name and a home in it."""

import json

import pytest

from workplace import Workplace, docker

pytestmark = pytest.mark.integration

_WHO = """\
import getpass, json, os, pathlib, pwd, grp, subprocess
home = pathlib.Path(os.path.expanduser("~"), "written")
home.touch()
me = pwd.getpwuid(os.getuid())
print(json.dumps({
    "user": f"{os.getuid()}:{os.getgid()}",
    "names": [getpass.getuser(), me.pw_name, subprocess.getoutput("whoami")],
    "group": grp.getgrgid(os.getgid()).gr_name,
    "homes": [str(pathlib.Path.home()), me.pw_dir],
}))
"""


@pytest.mark.parametrize("user", ["735994:89939", "2147483000:2147483000", "0:0", "33:33"])
def test_a_script_finds_a_name_and_a_home(workplace: Workplace, user: str) -> None:
    workplace.write({"who.py": _WHO})
    finished = workplace.caliban(
        *("run", "--nogpu", "--docker_run_args", f"--user {user}", "who.py"),
        env={"LOGNAME": "totoro"},
    )
    found = json.loads(finished.expect(0).stdout)
    assert found["user"] == user
    known = {"0:0": "root", "33:33": "www-data"}.get(user)
    own = known or "totoro"
    assert found["names"] == ["totoro", own, own]
    assert found["group"] == own
    assert found["homes"][0] == "/home/caliban"
    assert known or found["homes"][1] == "/home/caliban"


def test_a_shell_greets_one_by_name(workplace: Workplace) -> None:
    for flags, home in (((), "/home/totoro"), (("--bare",), "/home/caliban")):
        finished = workplace.caliban(
            *("shell", "--nogpu", *flags, "--docker_run_args", "--user 735994:89939"),
            stdin="whoami; id -gn; getent passwd 735994\n",
            env={"LOGNAME": "totoro"},
        )
        entry = f"totoro:x:735994:89939::{home}:/bin/sh"
        assert finished.expect(0).stdout.split("\n") == ["totoro", "totoro", entry, ""]


def test_nobody_s_name_enters_an_image(workplace: Workplace) -> None:
    workplace.write({"who.py": _WHO})
    image = workplace.caliban("build", "--nogpu", "who.py").expect(0).stdout.strip()
    workplace.caliban(
        *("run", "--nogpu", "--docker_run_args", "--user 735994:89939", "who.py"),
        env={"LOGNAME": "totoro"},
    ).expect(0)
    assert "735994" not in docker("run", "--rm", image, "cat", "/etc/passwd", "/etc/group")

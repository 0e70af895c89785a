"""The first process of a shell session: it looks for the shell, and becomes it."""

from typing import Final

_SCRIPT: Final = """\
there() { command -v "$1" > /dev/null; }
if ! there "$1"; then
    if ! there "$2"; then
        echo "caliban: the image has no $1" >&2
        echo "hint: add $1 to apt_packages in .calibanconfig.json, or choose with --shell" >&2
        exit 2
    fi
    echo "caliban: the image has no $1, so this is $2" >&2
    set -- "$2"
fi
[ -w "$HOME" ] || { HOME=$(mktemp -d) && export HOME; }
exec "$1"
"""


def shell_command(shell: str, *, otherwise: str = "") -> tuple[str, ...]:
    """The command that becomes a shell, or another one where the image lacks it.

    It sees to a home that can be written to, and ends with 2 where there is neither shell.
    """
    return ("/bin/sh", "-c", _SCRIPT, "caliban", shell, otherwise)

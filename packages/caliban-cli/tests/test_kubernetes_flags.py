import pytest

from caliban_cli.kubernetes_flags import name, secrets, variables
from caliban_domain.errors import UsageError


def test_variables_may_hold_anything() -> None:
    assert variables(["A=", "B=1=2", "_C= $x"]) == {"A": "", "B": "1=2", "_C": " $x"}


@pytest.mark.parametrize("written", ["", "A", "=1", "1A=1", "A B=1"])
def test_what_names_no_variable_is_refused(written: str) -> None:
    with pytest.raises(UsageError, match="begins with no name of a variable"):
        variables([written])


def test_secrets_are_named_with_their_key() -> None:
    assert secrets(["TOKEN=my.keys:token"]) == {"TOKEN": ("my.keys", "token")}


@pytest.mark.parametrize("written", ["TOKEN=keys", "TOKEN=:k", "TOKEN=keys:", "TOKEN=Keys:k"])
def test_what_names_no_secret_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(UsageError, match=r"--secret_env TOKEN=\.\.\. names no Secret"):
        secrets([written])


@pytest.mark.parametrize("written", ["", "A", "a_b", "-a", "a-", "a" * 64, "a/b"])
def test_what_kubernetes_would_not_name_anything_is_refused(written: str) -> None:
    with pytest.raises(UsageError, match=r"--namespace .* can't be a name in Kubernetes"):
        name("--namespace", written)

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from caliban_adapters.kubernetes.failures import Failure, Shut, Unclear
from caliban_adapters.kubernetes.kubeconfig import Places, configuration, destination
from caliban_adapters.kubernetes.manifest import Destination
from caliban_domain.clusters import Access, ClusterId
from caliban_domain.errors import PlatformError, PlatformUnavailable, UsageError


def places(folder: Path, *, user: object = None, cluster: object = None, **more: object) -> Places:
    """A kubeconfig with the contexts lab and moon, of which lab is the current one."""
    context = {"cluster": "c", "user": "u", "namespace": "research"}
    config = {
        "current-context": "lab",
        "clusters": [{"name": "c", "cluster": cluster or {"server": "https://lab.example"}}],
        "users": [{"name": "u", "user": user or {"token": "t"}}],
        "contexts": [
            {"name": "lab", "context": context},
            {"name": "moon", "context": {"cluster": "c", "user": "u"}},
        ],
        **more,
    }
    path = folder / "config"
    path.write_text(json.dumps(config))
    return Places(variables={"KUBECONFIG": str(path)}, home=folder)


def test_the_current_context_and_its_namespace_are_meant(tmp_path: Path) -> None:
    assert destination(None, None, places(tmp_path)) == Destination("lab", "research")


def test_another_context_and_namespace_can_be_meant(tmp_path: Path) -> None:
    assert destination("moon", None, places(tmp_path)) == Destination("moon", "default")
    assert destination("moon", "sea", places(tmp_path)) == Destination("moon", "sea")


def test_the_kubeconfig_in_the_home_counts_where_no_variable_names_one(tmp_path: Path) -> None:
    (tmp_path / ".kube").mkdir()
    places(tmp_path / ".kube")
    in_home = Places(variables={}, home=tmp_path)
    assert destination(None, None, in_home).context == "lab"


def test_a_context_that_there_is_not_is_told_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no context mon; did you mean moon\?") as refusal:
        destination("mon", None, places(tmp_path))
    assert refusal.value.hint == "it has lab, moon"


def test_no_kubeconfig_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no kubeconfig"):
        destination(None, None, Places(variables={}, home=tmp_path))


def test_in_a_pod_its_own_cluster_is_meant(tmp_path: Path) -> None:
    inside = Places(variables={"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, home=tmp_path)
    assert destination(None, "sea", inside) == Destination(None, "sea")


def test_a_kubeconfig_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a: [")
    broken = Places(variables={"KUBECONFIG": str(tmp_path / "config")}, home=tmp_path)
    with pytest.raises(UsageError, match="can't be read"):
        destination(None, None, broken)


def test_a_kubeconfig_without_a_current_context_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no current context"):
        destination(None, None, places(tmp_path, **{"current-context": ""}))


def test_tls_is_verified_whatever_the_kubeconfig_says(tmp_path: Path) -> None:
    careless = {"server": "https://lab.example", "insecure-skip-tls-verify": True}
    assert configuration("lab", places(tmp_path, cluster=careless)).verify_ssl is True


def test_a_plug_in_logs_in(tmp_path: Path) -> None:
    told = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": "from-a-plug-in"},
    }
    script = f"import json; print(json.dumps({told!r}))"
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": sys.executable,
            "args": ["-c", script],
            "interactiveMode": "Never",
        }
    }
    found = configuration("lab", places(tmp_path, user=user))
    assert found.api_key == {"BearerToken": "Bearer from-a-plug-in"}


def test_a_plug_in_that_fails_is_told_in_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "no-such-program",
            "interactiveMode": "Never",
        }
    }
    with pytest.raises(Shut, match="the command that logs in to context lab failed") as failure:
        configuration("lab", places(tmp_path, user=user))
    assert "\n" not in failure.value.message
    assert capfd.readouterr().err == ""


ACORN = "gke_forest-1_us-central1_acorn"


def google(token: Callable[[], str | None]) -> Callable[[ClusterId], Access]:
    def reach(cluster: ClusterId) -> Access:
        return Access(address=f"https://{cluster.name}.example", authority="PEM", token=token)

    return reach


@pytest.mark.parametrize("kept", [True, False])
def test_a_cluster_that_only_google_knows_is_reached_with_a_token_for_each_request(
    tmp_path: Path, *, kept: bool
) -> None:
    tokens = iter(["first", "second", "third"])
    known = places(tmp_path) if kept else Places(variables={}, home=tmp_path)
    there = replace(known, google=google(lambda: next(tokens)))
    assert destination(ACORN, None, there) == Destination(ACORN, "default")
    settings = configuration(ACORN, there)
    assert (settings.host, settings.ca_cert_data) == ("https://acorn.example", "PEM")
    assert settings.verify_ssl
    sent = [settings.get_api_key_with_prefix("BearerToken") for _ in range(2)]
    assert sent == ["Bearer second", "Bearer third"]


def test_a_context_of_the_kubeconfig_comes_before_google(tmp_path: Path) -> None:
    context = {"cluster": "c", "user": "u", "namespace": "mine"}
    known = places(tmp_path, contexts=[{"name": ACORN, "context": context}])
    there = replace(known, google=google(lambda: "t"))
    assert destination(ACORN, None, there).namespace == "mine"
    assert configuration(ACORN, there).host == "https://lab.example"


@pytest.mark.parametrize(
    ("refusal", "failure"),
    [(PlatformError("no login", hint="log in"), Shut), (PlatformUnavailable("later"), Unclear)],
)
def test_what_google_refuses_is_told(
    tmp_path: Path, refusal: PlatformError, failure: type[Failure]
) -> None:
    def reach(_: ClusterId) -> Access:
        raise refusal

    with pytest.raises(failure, match=refusal.message):
        configuration(ACORN, Places(variables={}, home=tmp_path, google=reach))

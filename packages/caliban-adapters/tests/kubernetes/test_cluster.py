import socket
import ssl
import threading

import pytest

from caliban_adapters.kubernetes.cluster import PAGE, Cluster, Request
from caliban_adapters.kubernetes.connecting import connect
from caliban_adapters.kubernetes.failures import NotThere, Shut, Unclear
from caliban_adapters.kubernetes.kubeconfig import Places
from kubernetes_jobs import HERE
from kubernetes_stub import Stub, kubeconfig

JOBS = "/apis/batch/v1/namespaces/research/jobs"


def cluster(places: Places, sleeps: list[float] | None = None) -> Cluster:
    return connect(places, HERE, sleep=(sleeps if sleeps is not None else []).append)


def test_a_list_is_read_page_by_page(places: Places, stub: Stub) -> None:
    for number in range(PAGE + 1):
        stub.objects["jobs", f"{number:04}"] = {"metadata": {"name": f"{number:04}"}}
    pages = list(cluster(places).pages(JOBS, "list Jobs", {}))
    assert [len(page) for page in pages] == [PAGE, 1]


def test_a_list_that_expires_is_begun_anew(places: Places, stub: Stub) -> None:
    for number in range(PAGE + 1):
        stub.objects["jobs", f"{number:04}"] = {"metadata": {"name": f"{number:04}"}}
    asked: list[str] = []

    def expire_once(call: str) -> tuple[int, dict[str, object]] | None:
        asked.append(call)
        return (410, {"message": "too old"}) if len(asked) == 2 else None

    stub.answers.append(expire_once)
    names = {
        thing["metadata"]["name"]
        for page in cluster(places).pages(JOBS, "list Jobs", {})
        for thing in page
    }
    assert len(names) == PAGE + 1


def test_what_is_unclear_is_asked_again_after_longer_and_longer_pauses(
    places: Places, stub: Stub
) -> None:
    stub.answers.append(lambda _: (500, {"message": "no leader"}))
    sleeps: list[float] = []
    with pytest.raises(Unclear, match="no leader"):
        cluster(places, sleeps).call(Request("GET", JOBS, "list Jobs"))
    assert sleeps == sorted(sleeps)
    assert len(sleeps) == 5


def test_what_is_refused_is_not_asked_again(places: Places) -> None:
    sleeps: list[float] = []
    with pytest.raises(NotThere):
        cluster(places, sleeps).call(Request("GET", f"{JOBS}/moon", "look at a Job"))
    assert sleeps == []


def test_google_runs_a_cluster_whose_version_says_so(places: Places, stub: Stub) -> None:
    assert not cluster(places).is_gke
    stub.version = "v1.35.2-gke.1001000"
    assert cluster(places).is_gke


def test_a_cluster_that_is_not_there_is_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("config")
    (folder / "config").write_text(kubeconfig("http://127.0.0.1:9"))
    nowhere = Places(variables={"KUBECONFIG": str(folder / "config")}, home=folder)
    with pytest.raises(Shut, match=r"doesn't answer at http://127\.0\.0\.1:9"):
        cluster(nowhere).call(Request("GET", JOBS, "list Jobs"))


def test_a_certificate_that_nobody_vouches_for_is_told(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("config")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (folder / "config").write_text(kubeconfig(f"https://127.0.0.1:{port}"))
        stranger = Places(variables={"KUBECONFIG": str(folder / "config")}, home=folder)
        answering = threading.Thread(target=_answer_without_tls, args=(server,))
        answering.start()
        with pytest.raises(Shut, match="can't be trusted"):
            cluster(stranger).call(Request("GET", JOBS, "list Jobs"))
        answering.join()


def _answer_without_tls(server: socket.socket) -> None:
    assert ssl.HAS_TLSv1_3
    connection, _ = server.accept()
    with connection:
        connection.recv(1024)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

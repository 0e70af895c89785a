import json
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from caliban_adapters.kubernetes.cluster import PAGE, Cluster, Request
from caliban_adapters.kubernetes.connecting import connect
from caliban_adapters.kubernetes.failures import NotThere, Shut, Unclear
from caliban_adapters.kubernetes.kubeconfig import Places
from caliban_adapters.kubernetes.manifest import Destination
from caliban_domain.clusters import Access
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
    names = [
        thing["metadata"]["name"]
        for page in cluster(places).pages(JOBS, "list Jobs", {})
        for thing in page
    ]
    assert len(names) == len(set(names)) == PAGE + 1


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


def test_a_connection_that_breaks_off_before_it_is_secure_is_tried_again(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("config")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (folder / "config").write_text(kubeconfig(f"https://127.0.0.1:{port}"))
        stranger = Places(variables={"KUBECONFIG": str(folder / "config")}, home=folder)
        threading.Thread(target=_hang_up, args=(server,), daemon=True).start()
        sleeps: list[float] = []
        with pytest.raises(Unclear, match="broke off"):
            cluster(stranger, sleeps).call(Request("GET", JOBS, "list Jobs"))
    assert len(sleeps) == 5


def _hang_up(server: socket.socket) -> None:
    for _ in range(6):
        connection, _ = server.accept()
        with connection:
            connection.recv(1024)


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


@pytest.mark.parametrize("vouched", [True, False])
def test_a_cluster_of_google_cloud_is_trusted_by_its_own_authority_alone(
    tmp_path: Path, *, vouched: bool
) -> None:
    certificate = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = HTTPServer(("127.0.0.1", 0), _Version)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    address = f"https://127.0.0.1:{server.server_port}"
    authority = certificate.read_text().partition("-----BEGIN RSA")[0] if vouched else None
    access = Access(address=address, authority=authority, token=lambda: "resin")
    places = Places(variables={}, home=tmp_path, google=lambda _: access)
    there = connect(places, Destination("gke_p_l_n", "default"), sleep=lambda _: None)
    asking = Request("GET", "/version", "tell its version")
    with server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        if vouched:
            assert there.call(asking) == {"said": "Bearer resin"}
        else:
            with pytest.raises(Shut, match="can't be trusted"):
                there.call(asking)
        there.close()
        server.shutdown()


class _Version(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"said": self.headers["Authorization"]}).encode())

    def log_message(self, *_: object) -> None:
        pass


def _certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "acorn")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    path = folder / "cluster.pem"
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + pem)
    return path

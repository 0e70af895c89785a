"""What the engine says about images, read."""

import pytest

from caliban_adapters.docker.inspected import Inspected, read_inspected
from caliban_adapters.docker.process import Finished
from caliban_domain.errors import PlatformUnavailable

BASE = '["sha256:1",["base:1"],["base@sha256:9"],null]\n'
OURS = '["sha256:2",["caliban:abc"],[],{"a":"b"}]\n'


def test_images_are_read_in_order() -> None:
    assert read_inspected(Finished(0, BASE + OURS, "")) == [
        Inspected(id="sha256:1", tags=("base:1",), digests=("base@sha256:9",)),
        Inspected(id="sha256:2", tags=("caliban:abc",), labels={"a": "b"}),
    ]


@pytest.mark.parametrize(
    "complaint",
    [
        "Error: No such image: caliban:abc\n",
        "Error response from daemon: No such image: caliban:abc\nError: No such image: b\n",
        "Error response from daemon: invalid reference format\n",
        "Error response from daemon: failed to find image x: x: image not known\n",
    ],
)
def test_images_that_are_not_there_are_left_out(complaint: str) -> None:
    assert [image.id for image in read_inspected(Finished(1, BASE, complaint))] == ["sha256:1"]


def test_an_engine_that_does_not_answer_is_told() -> None:
    complaint = "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?\n"
    with pytest.raises(
        PlatformUnavailable, match="no Docker engine answers: Cannot connect"
    ) as told:
        read_inspected(Finished(1, "[]\n", complaint))
    assert "DOCKER_HOST" in str(told.value.hint)


def test_a_warning_of_the_client_is_no_complaint() -> None:
    assert read_inspected(Finished(0, BASE, "WARNING: something is odd\n"))


def test_the_digest_is_the_registry_s_if_it_has_one() -> None:
    assert Inspected(id="sha256:1", digests=("a:5000/b@sha256:9",)).digest == "sha256:9"
    assert Inspected(id="sha256:1").digest == "sha256:1"


def test_some_engines_add_a_host_to_tags() -> None:
    assert Inspected(id="1", tags=("localhost/caliban:abc",)).has_tag("caliban:abc")
    assert Inspected(id="1", tags=("caliban:abc",)).has_tag("caliban:abc")
    assert not Inspected(id="1", tags=("caliban:abcd", "my-caliban:abc")).has_tag("caliban:abc")

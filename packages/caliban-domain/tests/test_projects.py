"""A project's settings, as people write them and as they get them wrong."""

import json

import pytest

from caliban_domain.errors import BadDocument, BadProjectConfig, UsageError
from caliban_domain.images import JobMode
from caliban_domain.mlflow import MlflowConfig
from caliban_domain.projects import (
    NO_CONFIG,
    ProjectConfig,
    image_name,
    parse,
    parse_shared,
    project_id,
)

CPU, GPU = JobMode.CPU, JobMode.GPU
ALL = "apt_packages, base_image, build_time_credentials, default_mode, gcloud, mlflow_config"


def refusals(text: str) -> list[str]:
    with pytest.raises(BadProjectConfig) as refused:
        parse(text)
    return refused.value.message.splitlines()


def setting(key: str, value: object) -> str:
    return json.dumps({key: value})


@pytest.mark.parametrize("text", ["{}", "# nothing yet\n{}", "{ // later\n}"])
def test_every_setting_is_optional(text: str) -> None:
    assert parse(text) == NO_CONFIG
    assert ProjectConfig(base_image={}, apt_packages={}, default_mode=GPU) == NO_CONFIG


def test_the_documented_package_list_serves_both_modes() -> None:
    config = parse(
        """# This is a list by itself. Comments are fine, by the way.
   {
        "apt_packages": ["libsm6", "libxext6", "libxrender-dev"]
   }"""
    )
    packages = ("libsm6", "libxext6", "libxrender-dev")
    assert config.apt_packages == {CPU: packages, GPU: packages}


def test_the_documented_package_lists_by_mode_are_kept_apart() -> None:
    config = parse(
        """# You can also include a dictionary with different deps
   # for gpu and cpu modes. It's fine to leave either of these blank,
   # or not include it.
   {
       "apt_packages": {
           "gpu": ["libsm6", "libxext6", "libxrender-dev"],
           "cpu": ["some-other-package"]
       }
   }"""
    )
    assert config.apt_packages == {
        GPU: ("libsm6", "libxext6", "libxrender-dev"),
        CPU: ("some-other-package",),
    }


REGISTRY = "registry.example/team/images"


@pytest.mark.parametrize(
    ("value", "images"),
    [
        (
            f"{REGISTRY}:gpu-cuda101",
            {CPU: f"{REGISTRY}:gpu-cuda101", GPU: f"{REGISTRY}:gpu-cuda101"},
        ),
        (f"{REGISTRY}:{{}}-py38", {CPU: f"{REGISTRY}:cpu-py38", GPU: f"{REGISTRY}:gpu-py38"}),
        ({"cpu": f"{REGISTRY}:cpu", "gpu": "x"}, {CPU: f"{REGISTRY}:cpu", GPU: "x"}),
        ({"gpu": "x"}, {GPU: "x"}),
        ({}, {}),
        ("host:5000/a/b_c@sha256:0123", dict.fromkeys(JobMode, "host:5000/a/b_c@sha256:0123")),
    ],
)
def test_a_base_image_is_given_for_all_or_each_mode(
    value: object, images: dict[JobMode, str]
) -> None:
    assert parse(setting("base_image", value)).base_image == images


@pytest.mark.parametrize(
    ("names", "installed"),
    [
        ([], ()),
        (["git", "curl", "git"], ("curl", "git")),
        (["libstdc++6", "g++"], ("g++", "libstdc++6")),
        (["libc6:arm64", "git=1:2.39.2-1.1"], ("git=1:2.39.2-1.1", "libc6:arm64")),
    ],
)
def test_packages_are_sorted_and_each_named_once(
    names: list[str], installed: tuple[str, ...]
) -> None:
    assert parse(setting("apt_packages", names)).apt_packages == {CPU: installed, GPU: installed}


@pytest.mark.parametrize(("word", "mode"), [("cpu", CPU), ("gpu", GPU), ("CPU", CPU), ("Gpu", GPU)])
def test_the_default_mode_is_read_in_any_case(word: str, mode: JobMode) -> None:
    assert parse(setting("default_mode", word)).default_mode is mode


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("default_mode", "tpu", 'must be "cpu" or "gpu"'),
        ("default_mode", None, 'must be "cpu" or "gpu"'),
        ("default_mode", ["cpu"], 'must be "cpu" or "gpu"'),
        ("default_mode", True, 'must be "cpu" or "gpu"'),
        ("base_image", 3, "must be an image's name, or an object"),
        ("base_image", ["x"], "must be an image's name, or an object"),
        ("base_image", None, "must be an image's name, or an object"),
        ("base_image", "", "'' is not an image's name"),
        ("base_image", "two words", "'two words' is not an image's name"),
        ("base_image", "x\nRUN rm -rf /", "is not an image's name"),
        ("base_image", "--platform=x", "'--platform=x' is not an image's name"),
        ("base_image", "$IMAGE", "'$IMAGE' is not an image's name"),
        ("base_image", "dlvm:pytorch-{}-1.4", "there is no Deep Learning image"),
        ("gcloud", "team-1", "must be an object"),
        ("build_time_credentials", "yes", "must be true or false"),
        ("apt_packages", "git", "must be a list of package names, or an object"),
        ("apt_packages", None, "must be a list of package names, or an object"),
        ("apt_packages", [3], "3 is not the name of a Debian package"),
        ("apt_packages", [["git"]], '["git"] is not the name of a Debian package'),
        ("apt_packages", ["Git"], "'Git' is not the name of a Debian package"),
        ("apt_packages", ["x"], "'x' is not the name of a Debian package"),
        ("apt_packages", [""], "'' is not the name of a Debian package"),
        ("apt_packages", ["git curl"], "'git curl' is not the name of a Debian package"),
        ("apt_packages", ["git; rm -rf /"], "is not the name of a Debian package"),
        ("apt_packages", ["libc6-"], "'libc6-' is not the name of a Debian package"),
        ("apt_packages", ["-y"], "'-y' is not the name of a Debian package"),
        ("apt_packages", ["git\n"], r"'git\n' is not the name of a Debian package"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(key: str, value: object, problem: str) -> None:
    (line,) = refusals(setting(key, value))
    assert line.startswith(f".calibanconfig.json:1: key {key!r}: ")
    assert problem in line


@pytest.mark.parametrize(
    ("key", "advice"),
    [
        ("base_img", "did you mean 'base_image'?"),
        ("apt_package", "did you mean 'apt_packages'?"),
        ("default-mode", "did you mean 'default_mode'?"),
        ("BASE_IMAGE", f"there are {ALL}"),
        ("zzz", f"there are {ALL}"),
        ("", f"there are {ALL}"),
    ],
)
def test_an_unknown_setting_is_refused_with_what_is_near(key: str, advice: str) -> None:
    assert refusals(setting(key, 1)) == [
        f".calibanconfig.json:1: key {key!r}: is not a setting; {advice}"
    ]


@pytest.mark.parametrize("text", ["[]", "3", "null", '"cpu"', '[{"default_mode": "cpu"}]'])
def test_settings_are_one_object(text: str) -> None:
    assert refusals(text) == [".calibanconfig.json: expected one object of settings"]


def test_every_mistake_is_reported_in_its_line() -> None:
    text = '{"base_image": 1,\n"apt_packages": ["git"],\n\n"default_mode": "x", # no\n"moed": 1}'
    assert [line[: line.index(": ", 30)] for line in refusals(text)] == [
        ".calibanconfig.json:1: key 'base_image'",
        ".calibanconfig.json:4: key 'default_mode'",
        ".calibanconfig.json:5: key 'moed'",
    ]


def test_a_key_given_twice_hides_no_other_mistake() -> None:
    text = '{"default_mode": "cpu",\n"moed": 1,\n"gcloud": {"cloud_key": "k",\n"cloud_key": 2},\n'
    assert refusals(text + '"default_mode": "tpu"}') == [
        ".calibanconfig.json:4: the key 'cloud_key' stands here again, first in line 3",
        ".calibanconfig.json:5: the key 'default_mode' stands here again, first in line 1",
        f".calibanconfig.json:2: key 'moed': is not a setting; there are {ALL}",
        (
            ".calibanconfig.json:4: key 'gcloud.cloud_key': must be the path of a service "
            "account's key file"
        ),
        '.calibanconfig.json:5: key \'default_mode\': must be "cpu" or "gpu"',
    ]


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("base_image", {"tpu": "x"}, "base_image.tpu': is not a setting; did you mean 'gpu'?"),
        ("base_image", {"cpu": None}, "base_image.cpu': null is not an image's name"),
        ("base_image", {"cpu": [True]}, "base_image.cpu': [true] is not an image's name"),
        ("base_image", {"gpu": "dlvm:tf-gpu-1.15"}, "base_image.gpu': there is no Deep Learning"),
        ("apt_packages", {"cpu": "git"}, "apt_packages.cpu': must be a list of package names"),
        ("apt_packages", {"x": []}, "apt_packages.x': is not a setting; there are cpu, gpu"),
        ("apt_packages", {"cpu": ["git", "$x"]}, "apt_packages.cpu': '$x' is not the name of a"),
        ("gcloud", {"project": "a"}, "gcloud.project': is not a setting; did you mean 'project_id"),
        ("gcloud", {"project_id": "A b"}, "gcloud.project_id': 'A b' is not a project's id"),
        ("gcloud", {"cloud_key": ""}, "gcloud.cloud_key': must be the path of a service"),
        ("mlflow_config", "http://a", "mlflow_config': must be an object with"),
        ("mlflow_config", {}, 'mlflow_config\': must hold "tracking_uri"'),
        ("mlflow_config", {"tracking_uri": "a"}, "mlflow_config.tracking_uri': 'a' is not a track"),
        (
            "mlflow_config",
            {"tracking_uri": "http://u:secret@a"},
            "mlflow_config.tracking_uri': holds a user or a password; set $MLFLOW_TRACKING_USER",
        ),
        (
            "mlflow_config",
            {"tracking_uri": "http://a", "password": "secret"},
            "mlflow_config.password': doesn't belong into a file; set $MLFLOW_TRACKING_USERNAME",
        ),
        (
            "mlflow_config",
            {"tracking_uri": "http://a", "region": "x"},
            'mlflow_config.region\': is no longer a setting; "tracking_uri" names a server',
        ),
        (
            "mlflow_config",
            {"tracking_uri": "http://a", "tags": {"a/b": "x"}},
            "mlflow_config.tags.a/b': a tag's name is made of letters",
        ),
        (
            "mlflow_config",
            {"tracking_uri": "http://a", "tags": {"a": 1}},
            "mlflow_config.tags.a': must be a string of at most 1000 characters",
        ),
        (
            "mlflow_config",
            {"tracking_uri": "http://a", "tags": []},
            "mlflow_config.tags': must be an object of names and strings",
        ),
    ],
)
def test_a_mistake_inside_of_a_setting_is_told_with_its_whole_key(
    key: str, value: object, problem: str
) -> None:
    (line,) = refusals(setting(key, value))
    assert line.startswith(f".calibanconfig.json:1: key '{problem}")


def test_every_mistake_of_one_setting_is_reported_in_its_line() -> None:
    text = """{"apt_packages": ["git",
    "-y",
    "a b"],
    "gcloud": {"project": 1,
        "cloud_key": 2},
    "base_image": {"cpu": "a b",
        "gpu": "dlvm:tf2-gpu-2.1"}}"""
    assert [line.split(": ")[0] for line in refusals(text)] == [
        f".calibanconfig.json:{number}" for number in range(2, 8)
    ]


def test_a_deep_learning_image_that_is_gone_is_refused_with_those_that_are_not() -> None:
    (line,) = refusals(setting("base_image", {"gpu": "dlvm:pytorch-gpu-1.4"}))
    assert "dlvm:pytorch-gpu-2.4" in line


def test_a_short_name_of_a_deep_learning_image_is_written_out() -> None:
    registry = "us-docker.pkg.dev/deeplearning-platform-release/gcr.io"
    assert parse(setting("base_image", "dlvm:base-{}")).base_image == {
        CPU: f"{registry}/base-cpu.py310",
        GPU: f"{registry}/base-cu124.py310",
    }
    assert image_name("dlvm:base-cpu", "x") == f"{registry}/base-cpu.py310"


def test_a_name_for_both_modes_that_one_of_them_lacks_serves_the_other() -> None:
    images = parse('{"base_image": "dlvm:pytorch-{}-2.4"}').base_image
    assert [mode for mode in images if images[mode].endswith("pytorch-cu124.2-4.py310")] == [GPU]
    assert CPU not in images


def test_the_cloud_and_the_builds_credentials_are_read() -> None:
    config = parse(
        '{"gcloud": {"project_id": "example.com:team-1", "cloud_key": "~/key.json"},'
        '"build_time_credentials": true}'
    )
    assert config.project_id == "example.com:team-1"
    assert config.cloud_key == "~/key.json"
    assert config.build_time_credentials


def test_a_tracking_server_is_read_and_may_be_that_of_all_projects() -> None:
    text = '{"mlflow_config": {"tracking_uri": "https://mlflow.example", "tags": {"a b": "c"}}}'
    config = MlflowConfig(tracking_uri="https://mlflow.example", tags={"a b": "c"})
    assert parse(text).mlflow == parse_shared(text, "own.json").mlflow == config


def test_what_is_given_wins_over_defaults_key_by_key() -> None:
    shared = parse_shared('{"gcloud": {"cloud_key": "k"}, "default_mode": "cpu"}', "own.json")
    config = parse('{"gcloud": {"project_id": "team-1"}}', defaults=shared)
    assert (config.cloud_key, config.project_id, config.default_mode) == ("k", "team-1", CPU)


def test_each_setting_knows_where_it_was_given() -> None:
    shared = parse_shared('{"base_image": "x",\n"gcloud": {"cloud_key": "k"}}', "own.json")
    config = parse('{"base_image": {\n"cpu": "y"}}', defaults=shared)
    assert config.places == {"base_image": ".calibanconfig.json:1", "cloud_key": "own.json:2"}


@pytest.mark.parametrize("key", ["apt_packages", "build_time_credentials"])
def test_what_belongs_to_one_project_is_not_shared(key: str) -> None:
    with pytest.raises(BadProjectConfig, match=f"^own.json:1: key '{key}': is for one project's"):
        parse_shared(setting(key, []), "own.json")


def test_the_file_is_named_as_the_person_knows_it() -> None:
    with pytest.raises(BadProjectConfig, match=r"^sub/\.calibanconfig\.json:1: key 'x': "):
        parse('{"x": 1}', "sub/.calibanconfig.json")


def test_broken_json_is_reported_with_line_and_column() -> None:
    with pytest.raises(BadDocument, match=r"^\.calibanconfig\.json:2:1: expecting ',' delimiter$"):
        parse('{"default_mode": "cpu"\n"base_image": "x"}')


@pytest.mark.parametrize("text", ["my-project-1", "example.com:my-project"])
def test_a_project_of_google_cloud_is_named_by_its_id(text: str) -> None:
    assert project_id(text, "--project_id") == text


@pytest.mark.parametrize("text", ["My Project", "p", "123456", ""])
def test_what_is_no_id_of_a_project_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--project_id"):
        project_id(text, "--project_id")


def test_a_flag_that_names_an_image_that_is_gone_is_named_itself() -> None:
    with pytest.raises(UsageError, match=r"^--base_image: .*pytorch-gpu-1\.4"):
        image_name("dlvm:pytorch-gpu-1.4", "--base_image")

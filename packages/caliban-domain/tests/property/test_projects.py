"""Laws of a project's settings.

- What is written is read back.
- Packages are sorted, each named once, whatever order they are written in.
- Every mistake is reported, in its line; a setting misspelled gets the one that is near.
"""

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from caliban_domain.errors import BadProjectConfig
from caliban_domain.images import JobMode
from caliban_domain.mlflow import MlflowConfig
from caliban_domain.projects import FILE_NAME, ProjectConfig, parse
from caliban_domain.testing.sweeps import strings, words
from property.strategies import Noisy, documents, noisy

pytestmark = pytest.mark.property

KEYS = [
    "apt_packages",
    "base_image",
    "build_time_credentials",
    "default_mode",
    "gcloud",
    "mlflow_config",
]

modes = st.sampled_from(JobMode)
packages = st.from_regex(r"[a-z0-9][a-z0-9+.-]{0,8}[a-z0-9+]", fullmatch=True)
images = st.from_regex(r"[a-z0-9][a-z0-9._/-]{0,8}(:[A-Za-z0-9._-]{1,5})?", fullmatch=True)
configs = st.builds(
    ProjectConfig,
    base_image=st.dictionaries(modes, images.filter(lambda image: image[:5] != "dlvm:")),
    apt_packages=st.dictionaries(
        modes, st.lists(packages, unique=True).map(lambda names: tuple(sorted(names)))
    ),
    default_mode=modes,
    project_id=st.none() | st.just("team-1"),
    cloud_key=st.none() | st.just("~/key.json"),
    build_time_credentials=st.booleans(),
    mlflow=st.builds(
        MlflowConfig,
        tracking_uri=st.from_regex(r"https?://[a-z0-9.]{1,9}(:[0-9]{1,5})?/?", fullmatch=True),
        tags=st.dictionaries(
            st.from_regex(r"[\w. :-]{3}", fullmatch=True, alphabet="ab_. :-"), words
        ),
    ),
)


def spelled(config: ProjectConfig) -> dict[str, Any]:
    return {
        "base_image": config.base_image,
        "apt_packages": config.apt_packages,
        "default_mode": config.default_mode,
        "build_time_credentials": config.build_time_credentials,
        "gcloud": {
            key: value
            for key in ("project_id", "cloud_key")
            if (value := getattr(config, key)) is not None
        },
        **({"mlflow_config": asdict(config.mlflow)} if config.mlflow else {}),
    }


@given(configs)
def test_settings_are_read_as_they_are_written(config: ProjectConfig) -> None:
    assert parse(json.dumps(spelled(config))) == config


@given(noisy(configs.map(spelled).map(json.dumps).map(json.loads)))
def test_settings_may_be_written_carelessly(careless: Noisy) -> None:
    assert parse(careless.text) == parse(json.dumps(careless.document))


@given(configs, st.sets(st.sampled_from(KEYS)))
def test_what_is_left_out_keeps_its_default(config: ProjectConfig, left_out: set[str]) -> None:
    kept = {key: value for key, value in spelled(config).items() if key not in left_out}
    read, default = spelled(parse(json.dumps(kept))), spelled(parse("{}"))
    assert read == default | kept


@given(st.lists(packages), st.data())
def test_packages_are_sorted_and_each_named_once(names: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(names + names[:2]))
    config = parse(json.dumps({"apt_packages": shuffled}))
    assert set(config.apt_packages) == set(JobMode)
    for installed in config.apt_packages.values():
        assert list(installed) == sorted(set(names))


@given(images.filter(lambda image: image[:5] != "dlvm:"))
def test_one_image_serves_both_modes(image: str) -> None:
    assert parse(json.dumps({"base_image": image})).base_image == dict.fromkeys(JobMode, image)


bad_values: dict[str, st.SearchStrategy[Any]] = {
    "base_image": st.sampled_from([None, 1, "", "a b", {"tpu": "a"}, {"cpu": None}, "dlvm:x"]),
    "apt_packages": st.sampled_from([None, "git", [1], ["-y"], {"cpu": "git"}, {"x": []}, ["a b"]]),
    "build_time_credentials": st.sampled_from([None, 1, "true", {}]),
    "gcloud": st.sampled_from([None, "x", {"project": 1}, {"cloud_key": 2}, {"project_id": "A"}]),
    "mlflow_config": st.sampled_from(
        [None, "http://a", {"tracking_uri": "a"}, {"tracking_uri": "http://a", "db": "a"}, {}]
    ),
    "default_mode": st.sampled_from([None, True, "", "tpu", ["cpu"], {"cpu": "cpu"}]),
}
unknown_keys = strings.filter(lambda key: key not in KEYS)


@given(
    configs.map(spelled),
    st.fixed_dictionaries({}, optional=bad_values),
    st.dictionaries(unknown_keys, documents, max_size=3),
    st.data(),
)
def test_every_mistake_is_reported_in_its_line(
    good: dict[str, Any], bad: dict[str, Any], unknown: dict[str, Any], data: st.DataObject
) -> None:
    settings = good | bad | unknown
    order = data.draw(st.permutations(list(settings)))
    members = ",\n".join(f"{json.dumps(key)}: {json.dumps(settings[key])}" for key in order)
    wrong = [(line, key) for line, key in enumerate(order, 1) if key in bad | unknown]
    assume(wrong)
    with pytest.raises(BadProjectConfig) as refused:
        parse(f"{{{members}}}")
    places = [line.partition(": key ") for line in refused.value.message.splitlines()]
    assert [place for place, _, _ in places] == [f"{FILE_NAME}:{line}" for line, _ in wrong]
    for (_, _, problem), (_, key) in zip(places, wrong, strict=True):
        assert problem.startswith((f"{key!r}: ", f"'{key}."))


@given(st.sampled_from(KEYS), st.data())
def test_a_misspelled_setting_gets_the_one_that_is_near(key: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(key) - 1))
    letter = data.draw(st.sampled_from("abcxyz_-"))
    cut = data.draw(st.booleans())
    misspelled = key[:place] + ("" if cut else letter) + key[place + 1 :]
    if misspelled != key:
        with pytest.raises(BadProjectConfig, match=f"did you mean '{key}'"):
            parse(json.dumps({misspelled: 1}))

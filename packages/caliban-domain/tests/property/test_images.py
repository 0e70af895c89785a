"""Laws of an image's identity.

- Equal specs have one key, in whatever order their fields are written; different ones have two.
- An image's hash tells every part of it apart.
"""

import re
from dataclasses import asdict, fields, replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from caliban_domain.images import ImageSpec, JobMode, image_hash
from caliban_domain.testing.sweeps import words
from property.strategies import image_specs

pytestmark = pytest.mark.property

HEX = re.compile("[0-9a-f]{64}")


@given(image_specs, st.data())
def test_the_order_of_fields_doesnt_matter(spec: ImageSpec, data: st.DataObject) -> None:
    names = data.draw(st.permutations([field.name for field in fields(spec)]))
    values = asdict(spec)
    again = ImageSpec(**{name: values[name] for name in names})
    assert again.key == spec.key
    assert HEX.fullmatch(spec.key)


@given(image_specs, image_specs)
def test_keys_tell_specs_apart(spec: ImageSpec, other: ImageSpec) -> None:
    assert (spec.key == other.key) == (spec == other)


@given(image_specs, image_specs, st.sampled_from([field.name for field in fields(ImageSpec)]))
def test_every_field_counts(spec: ImageSpec, other: ImageSpec, field: str) -> None:
    value: Any = getattr(other, field)
    assume(value != getattr(spec, field))
    assert replace(spec, **{field: value}).key != spec.key


@given(image_specs, st.data())
def test_the_order_of_a_list_counts(spec: ImageSpec, data: st.DataObject) -> None:
    directories = tuple(data.draw(st.permutations(spec.extra_dirs)))
    again = replace(spec, extra_dirs=directories)
    assert (again.key == spec.key) == (directories == spec.extra_dirs)


parts = st.fixed_dictionaries(
    {
        "dockerfile": words,
        "base_digest": words,
        "context_digest": words,
        "mode": st.sampled_from(JobMode),
    }
)


@given(parts, parts, st.data())
def test_an_images_hash_tells_its_parts_apart(
    one: dict[str, Any], other: dict[str, Any], data: st.DataObject
) -> None:
    shuffled = {name: one[name] for name in data.draw(st.permutations(list(one)))}
    assert image_hash(**shuffled) == image_hash(**one)
    assert (image_hash(**one) == image_hash(**other)) == (one == other)
    assert HEX.fullmatch(image_hash(**one))


@given(parts, parts, st.sampled_from(["dockerfile", "base_digest", "context_digest", "mode"]))
def test_every_part_of_an_image_counts(
    one: dict[str, Any], other: dict[str, Any], part: str
) -> None:
    assume(one[part] != other[part])
    assert image_hash(**(one | {part: other[part]})) != image_hash(**one)

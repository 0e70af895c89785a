"""What everything that makes images promises."""

from caliban_domain.images import ImageSpec
from caliban_domain.ports import Images


class ImagesContract:
    """Subclasses have the fixtures ``images``, and ``spec`` for a project that can be built."""

    def test_a_spec_gives_an_image(self, images: Images, spec: ImageSpec) -> None:
        assert images.build(spec).reference

    def test_the_same_spec_and_content_give_the_same_image(
        self, images: Images, spec: ImageSpec
    ) -> None:
        assert images.build(spec) == images.build(spec)

    def test_an_image_that_was_built_can_be_found(self, images: Images, spec: ImageSpec) -> None:
        built = images.build(spec)
        assert images.find(built.reference) == built

"""Write cloudbuild.json, with which Google's Cloud Build makes all base images of the matrix.

With ``--print`` the file goes to standard output; a test compares it with the committed one.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from caliban_domain.base_images import BaseImage, read_matrix

FOLDER: Final = Path(__file__).parent

_SECONDS: Final = 7200
_CONTEXT: Final = "dockerfiles/base"  # as the root of the repository sees it, where builds start
_REPOSITORY: Final = "us-docker.pkg.dev/$PROJECT_ID/caliban"


def configuration() -> dict[str, Any]:
    """A build with a step for each image, all at once."""
    images = read_matrix((FOLDER / "base/matrix.toml").read_text())
    return {
        "steps": [_step(image) for image in images],
        "images": [_target(image) for image in images],
        "substitutions": {"_REPOSITORY": _REPOSITORY},
        # What stands for $_REPOSITORY holds a variable itself.
        "options": {"dynamicSubstitutions": True},
        "timeout": f"{_SECONDS}s",
    }


def _step(image: BaseImage) -> dict[str, Any]:
    arguments = [f"--build-arg={name}={text}" for name, text in image.build_args.items()]
    return {
        "id": image.name,
        "name": "gcr.io/cloud-builders/docker",
        "args": ["build", *arguments, f"--tag={_target(image)}", _CONTEXT],
        "waitFor": ["-"],
    }


def _target(image: BaseImage) -> str:
    return f"${{_REPOSITORY}}/{image.tag}"


if __name__ == "__main__":
    text = json.dumps(configuration(), indent=2) + "\n"
    if sys.argv[1:] == ["--print"]:
        sys.stdout.write(text)
    else:
        (FOLDER / "cloudbuild.json").write_text(text)

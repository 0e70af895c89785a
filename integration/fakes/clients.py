"""Google's own client library, led to the fake; and jobs to ask it for."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Self

from google.auth import credentials as google_credentials
from google.oauth2 import service_account
from googleapiclient import discovery

from fakes.server import Google

PARENT = "projects/p/locations/us-central1"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"

JOB = {
    "displayName": "sweep-1",
    "labels": {"job_name": "sweep-1", "gpu_type": "l4"},
    "jobSpec": {
        "workerPoolSpecs": [
            {
                "replicaCount": "1",
                "machineSpec": {
                    "machineType": "g2-standard-8",
                    "acceleratorType": "NVIDIA_L4",
                    "acceleratorCount": 1,
                },
                "diskSpec": {"bootDiskType": "pd-ssd", "bootDiskSizeGb": 100},
                "containerSpec": {
                    "imageUri": "us-central1-docker.pkg.dev/p/caliban/app@sha256:0",
                    "args": ["--rate", "0.1"],
                    "env": [{"name": "MLFLOW_TRACKING_URI", "value": "https://mlflow.example"}],
                },
            }
        ],
        "scheduling": {
            "timeout": "604800s",
            "strategy": "SPOT",
            "restartJobOnWorkerRestart": False,
        },
        "serviceAccount": "trainer@p.iam.gserviceaccount.com",
        "baseOutputDirectory": {"outputUriPrefix": "gs://b/caliban/job1/"},
    },
}
TPU_JOB = {
    "displayName": "sweep-2",
    "jobSpec": {
        "workerPoolSpecs": [
            {
                "replicaCount": "1",
                "machineSpec": {"machineType": "ct6e-standard-4t", "tpuTopology": "2x2"},
                "containerSpec": {"imageUri": "us-docker.pkg.dev/p/caliban/app"},
            }
        ]
    },
}


def job(**changes: Any) -> dict[str, Any]:
    """A job that is accepted, but for what is changed."""
    return {**JOB, **changes}


class Library:
    """Google's own library, until the block ends."""

    def __init__(self, google: Google) -> None:
        self._url = google.url
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def custom_jobs(self, credentials: google_credentials.Credentials | None = None) -> Any:
        """Its ``projects.locations.customJobs``."""
        return self._build("aiplatform", "v1", credentials).projects().locations().customJobs()

    def log_entries(self) -> Any:
        """Its ``entries`` of Cloud Logging."""
        return self._build("logging", "v2").entries()

    def gke(self) -> Any:
        """Its ``projects.locations`` of Kubernetes Engine."""
        return self._build("container", "v1").projects().locations()

    def regions(self) -> Any:
        """Its ``regions`` of Compute Engine."""
        return self._build("compute", "v1", path="compute/v1/").regions()

    def _build(
        self,
        api: str,
        version: str,
        credentials: google_credentials.Credentials | None = None,
        path: str = "",
    ) -> Any:
        return self._open.enter_context(
            discovery.build(
                api,
                version,
                static_discovery=True,
                credentials=credentials or google_credentials.AnonymousCredentials(),
                client_options={"api_endpoint": f"{self._url}/{path}"},
            )
        )


def key_credentials(google: Google) -> service_account.Credentials:
    """Credentials that get their tokens from the fake."""
    credentials: service_account.Credentials = (
        service_account.Credentials.from_service_account_info(
            json.loads(google.service_account_key()), scopes=[_SCOPE]
        )
    )
    return credentials


def pages(methods: Any, request: Any) -> Iterator[dict[str, Any]]:
    """The answers to a list request, page after page."""
    while request is not None:
        answer = request.execute()
        yield answer
        request = methods.list_next(request, answer)


def names(methods: Any, **question: Any) -> list[str]:
    """The display names of all jobs that a list shows."""
    request = methods.list(parent=PARENT, **question)
    return [
        found["displayName"]
        for page in pages(methods, request)
        for found in page.get("customJobs", [])
    ]

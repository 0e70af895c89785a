"""The cluster as tests hold it: its API, its clock, its faults, and the lives of its objects."""

from collections.abc import Callable, Iterable

from fakes.kubernetes.access import Rule
from fakes.kubernetes.api import Api
from fakes.kubernetes.deletion import collect_garbage, delete
from fakes.kubernetes.events import Remarks
from fakes.kubernetes.jobs import Jobs
from fakes.kubernetes.objects import Wish
from fakes.kubernetes.pods import NODE, Pods
from fakes.kubernetes.resources import (
    JOBS,
    LOCAL_QUEUES,
    NAMESPACES,
    NODES,
    PODS,
    SERVICE_ACCOUNTS,
    Address,
    Resource,
    Thing,
)
from fakes.kubernetes.store import edit


class FakeCluster(Api):
    """A cluster in which nothing happens but what tests let happen."""

    def __init__(self) -> None:
        super().__init__()
        self._remarks = Remarks(self.store)
        self._jobs = Jobs(self, self._remarks)
        self.pods = Pods(self, self._remarks)
        self.add(NODES, {"metadata": {"name": NODE}})

    def step(self, times: int = 1) -> None:
        """The controllers look once at everything: pods appear, Jobs end, garbage goes."""
        for _ in range(times):
            self._jobs.step()
            self._remarks.forget(self.clock.now())
            collect_garbage(self.store, self.now)

    def advance(self, code: Callable[[Thing], int] | None = None) -> None:
        """One step in the life of every pod: those that wait run, those that ran end with a code.

        As ``meanwhile`` it makes the cluster live, a step for each request.
        """
        with self.store.lock:
            self.step()
            for pod in self.store.all(PODS):
                if pod["status"]["phase"] == "Pending":
                    self.pods.start(pod)
                elif pod["status"]["phase"] == "Running":
                    self.pods.end(pod, code(pod) if code else 0)
            self.step()

    def settle(self) -> None:
        """The controllers look until they have nothing more to do."""
        version = 0
        while version != self.store.version:
            version = self.store.version
            self.step()

    def add(self, resource: Resource, thing: Thing, namespace: str = "") -> Thing:
        """An object that was there before anybody asked for it. Refused as of a client."""
        address = Address(resource=resource, namespace=namespace)
        _, made = self.objects.do(Wish(verb="create", address=address, body=thing, now=self.now))
        return made

    def add_namespace(self, name: str) -> None:
        """A namespace with its default service account."""
        self.add(NAMESPACES, {"metadata": {"name": name}})
        self.add(SERVICE_ACCOUNTS, {"metadata": {"name": "default"}}, name)

    def add_queue(self, name: str, namespace: str) -> None:
        """A queue of Kueue, which from now on holds back what is created for its queues."""
        self.has_kueue = True
        thing = {"metadata": {"name": name}, "spec": {"clusterQueue": "all"}}
        self.add(LOCAL_QUEUES, thing, namespace)

    def add_account(self, namespace: str, name: str, rules: Iterable[Rule] = ()) -> str:
        """A service account with a role in its namespace; gives its token."""
        self.add(SERVICE_ACCOUNTS, {"metadata": {"name": name}}, namespace)
        return self.accounts.add(namespace, name, rules)

    def jobs(self, namespace: str = "") -> list[Thing]:
        return self.store.all(JOBS, namespace)

    def suspend(self, namespace: str, job: str, *, suspended: bool = True) -> None:
        """Holds a Job back or lets it go, as Kueue does."""
        edit(
            self.store,
            JOBS,
            (namespace, job),
            lambda old: {**old, "spec": {**old["spec"], "suspend": suspended}},
        )

    def remove(self, resource: Resource, name: str, namespace: str = "") -> None:
        """Deletes an object behind everybody's back, and what belongs to it."""
        with self.store.lock:
            if thing := self.store.find(resource, namespace, name):
                delete(self.store, resource, thing, {"propagationPolicy": "Background"}, self.now)
        self.step(2)

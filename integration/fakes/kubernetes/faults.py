"""What goes wrong with a cluster, for ``cluster.faults``; drops and delays are as with Google."""

from fakes.kubernetes.resources import JOBS
from fakes.kubernetes.statuses import (
    conflict,
    forbidden,
    gateway_timeout,
    internal,
    too_many_requests,
    unauthorized,
    unavailable,
)
from fakes.misbehaviour import DROP_AFTER_EFFECT, DROP_BEFORE_EFFECT, HALF_AN_ANSWER, Fault

TOO_MANY_REQUESTS = Fault(refusal=too_many_requests())
INTERNAL_ERROR = Fault(refusal=internal())
INTERNAL_ERROR_AFTER_EFFECT = Fault(refusal=internal(), effect=True)
UNAVAILABLE = Fault(refusal=unavailable())
TIMEOUT_AFTER_EFFECT = Fault(refusal=gateway_timeout(), effect=True)
# What a quota answers to some of those who ask at the same time.
CONFLICT = Fault(refusal=conflict(JOBS, "train"))
FORBIDDEN = Fault(refusal=forbidden(JOBS, "", 'User "somebody" cannot create resource "jobs"'))
QUOTA_EXCEEDED = Fault(
    refusal=forbidden(
        JOBS,
        "train",
        "exceeded quota: research, requested: count/jobs.batch=1, used: count/jobs.batch=3, "
        "limited: count/jobs.batch=3",
    )
)
UNAUTHORIZED = Fault(refusal=unauthorized())

# What no further try changes.
LASTING = (FORBIDDEN, QUOTA_EXCEEDED, UNAUTHORIZED)
# What is over once it is tried again.
TRANSIENT = (
    TOO_MANY_REQUESTS,
    CONFLICT,
    INTERNAL_ERROR,
    INTERNAL_ERROR_AFTER_EFFECT,
    UNAVAILABLE,
    TIMEOUT_AFTER_EFFECT,
    DROP_BEFORE_EFFECT,
    DROP_AFTER_EFFECT,
    HALF_AN_ANSWER,
)

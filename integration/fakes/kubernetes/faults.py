"""What goes wrong with a cluster, for ``cluster.faults``; drops and delays are as with Google."""

from fakes.kubernetes.statuses import (
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
UNAUTHORIZED = Fault(refusal=unauthorized())

# What is over once it is tried again.
TRANSIENT = (
    TOO_MANY_REQUESTS,
    INTERNAL_ERROR,
    INTERNAL_ERROR_AFTER_EFFECT,
    UNAVAILABLE,
    TIMEOUT_AFTER_EFFECT,
    DROP_BEFORE_EFFECT,
    DROP_AFTER_EFFECT,
    HALF_AN_ANSWER,
)

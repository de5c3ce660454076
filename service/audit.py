"""The trail of what was proposed: one line for each request that handled a patient's data.

The service knows neither patient nor user; the caller's record system does, and joins its own entry to this one by the
request id that both carry (NEN 7513 asks for event, time, patient and user; the first two are here).
"""

import logging

_LOG = logging.getLogger("lumbar_triage.audit")


def record(event: str, request_id: str, **fields: str | float | None) -> None:
    """Write one entry.

    Args:
        event: what was done, such as "triage".
        request_id: the id that the response carries as X-Request-ID.
        fields: outcome, versions and durations; never an answer, a finding, a file name or an address.
    """
    _LOG.info(event, extra={"fields": {"request_id": request_id, **fields}})

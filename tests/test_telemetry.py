import json
import logging
import sys

from service.telemetry import JsonFormatter, Metrics, Stopwatch


def test_stopwatch_adds_up_and_keeps_the_order() -> None:
    steps: list[str] = []
    clock = Stopwatch(steps.append)
    for step in ("read", "segment", "read"):
        with clock(step):
            pass
    assert list(clock.seconds) == ["read", "segment"]
    assert steps == ["read", "segment", "read"]
    assert all(seconds >= 0 for seconds in clock.seconds.values())


def test_stopwatch_keeps_the_time_of_a_step_that_failed() -> None:
    clock = Stopwatch()
    try:
        with clock("read"):
            raise ValueError
    except ValueError:
        pass
    assert "read" in clock.seconds


def test_a_log_line_names_the_place_of_an_exception_and_not_its_words() -> None:
    try:
        raise ValueError("Jansen, 1950-01-01")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    record.fields = {"request_id": "7"}
    line = JsonFormatter().format(record)
    assert "Jansen" not in line
    said = json.loads(line)
    assert (said["event"], said["request_id"], said["exception"]) == ("failed", "7", "ValueError")
    assert said["at"][-1].startswith("test_telemetry.py:")


def test_metrics_of_two_services_do_not_meet() -> None:
    first, second = Metrics(), Metrics()
    first.observe_steps({"segment": 1.5})
    assert first.registry.get_sample_value("lumbar_triage_step_seconds_sum", {"step": "segment"}) == 1.5
    assert second.registry.get_sample_value("lumbar_triage_step_seconds_sum", {"step": "segment"}) is None

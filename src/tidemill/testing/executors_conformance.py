"""What every executor promises, as tests: subclass it under pytest and fill in `open_executor`."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tidemill.core import new_id
from tidemill.pipelines import Codecs
from tidemill.pipelines.executors import Executor, Held, map_tasks
from tidemill.pipelines.executors.mapping import map_outcomes
from tidemill.pipelines.graph.options import Resources, StepOptions
from tidemill.pipelines.inputs import Ambient
from tidemill.testing.executor_steps import Bench, is_alive, within, write_project


class ExecutorsConformance:
    """The suite. One executor serves all of it, as it serves all the runs of a command.

    isolates: whether a task has a process of its own, so that it can be ended, and may end itself.
    tells_lines: whether what it writes is told of, and not left where it is written.
    """

    isolates = True
    tells_lines = True

    @pytest.fixture(scope="class")
    @classmethod
    def module(cls, tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
        """Return the project's module."""
        return write_project(tmp_path_factory.mktemp("project"))

    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls, module: ModuleType) -> Iterator[tuple[Executor, Codecs]]:
        """Yield an executor of the project, and the codecs of its store."""
        raise NotImplementedError

    @pytest.fixture
    def bench(self, opened: tuple[Executor, Codecs], module: ModuleType) -> Bench:
        """Return the executor at work."""
        return Bench(opened[0], module, n_given=int(new_id()[-6:], 16))

    @pytest.fixture
    def codecs(self, opened: tuple[Executor, Codecs]) -> Codecs:
        """Return the codecs of its store."""
        return opened[1]

    def test_results_come_back_kept_by_codec(self, bench: Bench, codecs: Codecs) -> None:
        outcome = bench.do("double", {"x": 21})
        assert outcome.error is None
        assert [codecs.decode(output) for output in outcome.outputs] == [42]
        assert outcome.unkept == ()

    def test_several_outputs_keep_their_names_and_are_given_on(self, bench: Bench, codecs: Codecs) -> None:
        outcome = bench.do("halves", {"values": np.arange(10.0)})
        assert [output.name for output in outcome.outputs] == ["low", "high"]
        low, high = outcome.outputs
        assert codecs.decode(high).tolist() == [5, 6, 7, 8, 9]
        both = [bench.give("total", {"rows": each}) for each in (low, high)]
        sums = [codecs.decode(each.outputs[0]) for each in bench.wait_for(*both)]
        assert sums == [10.0, 35.0]

    def test_kept_results_are_found_anywhere_in_an_argument(self, bench: Bench, codecs: Codecs) -> None:
        kept = codecs.encode("result", [1, 2])
        assert kept is not None
        outcome = bench.do("double", {"x": [kept, {"a": [kept, 3]}]})
        assert codecs.decode(outcome.outputs[0]) == [[1, 2], {"a": [[1, 2], 3]}] * 2

    def test_every_task_ends_once_whatever_the_order(self, bench: Bench, codecs: Codecs) -> None:
        ids = [bench.give("double", {"x": number}) for number in range(40)]
        values = [codecs.decode(each.outputs[0]) for each in bench.wait_for(*ids)]
        assert values == [2 * number for number in range(40)]
        assert len(bench.outcomes) == 40
        assert bench.executor.wait(0.01) == () or not bench.executor.wait(0.01)

    def test_what_a_step_raises_is_told_as_if_local(self, bench: Bench) -> None:
        error = bench.do("fail", {"x": 3}).error
        assert error is not None
        assert (error.kind, type(error.error)) == ("raised", ValueError)
        assert error.message.startswith("step 'fail' failed at conformance_project.py:")
        assert error.message.endswith("ValueError: 3 is no good")
        assert "\n" not in error.message
        assert "return _deeper(x)" in error.details
        assert 'raise ValueError(f"{x} is no good")' in error.details
        assert str(Path(str(bench.module.__file__)).name) in error.details
        assert "tidemill" not in error.details.replace(str(Path(str(bench.module.__file__)).parent), "")

    def test_traceback_names_the_files_of_the_one_who_started_it(self, bench: Bench) -> None:
        error = bench.do("fail", {"x": 3}).error
        assert error is not None
        assert f'File "{bench.module.__file__}", line' in error.details

    def test_sys_exit_is_an_error_of_the_step(self, bench: Bench) -> None:
        error = bench.do("leave", {"x": 4}).error
        assert error is not None
        assert error.kind == "raised"
        assert "called sys.exit(4)" in error.message

    def test_lines_are_told_of_in_order_with_their_stream(self, bench: Bench) -> None:
        task = bench.give("write", {"n": 3})
        bench.wait_for(task)
        if not self.tells_lines:
            return
        out = bench.text_of(task)
        assert out[:3] == ["line 0", "line 1", "line 2"]
        assert out[-1] == "unfinished"
        assert bench.text_of(task, "stderr") == ["warned"]
        if self.isolates:
            assert "below Python" in out

    def test_lines_come_while_the_task_runs(self, bench: Bench, tmp_path: Path) -> None:
        if not self.isolates:
            return
        task = bench.give("tell_then_wait", {"path": str(tmp_path / "go")})
        bench.wait_until(lambda: bench.text_of(task) == ["begun"])
        assert task not in bench.outcomes
        (tmp_path / "go").touch()
        assert bench.wait_for(task)[0].error is None

    def test_usage_is_measured(self, bench: Bench) -> None:
        usage = bench.do("spin", {"seconds": 0.2}).usage
        assert usage.seconds >= 0.2
        assert usage.cpu_seconds >= 0.19
        assert usage.pid > 0
        assert usage.host
        assert usage.started_at > 1e9
        assert usage.peak_memory_bytes is None or usage.peak_memory_bytes > 1 << 20

    def test_seeds_set_what_random_numbers_start_from(self, bench: Bench, codecs: Codecs) -> None:
        seeded = replace(StepOptions(), seed=7)
        drawn = [codecs.decode(bench.do("draw", {}, seeded).outputs[0]) for _ in range(2)]
        assert drawn[0] == drawn[1]

    def test_values_that_no_codec_keeps_are_handed_on_in_memory_or_refused(self, bench: Bench) -> None:
        outcome = bench.do("no_codec", {"x": 1})
        if bench.executor.shares_memory:
            assert outcome.error is None
            assert list(outcome.values) == ["result"]
            assert outcome.unkept
            return
        assert outcome.error is not None
        assert outcome.error.kind == "refused"
        assert "step 'no_codec': its output 'result' is a object, which no codec keeps" in outcome.error.message
        assert "--executor in-process" in outcome.error.message
        error = bench.do("double", {"x": Held(object(), "step 'no_codec'")}).error
        assert error is not None
        assert error.kind == "refused"
        assert "step 'double' is given what step 'no_codec' made, a object" in error.message

    def test_what_cannot_be_sent_is_refused_in_one_line(self, bench: Bench) -> None:
        if bench.executor.shares_memory:
            return
        hidden = bench.module.outer()
        error = bench.do(hidden, {"x": 1}).error
        assert error is not None
        assert error.kind == "refused"
        assert "step 'hidden' is defined inside another function" in error.message
        error = bench.do("double", {"x": (number for number in [1])}).error
        assert error is not None
        assert "its argument 'x', a generator, does not travel" in error.message
        assert "\n" not in error.message

    def test_functions_are_given_by_their_place(self, bench: Bench, codecs: Codecs) -> None:
        double = bench.module.double
        ambients = {id(double): Ambient("the code of double", "", lambda: double)}
        outcome = bench.do("call", {"function": double, "x": 4}, ambients=ambients)
        assert outcome.error is None
        assert codecs.decode(outcome.outputs[0]) == 8

    def test_time_outs_end_the_work(self, bench: Bench, tmp_path: Path) -> None:
        if not self.isolates:
            return
        for step in ("sleep_politely", "sleep_stubbornly"):
            mark = tmp_path / step
            error = bench.do(step, {"seconds": 60, "path": str(mark)}, within(0.5)).error
            assert error is not None
            assert error.kind == "timeout"
            assert f"step '{step}' was ended: it ran longer than its time-out" in error.message

    def test_a_cancelled_task_is_asked_first_and_then_ended(self, bench: Bench, tmp_path: Path) -> None:
        if not self.isolates:
            return
        polite, stubborn = tmp_path / "polite", tmp_path / "stubborn"
        ids = [
            bench.give("sleep_politely", {"seconds": 60, "path": str(polite)}),
            bench.give("sleep_stubbornly", {"seconds": 60, "path": str(stubborn)}),
        ]
        bench.wait_until(lambda: all(mark.exists() and mark.read_text() for mark in (polite, stubborn)))
        for task in ids:
            bench.executor.cancel(task, 0.5)
        assert [each.error and each.error.kind for each in bench.wait_for(*ids)] == ["cancelled", "cancelled"]
        pid = int(stubborn.read_text())
        bench.wait_until(lambda: not is_alive(pid))

    def test_a_task_that_ends_its_process_is_lost_and_says_how(self, bench: Bench, codecs: Codecs) -> None:
        if not self.isolates:
            return
        for step, arguments in (("exit_hard", {"code": 3}), ("kill_self", {"number": int(signal.SIGKILL)})):
            error = bench.do(step, arguments).error
            assert error is not None
            assert error.kind == "lost"
            assert step in error.message
            assert "\n" not in error.message
        outcome = bench.do("double", {"x": 5})
        assert outcome.error is None
        assert codecs.decode(outcome.outputs[0]) == 10

    def test_more_memory_than_allowed_is_said_to_be_that(self, bench: Bench) -> None:
        if not self.isolates:
            return
        options = StepOptions(resources=Resources(memory_bytes=200_000_000))
        error = bench.do("allocate", {"n_bytes": 2_000_000_000}, options).error
        assert error is not None
        assert error.kind in {"lost", "raised"}
        assert "memory limit of 200 MB" in error.message

    def test_one_function_over_many_items(self, bench: Bench, codecs: Codecs) -> None:
        double = bench.module.double
        assert map_tasks(bench.executor, double, list(range(20)), codecs) == [2 * each for each in range(20)]
        outcomes = map_outcomes(bench.executor, bench.module.fail, [1, 2], codecs, until_failure=False)
        assert [each.error and each.error.kind for each in outcomes] == ["raised", "raised"]

    def check_closing(self, open_executor: Callable[[], Executor], module: ModuleType, mark: Path) -> None:
        """Close an executor with a task running, and see that the task is ended."""
        bench = Bench(open_executor(), module)
        task = bench.give("sleep_stubbornly", {"seconds": 60, "path": str(mark)})
        bench.wait_until(lambda: mark.exists() and bool(mark.read_text()))
        bench.executor.close()
        error = bench.wait_for(task)[0].error
        assert error is not None
        assert error.kind == "cancelled"
        pid = int(mark.read_text())
        bench.wait_until(lambda: not is_alive(pid))

"""The scheduler: which step is next, whether its result is reused, and what becomes of it when it ends."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tidemill.pipelines._repository import StepElement, StepRun
from tidemill.pipelines.codecs.codec import Output
from tidemill.pipelines.errors import StepError
from tidemill.pipelines.executors.port import Outcome, TaskError
from tidemill.pipelines.executors.usage import together
from tidemill.pipelines.graph.failure import Failure
from tidemill.pipelines.graph.nodes import APPROVAL, CHOICE, MAP, Node
from tidemill.pipelines.plan import StepKey, describe_reuse, doubtful, step_key
from tidemill.pipelines.run_options import (
    CANCELLED,
    CAUGHT,
    EXECUTED,
    PAUSED,
    REUSED,
    SKIPPED,
    STEP_FAILED,
    RunCancelled,
)
from tidemill.pipelines.running.asking import Asking
from tidemill.pipelines.running.execution import Execution, encoded, list_output
from tidemill.pipelines.running.map_progress import MapProgress, begin_map
from tidemill.pipelines.running.pools import Pools
from tidemill.pipelines.running.recorder import Recorder
from tidemill.pipelines.running.result_index import ResultIndex
from tidemill.pipelines.running.scene import Scene
from tidemill.pipelines.running.step_records import Story, tell
from tidemill.pipelines.running.watch import Watch
from tidemill.pipelines.running.work import Order, Work, kind_of_error

_WAIT_S = 0.2


@dataclass(frozen=True)
class Helpers:
    """Who helps the scheduler: each knows one thing of the records."""

    recorder: Recorder
    index: ResultIndex
    asking: Asking
    pools: Pools
    watch: Watch


class Scheduler:
    """Runs the nodes of one plan, in one thread. positions: those to run; what the others have made is known."""

    def __init__(self, scene: Scene, helpers: Helpers, execution: Execution, positions: Sequence[int]) -> None:
        self._scene = scene
        self._plan = scene.plan
        self._helpers = helpers
        self._execution = execution
        self._nodes = {position: scene.plan.graph.nodes[position] for position in positions}
        self._after: dict[int, list[int]] = {position: [] for position in positions}
        self._missing = dict.fromkeys(positions, 0)
        for position, node in self._nodes.items():
            before = {reference.position for reference in node.reads} & self._nodes.keys()
            self._missing[position] = len(before)
            for each in before:
                self._after[each].append(position)
        self._ready = [self._place(self._nodes[at]) for at, missing in self._missing.items() if not missing]
        heapq.heapify(self._ready)
        self._queue: list[tuple[Order, int, Work | MapProgress]] = []
        self._serials = itertools.count()
        self._later: list[tuple[float, int, Work]] = []
        self._in_flight: dict[str, Work] = {}
        self._maps: dict[int, MapProgress] = {}
        self._stories: dict[int, Story] = {}
        self._skipped: set[int] = set()
        self._asked: dict[int, tuple[Node, StepKey, Story]] = {}
        self._n_held_up = 0
        self._failure: StepError | None = None
        self._steps: list[StepRun] = []
        self._changed: set[str] = set()

    def run(self) -> list[StepRun]:
        """Run to the end; return what became of each step, in order.

        Raises StepError when a step fails, RunCancelled, RunParked, and whatever the options' functions raise.
        """
        while True:
            self._check_cancelled()
            self._decide()
            self._submit()
            if self._in_flight:
                self._take(self._scene.executor.wait(_WAIT_S))
            elif self._failure is not None:
                raise self._failure
            elif self._queue or self._later or self._asked:
                self._rest()
            elif not self._ready:
                break
            self._helpers.recorder.flush_due()
        self._helpers.recorder.flush()
        return sorted(self._steps, key=lambda step: step.position)

    def abandon(self) -> None:
        """End what is in flight, since the run ends; what did end meanwhile is recorded."""
        for work in self._in_flight.values():
            self._scene.executor.cancel(work.id)
        until = time.monotonic() + 10
        while self._in_flight and self._scene.executor.slots() > 1 and time.monotonic() < until:
            for outcome in self._scene.executor.wait(_WAIT_S):
                if outcome.task_id in self._in_flight and outcome.error is None:
                    self._returned(self._in_flight[outcome.task_id], outcome)
                self._in_flight.pop(outcome.task_id, None)

    def _place(self, node: Node) -> Order:
        return Order(-node.options.priority, node.position, 0)

    def _check_cancelled(self) -> None:
        by = self._helpers.watch.cancelled_by()
        if by:
            raise RunCancelled(f"run {self._scene.run_id} was cancelled by {by}; run it again to go on from here")

    # What is to be done with a node whose inputs are there.

    def _decide(self) -> None:
        slots = self._scene.executor.slots()
        while self._ready and self._failure is None:
            if len(self._queue) - self._n_held_up + len(self._in_flight) >= slots and not (
                self._queue and self._ready[0] < self._queue[0][0]
            ):
                return
            node = self._nodes[heapq.heappop(self._ready).position]
            story = Story(node, self._plan.codes[node.position].digest, self._scene.clock.now(), time.perf_counter())
            try:
                self._begin(node, story)
            except StepError as error:
                key = StepKey(None, {}, (), ())
                self._failed(Work(node, key, {}, story), TaskError("raised", str(error), error.details, error))

    def _begin(self, node: Node, story: Story) -> None:
        away = self._why_skipped(node)
        if away:
            self._skipped.add(node.position)
            self._end(tell(self._scene, story, StepKey(None, {}, (), ()), SKIPPED, note=away))
            return
        if node.kind == CHOICE:
            self._choose(node, story)
            return
        code = doubtful(self._plan.codes[node.position], self._changed)
        key = step_key(node, code, self._plan.ambients, self._execution.digests())
        if node.kind == APPROVAL:
            self._ask(node, key, story)
        elif node.kind == MAP:
            index = self._helpers.index if self._scene.options.use_cache else None
            where = (self._execution, self._plan.ambients)
            self._maps[node.position] = begin_map(node, key, code, where, index)
            self._stories[node.position] = story
            self._push(node, self._maps[node.position])
        else:
            self._begin_step(node, key, story)

    def _begin_step(self, node: Node, key: StepKey, story: Story) -> None:
        use_cache = self._scene.options.use_cache
        found = self._helpers.index.find(key.key) if use_cache else None
        if found is not None:
            outputs = [Output(**output) for output in found.outputs]
            self._execution.keep(node.position, outputs)
            told = tell(self._scene, story, key, REUSED, note=describe_reuse(found), outputs=found.outputs)
            self._end(replace(told, reused_from=found.run_id))
            return
        why = self._helpers.index.why(node.step.name, key) if use_cache else "the cache is off"
        self._push(node, Work(node, key, node.arguments, story, why))

    def _why_skipped(self, node: Node) -> str:
        for reference, wanted in node.guards:
            if reference.position in self._skipped or self._execution.truth(reference) is not wanted:
                name = self._plan.graph.nodes[reference.position].name
                return f"{name!r} is {'false' if wanted else 'true'}"
        return ""

    def _choose(self, node: Node, story: Story) -> None:
        condition = node.arguments["condition"]
        name = "then" if self._execution.truth(condition) else "otherwise"
        arguments = {"condition": condition, name: node.arguments[name]}
        chosen = replace(node, arguments=arguments)
        key = step_key(chosen, self._plan.codes[node.position], self._plan.ambients, self._execution.digests())
        kept = self._execution.choose(node, name, key.parts[f"input: {name}"])
        outputs = [replace(kept, name="result").to_json()] if kept is not None else []
        told = tell(self._scene, story, replace(key, key=None), EXECUTED, note=f"took {name}", outputs=outputs)
        self._end(told)

    # Questions to people.

    def _ask(self, node: Node, key: StepKey, story: Story) -> None:
        self._asked[node.position] = (node, key, story)
        self._helpers.asking.ask(node, key.key)
        self._take_answers()

    def _take_answers(self) -> None:
        for position, answer in self._helpers.asking.answers(self._asked).items():
            node, key, story = self._asked.pop(position)
            if isinstance(answer, str):
                self._failed(Work(node, key, {}, story), TaskError("raised", answer))
                continue
            outputs = self._execution.store(node, {"result": answer})
            note = answer.summary() + (f": {answer.note}" if answer.note else "")
            self._end(tell(self._scene, story, replace(key, key=None), EXECUTED, note=note, outputs=outputs))

    def _rest(self) -> None:
        """Wait for what is not in this run's hands: an answer, the time of a retry, a share of a pool."""
        self._helpers.recorder.flush()
        if self._asked:
            only = not (self._queue or self._later)
            for _, key, story in self._asked.values():
                self._helpers.recorder.step(tell(self._scene, story, key, PAUSED, note="waits for an answer"))
            self._helpers.recorder.flush()
            self._helpers.asking.rest(_WAIT_S, alone=only)
            self._take_answers()
            return
        now = time.monotonic()
        due = self._later[0][0] - now if self._later else _WAIT_S
        self._helpers.watch.cancelled.wait(max(0.0, min(_WAIT_S, due)))

    # Giving tasks to the executor.

    def _push(self, node: Node, work: Work | MapProgress, number: int = 0) -> None:
        order = Order(-node.options.priority, node.position, number)
        heapq.heappush(self._queue, (order, next(self._serials), work))

    def _submit(self) -> None:
        now = time.monotonic()
        while self._later and self._later[0][0] <= now:
            again = heapq.heappop(self._later)[2]
            self._push(again.node, again, again.element or 0)
        slots, held_up = self._scene.executor.slots(), []
        while self._queue and len(self._in_flight) < slots and self._failure is None:
            entry = heapq.heappop(self._queue)
            work = self._next(entry)
            if work is None:
                continue
            if not self._helpers.pools.claim(work.id, work.node.options):
                place = Order(entry[0].priority, entry[0].position, work.element or 0)
                held_up.append((place, next(self._serials), work))
                if len(held_up) > slots:
                    break
                continue
            self._give(work)
        self._n_held_up = len(held_up)
        for entry in held_up:
            heapq.heappush(self._queue, entry)

    def _next(self, entry: tuple[Order, int, Work | MapProgress]) -> Work | None:
        """Return what an entry of the queue gives to execute; a map stays in the queue for its further elements."""
        if isinstance(entry[2], Work):
            return entry[2]
        work = self._next_element(entry[2])
        if work is not None:
            heapq.heappush(self._queue, entry)
        return work

    def _next_element(self, progress: MapProgress) -> Work | None:
        node = progress.node
        story = self._stories[node.position]
        for element in progress.elements:
            if element.found is None:
                return Work(node, element.key, element.arguments, story, element=element.number)
            self._helpers.recorder.element(progress.reused(self._scene.run_id, element))
        progress.exhausted = True
        self._end_map(progress)
        return None

    def _give(self, work: Work) -> None:
        executor = self._scene.executor
        arguments = {
            name: self._execution.given(value, shares_memory=executor.shares_memory)
            for name, value in work.arguments.items()
        }
        task = work.task(self._scene.run_id, arguments, self._plan)
        self._in_flight[work.id] = work
        if work.element is None:
            self._helpers.recorder.flush()
            self._helpers.watch.begin(tell(self._scene, work.story, work.key, "running", attempt=work.attempt))
        self._helpers.watch.at_work(work.id)
        executor.submit(task, self._scene.options.on_line)

    # What comes back.

    def _take(self, outcomes: Sequence[Outcome]) -> None:
        for came in outcomes:
            if came.task_id not in self._in_flight:
                continue
            work = self._in_flight.pop(came.task_id)
            self._helpers.watch.ended(work.id, work.node.position)
            self._helpers.pools.give_back(work.id)
            self._changed.update(came.changed)
            outcome = self._told(work, came)
            if outcome.error is None:
                self._returned(work, outcome)
            elif self._failure is None:
                self._went_wrong(work, outcome, outcome.error)
        if self._asked:
            self._take_answers()

    def _told(self, work: Work, outcome: Outcome) -> Outcome:
        """Return an outcome with what its earlier tries took, and without the secrets that its error tells."""
        hide, error = self._scene.redaction.text, outcome.error
        if error is not None:
            error = replace(error, message=hide(error.message), details=hide(error.details))
        return replace(outcome, usage=together(work.spent, outcome.usage), error=error)

    def _returned(self, work: Work, outcome: Outcome) -> None:
        if work.element is not None:
            self._element_ended(work, EXECUTED, outcome)
            return
        self._execution.keep(work.node.position, outcome.outputs)
        self._execution.hold(work.node, outcome.values)
        reasons = (*work.key.doubts, *outcome.unkept, *outcome.doubts)
        note = "; ".join([work.why, *(f"not reusable: {doubt}" for doubt in reasons)])
        key = replace(work.key, key=None) if outcome.unkept or outcome.doubts else work.key
        outputs = [output.to_json() for output in outcome.outputs]
        told = tell(self._scene, work.story, key, EXECUTED, note=note, outputs=outputs, usage=outcome.usage)
        self._end(replace(told, attempt=work.attempt), keep=True)

    def _went_wrong(self, work: Work, outcome: Outcome, error: TaskError) -> None:
        if error.kind == "cancelled":
            self._check_cancelled()
        again = work.again(error, outcome.usage)
        if again is not None:
            heapq.heappush(self._later, (time.monotonic() + again[0], next(self._serials), again[1]))
        elif work.catches(error):
            self._caught(work, outcome, Failure(kind_of_error(error).__name__, error.message))
        else:
            self._failed(work, error, outcome)

    def _caught(self, work: Work, outcome: Outcome, failure: Failure) -> None:
        values = dict.fromkeys(work.node.step.output_names(), failure)
        if work.element is not None:
            made = replace(
                outcome, outputs=encoded(self._scene.codecs, values), error=None, unkept=(f"caught: {failure.message}",)
            )
            self._element_ended(work, CAUGHT, made)
            return
        outputs = self._execution.store(work.node, values)
        key = replace(work.key, key=None)
        note = f"caught: {failure.message}\n{outcome.error.details if outcome.error else ''}".rstrip()
        told = tell(self._scene, work.story, key, CAUGHT, note=note, outputs=outputs, usage=outcome.usage)
        self._end(replace(told, attempt=work.attempt))

    def _failed(self, work: Work, error: TaskError, outcome: Outcome | None = None) -> None:
        message = error.message
        if not message.startswith(("step ", "the ")):
            message = f"step {work.node.step.name!r} failed: {message}"
        if work.element is not None:
            message = message.replace(" failed", f" failed for element {work.element}", 1)
            note = f"{message}\n{error.details}".rstrip()
            place, seconds = (
                (self._scene.run_id, work.node.position, work.element),
                outcome.usage.seconds if outcome else 0,
            )
            self._helpers.recorder.element(StepElement(*place, STEP_FAILED, None, [], seconds, note))
        self._failure = StepError(message, error.details)
        state = CANCELLED if error.kind == "cancelled" else STEP_FAILED
        key, usage, n_elements = work.key, outcome.usage if outcome else None, None
        if work.element is not None:
            progress = self._maps[work.node.position]
            key, n_elements = progress.key, progress.n
            usage = together(progress.usage, usage) if usage else progress.usage
        told = tell(self._scene, work.story, key, state, note=f"{message}\n{error.details}", usage=usage)
        told = replace(told, attempt=work.attempt, n_elements=n_elements)
        self._helpers.recorder.step(told)
        self._helpers.recorder.flush()
        self._steps.append(told)
        self._scene.options.on_step(told)
        for other in self._in_flight.values():
            self._scene.executor.cancel(other.id)

    # Elements of maps.

    def _element_ended(self, work: Work, state: str, outcome: Outcome) -> None:
        progress = self._maps[work.node.position]
        told = progress.returned(self._scene.run_id, (work.element or 0, work.key), state, outcome)
        self._helpers.recorder.element(told, keep=told.cache_key is not None)
        self._end_map(progress)

    def _end_map(self, progress: MapProgress) -> None:
        if not progress.exhausted or progress.n_done < progress.n:
            return
        node = progress.node
        del self._maps[node.position]
        collections = progress.collections()
        self._execution.collect(node.position, collections)
        outputs = [list_output(name, collection).to_json() for name, collection in collections.items()]
        state, story = EXECUTED if progress.n_executed else REUSED, self._stories[node.position]
        note, usage = progress.note(), progress.usage
        told = tell(self._scene, story, progress.key, state, note=note, outputs=outputs, usage=usage)
        self._end(replace(told, n_elements=progress.n))

    # A node has ended.

    def _end(self, step: StepRun, *, keep: bool = False) -> None:
        recorder, node = self._helpers.recorder, self._nodes[step.position]
        recorder.step(step, keep=keep)
        if step.state in {EXECUTED, CAUGHT} and node.kind != CHOICE:
            recorder.flush()
        self._steps.append(step)
        self._execution.release(node)
        for position in self._after[step.position]:
            self._missing[position] -= 1
            if not self._missing[position]:
                heapq.heappush(self._ready, self._place(self._nodes[position]))
        self._scene.options.on_step(step)

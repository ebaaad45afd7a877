"""What became of everything: what people were answered, held against what stands in the database."""

from __future__ import annotations

import email
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from animal.alerts.models import Notification
from animal.bench.drills.filing import Attempt
from animal.bench.drills.scene import UNFINISHED, Scene, rows_of
from animal.bench.results import Results
from animal.core.models import BackgroundTask, OutgoingMail
from animal.matching.models import PetMatch
from animal.pets.models import FeatureStatus
from animal.recognition.models import GalleryEntry
from animal.reports.models import Report, ReportEvent

SLOWEST_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 60.0
PATIENCE_SECONDS = 180.0
LOOK_EVERY_SECONDS = 0.3
State = BackgroundTask.State
# What filing a report with a photo asks for.
TASKS = (
    "animal.reports.tasks.extract_location_features",
    "animal.reports.tasks.run_nearby_alerts",
    "animal.matching.tasks.run_auto_match",
)
NEW_ENTRY = "-" * 79 + "\n"


@dataclass
class Afterwards:
    """How the work went on once everything worked again; in seconds from then."""

    backlog: int = 0
    all_done: float = 0.0
    longest_pause: float = 0.0
    unfinished: int = 0
    failed: int = 0


def wait_until_done(scene: Scene) -> Afterwards:
    """Until no task is left, or until nothing has been finished for PATIENCE_SECONDS. One that was given up is not
    finished, and not waited for."""
    healed = scene.healed_at or time.monotonic()
    after, moved, last = Afterwards(), healed, -1
    while True:
        states, now = scene.tasks(), time.monotonic()
        done = states.get(State.DONE, 0)
        left = sum(count for state, count in states.items() if state in UNFINISHED)
        if last < 0:
            after.backlog = left
        if done != last:
            last, moved = done, now
        after.longest_pause = max(after.longest_pause, now - moved)
        after.unfinished, after.failed = left, states.get(State.FAILED, 0)
        if states and not left and scene.filing.is_over:
            after.all_done = moved - healed
            return after
        if now - moved > PATIENCE_SECONDS:
            after.all_done = now - healed
            return after
        time.sleep(LOOK_EVERY_SECONDS)


@dataclass
class Account:
    """Reports by their marker, as they stand in the database."""

    attempts: list[Attempt]
    ids: dict[str, list[int]] = field(default_factory=dict)
    cut_short: frozenset[int] = frozenset()

    @property
    def accepted(self) -> list[Attempt]:
        return [attempt for attempt in self.attempts if 200 <= attempt.status < 300]

    @property
    def refused(self) -> list[Attempt]:
        return [attempt for attempt in self.attempts if attempt.status == 503 and attempt.retry_after]

    @property
    def told_to_wait(self) -> list[Attempt]:
        """An earlier try with the same Idempotency-Key was still on its way."""
        return [attempt for attempt in self.attempts if attempt.status == 409 and attempt.retry_after]

    @property
    def others(self) -> list[Attempt]:
        known = {id(attempt) for attempt in (*self.accepted, *self.refused, *self.told_to_wait)}
        return [attempt for attempt in self.attempts if id(attempt) not in known]

    @property
    def refused_and_written(self) -> list[str]:
        """With a key the same request may be taken later; without one, each try is a request of its own."""
        return [attempt.marker for attempt in self._written_untold() if attempt.number not in self.cut_short]

    @property
    def written_unknown_to_all(self) -> list[str]:
        """By a COMMIT that the database had done when it fell silent and did not go on: docs/operations.md says so."""
        return [attempt.marker for attempt in self._written_untold() if attempt.number in self.cut_short]

    def _written_untold(self) -> list[Attempt]:
        taken = {attempt.marker for attempt in self.accepted}
        return [a for a in self.attempts if a.marker not in taken and self.ids.get(a.marker)]

    @property
    def written_twice(self) -> list[str]:
        return [marker for marker, ids in self.ids.items() if len(ids) > 1]

    @property
    def report_ids(self) -> dict[str, int]:
        return {a.marker: self.ids[a.marker][0] for a in self.accepted if self.ids.get(a.marker)}


def audit(scene: Scene, after: Afterwards, results: Results) -> None:
    account = Account(list(scene.filing.attempts), cut_short=scene.cut_short)
    for report_id, marker in rows_of(Report).filter(description__startswith="drill ").values_list("pk", "description"):
        account.ids.setdefault(marker, []).append(report_id)
    _requests(account, scene.filing.total, results)
    _work(account, scene, results)
    results.add("tasks that were given up", after.failed, "", bar=0, note=_why(scene) if after.failed else "")
    _told(account, scene, results)
    results.add("unfinished tasks when it worked again", after.backlog, "")
    results.add("from then until all was done", after.all_done, "s")
    results.add("longest pause of the work in that", after.longest_pause, "s", bar=LONGEST_PAUSE_SECONDS)
    for name, value in scene.notes.items():
        results.add(name, value, "")


def _requests(account: Account, total: int, results: Results) -> None:
    results.add("accepted", len(account.accepted), "reports", floor=total)
    results.add("refused: 503 with Retry-After", len(account.refused), "requests")
    results.add("refused, and written all the same", len(account.refused_and_written), "reports", bar=0)
    if account.cut_short:
        results.add("the same, by a COMMIT done as it fell silent", len(account.written_unknown_to_all), "reports")
    if account.told_to_wait:
        results.add("409: an earlier try with this key is on its way", len(account.told_to_wait), "requests")
    others = Counter(f"{attempt.status} {attempt.said[:120]}".strip() for attempt in account.others)
    results.add("any other answer, or none", sum(others.values()), "requests", bar=0, note="; ".join(others)[:300])
    slowest = max((attempt.seconds for attempt in account.attempts), default=0.0)
    results.add("slowest request", slowest, "s", bar=SLOWEST_SECONDS)


def _work(account: Account, scene: Scene, results: Results) -> None:
    ids = list(account.report_ids.values())
    effects = _effects()
    reckoning = Reckoning.of(ids, effects)
    lost = len(account.accepted) - len(ids) + len(reckoning.short)
    results.add("finished exactly once", len(reckoning.once), "reports", floor=len(account.accepted))
    why = "; ".join(filter(None, (reckoning.said, _why(scene)))) if lost else ""
    results.add("lost", lost, "reports", bar=0, note=why)
    results.add("finished more than once", len(reckoning.over), "reports", bar=0, note=reckoning.said)
    results.add("written twice", len(account.written_twice), "reports", bar=0)
    indexed = sum(effects["in the gallery"][pk] == 1 for pk in ids)
    results.add("embedded and indexed", indexed, "reports", floor=len(account.accepted))
    agrees, said = _index_agrees(scene)
    results.add("sync_qdrant --check agrees", agrees, "", floor=1, note=said)


Effects = Mapping[str, Counter[int]]


def _effects() -> Effects:
    """How often each thing that an accepted report sets in motion has happened, by the report's id.

    Tasks, notifications and entries of the gallery are unique in the schema: they can be missing, but not doubled.
    """
    tasks = rows_of(BackgroundTask).filter(state=State.DONE)
    told = rows_of(Notification).filter(verb=Notification.Verb.NEARBY_ALERT)
    gallery = rows_of(GalleryEntry).filter(kind=GalleryEntry.Kind.REPORT, is_live=True, slot=0)
    read = rows_of(Report).filter(feature_status=FeatureStatus.COMPLETED)
    events = rows_of(ReportEvent).filter(what=ReportEvent.What.FILED)
    return {
        "filed": Counter(events.values_list("report_id", flat=True)),
        "photo read": Counter(read.values_list("pk", flat=True)),
        "in the gallery": Counter(gallery.values_list("object_id", flat=True)),
        "watcher told": Counter(int(key.split(":")[1]) for key in told.values_list("dedupe_key", flat=True)),
        **{
            name.rsplit(".")[-1]: Counter(map(int, tasks.filter(name=name).values_list("target", flat=True)))
            for name in TASKS
        },
    }


@dataclass(frozen=True)
class Reckoning:
    """Ids of reports of which everything happened once; of which something did not; of which something did again."""

    once: list[int]
    short: list[int]
    over: list[int]
    said: str

    @classmethod
    def of(cls, ids: Sequence[int], effects: Effects) -> Reckoning:
        odd = Counter(
            f"{what}: {counts[pk]} times" for what, counts in effects.items() for pk in ids if counts[pk] != 1
        )
        return cls(
            [pk for pk in ids if all(counts[pk] == 1 for counts in effects.values())],
            [pk for pk in ids if any(counts[pk] < 1 for counts in effects.values())],
            [pk for pk in ids if any(counts[pk] > 1 for counts in effects.values())],
            "; ".join(f"{count} x {what}" for what, count in odd.most_common(3))[:300],
        )


def _why(scene: Scene) -> str:
    """The unfinished tasks, and what they wait for."""
    unfinished = rows_of(BackgroundTask).exclude(state=BackgroundTask.State.DONE)
    said = Counter(
        f"{name.rsplit('.')[-1]} {state} {error}"
        for name, state, error in unfinished.values_list("name", "state", "error")
    )
    return "; ".join(f"{count} x {what}" for what, count in said.most_common(3))[:300]


def _index_agrees(scene: Scene) -> tuple[bool, str]:
    try:
        said = scene.service.manage("sync_qdrant", "--check")
    except RuntimeError as error:
        return False, str(error)[-300:]
    return True, "" if "in Qdrant" in said else "vectors are searched in the database"


def _told(account: Account, scene: Scene, results: Results) -> None:
    """The watcher hears once of each report; owner and finder once of each match."""
    wanted = Counter(dict.fromkeys(account.report_ids.values(), 1))
    keys = rows_of(Notification).filter(verb=Notification.Verb.NEARBY_ALERT).values_list("dedupe_key", flat=True)
    got = Counter(int(key.split(":")[1]) for key in keys)
    for pk in rows_of(Report).exclude(pk__in=wanted).values_list("pk", flat=True):
        got.pop(pk, None)  # What set the stage, and what was refused and written, which is counted above.
    matches = rows_of(PetMatch)
    told = rows_of(Notification).filter(verb=Notification.Verb.AUTO_MATCH)
    pairs = matches.values("lost_report_id", "found_report_id").distinct().count()
    surplus = matches.count() - pairs + max(told.count() - 2 * matches.filter(is_question=False).count(), 0)
    missing = sum((wanted - got).values()) + max(2 * matches.filter(is_question=False).count() - told.count(), 0)
    results.add("notifications", sum(got.values()) + told.count(), "")
    results.add("doubled notifications", sum((got - wanted).values()) + surplus, "", bar=0)
    results.add("missing notifications", missing, "", bar=0)
    _mails(scene, results)


def _mails(scene: Scene, results: Results) -> None:
    """A worker that dies between sending and noting it, or meets an outage there, sends again: both copies then carry
    one Message-ID."""
    parts = [
        email.message_from_string(text)["Message-ID"]
        for file in (scene.service.directory / "mail").glob("*")
        for text in re.split(f"^{NEW_ENTRY}", file.read_text(errors="replace"), flags=re.MULTILINE)
        if "Message-ID" in text
    ]
    mails = rows_of(OutgoingMail)
    results.add("mails", len(set(parts)), "", bar=mails.count(), floor=mails.count())
    copies = len(parts) - len(set(parts))
    results.add("mails sent twice under one Message-ID", copies, "", bar=scene.kills + scene.database_outages)

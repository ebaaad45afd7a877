from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from animal.core.errors import ApplicationError
from animal.ops.locks import Busy, only_one
from animal.ops.older_service.animals import pets_import
from animal.ops.older_service.dump import DumpError
from animal.ops.older_service.outcome import KINDS, LEFT, STATES, Outcome
from animal.ops.older_service.people import people_import
from animal.ops.older_service.pictures import Media
from animal.ops.older_service.run import Run

LOCK = "import"
STEPS = (("user", "people", people_import), ("pet", "pets", pets_import))


class Command(BaseCommand):
    help = (
        "Bring in users, pets, pictures and printed tags of the older service from its dumpdata JSON. Run again, it "
        "goes on where it stopped. Nobody is written to. Exit code 1 when something was left out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=Path, help="what its `manage.py dumpdata` wrote")
        parser.add_argument("--media", type=Path, help="a folder with a copy of its bucket")
        parser.add_argument("--dry-run", action="store_true", help="write nothing, say what would happen")
        parser.add_argument("--json", action="store_true", help="the summary as JSON")
        parser.add_argument(
            "--left-out", type=Path, help="where the older ids of what was left out go (VAR_DIR/import-left-out.csv)"
        )

    def handle(self, *, source: Path, media: Path | None, dry_run: bool, left_out: Path | None, **options: Any) -> None:
        if media is not None and not media.is_dir():
            raise CommandError(f"--media {media} is no folder.")
        run = Run(source=source, media=Media(media), dry_run=dry_run)
        file = left_out or Path(settings.VAR_DIR) / "import-left-out.csv"
        try:
            if dry_run:
                _import(run, quiet=options["json"])
            else:
                with only_one(LOCK):
                    _import(run, quiet=options["json"])
        except (DumpError, Busy) as error:
            raise CommandError(str(error)) from error
        except ApplicationError as error:  # The disk is full, or the object store away.
            raise CommandError(f"{error.detail} What was imported so far stays; run this again.") from error
        self.stdout.write(json.dumps(run.outcome.as_json(), indent=2) if options["json"] else _table(run))
        if not dry_run:
            run.outcome.write_left(file)
        if run.outcome.left_out:
            where = "Nothing was written." if dry_run else f"Their older ids: {file}."
            raise CommandError(f"{run.outcome.left_out} rows or pictures were left out. {where}")


def _import(run: Run, *, quiet: bool) -> None:
    run.prepare()
    for model, name, bring_in in STEPS:
        with tqdm(total=run.totals[model], desc=name, unit="row", disable=True if quiet else None) as progress:
            bring_in(run.rows_of(model, progress.update), run)


def _table(run: Run) -> str:
    outcome: Outcome = run.outcome
    lines = ["DRY RUN: nothing was written. This would happen:"] if run.dry_run else []
    lines.append(f"{'':<10}" + "".join(f"{state:>15}" for state in STATES))
    for kind in KINDS:
        lines.append(f"{kind:<10}" + "".join(f"{outcome.counts[kind, state]:>15}" for state in STATES))
    if outcome.reasons:
        lines += ["", f"{LEFT.capitalize()}:"]
        lines += [f"{number:>8}  {kind}: {reason}" for (kind, reason), number in sorted(outcome.reasons.items())]
    if any(outcome.remarks.values()):
        lines += ["", "Came otherwise than they were:"]
        lines += [f"{number:>8}  {remark}" for remark, number in sorted(outcome.remarks.items()) if number]
    if outcome.others:
        lines += ["", "No part of the import:"]
        lines += [f"{number:>8}  {model}" for model, number in sorted(outcome.others.items())]
    return "\n".join(lines)

from __future__ import annotations

import time
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.live import Live
from rich.table import Table

from animal.ops.watching import Watch


class Command(BaseCommand):
    help = "Watch the service on one screen: queue, workers, requests, mail, backups. Ctrl-C ends it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--interval", type=_seconds, default=5.0, help="seconds between two looks (default 5)")
        parser.add_argument("--count", type=int, default=0, help="look so many times, then stop (default: for ever)")

    def handle(self, *, interval: float, count: int, **options: Any) -> None:
        watch, console = Watch(), Console(file=cast("IO[str]", self.stdout._out))
        looks = 0
        try:
            with Live(console=console, auto_refresh=False, transient=not console.is_terminal) as live:
                while True:
                    seen = _table(watch.look())
                    live.update(seen, refresh=True) if console.is_terminal else console.print(seen)
                    looks += 1
                    if looks == count:
                        return
                    time.sleep(interval)
        except KeyboardInterrupt:
            return


def _table(lines: dict[str, str]) -> Table:
    table = Table(show_header=False, title="PawGle", title_justify="left")
    for what, said in lines.items():
        table.add_row(what, said)
    return table


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.2 <= seconds <= 3600:
        raise ValueError(text)
    return seconds

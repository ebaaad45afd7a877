"""gunicorn's own log lines, which it writes without asking Django's logging."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from gunicorn.glogging import Logger

from animal.core.env import env_bool
from animal.core.log_formats import ConsoleLines, JsonLines
from animal.core.observation_settings import file_handler, log_folder, log_format
from animal.core.scope import HEADER, request_id_from

REQUEST_ID = f"{{{HEADER.lower()}}}o"


class ScrubbedLogger(Logger):
    """As gunicorn's, without tokens, tags and addresses: it writes the whole address of a request that failed.

    LOG_FORMAT and LOG_DIR hold for it too; with LOG_DIR there is an access log.
    """

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        is_json = log_format(debug=env_bool("DEBUG", False)) == "json"
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                shape = handler.formatter
                if is_json:
                    handler.setFormatter(JsonLines())
                elif shape is not None and not isinstance(shape, ConsoleLines):
                    handler.setFormatter(ConsoleLines(shape._fmt, shape.datefmt))
        if folder := log_folder():
            lines = JsonLines() if is_json else ConsoleLines(self.error_fmt, self.datefmt)
            self._add(self.error_log, file_handler(folder, "app"), lines)
            self._add(self.error_log, file_handler(folder, "error"), lines, logging.ERROR)
            access = JsonLines() if is_json else ConsoleLines(self.access_fmt)
            self._add(self.access_log, file_handler(folder, "access"), access)

    def _add(
        self, log: logging.Logger, handler: logging.Handler, lines: logging.Formatter, level: int = logging.NOTSET
    ) -> None:
        handler.setFormatter(lines)
        handler.setLevel(level)
        handler._gunicorn = True  # type: ignore[attr-defined] # A reload of the configuration makes it anew.
        log.addHandler(handler)

    def _compute_access_log_enabled(self) -> bool:
        return bool(super()._compute_access_log_enabled()) or log_folder() is not None

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """As gunicorn's, with the parts of the line also by name, for JSON."""
        if not self.access_log_enabled:
            return
        atoms = self.atoms_wrapper_class(self.atoms(resp, req, environ, request_time))
        status = str(atoms["s"])
        said = {
            "method": atoms["m"],
            "status": int(status) if status.isdecimal() else status,
            "bytes": getattr(resp, "sent", None),
            "duration_ms": atoms["M"],
        }
        given = atoms[REQUEST_ID]
        if given != "-" and request_id_from(given) == given:
            said["request_id"] = given
        self.access_log.info(self.cfg.access_log_format, atoms, extra=said)

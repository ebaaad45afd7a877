"""gunicorn's own log lines, which it writes without asking Django's logging."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from animal.core.privacy import ScrubbedFormatter


class ScrubbedLogger(Logger):
    """As gunicorn's, without tokens, tags and addresses: it writes the whole address of a request that failed."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                shape = handler.formatter
                if shape is not None and not isinstance(shape, ScrubbedFormatter):
                    handler.setFormatter(ScrubbedFormatter(shape._fmt, shape.datefmt))

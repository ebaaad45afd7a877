"""Any S3 (Cloudflare R2, SeaweedFS and others) as a storage of Django's. Loaded when CLOUDFLARE_S3_API is set."""

from __future__ import annotations

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage


class ObjectStore(S3Storage):
    """For files that workers write and read: they may wait."""

    connect_seconds, answer_seconds = 2.0, 20.0
    # Larger files than this are read from a temporary file in place of memory.
    max_memory_size = 8 * 1024 * 1024
    signature_version = "s3v4"

    def __init__(self, **settings: Any) -> None:
        config = Config(
            connect_timeout=self.connect_seconds,
            read_timeout=self.answer_seconds,
            retries={"total_max_attempts": 2, "mode": "standard"},
            signature_version=self.signature_version,
            # boto3's default since 2025, checksums of its own in every request, is refused by several of the others.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(**{"client_config": config, **settings})

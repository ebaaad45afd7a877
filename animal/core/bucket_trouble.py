"""Whether the buckets that the settings name are there and take our key: in sentences, without keys and addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.storage import InvalidStorageError, Storage, storages

if TYPE_CHECKING:
    from storages.backends.s3 import S3Storage

NAMED_BY = {
    "default": "CLOUDFLARE_BUCKET_NAME",
    "private": "CLOUDFLARE_PRIVATE_BUCKET_NAME",
    "backups": "BACKUP_BUCKET_NAME",
}
SILENT = "The object store at CLOUDFLARE_S3_API does not answer."


def buckets_in_trouble() -> list[str]:
    """A sentence for each bucket that cannot be used; one for all of them when the store does not answer."""
    found: list[str] = []
    if settings.CLOUDFLARE_S3_API:
        for alias in NAMED_BY:
            try:
                trouble = bucket_trouble(alias)
            except InvalidStorageError:
                continue  # Backups go elsewhere.
            if trouble == SILENT:
                return [SILENT]
            found += [trouble] if trouble else []
    return found


def bucket_trouble(alias: str) -> str:
    """What is wrong with this bucket, "" when nothing is, nor when the files lie in a folder."""
    return _asked(storages[alias], NAMED_BY[alias]) if hasattr(storages[alias], "bucket_name") else ""


def _asked(storage: Storage, setting: str) -> str:
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    bucket: S3Storage = storage
    name = bucket.bucket_name
    try:
        bucket.connection.meta.client.head_bucket(Bucket=name)
    except NoCredentialsError:
        return "CLOUDFLARE_S3_API is set, but CLOUDFLARE_R2_ACCESS_KEY_ID or CLOUDFLARE_R2_ACCESS_KEY is not."
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == 404:
            return f"There is no bucket {name!r} at CLOUDFLARE_S3_API. Make it, or mend {setting}."
        if status in (400, 401, 403):
            return (
                f"The object store lets us not into the bucket {name!r} ({status}). Check CLOUDFLARE_R2_ACCESS_KEY_ID "
                f"and CLOUDFLARE_R2_ACCESS_KEY, what that key may do, and {setting}."
            )
        return f"The object store answers {status} when it is asked for the bucket {name!r}."
    except (BotoCoreError, ValueError):  # botocore raises ValueError for an address that is none.
        return SILENT
    return ""

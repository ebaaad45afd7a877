"""Where files lie, read from the environment: pictures, what is for one person alone, backups, static files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from animal.core import env
from animal.core.env import env_origin, env_str

ON_DISK = "django.core.files.storage.FileSystemStorage"
IN_S3 = "animal.core.object_store.ObjectStore"
PICTURES_IN_S3 = "animal.images.object_store.PictureStore"
# One that names its files by what is in them refuses to start without the files of this release (collectstatic).
STATIC_PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
STATIC_HASHED = "animal.core.static_files.HashedStaticFiles"

# How `backups_in` begins where backups lie in the object store.
BUCKET = "bucket "

Storage = dict[str, object]


@dataclass(frozen=True)
class FileSettings:
    """`storages` is Django's STORAGES. `pictures_origin`: where browsers get pictures, "" if from us.
    `backups_in`: the folder or bucket of backups in words, "" if none are made."""

    storages: dict[str, Storage]
    s3_endpoint: str
    public_url: str
    pictures_origin: str
    backups_in: str


def file_settings(*, var_dir: Path, debug: bool) -> FileSettings:
    endpoint, public_url = env_origin("CLOUDFLARE_S3_API"), env_origin("R2_PUBLIC_URL")
    # Without a public address pictures have signed ones at the endpoint itself.
    pictures_at = urlsplit(public_url or endpoint)
    storages: dict[str, Storage] = {
        "default": {"BACKEND": ON_DISK},
        # What is for one person alone: never served from an address, only by views that ask who comes.
        "private": {"BACKEND": ON_DISK, "OPTIONS": {"location": var_dir / "private"}},
        "staticfiles": {"BACKEND": STATIC_PLAIN if debug else STATIC_HASHED},
    }
    if endpoint:
        served_from = {
            "custom_domain": pictures_at.netloc if public_url else None,
            "url_protocol": f"{pictures_at.scheme}:",
        }
        pictures = _bucket(endpoint, env_str("CLOUDFLARE_BUCKET_NAME", "pawgle"), **served_from)
        storages["default"] = {**pictures, "BACKEND": PICTURES_IN_S3}
        storages["private"] = _bucket(endpoint, env_str("CLOUDFLARE_PRIVATE_BUCKET_NAME", "pawgle-private"))
    backups, backups_in = _backups(endpoint)
    if backups:
        storages["backups"] = backups
    return FileSettings(
        storages=storages,
        s3_endpoint=endpoint,
        public_url=public_url,
        pictures_origin=f"{pictures_at.scheme}://{pictures_at.netloc}" if endpoint else "",
        backups_in=backups_in,
    )


def _backups(endpoint: str) -> tuple[Storage | None, str]:
    folder, bucket = env_str("BACKUP_DIR"), env_str("BACKUP_BUCKET_NAME")
    if folder and bucket:
        env.problems.append("BACKUP_DIR and BACKUP_BUCKET_NAME must not both be set. Backups go to one place.")
        return None, ""
    if bucket and not endpoint:
        env.problems.append("BACKUP_BUCKET_NAME needs CLOUDFLARE_S3_API, the address of the object store it is in.")
        return None, ""
    if folder and not Path(folder).is_absolute():
        env.problems.append(f"BACKUP_DIR must be a whole path that begins with /, but it is {folder!r}.")
        return None, ""
    if bucket:
        return _bucket(endpoint, bucket), f"{BUCKET}{bucket}"
    if folder:
        # Whoever reads a backup reads everything: it is for the account alone that this service runs as.
        rights = {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
        return {"BACKEND": ON_DISK, "OPTIONS": {"location": folder, **rights}}, folder
    return None, ""


def _bucket(endpoint: str, name: str, **more: object) -> Storage:
    return {
        "BACKEND": IN_S3,
        "OPTIONS": {
            "endpoint_url": endpoint,
            "bucket_name": name,
            "access_key": env_str("CLOUDFLARE_R2_ACCESS_KEY_ID"),
            "secret_key": env_str("CLOUDFLARE_R2_ACCESS_KEY"),
            "region_name": "auto",
            **more,
        },
    }

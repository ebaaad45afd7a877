"""Uses a running service through the generated Python client: use_client.py ADDRESS PHOTO

Signs up and in, files a report with a photo, and finds it in the list of one's own.
"""

import sys
import uuid
from io import BytesIO
from pathlib import Path

from pawgle_client import AuthenticatedClient, Client
from pawgle_client.api.account import profile_retrieve
from pawgle_client.api.reports import report_create, report_list_mine
from pawgle_client.api.sign_in import session_sign_in, user_sign_up
from pawgle_client.models import (
    Access,
    CategoryEnum,
    Error,
    Profile,
    ReportFiled,
    ReportInputRequest,
    ReportSideEnum,
    SignedUp,
    SignInRequest,
    SignUpRequest,
)
from pawgle_client.types import File

EMAIL, PASSWORD = "pia@pawgle.example", "a long enough Passw0rd"


def main(address: str, photo: Path) -> None:
    client = Client(base_url=address)
    account = SignUpRequest(username="Pia", email=EMAIL, password=PASSWORD, confirm_password=PASSWORD)
    signed_up = user_sign_up.sync(client=client, body=account)
    assert isinstance(signed_up, SignedUp), signed_up

    refused = session_sign_in.sync(client=client, body=SignInRequest(email=EMAIL, password="a wrong Passw0rd"))
    assert isinstance(refused, Error), refused
    assert refused.code == "wrong_credentials"

    signed_in = session_sign_in.sync(client=client, body=SignInRequest(email=EMAIL, password=PASSWORD))
    assert isinstance(signed_in, Access), signed_in
    me = AuthenticatedClient(base_url=address, token=signed_in.access)
    profile = profile_retrieve.sync(client=me)
    assert isinstance(profile, Profile), profile
    assert profile.user.email == EMAIL

    report = ReportInputRequest(
        status=ReportSideEnum.LOST,
        animal_name="Milo",
        category=CategoryEnum.DOMESTIC,
        type_="Cats",
        breed="Siamese",
        latitude=28.6139,
        longitude=77.209,
        image=File(payload=BytesIO(photo.read_bytes()), file_name=photo.name, mime_type="image/jpeg"),
    )
    key = str(uuid.uuid4())
    filed = report_create.sync(client=me, body=report, idempotency_key=key)
    assert isinstance(filed, ReportFiled), filed
    assert filed.image_url
    report.image = File(payload=BytesIO(photo.read_bytes()), file_name=photo.name, mime_type="image/jpeg")
    again = report_create.sync(client=me, body=report, idempotency_key=key)
    assert isinstance(again, ReportFiled), again
    assert again.id == filed.id

    mine = report_list_mine.sync(client=me)
    assert isinstance(mine, list), mine
    assert [(one.id, one.animal_name) for one in mine] == [(filed.id, "Milo")]
    print(f"report {filed.id} is filed and found again")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

"""Every mail can be looked at, and says the same as text and as HTML."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as settings_module
from django.core import mail
from django.test import Client
from django.utils.html import strip_tags
from django.utils.translation import override

from animal.core.letters import Letter, all_letters, letter_queue, letter_rendered


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@pytest.mark.django_db
def test_a_developer_sees_every_kind_of_mail_in_every_language_and_nobody_else_does(
    client: Client, settings: Any
) -> None:
    kinds = list(all_letters())
    assert {"accounts.welcome", "alerts.tag_scanned", "chat.guest_answered"} <= set(kinds)
    assert [client.get(path).status_code for path in ("/dev/mails/", f"/dev/mails/{kinds[0]}")] == [404, 404]
    settings.DEBUG = True
    listed = client.get("/dev/mails/").content.decode()
    for kind in kinds:
        assert f'href="/dev/mails/{kind}?lang=en"' in listed
    shown = client.get("/dev/mails/alerts.tag_scanned?lang=de")
    page = shown.content.decode()
    assert "List-Unsubscribe=One-Click" in page
    assert "sandbox" in page
    assert "&lt;html lang=&quot;de&quot;&gt;" in page
    assert "'unsafe-inline'" not in client.get("/dev/mails/")["Content-Security-Policy"]
    assert "script-src" not in shown["Content-Security-Policy"]
    assert "List-Unsubscribe" not in client.get("/dev/mails/accounts.sign_in").content.decode()
    assert client.get("/dev/mails/accounts.unknown").status_code == 404


def test_a_mail_that_nobody_can_look_at_is_not_sent() -> None:
    """All that people get goes through `letter_queue`, which takes registered kinds alone; those have a sample."""
    with pytest.raises(ValueError, match="registered"):
        letter_queue(key="k", to_email="zoe@example.org", letter=Letter(subject="Hello", says=("Hello",)))
    sources = [
        path
        for folder in ("accounts", "animal")
        for path in Path(settings_module.BASE_DIR, folder).rglob("*.py")
        if "tests" not in path.parts
    ]
    around = r"\b(mail_queue|EmailMessage|EmailMultiAlternatives|send_mail|mail_admins)\("
    found = {path.name for path in sources if re.search(around, path.read_text())}
    assert found == {"mail.py", "letters.py"}, "write a letter_kind, and send it by letter_send"


@pytest.mark.parametrize("kind", all_letters())
def test_text_and_html_say_the_same_and_load_nothing(kind: str, settings: Any) -> None:
    settings.SITE_URL = "https://pawgle.example"
    for language, _name in settings.LANGUAGES:
        with override(language):
            letter = all_letters()[kind]()
            text, html = letter_rendered(letter)
        assert len(letter.subject) <= 110
        body = unescape(strip_tags(re.sub(r"(?s)<head>.*?</head>|<!--.*?-->", "", html)))
        spoken = text.replace(letter.stop_url, "").replace(letter.settings_url, "") if letter.stop_url else text
        assert words(body) == ["PawGle", *words(spoken)]
        links = set(re.findall(r'href="([^"]+)"', html))
        assert {unescape(link) for link in links} - {f"mailto:{'anna@pawgle.example'}"} == set(
            re.findall(r"https://\S+", text)
        )
        assert not re.search(r"(?i)<(img|link|script|iframe|object|form|video)|url\(|@import|src=", html)
        assert bool(letter.topic) == bool(letter.stop_url)
    assert mail.outbox == []

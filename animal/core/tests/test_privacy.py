"""What is taken out of lines that others read, and what stays so that they can be used."""

from __future__ import annotations

import logging
import sys
import time

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from animal.core.privacy import ScrubbedFormatter, scrubbed

TAKEN_OUT = {
    "an address": "ada.lovelace+pets@mail.example.org",
    "an address in other letters": "ädä@müller.example",
    "an address in a query": "ada%40example.org",
    "an address in brackets": "<ada@example.org>",
    "a number with its country": "+49 (171) 234-5678",
    "a number with two noughts": "0049171 2345678",
    "a number of a country": "0171 2345678",
    "a number with a slash": "089/1234567",
    "an American number": "(555) 210-0100",
    "an American number with dots": "555.210.0100",
    "a number without any mark": "15779001234",
    "a place": "48.137154",
    "a place south of the equator": "-33.8688",
    "a place to 111 m": "11.575",
    "a tag": "ANI7K2MQX9RTVW3BCDF",
    "a tag as people read it": "ANI-7K2M-QX9R-TVW3-BCDF",
    "a tag in small letters": "ani7k2mqx9rtvw3bcdf",
    "an access token": "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiMSJ9.c2lnbmF0dXJl",
    "a bearer": "Bearer abc.def",
    "a token in a query": "token=abcDEF123",
    "a password in a body": '"password": "correct horse"',
    "the user of a link": "uid=MTI",
    "a random token": "kZq3vX-w0b9TnUqS5Yt_2Ls8DgHjRfPeXcVbNmQwErT",
    "a digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "a picture's name": "9f86d081884c7d659a2feaa0c55ad015",
}
LEFT = [
    "2026-11-21 07:18:03,123 INFO animal.reports.services: report 12 is resolved, by user 7",
    "2026-11-21T07:18:03.123456Z",
    "task animal.matching.tasks.run_auto_match failed",
    "[2026-11-21 08:46:41 +0000] [2215] [INFO] Listening at: http://127.0.0.1:8000 (2215)",
    '127.0.0.1 [21/Nov/2026:08:46:41 +0000] "GET /pet/map" 200 5120 48ms "Mozilla/5.0 (X11; Linux x86_64)"',
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
    "127.0.0.1 and 192.168.100.5 and version 1.2.345",
    "took 12.345 s, 1.234s, 48.137 ms and 97.123 %",
    'File "/srv/pawgle/animal/core/tasks.py", line 137, in task_run',
    "UNIQUE constraint failed: accounts_user.email_key",
    "similarity 0.87, distance 2600.0 m",
    "port 8000, 1600x1200, 26214400 bytes",
]


@pytest.mark.parametrize("what", TAKEN_OUT)
def test_what_locates_or_contacts_a_person_is_taken_out_of_a_line(what: str) -> None:
    line = scrubbed(f"It says {TAKEN_OUT[what]}, and goes on.")
    assert TAKEN_OUT[what] not in line
    assert "[" in line
    assert line.startswith("It says ")
    assert line.endswith(" and goes on.")


def test_nothing_of_a_password_is_left_behind_its_first_word() -> None:
    assert scrubbed('{"password": "correct horse battery"}') == '{"[token]}'
    assert scrubbed("{'password': 'correct horse bat") == "{'[token]"


def test_of_a_uuid_enough_stays_to_tell_two_lines_of_one_thing() -> None:
    line = "Not Found: /api/v1/images/6b1ea54e-6b32-4bba-a8a7-9df5d0f1c8d1/"
    assert scrubbed(line) == "Not Found: /api/v1/images/6b1ea54e-[...]/"


@pytest.mark.parametrize("line", LEFT)
def test_what_an_operator_needs_stays(line: str) -> None:
    assert scrubbed(line) == line


@pytest.mark.parametrize("piece", ["a", "a.", "1", "1.", "Aa1-", "+1 ", "eyJ.", "a@", "token="])
def test_no_long_line_takes_long(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    started = time.perf_counter()
    scrubbed(text)
    assert time.perf_counter() - started < 5


def test_a_traceback_is_scrubbed_as_it_is_written() -> None:
    try:
        raise ValueError("no mailbox ada@example.org at 48.137154, 11.575382")
    except ValueError:
        problem = sys.exc_info()
    arguments = ("t", "+49 171 2345678")
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "task %s failed for %s", arguments, problem)
    written = ScrubbedFormatter().format(record)
    assert "task t failed for [phone]" in written
    assert "ValueError: no mailbox [e-mail] at [place], [place]" in written


def test_every_configured_handler_scrubs() -> None:
    formatters = settings.LOGGING["formatters"]
    used = {formatters[handler["formatter"]]["class"] for handler in settings.LOGGING["handlers"].values()}
    for formatter in used | {"animal.core.log_formats.ConsoleLines", "animal.core.log_formats.JsonLines"}:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "task %s for %s", ("t", "+49 171 2345678"), None)
        assert "task t for [phone]" in import_string(formatter)().format(record)

"""The whole story over HTTP, against running processes: a lost animal is recognised and its two people talk.

Knows nothing of the database: every step is a request that the web client, a finder or a stranger could make.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from animal.demo.animals import Animal
from animal.ops.watched import counted_names, watched_names

PATIENCE_SECONDS = 45.0
POLL_SECONDS = 0.1


class StoryFailed(Exception):
    """A step did not hold. The message says what was expected and what came."""


def expect(condition: object, what: str) -> None:
    if not condition:
        raise StoryFailed(what)


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, name: str, base_url: str) -> None:
        self.name = name
        self.http = httpx.Client(base_url=base_url, timeout=30.0)

    def sign_in(self, token: str) -> None:
        answer = self.json("POST", "/api/auth/magic/consume/", json={"token": token})
        self.http.headers["Authorization"] = f"Bearer {answer['access']}"

    def request(self, method: str, path: str, *, status: int | None = None, **kwargs: Any) -> httpx.Response:
        response = self.http.request(method, path, **kwargs)
        wanted = (status,) if status else (200, 201, 204)
        came = f"{response.status_code} instead of {wanted[0]}: {response.text[:300]}"
        expect(response.status_code in wanted, f"{self.name}: {method} {path} answered {came}")
        return response

    def json(self, method: str, path: str, **kwargs: Any) -> Any:
        return self.request(method, path, **kwargs).json()

    def notifications(self, since: datetime) -> list[dict[str, Any]]:
        answer = self.json("GET", "/api/auth/notifications/")
        return [n for n in answer["notifications"] if datetime.fromisoformat(n["created_at"]) >= since]


@dataclass
class Story:
    """`tokens` holds one one-time sign-in token per role; `animals` are the seeded ones, the hero first."""

    base_url: str
    tokens: dict[str, str]
    animals: list[Animal]
    no_animal: Path
    say: Callable[[str], None]
    place: tuple[float, float]
    metrics_token: str = ""
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.owner, self.finder = Person("owner", self.base_url), Person("finder", self.base_url)
        self.neighbour, self.stranger = Person("neighbour", self.base_url), Person("stranger", self.base_url)
        self.passer_by = Person("passer-by", self.base_url)
        self.hero = self.animals[0]

    def play(self) -> None:
        """Run every step in order; raises StoryFailed at the first that does not hold."""
        steps: list[tuple[str, Callable[[], str | None]]] = [
            ("the service is ready", self.service_is_ready),
            ("owner, finder, neighbour and stranger sign in by one-time links", self.everybody_signs_in),
            ("a used link does not sign anybody in again", self.links_work_once),
            ("recognition has read every seeded photo", self.photos_are_read),
            ("every seeded animal is recognised from its other photo", self.animals_are_recognised),
            ("the owner reports a registered pet lost", self.owner_reports_lost),
            ("a scanned tag shows the pet and nobody's contact details", self.tag_is_scanned),
            ("the finder files a found report with another photo", self.finder_files_report),
            ("the owner is notified of the match", self.owner_is_notified),
            ("the look-alikes' owner is not notified", self.look_alike_is_quiet),
            ("owner and finder talk, with a photo", self.they_talk),
            ("a stranger sees neither chat nor match nor exact place", self.stranger_sees_nothing),
            ("a photo without an animal matches nothing", self.no_animal_matches_nothing),
            ("the owner confirms, and both reports are resolved", self.owner_confirms),
            ("the look-alikes' owner was left alone to the end", self.look_alike_is_quiet),
            ("every figure of alert rules and dashboard is counted", self.figures_are_counted),
        ]
        for sentence, step in steps:
            begun = time.perf_counter()
            try:
                remark = step()
            except StoryFailed as failure:
                self.say(f"FAILED  {time.perf_counter() - begun:6.2f} s  {sentence}")
                raise StoryFailed(f"{sentence}: {failure}") from None
            except httpx.HTTPError as error:
                raise StoryFailed(f"{sentence}: the service did not answer ({type(error).__name__})") from error
            self.say(f"ok      {time.perf_counter() - begun:6.2f} s  {sentence}" + (f": {remark}" if remark else ""))

    # --- steps ------------------------------------------------------------------------------------------------------

    def service_is_ready(self) -> None:
        self.passer_by.request("GET", "/ready/")

    def everybody_signs_in(self) -> None:
        for role in ("owner", "finder", "neighbour", "stranger"):
            getattr(self, role).sign_in(self.tokens[role])
        profile = self.owner.json("GET", "/api/auth/profile/")
        pets = [pet for pet in profile["pets"] if pet["name"] == self.hero.display_name]
        expect(pets, f"{self.hero.display_name} is not among the owner's pets; run seed_test_data")
        self.facts["pet"] = pets[0]

    def links_work_once(self) -> None:
        self.passer_by.request("POST", "/api/auth/magic/consume/", status=400, json={"token": self.tokens["owner"]})

    def photos_are_read(self) -> None:
        def all_read() -> bool:
            pets = [pet for p in (self.owner, self.neighbour) for pet in p.json("GET", "/api/auth/profile/")["pets"]]
            return all(pet["feature_status"] == "completed" for pet in pets)

        self._wait(all_read, "some seeded photos were not read")

    def animals_are_recognised(self) -> str:
        margins = []
        for animal in self.animals:
            with animal.second_photo.open("rb") as photo:
                answer = self.stranger.json("POST", "/api/auth/pets/search/", files={"image": photo})
            pets = [result for result in answer["results"] if result["pet"]["images"]]
            names = [f"{result['pet']['name']} {result['similarity']:.2f}" for result in pets[:3]]
            first = pets[0]["pet"]["name"] if pets else ""
            expect(first == animal.display_name, f"{animal.display_name} ranks not first: {names}")
            # An animal below the search's threshold is not listed: then the threshold stands for it.
            least = answer["search_info"]["similarity_threshold"]
            runner_up = pets[1]["similarity"] if len(pets) > 1 else least
            margins.append((pets[0]["similarity"] - runner_up, animal.name))
            expect(margins[-1][0] > 0, f"{animal.display_name} ties with another animal: {names}")
            others = f"next animal {runner_up:.3f}" if len(pets) > 1 else f"all others below {least:.3f}"
            self.say(f"{'':20}{animal.name:<12} {pets[0]['similarity']:.3f}, {others}, margin {margins[-1][0]:.3f}")
        return f"{len(margins)} of {len(margins)} first, smallest margin {min(margins)[0]:.3f} ({min(margins)[1]})"

    def owner_reports_lost(self) -> None:
        self.close_earlier_reports()
        report = self._report(self.owner, status="lost", animal=self.hero, photo=None, pet_id=self.facts["pet"]["id"])
        expect(report["pet"] == self.facts["pet"]["id"], "the lost report is not linked to the pet")
        self.facts["lost"] = report

    def close_earlier_reports(self) -> None:
        """A story that was cut short may have left open reports of the hero behind."""
        for person in (self.owner, self.finder):
            for report in person.json("GET", "/api/auth/user/pet-locations/"):
                if report["status"] != "resolved" and report["description"].startswith("Demo check"):
                    self._set_status(person, report["id"], "resolved")

    def tag_is_scanned(self) -> None:
        tag = self.facts["pet"]["animal_id"]
        card = self.passer_by.json("GET", f"/api/auth/found/{tag}/")
        wanted = {"animal_id", "name", "type", "breed", "category", "images", "has_owner"}
        expect(set(card) == wanted, f"the tag's card has the keys {sorted(card)}")
        page = self.passer_by.request("GET", f"/found/{tag}").text
        expect(self.hero.display_name in page, "the tag's page does not name the pet")
        expect("@" not in page, "the tag's page holds an e-mail address")
        self.passer_by.request("GET", "/api/auth/found/ANI0000000000000000/", status=404)
        picture = self.owner.request("GET", f"/api/auth/pets/{self.facts['pet']['id']}/qr/")
        expect(picture.headers["content-type"] == "image/png", "the QR code is not a PNG")

    def finder_files_report(self) -> str:
        begun = time.perf_counter()
        self.facts["found"] = self._report(
            self.finder, status="found", animal=self.hero, photo=self.hero.second_photo, offset=0.009
        )
        self.facts["answered"] = time.perf_counter()
        return f"answered in {(self.facts['answered'] - begun) * 1000:.0f} ms"

    def owner_is_notified(self) -> str:
        def match() -> dict[str, Any] | None:
            page = self.owner.json("GET", "/api/v1/matches/")
            mine = [m for m in page["results"] if m["found"]["report_id"] == self.facts["found"]["id"]]
            return mine[0] if mine else None

        self.facts["match"] = found = self._wait(match, "no match appeared")
        waited = time.perf_counter() - self.facts["answered"]
        for person in (self.owner, self.finder):
            verbs = [n["verb"] for n in person.notifications(self.started)]
            expect(verbs.count("auto_match") == 1, f"{person.name} has the notifications {verbs}")
        self.say(f"                    similarity {found['similarity']:.2f}; " + "; ".join(found["reasons"]))
        return f"{waited:.2f} s after the answer"

    def look_alike_is_quiet(self) -> None:
        verbs = [n["verb"] for n in self.neighbour.notifications(self.started)]
        expect("auto_match" not in verbs and "match_question" not in verbs, f"the neighbour was told {verbs}")

    def they_talk(self) -> None:
        path = f"/api/auth/chat/conversations/{self.facts['match']['conversation_id']}/messages/"
        self.finder.request("POST", path, files={"body": (None, "Hello! I think your friend is in my garden.")})
        received = self.owner.json("GET", path)["messages"]
        expect(received and "garden" in received[-1]["body"], "the owner did not get the finder's message")
        with self.hero.first_photo.open("rb") as photo:
            self.owner.request(
                "POST", path, files=[("body", (None, "Yes, that is the one!")), ("attachments", ("photo.jpg", photo))]
            )
        answer = self.finder.json("GET", path, params={"after": received[-1]["created_at"]})["messages"]
        expect(answer and answer[-1]["attachments"], "the finder did not get the owner's photo")
        picture = self.finder.request("GET", answer[-1]["attachments"][0]["url"])
        expect(picture.headers["content-type"] == "image/jpeg", "the chat photo is not a JPEG")

    def stranger_sees_nothing(self) -> None:
        match = self.facts["match"]
        self.stranger.request("GET", f"/api/auth/chat/conversations/{match['conversation_id']}/", status=404)
        self.stranger.request("POST", f"/api/v1/matches/{match['id']}/confirm/", status=404)
        listed = {report["id"]: report for report in self.stranger.json("GET", "/api/auth/pets/locations/")}
        expect(self.facts["found"]["id"] in listed, "the found report is not on the map")
        seen = listed[self.facts["found"]["id"]]
        expect(seen["contact_email"] == "" and seen["contact_name"] == "", "the map shows contact details")
        moved = abs(seen["latitude"] - self.facts["found"]["latitude"]) + abs(
            seen["longitude"] - self.facts["found"]["longitude"]
        )
        expect(moved > 0.001, "the map shows the exact place")

    def no_animal_matches_nothing(self) -> None:
        report = self._report(self.finder, status="found", animal=self.hero, photo=self.no_animal, offset=0.003)

        def read() -> bool:
            mine = self.finder.json("GET", "/api/auth/user/pet-locations/")
            states = {r["id"]: r["feature_status"] for r in mine}
            return states[report["id"]] in ("failed", "completed")

        self._wait(read, "the photo was never read")
        page = self.owner.json("GET", "/api/v1/matches/")
        matched = {match["found"]["report_id"] for match in page["results"]}
        expect(report["id"] not in matched, "a photo without an animal matched")
        with self.no_animal.open("rb") as photo:
            self.stranger.request("POST", "/api/auth/pets/search/", status=400, files={"image": photo})
        self._set_status(self.finder, report["id"], "resolved")

    def owner_confirms(self) -> None:
        match = self.owner.json("POST", f"/api/v1/matches/{self.facts['match']['id']}/confirm/")
        expect(match["status"] == "confirmed", "the match is not confirmed")
        self.owner.request("POST", f"/api/v1/matches/{match['id']}/dismiss/", status=409)
        self._set_status(self.owner, self.facts["lost"]["id"], "resolved")
        self._set_status(self.finder, self.facts["found"]["id"], "resolved")
        listed = {report["id"] for report in self.stranger.json("GET", "/api/auth/pets/locations/")}
        expect(not listed & {self.facts["lost"]["id"], self.facts["found"]["id"]}, "a resolved report is still listed")

    def figures_are_counted(self) -> str:
        """Each metric that they name has a sample that is not zero."""
        if not self.metrics_token:
            return "left out, since METRICS_TOKEN is not set here"

        def missing() -> tuple[set[str], set[str]]:
            self.passer_by.request("GET", "/metrics/", status=401)
            bearer = {"Authorization": f"Bearer {self.metrics_token}"}
            text = self.passer_by.request("GET", "/metrics/", headers=bearer).text
            samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
            watched = watched_names(counted_names() | {sample.name for sample in samples})
            return watched, watched - {sample.name for sample in samples if sample.value}

        # What is counted in the database is kept for some seconds.
        self._wait(lambda: not missing()[1], lambda: f"nothing was counted of {sorted(missing()[1])}")
        return f"{len(missing()[0])} metrics"

    # --- helpers ----------------------------------------------------------------------------------------------------

    def _report(
        self,
        person: Person,
        *,
        status: str,
        animal: Animal,
        photo: Path | None,
        offset: float = 0.0,
        pet_id: int | None = None,
    ) -> dict[str, Any]:
        latitude, longitude = self.place
        data = {
            "animal_name": "N/A" if status == "found" else animal.display_name,
            "category": animal.category,
            "type": animal.type,
            "breed": animal.breed if status == "lost" else "Unknown",
            "status": status,
            "description": f"Demo check: {status}",
            "latitude": f"{latitude + offset:.6f}",
            "longitude": f"{longitude + offset:.6f}",
            "contact_name": "Somebody",
            "contact_phone": "555 0100",
            "contact_email": "somebody@pawgle.test",
            "last_seen_date": datetime.now(UTC).date().isoformat(),
            "register_pet": "false",
        }
        if pet_id is not None:
            data["pet_id"] = str(pet_id)
        with self._opened(photo) as files:
            answer: dict[str, Any] = person.json(
                "POST", "/api/auth/pets/report/", status=201, data=data, files=files or {"x": (None, "")}
            )
        return answer

    @contextmanager
    def _opened(self, photo: Path | None) -> Iterator[dict[str, Any]]:
        if photo is None:
            yield {}
        else:
            with photo.open("rb") as handle:
                yield {"image": (photo.name, handle, "image/jpeg")}

    def _set_status(self, person: Person, report_id: int, status: str) -> None:
        person.request("POST", f"/api/auth/pets/locations/{report_id}/status/", json={"status": status})

    def _wait(self, look: Callable[[], Any], otherwise: str | Callable[[], str]) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if result := look():
                return result
            time.sleep(POLL_SECONDS)
        said = otherwise if isinstance(otherwise, str) else otherwise()
        raise StoryFailed(f"{said} within {PATIENCE_SECONDS:.0f} s")

"""Every address that answers, asked by everybody, with the id of everything that there is."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from django.core.cache import cache
from django.urls import get_resolver

from accounts.models import DataExport, Session, User
from animal.alerts.models import AlertSubscription, Kind, Notification, PushDevice
from animal.alerts.unsubscribing import unsubscribe_token
from animal.chat.models import Conversation, Message
from animal.core.letters import all_letters
from animal.core.tests.bad_input.calls import _walk, verbs_of
from animal.core.tests.canaries.search import Finding
from animal.core.tests.canaries.world import World
from animal.images.models import EditedPetImage, Image
from animal.matching.models import PetMatch
from animal.pets.models import Pet
from animal.reports.models import Report

ACTORS = ("anonymous", "guest", "owner", "finder", "rival", "stranger", "blocked", "unverified", "moderator")
# Answered by middleware, in front of all routes.
PROBES = ("health/", "ready/", "api/health/")
# All that widens a list; what a route does not know, it ignores.
WIDEST = "bbox=-180,-90,180,90&after=1970-01-01T00:00:00Z&page_size=1000&limit=1000&show=all"
# Of these routes the address itself is the permission: they are asked by whoever holds it.
HELD = {"animal_id", "tag", "name", "token"}
DEEPEST_PAGE = 5


def routes() -> dict[str, Any]:
    return dict(_walk(get_resolver().url_patterns, "")) | dict.fromkeys(PROBES)


def crawl(world: World, *, actors: Iterable[str] = ACTORS, only: str = "", description: bool = False) -> list[Finding]:
    """What of others these actors are shown by GET; with `only`, at the routes that contain it. The description of the
    API, which takes a second to make and asks nobody who they are, is read if asked for."""
    before = len(world.watch.findings)
    for actor in actors:
        for route, view in routes().items():
            if only not in route or route.startswith("admin/") or not _is_read(view):
                continue
            if _is_description(route) and not (description and actor == "anonymous"):
                continue
            for path in paths(world, route, actor):
                _read(world, actor, path)
                if "<" not in route and not _is_description(route):
                    _read(world, actor, f"{path}?{WIDEST}")
    return world.watch.findings[before:]


def _is_read(view: Any) -> bool:
    return not hasattr(view, "cls") or "GET" in verbs_of(view)


def _is_description(route: str) -> bool:
    return route.startswith(("api/schema", "api/docs", "api/redoc"))


def _read(world: World, actor: str, path: str) -> None:
    for _ in range(DEEPEST_PAGE):
        answer = ask(world, actor, "GET", path)
        following = _next_page(answer)
        if not following:
            return
        path = following


def ask(world: World, actor: str, verb: str, path: str, content: bytes = b"", **extra: Any) -> Any:
    """Send a request and look at all of its answer: status line, headers, cookies, body."""
    cache.clear()
    client = world.people[actor].client
    answer = client.generic(verb, path, content, **{"content_type": "application/json", **extra})
    assert answer.status_code < 500, (actor, verb, path, answer.content[:500])
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    where = f"{verb} {path}"
    world.watch.look(actor, where, body)
    headers = [f"{name}: {value}" for name, value in answer.items() if name != "Location" or verb != "GET"]
    world.watch.look(actor, where, "\n".join([*headers, answer.cookies.output(), answer.get("Location", "")]))
    answer.body = body
    return answer


def _next_page(answer: Any) -> str:
    if not answer.get("Content-Type", "").startswith("application/json"):
        return ""
    body = json.loads(answer.body)
    following = body.get("next") if isinstance(body, dict) else None
    return following.removeprefix("http://testserver") if isinstance(following, str) else ""


# --- addresses --------------------------------------------------------------------------------------------------------


def paths(world: World, route: str, actor: str) -> Iterator[str]:
    """The route with every id that there is in the place of each parameter."""
    parameters = [part.partition(">")[0] for part in route.split("<")[1:]]
    values = [list(_values(world, parameter.partition(":")[2], actor)) for parameter in parameters]
    for chosen in itertools.product(*values):
        path = route
        for parameter, value in zip(parameters, chosen, strict=True):
            path = path.replace(f"<{parameter}>", str(value))
        yield "/" + path.removeprefix("/").replace("^", "").replace("$", "")


def _values(world: World, parameter: str, actor: str) -> Iterable[object]:
    """Raises KeyError for a parameter that nobody has told the crawl about."""
    if parameter == "name":
        return _file_names(actor)
    if parameter == "token":
        return [*world.follow_ups.get(actor, []), "no-such-link"]
    if parameter in HELD:
        return [*world.tags.get(actor, []), "ANI0000000000000000"]
    of = {
        "pet_id": partial(_keys, Pet),
        "report_id": partial(_keys, Report),
        "case_id": partial(_keys, Report),
        "conversation_id": partial(_keys, Conversation),
        "device_id": partial(_keys, PushDevice),
        "subscription_id": partial(_keys, AlertSubscription),
        "notification_id": partial(_keys, Notification),
        "match_id": partial(_keys, PetMatch),
        "message_id": partial(_keys, Message),
        "edit_id": partial(_keys, EditedPetImage),
        "user_id": partial(_keys, User),
        "session_id": partial(_keys, Session),
        "image_id": partial(_keys, Image),
        "export_id": partial(_keys, DataExport),
        "part": lambda: [1],
        "user_type": lambda: ["owner"],
        "answer": lambda: ["yes"],
        "stop_token": lambda: [unsubscribe_token(user_id=key, kind=Kind.TAG) for key in _keys(User)],
        "kind": lambda: list(all_letters()),
    }
    return of[parameter]()


def _keys(model: Any) -> list[object]:
    return list(model._default_manager.values_list("pk", flat=True))


def _file_names(actor: str) -> list[str]:
    """Of every stored file: whoever was given its address may open it, and then sees pixels only."""
    if actor != "anonymous":
        return []
    images = Image.objects.values_list("master", "rendition", "thumbnail")
    edits = EditedPetImage.objects.values_list("edited_image", "metadata_file")
    return [name for names in (*images, *edits) for name in names if name]

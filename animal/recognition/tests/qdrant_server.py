"""Qdrant's REST protocol over its own engine, for tests: `python qdrant_server.py PORT FOLDER`.

The engine (package qdrant-edge-py) stores, filters and ranks as a Qdrant server does; this program only translates the
requests that the index makes (https://api.qdrant.tech/api-reference). Grouping, which the engine leaves to the server
around it, is done by asking for more and more hits. Runs in a process of its own, so that it can be stopped,
continued and killed like a server.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as edge

Body = dict[str, Any]


class Refused(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Collections:
    """The collections under one folder; each request is carried out alone.

    A server that is started anew on its folder holds nothing: what it held is gone, as a drill says.
    """

    def __init__(self, folder: Path) -> None:
        for left in [one for one in folder.iterdir() if one.is_dir()]:
            shutil.rmtree(left)
        self._folder = folder
        self._shards: dict[str, edge.EdgeShard] = {}
        self._turn = threading.Lock()

    def answer(self, method: str, collection: str, action: str, body: Body) -> Any:
        with self._turn:
            if (method, action) in COLLECTION_ACTIONS:
                return COLLECTION_ACTIONS[method, action](self, collection, body)
            if collection not in self._shards:
                raise Refused(404, f"Not found: Collection `{collection}` doesn't exist!")
            try:
                carry_out = POINT_ACTIONS[method, action]
            except KeyError:
                raise Refused(501, f"These tests do not know {method} {action}.") from None
            return carry_out(self._shards[collection], body)

    def exists(self, collection: str, body: Body) -> Any:
        return {"exists": collection in self._shards}

    def create(self, collection: str, body: Body) -> Any:
        if collection in self._shards:
            raise Refused(409, f"Wrong input: Collection `{collection}` already exists!")
        place = self._folder / collection
        place.mkdir(parents=True)
        vectors = body["vectors"]
        parameters = edge.EdgeVectorParams(vectors["size"], getattr(edge.Distance, vectors["distance"]))
        self._shards[collection] = edge.EdgeShard.create(str(place), edge.EdgeConfig(vectors=parameters))
        return True

    def drop(self, collection: str, body: Body) -> Any:
        shard = self._shards.pop(collection, None)
        if shard is not None:
            shard.close()
            shutil.rmtree(self._folder / collection)
        return shard is not None


def create_index(shard: edge.EdgeShard, body: Body) -> Any:
    kind = getattr(edge.PayloadSchemaType, body["field_schema"].capitalize())
    return _updated(shard, edge.UpdateOperation.create_field_index(body["field_name"], kind))


def upsert(shard: edge.EdgeShard, body: Body) -> Any:
    points = [edge.Point(point["id"], point["vector"], point.get("payload")) for point in body["points"]]
    return _updated(shard, edge.UpdateOperation.upsert_points(points))


def set_payload(shard: edge.EdgeShard, body: Body) -> Any:
    return _updated(shard, edge.UpdateOperation.set_payload(body["points"], body["payload"]))


def update_vectors(shard: edge.EdgeShard, body: Body) -> Any:
    vectors = [edge.PointVectors(point["id"], point["vector"]) for point in body["points"]]
    return _updated(shard, edge.UpdateOperation.update_vectors(vectors))


def delete(shard: edge.EdgeShard, body: Body) -> Any:
    return _updated(shard, edge.UpdateOperation.delete_points(body["points"]))


def retrieve(shard: edge.EdgeShard, body: Body) -> Any:
    with_payload, with_vector = body.get("with_payload", True), body.get("with_vector", False)
    return [_record(record) for record in shard.retrieve(body["ids"], with_payload, with_vector)]


def scroll(shard: edge.EdgeShard, body: Body) -> Any:
    records, following = shard.scroll(
        edge.ScrollRequest(
            offset=body.get("offset"),
            limit=body.get("limit", 10),
            filter=filter_of(body.get("filter")),
            with_payload=body.get("with_payload", True),
            with_vector=body.get("with_vector", False),
        )
    )
    return {"points": [_record(record) for record in records], "next_page_offset": _identity(following)}


def count(shard: edge.EdgeShard, body: Body) -> Any:
    return {"count": shard.count(edge.CountRequest(filter=filter_of(body.get("filter"))))}


def query_groups(shard: edge.EdgeShard, body: Body) -> Any:
    """The best hits of each of the best groups."""
    key, groups_wanted, size = body["group_by"], body.get("limit", 10), body.get("group_size", 3)
    nearest = body["query"]["nearest"] if isinstance(body["query"], dict) else body["query"]
    wanted = groups_wanted * size
    while True:
        hits = shard.search(
            edge.SearchRequest(
                edge.Query.Nearest(nearest), wanted, filter=filter_of(body.get("filter")), with_payload=[key]
            )
        )
        groups: dict[Any, list[Any]] = {}
        for hit in hits:
            groups.setdefault(hit.payload[key], []).append(hit)
        if len(groups) >= groups_wanted or len(hits) < wanted:
            best = list(groups.items())[:groups_wanted]
            return {"groups": [{"id": id, "hits": [_hit(hit) for hit in found[:size]]} for id, found in best]}
        wanted *= 4


COLLECTION_ACTIONS: dict[tuple[str, str], Callable[[Collections, str, Body], Any]] = {
    ("GET", "/exists"): Collections.exists,
    ("PUT", ""): Collections.create,
    ("DELETE", ""): Collections.drop,
}
POINT_ACTIONS: dict[tuple[str, str], Callable[[edge.EdgeShard, Body], Any]] = {
    ("PUT", "/index"): create_index,
    ("PUT", "/points"): upsert,
    ("POST", "/points"): retrieve,
    ("POST", "/points/payload"): set_payload,
    ("PUT", "/points/vectors"): update_vectors,
    ("POST", "/points/delete"): delete,
    ("POST", "/points/scroll"): scroll,
    ("POST", "/points/count"): count,
    ("POST", "/points/query/groups"): query_groups,
}


def filter_of(said: Body | None) -> edge.Filter | None:
    if said is None:
        return None
    clauses = {}
    for clause in ("must", "should", "must_not"):
        conditions = said.get(clause)
        if conditions is not None:
            clauses[clause] = [condition_of(one) for one in _listed(conditions)]
    return edge.Filter(**clauses)


def condition_of(said: Body) -> Any:
    if "has_id" in said:
        return edge.HasIdCondition(set(said["has_id"]))
    if "is_empty" in said:
        return edge.IsEmptyCondition(said["is_empty"]["key"])
    if "key" not in said:
        return filter_of(said)
    if said.get("match") is not None:
        match = said["match"]
        test = edge.MatchAny(match["any"]) if "any" in match else edge.MatchValue(_value(match["value"]))
        return edge.FieldCondition(said["key"], match=test)
    if said.get("geo_radius") is not None:
        circle = said["geo_radius"]
        center = edge.GeoPoint(circle["center"]["lon"], circle["center"]["lat"])
        return edge.FieldCondition(said["key"], geo_radius=edge.GeoRadius(center, circle["radius"]))
    raise Refused(501, f"These tests do not know the condition {said}.")


def _value(said: Any) -> Any:
    """The engine's Python side takes a bool for a number, but not numpy's."""
    return np.bool_(said) if isinstance(said, bool) else said


def _listed(conditions: Any) -> list[Body]:
    return conditions if isinstance(conditions, list) else [conditions]


def _updated(shard: edge.EdgeShard, operation: Any) -> Any:
    shard.update(operation)
    return {"operation_id": 0, "status": "completed"}


def _record(record: Any) -> Body:
    return {"id": _identity(record.id), "payload": record.payload, "vector": record.vector}


def _hit(hit: Any) -> Body:
    return {"id": _identity(hit.id), "version": 0, "score": hit.score}


def _identity(id: Any) -> Any:
    return id if id is None or isinstance(id, int) else str(id)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    collections: Collections

    def log_message(self, format: str, *arguments: object) -> None:
        print(format % arguments, flush=True)  # noqa: T201 (the server's log)

    def _handle(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        place = re.fullmatch(r"/collections/([^/]+)(/.*)?", self.path.split("?")[0])
        try:
            if place is None:
                raise Refused(404, "There is nothing here.")
            self._send(200, {"result": self.collections.answer(self.command, place[1], place[2] or "", body)})
        except Refused as refusal:
            self._send(refusal.status, {"status": {"error": str(refusal)}})
        except Exception as error:  # As the server does: what the engine refuses was a wrong request.
            self._send(400, {"status": {"error": f"Wrong input: {error}"}})

    do_GET = do_PUT = do_POST = do_DELETE = _handle  # noqa: N815 (the base class calls them so)

    def _send(self, status: int, answer: Body) -> None:
        content = json.dumps({"status": "ok", "time": 0.0, **answer}).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def main(port: str, folder: str) -> None:
    Handler.collections = Collections(Path(folder))
    ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])

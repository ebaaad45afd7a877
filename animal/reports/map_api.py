"""GET /api/v1/map/: open reports as GeoJSON (RFC 7946), for everybody."""

from __future__ import annotations

from typing import Any

from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from animal.core.serializers import ErrorSerializer
from animal.core.urls import service_url
from animal.images.selectors import image_url
from animal.reports.bbox import BoundingBox
from animal.reports.cases import case_name
from animal.reports.examples import MAP_EXAMPLE, MAP_REFUSED_EXAMPLE
from animal.reports.map_query import MapQuerySerializer, map_filter, map_query
from animal.reports.map_selectors import Cluster, MapPart, card_photo, map_page, map_part
from animal.reports.models import Report
from animal.reports.selectors import live_pet

# The same for everybody. Staff may hide a report at any time: browsers ask again after a minute.
CACHE_CONTROL = "public, max-age=60"


class PointSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=["Point"])
    coordinates = serializers.ListField(
        child=serializers.FloatField(), min_length=2, max_length=2, help_text="Longitude, latitude."
    )


class MapPropertiesSerializer(serializers.Serializer[Any]):
    """Of a report all but `count` and `lost`; of several that lie close together those two alone."""

    id = serializers.IntegerField(required=False)
    status = serializers.ChoiceField(choices=Report.Side.choices, required=False)
    name = serializers.CharField(required=False, allow_blank=True, help_text="Blank when nobody knows it.")
    species = serializers.CharField(required=False, allow_blank=True)
    type = serializers.CharField(required=False, allow_blank=True)
    breed = serializers.CharField(required=False, allow_blank=True)
    seen_on = serializers.DateField(required=False, allow_null=True)
    reported_at = serializers.DateTimeField(required=False)
    url = serializers.URLField(required=False, allow_null=True, help_text="The public page of the report.")
    thumbnail = serializers.URLField(required=False, allow_null=True)
    is_test = serializers.BooleanField(required=False)
    count = serializers.IntegerField(required=False, help_text="How many reports this point stands for.")
    lost = serializers.IntegerField(required=False, help_text="How many of them are of lost animals.")


class FeatureSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=["Feature"])
    bbox = serializers.ListField(
        child=serializers.FloatField(),
        min_length=4,
        max_length=4,
        required=False,
        help_text="Of several reports: what holds their points, west,south,east,north.",
    )
    geometry = PointSerializer()
    properties = MapPropertiesSerializer()


class FeatureCollectionSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=["FeatureCollection"])
    features = FeatureSerializer(many=True, help_text="At most 500: the newest, or the largest clusters.")
    total = serializers.IntegerField(help_text="How many reports there are, shown or not.")
    is_whole = serializers.BooleanField(help_text="Whether all of them are among the features.")


class MapApi(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_scope = "map"

    @extend_schema(
        operation_id="report_map",
        summary="Open reports as GeoJSON",
        description="For everybody. Points are moved by 200 to 400 m. Pets that their owners keep private are left "
        "out. With `zoom` reports that are close together are one feature with their number; ask again with its `bbox` "
        "and without `zoom` for what is in it. A cache may keep the answer for a minute; it has an ETag.",
        parameters=[MapQuerySerializer],
        responses={200: FeatureCollectionSerializer, 400: ErrorSerializer},
        examples=[MAP_EXAMPLE, MAP_REFUSED_EXAMPLE],
        auth=[],
        tags=["reports"],
    )
    @method_decorator(conditional_page)
    def get(self, request: Request) -> Response:
        query = map_query(request.query_params)
        query.is_valid(raise_exception=True)
        part = map_part(map_filter(query.validated_data), zoom=query.validated_data.get("zoom"))
        answer = Response(_collection(part, request))
        answer["Cache-Control"] = CACHE_CONTROL
        return answer


def _collection(part: MapPart, request: Request) -> dict[str, Any]:
    features = [_cluster(cluster) for cluster in part.clusters]
    features += [_feature(report, request) for report in part.reports]
    return {"type": "FeatureCollection", "features": features, "total": part.total, "is_whole": part.is_whole}


def _cluster(cluster: Cluster) -> dict[str, Any]:
    return {
        "type": "Feature",
        "bbox": _box(cluster.box),
        "geometry": _point(cluster.latitude, cluster.longitude),
        "properties": {"count": cluster.count, "lost": cluster.lost},
    }


def _feature(report: Report, request: Request) -> dict[str, Any]:
    pet, photo = live_pet(report), card_photo(report)
    page = map_page(report)
    return {
        "type": "Feature",
        "geometry": _point(*report.public_point),
        "properties": {
            "id": report.pk,
            "status": report.status,
            "name": case_name(report),
            "species": report.species,
            "type": pet.type if pet is not None else report.pet_type,
            "breed": pet.breed if pet is not None else report.pet_breed,
            "seen_on": report.last_seen_date,
            "reported_at": report.reported_at,
            "url": (service_url(page) or request.build_absolute_uri(page)) if page else None,
            "thumbnail": image_url(photo, "thumbnail", request=request) if photo is not None else None,
            "is_test": report.is_test,
        },
    }


def _point(latitude: float, longitude: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [round(longitude, 6), round(latitude, 6)]}


def _box(box: BoundingBox) -> list[float]:
    """Its edges lie on points: it is widened by less than a metre, so that rounding leaves none of them outside."""
    edge = 5e-6
    west, south = max(-180.0, box.west - edge), max(-90.0, box.south - edge)
    east, north = min(180.0, box.east + edge), min(90.0, box.north + edge)
    return [round(side, 6) for side in (west, south, east, north)]

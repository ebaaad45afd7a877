"""What is counted while the service works. `/metrics/` (animal.ops.exposition) tells it to Prometheus.

Labels are patterns of routes, names of tasks and a few fixed words, so that their number is bounded and none of them
says anything about a person. What can be counted in the database when somebody asks stands in `animal.ops.gauges`.
"""

from __future__ import annotations

from animal.core.metrics.lazy import Counter, Gauge, Histogram

_ANSWER_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_QUERY_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0)
_WORK_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 20.0)
_WAIT_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)

REQUESTS = Counter("django_http_requests_total", "Requests answered.", ("method", "endpoint", "status_code"))
REQUEST_SECONDS = Histogram(
    "django_http_request_duration_seconds", "Time to answer.", ("method", "endpoint"), buckets=_ANSWER_SECONDS
)
REQUESTS_IN_PROGRESS = Gauge("django_http_requests_in_progress", "Requests being answered.", ("method",))
QUERY_SECONDS = Histogram(
    "django_db_query_duration_seconds", "Time of a statement.", ("operation",), buckets=_QUERY_SECONDS
)
CACHE_OPERATIONS = Counter("django_cache_operations_total", "Calls of the cache.", ("operation", "hit"))
TASKS = Counter("background_tasks_total", "Runs of background tasks that ended.", ("task_name", "status"))
TASK_SECONDS = Histogram("background_tasks_duration_seconds", "Time of a run.", ("task_name",), buckets=_WORK_SECONDS)
TASK_WAIT_SECONDS = Histogram(
    "pawgle_task_wait_seconds", "Time between a task's being due and its start.", buckets=_WAIT_SECONDS
)
PHOTOS = Counter("cv_processing_total", "Photos given to the recogniser.", ("status", "model"))
PHOTO_SECONDS = Histogram("cv_processing_duration_seconds", "Time of one photo.", ("model",), buckets=_WORK_SECONDS)
BREAKERS = Gauge(
    "pawgle_provider_breaker", "Processes whose way to the recogniser is in this state.", ("provider", "state")
)
NOTIFICATIONS = Counter("pawgle_notifications_total", "Notifications written.", ("kind",))
MAILS_SENT = Counter("pawgle_mails_sent_total", "Mails handed over to Resend, a mail server or files.")

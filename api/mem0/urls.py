"""Routes of Mem0's hosted service that its clients call. Trailing slashes are exact: the client follows no redirect."""

from __future__ import annotations

from django.urls import path, re_path

from api.mem0.memories import AddView, HistoryView, MemoriesView, OneMemoryView, SearchView, UndoView
from api.mem0.other_routes import BatchView, EntitiesView, EntityView, EventsView, EventView, PingView

urlpatterns = [
    path("v1/ping/", PingView.as_view(), name="ping"),
    path("v3/memories/add/", AddView.as_view(), name="memory-add"),
    path("v3/memories/search/", SearchView.as_view(), name="memory-search"),
    path("v3/memories/", MemoriesView.as_view(http_method_names=["post"]), name="memory-list"),
    path("v1/memories/", MemoriesView.as_view(http_method_names=["delete"]), name="memory-delete-scope"),
    path("v1/memories/<path:memory_id>/undo/", UndoView.as_view(), name="memory-undo"),
    path("v1/memories/<path:memory_id>/history/", HistoryView.as_view(), name="memory-history"),
    path("v1/memories/<path:memory_id>/", OneMemoryView.as_view(), name="memory"),
    path("v1/batch/", BatchView.as_view(), name="memory-batch"),
    path("v1/entities/", EntitiesView.as_view(), name="entities"),
    re_path(r"^v2/entities/(?P<kind>user|agent|app|run)/(?P<name>.+)/$", EntityView.as_view(), name="entity"),
    path("v1/events/", EventsView.as_view(), name="events"),
    path("v1/event/<path:event_id>/", EventView.as_view(), name="event"),
]

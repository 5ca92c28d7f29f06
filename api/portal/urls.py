"""Addresses of the portal, under /portal/."""

from __future__ import annotations

from django.urls import path

from api.portal import enter, memories, requests

app_name = "portal"
urlpatterns = [
    path("", memories.home, name="home"),
    path("enter/<str:text>/", enter.enter, name="enter"),
    path("stay/", enter.stay, name="stay"),
    path("leave/", enter.leave, name="leave"),
    path("memories/<uuid:memory_id>/", memories.correct, name="correct"),
    path("memories/<uuid:memory_id>/undo/", memories.undo, name="undo"),
    path("readers/", memories.readers, name="readers"),
    path("choices/", memories.choices, name="choices"),
    path("choices/<slug:choice>/", memories.choose, name="choose"),
    path("requests/", requests.requests, name="requests"),
    path("requests/new/<slug:kind>/", requests.new, name="new"),
    path("requests/<uuid:request_id>/", requests.request_page, name="request"),
    path("requests/<uuid:request_id>/code/", requests.code, name="code"),
    path("requests/<uuid:request_id>/cancel/", requests.cancel, name="cancel"),
    path("receipt/", requests.receipt, name="receipt"),
    path("receipt/file/", requests.receipt_file, name="receipt-file"),
    path("copy/", requests.copy, name="copy"),
]

"""The console, under /console/."""

from __future__ import annotations

from django.urls import path

from api.console import home, people, quarantine, requests, signing, single_sign_on

app_name = "console"
urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", signing.sign_in, name="sign-in"),
    path("sign-out/", signing.sign_out, name="sign-out"),
    path("sign-on/", single_sign_on.begin, name="single-sign-on"),
    path("sign-on/link/", single_sign_on.link, name="single-sign-on-link"),
    path("sign-on/back/", single_sign_on.back, name="single-sign-on-back"),
    path("confirm/", signing.step_up, name="step-up"),
    path("enrol/", signing.enrol, name="enrol"),
    path("claim-key/", signing.claim_key, name="claim-key"),
    path("people/", people.people, name="people"),
    path("people/find/", people.find, name="person-find"),
    path("people/<uuid:subject_id>/", people.person, name="person"),
    path("people/<uuid:subject_id>/reveal/", people.reveal, name="reveal"),
    path("people/<uuid:subject_id>/restrict/", people.restrict, name="person-restrict"),
    path("people/<uuid:subject_id>/lift/", people.lift, name="person-lift"),
    path("quarantine/", quarantine.quarantine, name="quarantine"),
    path("quarantine/<uuid:memory_id>/release/", quarantine.release, name="quarantine-release"),
    path("quarantine/<uuid:memory_id>/reject/", quarantine.reject, name="quarantine-reject"),
    path("requests/", requests.requests, name="requests"),
    path("requests/new/", requests.new, name="request-new"),
    path("requests/<uuid:number>/", requests.request_page, name="request"),
    path("requests/<uuid:number>/copy.zip", requests.copy, name="request-copy"),
    path("requests/<uuid:number>/link/", requests.link, name="request-link"),
    path("requests/<uuid:number>/certificate.json", requests.certificate, name="request-certificate"),
    path("requests/<uuid:number>/<slug:step>/", requests.step, name="request-step"),
]

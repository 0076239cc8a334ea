"""Every address of the web face, each with a name."""

from django.urls import path

from indelible.faces.web import about, drafts, files, lists, login, me, palette, people, record_urls, refusals, trail, work

urlpatterns = [
    path("", work.work, name="work"),
    path("login", login.sign_in, name="login"),
    path("logout", login.sign_out, name="logout"),
    path("session", login.stay, name="stay"),
    path("link/<str:secret>", login.one_time_link, name="link"),
    path("records/<slug:kind>", lists.show, name="list"),
    path("records/<slug:kind>/csv", lists.export, name="export"),
    path("r/<str:number>/files/<slug:sha256>", files.download, name="file"),
    path("uploads", files.upload, name="upload"),
    path("drafts", drafts.drafts_view, name="drafts"),
    path("trail", trail.show, name="trail"),
    path("trail/csv", trail.export, name="trail_csv"),
    path("trail/refusals", refusals.show, name="refusals"),
    path("trail/refusals/csv", refusals.export, name="refusals_csv"),
    path("palette", palette.palette, name="palette"),
    path("find", palette.find, name="find"),
    path("find/numbers", palette.numbers, name="find_numbers"),
    path("about", about.about, name="about"),
    path("me", me.me, name="me"),
    path("me/password", me.password, name="password"),
    path("me/sessions/<slug:session>/end", me.end_session, name="end_session"),
    path("me/tokens", me.issue_token, name="issue_token"),
    path("me/tokens/<uuid:token>/revoke", me.revoke_token, name="revoke_token"),
    path("accounts", people.show, name="accounts"),
    path("accounts/invite", people.invite, name="invite"),
    path("accounts/<str:number>/link", people.renew_link, name="renew_link"),
    path("accounts/<str:number>/deactivate", people.deactivate, name="deactivate"),
    *record_urls.urlpatterns,
]

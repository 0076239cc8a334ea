"""The addresses of records: page, form, act, signature on screen and on paper, timeline, thread, comparison, comments, printed copy."""

from django.urls import path

from indelible.faces.web import (
    acting,
    as_signed,
    certifying,
    comparing,
    converting,
    forms,
    panels,
    previewing,
    printing,
    read_on,
    record,
    remarking,
    signing,
    threads,
)

urlpatterns = [
    path("records/<slug:kind>/new", forms.new, name="new"),
    path("records/<slug:kind>/preview", previewing.new, name="preview_new"),
    path("r/<str:number>", record.show, name="record"),
    path("r/<str:number>/edit", forms.edit, name="edit"),
    path("r/<str:number>/amend", forms.edit, {"verb": "amend"}, name="amend"),
    path("r/<str:number>/preview/<slug:verb>", previewing.edit, name="preview"),
    path("r/<str:number>/act/<slug:verb>", acting.act, name="act"),
    path("r/<str:number>/sign/<slug:verb>", signing.sign, name="sign"),
    path("r/<str:number>/certify", certifying.certify, name="certify"),
    path("r/<str:number>/scan", certifying.scan, name="scan"),
    path("r/<str:number>/as-signed/<int:position>", as_signed.show, name="as_signed"),
    path("r/<str:number>/timeline", record.timeline, name="timeline"),
    path("r/<str:number>/thread", threads.show, name="thread"),
    path("r/<str:number>/compare", comparing.compare, name="compare"),
    path("r/<str:number>/compare.pdf", comparing.pdf, name="compare_pdf"),
    path("r/<str:number>/reached", read_on.reached, name="reached"),
    path("r/<str:number>/viewed", comparing.viewed, name="viewed"),
    path("r/<str:number>/comment", remarking.remark, name="remark"),
    path("r/<str:number>/comment/<int:position>", remarking.resolve, name="resolve"),
    path("r/<str:number>/panels/<slug:name>", panels.show, name="panel_of"),
    path("r/<str:number>/panels/<slug:name>/pdf", panels.pdf, name="panel_of_pdf"),
    path("r/<str:number>/pdf", printing.pdf, name="pdf"),
    path("r/<str:number>/paper", printing.paper, name="paper"),
    path("r/<str:number>/reading/<slug:sha256>", printing.reading, name="reading"),
    path("r/<str:number>/docx", converting.docx, name="docx"),
    path("r/<str:number>/convert/<slug:sha256>", converting.show, name="convert"),
]

import time

from django.db import connection

from indelible.assurance.verify import verify
from indelible.infra import guards


def test_a(home):
    n = home.until(home.draft(), "effective")
    home.act("ann", "document.create", key="k-1", fields={"title": "One", "class": "procedure"})
    d, l = guards.definitions(connection.vendor), guards.list_definitions()
    for k in d: assert d[k] == l[k], (d[k], l[k])
    assert set(d) == guards.expected(connection.vendor)
    s=time.perf_counter(); r = verify(); print(time.perf_counter()-s)
    s=time.perf_counter(); r = verify(); print(time.perf_counter()-s)
    for f in r.findings: print(f)
    print(r.counts)
    assert r.ok

"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "indelible.project.settings")
handler = get_wsgi_application()

from indelible.project.receiving import Receiving  # noqa: E402 - Django is ready only now

application = Receiving(handler)

"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from indelible.project.receiving import Receiving

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "indelible.project.settings")
application = Receiving(get_wsgi_application())

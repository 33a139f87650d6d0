"""The site for a WSGI server."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from onelot.settings.logs import set_up_logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onelot.settings.django")
set_up_logs()
application = get_wsgi_application()

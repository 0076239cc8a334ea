"""The product's settings with the neighbours beside it: a plain table and one under django-simple-history."""

from indelible.project.settings import *  # noqa: F403 - everything that the product sets, and two apps more
from indelible.project.settings import INSTALLED_APPS as PRODUCT

INSTALLED_APPS = [*PRODUCT, "simple_history", "tests.bench"]

"""The product's settings with one more page: the peer that its pages are measured against."""

from onelot.settings.django import *  # noqa: F403

ROOT_URLCONF = "bench.web_urls"

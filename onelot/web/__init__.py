"""The site: a thin shell above the rooms, with base page, components and signing in."""

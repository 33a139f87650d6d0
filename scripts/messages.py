"""Collect what pages say into the catalogue of each language, and compile it. Needs Debian's gettext.

``python -m scripts.messages`` writes ``onelot/web/locale``; translate what is empty or fuzzy in its ``.po`` files, and
run it again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from scripts.sentences import sentences

LOCALE = Path("onelot/web/locale")
LANGUAGES = ("de",)


def collect(root: Path) -> None:
    """Bring the ``.po`` files of a checkout up to date with its sources."""
    (root / LOCALE).mkdir(exist_ok=True)
    said = root / "onelot" / "sentences_of_rooms.py"
    said.write_text(_as_python(root), "utf-8")
    try:
        _make_messages(root)
    finally:
        said.unlink()
    for language in LANGUAGES:
        path = catalogue(root, language)
        # The time of collecting would make the file differ each time.
        lines = path.read_text("utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not line.startswith('"POT-Creation-Date')), "utf-8")


def _as_python(root: Path) -> str:
    """What rooms say, written so that Django's collecting finds it."""
    lines = []
    for one in sentences(root):
        call = f"ngettext({one.text!r}, {one.plural!r}, 2)" if one.plural else f"gettext({one.text!r})"
        lines.append(f"# xgettext:no-python-format\n{call}\n")
    return "".join(lines)


def _make_messages(root: Path) -> None:
    languages = [option for language in LANGUAGES for option in ("--locale", language)]
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", *languages, "--no-location", "--no-obsolete", "--no-wrap"],
        cwd=root / "onelot", check=True, stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(root), "DJANGO_SETTINGS_MODULE": "onelot.settings.django"},
    )  # fmt: skip


def compiled(path: Path) -> bytes:
    """A ``.po`` file as pages read it; placeholders that do not agree are refused."""
    done = subprocess.run(
        ["msgfmt", "--check-format", "--output-file=-", str(path)], check=True, capture_output=True
    )
    return done.stdout


def catalogue(root: Path, language: str) -> Path:
    """The ``.po`` file of a language."""
    return root / LOCALE / language / "LC_MESSAGES" / "django.po"


def main() -> int:
    """Collect and compile; 1 where something is not translated yet."""
    root = Path(__file__).parents[1]
    collect(root)
    missing = 0
    for language in LANGUAGES:
        path = catalogue(root, language)
        path.with_suffix(".mo").write_bytes(compiled(path))
        missing += untranslated(path)
        print(f"{path.relative_to(root)}: {untranslated(path)} not translated")
    return 1 if missing else 0


def untranslated(path: Path) -> int:
    """How many messages have no translation, or one that was only guessed."""
    found = subprocess.run(
        ["msgattrib", "--no-wrap", "--untranslated", str(path)], check=True, capture_output=True, text=True
    ).stdout + subprocess.run(
        ["msgattrib", "--no-wrap", "--only-fuzzy", str(path)], check=True, capture_output=True, text=True
    ).stdout  # fmt: skip
    return sum(line.startswith("msgid ") and line != 'msgid ""' for line in found.splitlines())


if __name__ == "__main__":
    sys.exit(main())

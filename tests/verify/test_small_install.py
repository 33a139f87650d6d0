"""The verifier alone: the distribution in ``verify/`` holds what it loads, and works without the rest."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib import util
from pathlib import Path

import pytest

from onelot.verify.command import run
from tests.disposition.dossier.making import dossier, made_lot
from tests.site import World

ROOT = Path(__file__).parents[2]


def packed() -> set[str]:
    spec = util.spec_from_file_location("packing", ROOT / "verify" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return set(module.MODULES)


def test_it_packs_what_it_loads_and_nothing_else() -> None:
    code = (
        "import sys, onelot.verify.command;"
        "print('\\n'.join(m.__file__ for n, m in sys.modules.items() if n.partition('.')[0] == 'onelot'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert {str(Path(line).relative_to(ROOT)) for line in done.stdout.split()} == packed()


@pytest.mark.slow
@pytest.mark.django_db
def test_it_verifies_where_onelot_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tmp_path)
    made_lot(world)
    (tmp_path / "dossier.pdf").write_bytes(dossier(world))
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "-w", str(tmp_path), str(ROOT / "verify")], check=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "alone")
    code = (
        "import sys; sys.path.insert(0, 'alone'); import onelot.verify.command as c; print(c.__file__);"
        "sys.exit(c.run())"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, "dossier.pdf"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("alone/") or str(tmp_path / "alone") in done.stdout
    assert run([str(tmp_path / "dossier.pdf")]) == 0
    assert capsys.readouterr().out.strip() == done.stdout.split("\n", 1)[1].strip()

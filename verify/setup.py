"""Packs the verifier: of onelot's source tree only what ``onelot.verify`` imports. There is no second copy of it."""

from __future__ import annotations

import re
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SOURCE = Path(__file__).resolve().parent.parent
MODULES = (
    "onelot/__init__.py",
    "onelot/kernel/__init__.py",
    "onelot/kernel/refusals.py",
    "onelot/ledger/__init__.py",
    "onelot/ledger/checkpoint.py",
    "onelot/ledger/merkle.py",
    "onelot/ledger/proof.py",
    "onelot/verify/__init__.py",
    "onelot/verify/command.py",
    "onelot/verify/dossier.py",
    "onelot/verify/filemap.py",
    "onelot/verify/names.py",
    "onelot/verify/receipt.py",
    "onelot/verify/report.py",
    "onelot/verify/seal.py",
)
"""A test holds that these are the modules that the verifier loads, all of them and no others."""


class Pack(build_py):
    """Takes the modules from where they are."""

    def run(self) -> None:
        """Copy them into the package that is being built."""
        for name in MODULES:
            target = Path(self.build_lib) / name
            self.mkpath(str(target.parent))
            self.copy_file(str(SOURCE / name), str(target))


if __name__ == "__main__":
    text = (SOURCE / "onelot" / "__init__.py").read_text("utf-8")
    (version,) = re.findall(r'__version__ = "([^"]+)"', text)
    setup(
        version=version,
        cmdclass={"build_py": Pack},
        packages=["onelot.verify"],
        package_dir={"onelot.verify": "../onelot/verify"},
    )

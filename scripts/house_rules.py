"""House rules that no linter knows: sizes of files and functions, and what must not be in the repository."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

FILE_P95, FILE_MAX, FUNCTION_P95, FUNCTION_MAX = 300, 500, 40, 80
REGISTRY = re.compile(
    r"(https?://[^\s\"')]*(?:pypi|pythonhosted|npmjs|deb\.debian|maven)[^\s\"')]*)|--(?:extra-)?index-url|--find-links"
)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:root|home|work)/\w+")


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [path for name in listed.split("\0") if name and (path := Path(name)).is_file()]


def _p95(sizes: list[int]) -> int:
    return sorted(sizes)[max(0, -(-len(sizes) * 95 // 100) - 1)]


def size_faults(paths: list[Path]) -> list[str]:
    """Files and functions over their budget."""
    files: dict[str, int] = {}
    functions: dict[str, int] = {}
    for path in paths:
        text = path.read_text("utf-8")
        files[str(path)] = text.count("\n")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                functions[f"{path}:{node.lineno} {node.name}"] = (
                    (node.end_lineno or node.lineno) - node.lineno + 1
                )
    faults = []
    for what, sizes, p95, largest in (
        ("file", files, FILE_P95, FILE_MAX),
        ("function", functions, FUNCTION_P95, FUNCTION_MAX),
    ):
        if sizes and (found := _p95(list(sizes.values()))) > p95:
            faults.append(f"95 % of {what}s must have at most {p95} lines, but it is {found}")
        faults += [
            f"{name}: {size} lines, a {what} has at most {largest}"
            for name, size in sizes.items()
            if size > largest
        ]
    return faults


def text_faults(paths: list[Path]) -> list[str]:
    """Lines that name a registry or a machine's folders."""
    faults = []
    for path in paths:
        try:
            lines = path.read_text("utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a binary file or a deliberately broken one from a shelf
        for number, line in enumerate(lines, 1):
            for pattern, what in ((REGISTRY, "address of a registry"), (MACHINE_PATH, "path of a machine")):
                if pattern.search(line):
                    faults.append(f"{path}:{number}: {what}: {line.strip()[:100]}")
    return faults


def main() -> int:
    """Print every fault; status 1 when there is any."""
    tracked = _tracked()
    here = Path(__file__).relative_to(Path.cwd())
    code = [path for path in tracked if path.suffix == ".py" and path.parts[0] == "onelot"]
    faults = size_faults(code) + text_faults([path for path in tracked if path != here])
    print("\n".join(faults) or f"house rules hold for {len(tracked)} files")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())

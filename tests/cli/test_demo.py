"""The main job on the example network: every planted defect is found."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

ROOT = Path(__file__).parents[2]


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "onelot", "demo", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def test_a_taken_port_is_told_before_any_work(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "onelot", "demo", "--folder", str(tmp_path / "demo"), "--port", str(port)],
            capture_output=True, text=True, cwd=ROOT, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert f"127.0.0.1:{port}: The site cannot listen there." in done.stderr
    assert not (tmp_path / "demo").exists()


def test_folders_of_somebody_else_are_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "home" / "letter.txt"
    mine.parent.mkdir()
    mine.write_text("Dear onelot")
    done = demo("--no-serve", "--lots", "1", "--folder", str(tmp_path))
    assert done.returncode == 2
    assert "demo.folder_taken" in done.stderr
    assert mine.read_text() == "Dear onelot"


@pytest.mark.slow
def test_a_second_demo_is_the_first_one_made_anew(tmp_path: Path) -> None:
    first, second = (demo("--no-serve", "--lots", "3", "--folder", str(tmp_path / "demo")) for _ in range(2))
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert "made anew" not in first.stderr
    assert "is made anew: what was done in it before is gone." in second.stderr
    assert first.stdout == second.stdout


@pytest.mark.slow
def test_the_demo_ends_by_serving_with_an_account_for_each_role(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = tmp_path / "demo"
    started = subprocess.Popen(
        [sys.executable, "-m", "onelot", "demo", "--lots", "6", "--folder", str(folder), "--port", str(port)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert started.stdout is not None
    told = []
    try:
        for line in started.stdout:
            told.append(line)
            if line.startswith("each with the password "):
                break
        password = told[-1].split()[-1]
        answer = _signed_in(f"http://127.0.0.1:{port}", "demo.reviewer", password)
        assert "Lots that wait" in answer
        assert "Demonstration: these people and lots are not real." in answer
        accounts = {line.split()[1] for line in told if line.startswith("  demo.")}
        assert accounts == {"site", "reviewer", "quality_head", "qp", "author", "administrator", "validation"}
    finally:
        started.send_signal(signal.SIGINT)
        assert started.wait(60) == 0
        started.stdout.close()


def _signed_in(address: str, person: str, password: str) -> str:
    cookies = CookieJar()
    browser = build_opener(HTTPCookieProcessor(cookies))
    deadline = time.monotonic() + 60
    while True:
        try:
            browser.open(f"{address}/sign-in/").close()
            break
        except URLError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    token = next(cookie.value for cookie in cookies if cookie.name == "csrftoken")
    form = urlencode({"username": person, "password": password, "csrfmiddlewaretoken": token})
    with browser.open(f"{address}/sign-in/", form.encode()) as answer:
        return str(answer.read().decode())

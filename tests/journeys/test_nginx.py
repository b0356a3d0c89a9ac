"""The nginx configuration of the operator's guide, in front of replicas."""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from .crashing import Truth, free_port
from .test_replicas import InTurn, deployed, loop, verify

pytestmark = pytest.mark.services

GUIDE = Path(__file__).parents[2] / "docs" / "operator.md"
PATIENCE_S = 20
_AROUND = """
daemon off; worker_processes 1; pid {folder}/pid; error_log stderr warn;
events {{ worker_connections 512; }}
http {{
access_log off;
client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{servers}
}}
"""


def documented(replicas: Sequence[str], port: int) -> str:
    """The example, with the addresses of a test and without TLS."""
    (example,) = re.findall(r"^```nginx\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    servers = " ".join(f"server {url.removeprefix('http://')};" for url in replicas)
    for pattern, ours in (
        (r"upstream ggui \{.*\}", f"upstream ggui {{ {servers} }}"),
        (r"listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        (r"ssl_certificate .*\n", "\n"),
        (r"ssl_certificate_key .*\n", "\n"),
        (r"server_name ggui\.example;", "server_name localhost;"),
    ):
        example, times = re.subn(pattern, ours, example)
        assert times == 1, pattern
    return example


@contextmanager
def proxied(folder: Path, replicas: Sequence[str]) -> Iterator[str]:
    """The address of nginx in front of ``replicas``."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    port = free_port()
    conf = folder / "nginx.conf"
    conf.write_text(_AROUND.format(folder=folder, servers=documented(replicas, port)))
    process = subprocess.Popen([nginx, "-p", str(folder), "-c", str(conf)], stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            assert process.poll() is None, process.communicate()[1]
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "nginx does not listen"
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate()


async def test_replicas_serve_as_one_behind_the_documented_proxy(tmp_path: Path) -> None:
    truth = Truth()
    async with deployed(tmp_path) as made:
        with proxied(tmp_path, [replica.url for replica in made.replicas]) as url:
            call = InTurn(made.call.http, [url, url.replace("127.0.0.1", "localhost")])
            await asyncio.gather(*(loop(call, truth, f"lane{each}", 0) for each in range(3)))
            async with made.call.http.get(f"{url}/admin/pair") as answer:
                assert answer.status == 404, "the operator's pages are not for the world"
            body = io.BytesIO(b" " * (5 << 20))
            async with made.call.http.post(f"{url}/mcp", data=body) as answer:
                assert answer.status == 413
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await made.call.http.ws_connect(f"{url}/mcp")
    verify(truth)
    assert len(truth.gestures()) == 2 * 3

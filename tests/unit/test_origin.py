"""Host and Origin policy as a function (spec 02 section 1.4, spec 03 section 6.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ggui_core.http.origin import OriginPolicy, host_name, is_loopback

LOCAL = OriginPolicy.of(
    "127.0.0.1", "https://ui.example.com/base", ["https://chat.example/", "HTTP://Dev.Example:8080"], ["/mcp"]
)
PUBLIC = OriginPolicy.of("0.0.0.0", None, (), ["/mcp", "/Docs"])


@pytest.mark.parametrize(
    ("authority", "name"),
    [
        ("localhost", "localhost"),
        ("LocalHost:6781", "localhost"),
        ("127.0.0.1:1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("[::1]:6781", "::1"),
        ("::1", "::1"),
        ("ui.example.com:443", "ui.example.com"),
        ("localhost:evil.com", None),
        ("localhost:80@evil.com", None),
        ("evil.com@localhost", None),
        ("[::1]evil.com", None),
        ("[::1]:80evil", None),
        ("[::1", None),
        ("::1]", None),
        ("localhost:80:80", None),
        ("localhost/path", None),
        ("local host", None),
        ("localhost:٣", None),
        ("", None),
        (":80", None),
        ("[]", None),
        ("[]:80", None),
    ],
)
def test_host_name_of_an_authority(authority: str, name: str | None) -> None:
    assert host_name(authority) == name


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:6781", "[::1]", "[::1]:6781", "::1"]
)
def test_loopback_names_reach_a_loopback_server(host: str) -> None:
    assert is_loopback(host)
    assert LOCAL.host_allowed(host)


@pytest.mark.parametrize("host", ["ui.example.com", "UI.Example.COM:443", "ui.example.com:9"])
def test_public_base_url_admits_its_host_on_any_port(host: str) -> None:
    assert LOCAL.host_allowed(host)


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.com",
        "localhost.evil",
        "localhost.evil:6781",
        "evil.localhost",
        "127.0.0.1.nip.io",
        "0.0.0.0",
        "[::2]",
        "[::ffff:127.0.0.1]",
        "chat.example",
        "localhost:x@evil.com",
        "[::1]evil.com",
        "null",
        "xn--localhost",
    ],
)
def test_foreign_hosts_do_not_reach_a_loopback_server(host: str | None) -> None:
    assert not LOCAL.host_allowed(host)


@pytest.mark.parametrize("host", [None, "", "evil.com", "localhost.evil"])
def test_other_binds_do_not_look_at_the_host(host: str | None) -> None:
    assert PUBLIC.host_allowed(host)


@pytest.mark.parametrize("bind", ["localhost", "127.0.0.1", "::1", "[::1]", "LOCALHOST"])
def test_every_loopback_bind_checks_the_host(bind: str) -> None:
    assert OriginPolicy.of(bind, None, (), ()).check_host


@pytest.mark.parametrize("bind", ["0.0.0.0", "::", "192.0.2.1", "example.com"])
def test_no_other_bind_checks_the_host(bind: str) -> None:
    assert not OriginPolicy.of(bind, None, (), ()).check_host


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "http://localhost",
        "http://localhost:5173",
        "https://127.0.0.1:1",
        "http://[::1]:9",
        "HTTP://LOCALHOST:3",
        "https://chat.example",
        "https://Chat.Example",
        "https://chat.example:443",
        "http://dev.example:8080",
        "https://ui.example.com",
        "https://ui.example.com:443",
        "capacitor://localhost",
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1:6781", "evil.com"])
def test_known_origins_pass(origin: str | None, host: str) -> None:
    assert LOCAL.origin_allowed(origin, host)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "localhost",
        "https://",
        "http://evil.com",
        "http://localhost.evil",
        "http://localhost.evil:6781",
        "http://evil.com:6781",
        "http://user@localhost",
        "http://localhost:80@evil.com",
        "http://localhost:@evil.com",
        "http://evil.com#@localhost",
        "http://localhost#x",
        "http://localhost/x",
        "http://localhost/",
        "http://localhost?x",
        "http://localhost:99999999",
        "http://localhost:abc",
        "http://[::1]evil.com",
        "http://[::1",
        "http://local\thost",
        "http://localhost http://evil.com",
        "http://chat.example",
        "https://chat.example:444",
        "https://sub.chat.example",
        "https://chat.example.evil",
        "http://dev.example",
        "javascript:alert(1)",
        "file://",
        "about:blank",
    ],
)
def test_foreign_origins_do_not_pass(origin: str) -> None:
    assert not LOCAL.origin_allowed(origin, "127.0.0.1:6781")


def test_same_authority_as_the_host_passes() -> None:
    assert PUBLIC.origin_allowed("https://any.example:8443", "Any.Example:8443")
    assert not PUBLIC.origin_allowed("https://any.example:8443", "any.example:8444")
    assert not PUBLIC.origin_allowed("https://any.example", None)
    assert not PUBLIC.origin_allowed("null", "null")


@pytest.mark.parametrize("path", ["/mcp", "/MCP", "/mcp/", "/mcp/app-1", "/McP/x/y", "/docs", "/DOCS/x"])
def test_mcp_paths_and_what_is_below_them_are_found_in_any_case(path: str) -> None:
    assert PUBLIC.is_mcp(path)


@pytest.mark.parametrize("path", ["/", "/mcpx", "/x/mcp", "/ggui/health", "/doc", "/docs2"])
def test_other_paths_are_no_mcp_paths(path: str) -> None:
    assert not PUBLIC.is_mcp(path)


@given(st.text(max_size=60))
def test_any_text_as_host_or_origin_is_judged_without_an_error(text: str) -> None:
    assert LOCAL.host_allowed(text) is (
        host_name(text) in {"localhost", "127.0.0.1", "::1", "ui.example.com"}
    )
    LOCAL.origin_allowed(text, text)


label = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)


@given(name=st.lists(label, min_size=2, max_size=4).map(".".join), port=st.integers(0, 65_535))
def test_a_dotted_name_is_never_loopback(name: str, port: int) -> None:
    foreign = name if name != "127.0.0.1" else "x." + name
    for host in (foreign, f"{foreign}:{port}", f"localhost.{foreign}", f"localhost@{foreign}:{port}"):
        assert not is_loopback(host)
        assert not LOCAL.origin_allowed(f"http://{host}", "127.0.0.1:6781") or host == "ui.example.com"


@given(
    name=st.sampled_from(["localhost", "127.0.0.1", "[::1]", "LOCALHOST"]),
    port=st.one_of(st.none(), st.integers(0, 65_535)),
    scheme=st.sampled_from(["http", "https", "HTTP", "app"]),
)
def test_loopback_passes_on_every_port_and_scheme(name: str, port: int | None, scheme: str) -> None:
    authority = name if port is None else f"{name}:{port}"
    assert LOCAL.host_allowed(authority)
    assert LOCAL.origin_allowed(f"{scheme}://{authority}", "ui.example.com")

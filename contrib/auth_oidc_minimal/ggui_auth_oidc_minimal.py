"""Accepts the JWTs of one OpenID Connect issuer, checked with the keys it publishes (RFC 7517, RFC 7519)."""

import asyncio
import json
from contextlib import suppress

import aiohttp
from joserfc import errors, jwk, jws, jwt
from pydantic import BaseModel

from ggui_core import auth, hookimpl
from ggui_core.setup import Setup

PLUGIN_API = 1
REQUIRED = jwt.ClaimsOption(essential=True)


class Oidc(BaseModel):
    issuer: str
    audience: str
    jwks_uri: str


class OidcAdapter:
    name, rank, refetch_s, max_age_s = "oidc", 50, 30, 3600
    keys, asked_at, failed = jwk.KeySet([]), float("-inf"), False

    def __init__(self, setup: Setup) -> None:
        self.oidc, self.clock, self.lock = setup.settings(Oidc), setup.clock, asyncio.Lock()

    async def authenticate(self, request: auth.AuthRequest) -> auth.Principal | None:
        with suppress(errors.JoseError, ValueError, KeyError, TypeError):  # no good token
            seen = jws.extract_compact((request.bearer or "").encode())
            if json.loads(seen.payload)["iss"] == self.oidc.issuer:  # else another adapter may know it
                keys = await self.published_keys(seen.headers()["kid"])
                claims = jwt.decode(request.bearer or "", keys, ["RS256", "ES256"]).claims  # never HS256
                aud = jwt.ClaimsOption(essential=True, value=self.oidc.audience)
                jwt.JWTClaimsRegistry(int(self.clock.now()), 30, aud=aud, exp=REQUIRED).validate(claims)
                user = auth.UserIdentity(claims["sub"], roles=tuple(claims.get("roles", ())))
                return auth.Principal(user, "oidc", f"oidc:{user.user_id}")
        return None

    async def published_keys(self, kid: str) -> jwk.KeySet:
        async with self.lock:
            known = any(key.kid == kid for key in self.keys)
            if self.clock.monotonic() - self.asked_at >= (self.max_age_s if known else self.refetch_s):
                self.failed = True
                with suppress(Exception):
                    published = aiohttp.request("GET", self.oidc.jwks_uri, raise_for_status=True)
                    async with asyncio.timeout(5), published as answer:
                        self.keys, self.failed = jwk.KeySet.import_key_set(await answer.json()), False
                self.asked_at = self.clock.monotonic()
            if self.failed and not known:
                raise ConnectionError("the issuer's keys cannot be read")
            return self.keys


ggui_settings = hookimpl(lambda: Oidc)
ggui_auth_adapters = hookimpl(lambda setup: [OidcAdapter(setup)])

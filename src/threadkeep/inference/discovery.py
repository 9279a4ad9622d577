"""Which chat models there are: by the settings, the environment, or because they are simply there.

The first of these that gives one is used: the settings, `THREADKEEP_UPSTREAM_URL`, `OPENAI_BASE_URL`
or `OPENAI_API_KEY`, model servers on their usual ports, the local model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import msgspec

from threadkeep.errors import SettingsError
from threadkeep.inference.catalogue import models_folder
from threadkeep.inference.discovered import Discovery, Finding, FoundUpstream, Result, Secret
from threadkeep.inference.local import UPSTREAM as LOCAL
from threadkeep.inference.local import LocalModel
from threadkeep.inference.local_lookup import find_local, why_none
from threadkeep.inference.loop_guard import points_back
from threadkeep.inference.probing import USUAL_SERVERS, Listing, UsualServer, listing_of
from threadkeep.settings import RouteSettings, Settings, UpstreamSettings
from threadkeep.transport import AsyncTransport
from threadkeep.transport.pyreqwest import AsyncPyreqwestTransport

__all__ = ["Discovery", "Finding", "FoundUpstream", "Secret", "discover"]

HOSTED_URL: Final = "https://api.openai.com/v1"
ALL_NAMES: Final = "*"
_PROBE_SECONDS: Final = 0.3
_NAMED_SECONDS: Final = 2.0


class _Search(msgspec.Struct, frozen=True):
    """Where is looked, and with what."""

    settings: Settings
    environ: Mapping[str, str]
    transport: AsyncTransport
    findings: list[Finding]

    def note(self, what: str, result: Result, why: str) -> None:
        self.findings.append(Finding(what, result, why))

    async def is_this_server(self, url: str) -> bool:
        return await points_back(url, self.settings.host, self.settings.port)

    def local_model(self) -> LocalModel | None:
        return find_local(self.settings.local, models_folder(self.environ))

    def why_not_local(self) -> str:
        return why_none(models_folder(self.environ))


async def discover(settings: Settings, environ: Mapping[str, str]) -> Discovery:
    """Look for chat models. Raises `SettingsError` where the settings name what cannot be used."""
    transport = AsyncPyreqwestTransport()
    search = _Search(settings, environ, transport, [])
    try:
        found = await _first(search)
    finally:
        await transport.aclose()
    return msgspec.structs.replace(found, findings=search.findings)


async def _first(search: _Search) -> Discovery:
    """What the first place gives that has anything; the places after it are not looked at."""
    found: Discovery | None = None
    used = ""
    for title, look in _PLACES:
        if found is not None:
            search.note(title, "not looked for", f"{used} came first")
            continue
        found = await look(search)
        used = title if found else used
    return found or Discovery()


# What the settings say -------------------------------------------------------------------------


async def _in_settings(search: _Search) -> Discovery | None:
    settings = search.settings
    if not (settings.routes or settings.upstreams or settings.local.model):
        search.note(_SETTINGS, "not found", "they name no chat model")
        return None
    upstreams = {
        name: await _configured(search, name, upstream)
        for name, upstream in settings.upstreams.items()
    }
    routes = settings.routes or [_default_route(settings)]
    local = search.local_model() if settings.local.model or _leads_to_local(routes) else None
    if local is None and _leads_to_local(routes):
        raise SettingsError(f"a route leads to the local model, but {search.why_not_local()}")
    named = [*upstreams, *([LOCAL] if local else [])]
    search.note(_SETTINGS, "used", f"they name {', '.join(named)}")
    return Discovery(upstreams, routes, local)


def _default_route(settings: Settings) -> RouteSettings:
    """Without routes, all names go to the model that the settings name first."""
    if settings.local.model is not None:
        return RouteSettings(pattern=ALL_NAMES, upstream=LOCAL)
    return RouteSettings(pattern=ALL_NAMES, upstream=next(iter(settings.upstreams)))


def _leads_to_local(routes: Sequence[RouteSettings]) -> bool:
    return any(LOCAL in (r.upstream, *(f.upstream for f in r.fallbacks)) for r in routes)


async def _configured(search: _Search, name: str, upstream: UpstreamSettings) -> FoundUpstream:
    await _refuse_loop(search, upstream.url, f"upstreams.{name}.url")
    if upstream.api_key_env is None:
        return FoundUpstream(upstream)
    key = search.environ.get(upstream.api_key_env)
    if not key:
        raise SettingsError(
            f"upstreams.{name}.api_key_env: the environment variable {upstream.api_key_env}"
            " is not set"
        )
    return FoundUpstream(upstream, Secret(key))


async def _refuse_loop(search: _Search, url: str, place: str) -> None:
    if await search.is_this_server(url):
        raise SettingsError(
            f"{place} points back at this server, which would ask itself for ever:"
            " give the URL of a server that runs models"
        )


# What the environment says ---------------------------------------------------------------------


async def _in_own_variables(search: _Search) -> Discovery | None:
    url = search.environ.get(_UPSTREAM_URL)
    if not url:
        search.note(_UPSTREAM_URL, "not found", "it is not set")
        return None
    if not url.startswith(("http://", "https://")):
        raise SettingsError(
            f"environment variable {_UPSTREAM_URL} must start with http:// or https://"
        )
    await _refuse_loop(search, url, f"environment variable {_UPSTREAM_URL}")
    key = search.environ.get("THREADKEEP_UPSTREAM_API_KEY")
    return await _named(search, _UPSTREAM_URL, "upstream", url, key)


async def _in_openai_variables(search: _Search) -> Discovery | None:
    url, key = search.environ.get("OPENAI_BASE_URL"), search.environ.get("OPENAI_API_KEY")
    if not url and not key:
        search.note(_OPENAI, "not found", "neither is set")
        return None
    url = url or HOSTED_URL
    # Who points clients at this server sets these for them, so that is no mistake in the settings.
    if await search.is_this_server(url):
        why = "it points back at this server, which would ask itself for ever"
        search.note("OPENAI_BASE_URL", "refused", why)
        return None
    return await _named(search, _OPENAI, "openai", url, key)


async def _named(search: _Search, what: str, name: str, url: str, key: str | None) -> Discovery:
    """The server that a variable names. It is used even if it does not answer now."""
    headers = {"authorization": f"Bearer {key}"} if key else {}
    listing = await listing_of(search.transport, url, headers, _NAMED_SECONDS)
    answered = f"lists {_counted(listing.models)}" if listing.models else listing.problem
    search.note(what, "used", f"{_shown(url)} {answered}")
    api_key = Secret(key) if key else None
    upstream = FoundUpstream(UpstreamSettings(url=url), api_key, listing.models)
    return Discovery({name: upstream}, _routes(name, url, listing))


def _routes(name: str, url: str, listing: Listing) -> list[RouteSettings]:
    """All names go there as they are. But a server of one's own answers names it does not list, too."""
    if not listing.models or not _is_near(url):
        return [RouteSettings(pattern=ALL_NAMES, upstream=name)]
    routes = [RouteSettings(pattern=model, upstream=name) for model in listing.models]
    return [*routes, RouteSettings(pattern=ALL_NAMES, upstream=name, model=listing.models[0])]


def _is_near(url: str) -> bool:
    """Whether the server is on this machine or in its network: what is asked of it is our own affair."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host


# What is simply there --------------------------------------------------------------------------


async def _on_usual_ports(search: _Search) -> Discovery | None:
    if not search.settings.detect_models:
        search.note(_PORTS, "not looked for", "detect_models is off")
        return None
    listings = await asyncio.gather(*(_probed(search, server) for server in USUAL_SERVERS))
    there = [pair for pair in zip(USUAL_SERVERS, listings, strict=True) if pair[1].models]
    if not there:
        return None
    upstreams = {
        server.upstream: FoundUpstream(UpstreamSettings(url=server.url), None, listing.models)
        for server, listing in there
    }
    routes: dict[str, RouteSettings] = {}
    for server, listing in there:
        for route in _routes(server.upstream, server.url, listing):
            routes.setdefault(route.pattern, route)
    routes[ALL_NAMES] = routes.pop(ALL_NAMES)  # names go before patterns
    return Discovery(upstreams, list(routes.values()))


async def _probed(search: _Search, server: UsualServer) -> Listing:
    what = f"{server.title} on port {server.port}"
    if await search.is_this_server(server.url):
        search.note(what, "not looked for", "this server listens there")
        return Listing()
    listing = await listing_of(search.transport, server.url, {}, _PROBE_SECONDS)
    if listing.models:
        search.note(what, "used", f"it lists {_counted(listing.models)}")
    else:
        search.note(what, "not found", listing.problem)
    return listing


async def _installed_local(search: _Search) -> Discovery | None:
    local = search.local_model()
    if local is None:
        search.note(_LOCAL_MODEL, "not found", search.why_not_local())
        return None
    search.note(_LOCAL_MODEL, "used", f"{local.name} is installed")
    return Discovery({}, [RouteSettings(pattern=ALL_NAMES, upstream=LOCAL)], local)


def _counted(models: Sequence[str]) -> str:
    first = ", ".join(models[:3])
    return first if len(models) <= 3 else f"{first} and {len(models) - 3} more"


def _shown(url: str) -> str:
    """The URL without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


_SETTINGS: Final = "the settings"
_UPSTREAM_URL: Final = "THREADKEEP_UPSTREAM_URL"
_OPENAI: Final = "OPENAI_BASE_URL and OPENAI_API_KEY"
_PORTS: Final = "model servers on their usual ports"
_LOCAL_MODEL: Final = "the local model"
_PLACES: Final[Sequence[tuple[str, Callable[[_Search], Awaitable[Discovery | None]]]]] = (
    (_SETTINGS, _in_settings),
    (_UPSTREAM_URL, _in_own_variables),
    (_OPENAI, _in_openai_variables),
    (_PORTS, _on_usual_ports),
    (_LOCAL_MODEL, _installed_local),
)

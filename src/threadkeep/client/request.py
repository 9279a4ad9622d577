"""From an operation to the HTTP request that carries it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from threadkeep.client.config import ClientConfig
from threadkeep.client.options import RequestOptions, to_timeout
from threadkeep.client.upload import FormBody
from threadkeep.transport import Request
from threadkeep.types.ids import idempotency_key
from threadkeep.version import __version__
from threadkeep.wire.body import encode_body
from threadkeep.wire.operation import AnyOperation, Operation
from threadkeep.wire.query import encode_query

EVENT_STREAM: Final = "text/event-stream"
_JSON: Final = "application/json"


class RequestBuilder:
    """Makes the requests of one client."""

    def __init__(self, config: ClientConfig) -> None:
        self._config = config
        self._headers = merged_headers(_own_headers(config), config.default_headers)

    def build(
        self,
        operation: AnyOperation,
        options: RequestOptions,
        accept: str = _JSON,
    ) -> Request:
        """The request for `operation`; sent twice, it has the same `Idempotency-Key`."""
        headers = {"accept": accept}
        if accept == EVENT_STREAM:
            headers["threadkeep-events"] = (
                "numbered"  # whoever does not know it sends the usual events
            )
        if operation.method == "POST":
            headers["idempotency-key"] = idempotency_key()
        body, body_headers = _body(operation, options)
        extra = options.get("extra_headers")
        timeout = options.get("timeout", msgspec.UNSET)
        return Request(
            method=operation.method,
            url=self._url(operation, options),
            headers=merged_headers({**headers, **body_headers, **self._headers}, extra or {}),
            body=body,
            timeout=self._config.timeout if timeout is msgspec.UNSET else to_timeout(timeout),
        )

    def _url(self, operation: AnyOperation, options: RequestOptions) -> str:
        extra = options.get("extra_query") or {}
        query = encode_query({**self._config.default_query, **operation.query, **extra})
        url = self._config.base_url + operation.path
        return f"{url}?{query}" if query else url


def is_repeatable(request: Request) -> bool:
    """Whether the request can be sent a second time."""
    return not isinstance(request.body, FormBody) or request.body.is_repeatable


def merged_headers(
    headers: Mapping[str, str], others: Mapping[str, str | msgspec.UnsetType]
) -> dict[str, str]:
    """`headers`, overridden by `others` whatever the case of their names; `UNSET` takes one out."""
    merged: dict[str, str] = dict(headers)
    for name, value in others.items():
        if value is msgspec.UNSET:
            merged.pop(name.lower(), None)
        else:
            merged[name.lower()] = value
    return merged


def _own_headers(config: ClientConfig) -> dict[str, str]:
    headers = {
        "authorization": f"Bearer {config.api_key}",
        "openai-beta": "assistants=v2",
        "user-agent": f"Threadkeep/{__version__} (Python)",
    }
    if config.organization:
        headers["openai-organization"] = config.organization
    if config.project:
        headers["openai-project"] = config.project
    return headers


def _body(
    operation: AnyOperation, options: RequestOptions
) -> tuple[bytes | FormBody | None, dict[str, str]]:
    """What is sent, and the headers that say what it is."""
    if isinstance(operation, Operation) and operation.form:
        form = FormBody(operation.form)
        length = {} if form.length is None else {"content-length": str(form.length)}
        return form, {"content-type": form.content_type, **length}
    extra = options.get("extra_body")
    if operation.body is None and not extra:
        return None, {}
    return encode_body({**(operation.body or {}), **(extra or {})}), {"content-type": _JSON}

"""What a chat model's server says instead of a reply, put as a `ChatModelError`: words that help, no secrets. Pure."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from threadkeep.errors import (
    APIConnectionError,
    APITimeoutError,
    ChatModelError,
    ChatModelRateLimitError,
    ChatModelRequestError,
    ChatModelUnavailableError,
)

_LONGEST_MESSAGE = 500
_REQUEST_STATUSES = frozenset({400, 404, 405, 406, 411, 413, 414, 415, 422, 431})
_RATE_LIMIT_STATUSES = frozenset({402, 429})
_QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


class Complaint(msgspec.Struct, frozen=True):
    """What an error body says."""

    message: str
    code: str = ""
    status: int | None = None


def complaint_of(body: object) -> Complaint:
    """The message and code of an error body in any of the forms that servers use."""
    if isinstance(body, bytes):
        try:
            body = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return Complaint(_plain(body.decode(errors="replace")))
    if isinstance(body, dict):
        return _of_object(cast("dict[str, Any]", body))
    return Complaint(str(body) if body else "")


class UpstreamErrors(msgspec.Struct, frozen=True):
    """Makes the errors of the upstream `name`; none of `secrets` appears in them."""

    name: str
    secrets: tuple[str, ...] = ()

    def of_status(self, status: int, complaint: Complaint) -> ChatModelError:
        """The error for an answer with `status` in place of a reply."""
        said = f" ({status}){self._said(complaint.message)}"
        if status in _RATE_LIMIT_STATUSES or is_out_of_quota(complaint):
            return ChatModelRateLimitError(f"{self._subject} takes no more requests for now{said}")
        if status in _REQUEST_STATUSES:
            return ChatModelRequestError(f"{self._subject} refuses the request{said}")
        if status in (401, 403):
            return ChatModelUnavailableError(f"{self._subject} does not accept the API key{said}")
        if 300 <= status < 400:
            return ChatModelUnavailableError(f"{self._subject} has moved, correct its URL{said}")
        return ChatModelUnavailableError(f"{self._subject} failed{said}")

    def of_report(self, body: object) -> ChatModelError:
        """The error for one that came inside a reply, after status 200."""
        complaint = complaint_of(body)
        return self.of_status(complaint.status or 500, complaint)

    def of_connection(self, error: APIConnectionError) -> ChatModelUnavailableError:
        """The error for an answer that did not come, or broke off."""
        is_late = isinstance(error, APITimeoutError)
        what = "took too long to answer" if is_late else "cannot be reached"
        return ChatModelUnavailableError(f"{self._subject} {what}{self._said(error.message)}")

    def of_break(self, error: APIConnectionError) -> ChatModelUnavailableError:
        """The error for a reply that had begun."""
        is_late = isinstance(error, APITimeoutError)
        what = "fell silent in its reply" if is_late else "broke off its reply"
        return ChatModelUnavailableError(f"{self._subject} {what}{self._said(error.message)}")

    def of_nonsense(self, reason: str) -> ChatModelUnavailableError:
        """The error for a reply that cannot be used."""
        return ChatModelUnavailableError(f"{self._subject} does not reply as it should: {reason}.")

    @property
    def _subject(self) -> str:
        return f"The upstream '{self.name}'"

    def _said(self, message: str) -> str:
        message = message.strip()
        for secret in self.secrets:
            message = message.replace(secret, "***")
        if len(message) > _LONGEST_MESSAGE:
            message = message[:_LONGEST_MESSAGE] + "…"
        return f": {message}" if message else "."


def is_out_of_quota(complaint: Complaint) -> bool:
    """Whether waiting will not help."""
    return complaint.code in _QUOTA_CODES


def _of_object(body: dict[str, Any]) -> Complaint:
    error = body.get("error", body)
    if not isinstance(error, dict):
        return Complaint(str(error))
    fields = cast("dict[str, Any]", error)
    # FastAPI's servers say `detail`, which is a list where a field is wrong.
    message = fields.get("message") or fields.get("detail") or msgspec.json.encode(fields).decode()
    code = fields.get("code")
    return Complaint(
        message=str(message),
        code=str(code or fields.get("type") or ""),
        status=code if isinstance(code, int) and 400 <= code < 600 else None,
    )


def _plain(text: str) -> str:
    """Error pages of proxies are HTML, of which no run's last error should be full."""
    return "" if text.lstrip().startswith("<") else text

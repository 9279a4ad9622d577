"""Request bodies as chunks, in whatever form they were given."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

from threadkeep.transport import Body


def chunks(body: Body) -> Iterable[bytes]:
    """Give the chunks of a body for a synchronous transport."""
    if isinstance(body, bytes):
        return (body,)
    if isinstance(body, AsyncIterable):
        message = "An asynchronous body needs an asynchronous transport."
        raise TypeError(message)
    return body


def async_chunks(body: Body) -> AsyncIterable[bytes]:
    """Give the chunks of a body for an event loop, which a plain iterable does not hold up."""
    if isinstance(body, AsyncIterable):
        return body
    return _off_loop(iter(chunks(body)))


async def _off_loop(iterator: Iterator[bytes]) -> AsyncIterator[bytes]:
    import asyncio  # noqa: PLC0415 - a program that only blocks needs no event loop

    while (chunk := await asyncio.to_thread(next, iterator, None)) is not None:
        yield chunk

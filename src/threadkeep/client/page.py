"""Pages of a list. The sync and the async ones differ in how the following one is fetched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import Any, Generic, TypeVar

from threadkeep.wire.operation import ListOperation
from threadkeep.wire.paging import PageAnswer, following

ItemT = TypeVar("ItemT")
T = TypeVar("T")

_NO_NEXT_PAGE = (
    "No next page expected; please check `.has_next_page()` before calling `.get_next_page()`."
)


class PageContent(Generic[ItemT]):
    """One page of a list."""

    def __init__(
        self, operation: ListOperation[ItemT], answer: PageAnswer[ItemT], request_id: str | None
    ) -> None:
        self.data = answer.data
        self.first_id = answer.first_id
        self.last_id = answer.last_id
        self.has_more = bool(answer.has_more)
        self._request_id = request_id
        self._following = following(operation, answer)

    def has_next_page(self) -> bool:
        """Whether another page follows."""
        return self._following is not None

    def next_operation(self) -> ListOperation[ItemT]:
        """The call for the following page. Raises RuntimeError if there is none."""
        if self._following is None:
            raise RuntimeError(_NO_NEXT_PAGE)
        return self._following

    def __repr__(self) -> str:
        return f"{type(self).__name__}(data={self.data!r}, has_more={self.has_more!r})"


class Page(PageContent[ItemT]):
    """One page of a list. Iterating goes through all items, on into the following pages."""

    def __init__(
        self,
        operation: ListOperation[ItemT],
        answer: PageAnswer[ItemT],
        request_id: str | None,
        fetch: Callable[[ListOperation[ItemT]], Page[ItemT]],
    ) -> None:
        super().__init__(operation, answer, request_id)
        self._fetch = fetch

    @staticmethod
    def first(fetch: Callable[[], Page[T]]) -> Page[T]:
        """The first page, fetched at once."""
        return fetch()

    def get_next_page(self) -> Page[ItemT]:
        """Fetch the following page. Raises RuntimeError if there is none."""
        return self._fetch(self.next_operation())

    def iter_pages(self) -> Iterator[Page[ItemT]]:
        """This page and all that follow."""
        page = self
        yield page
        while page.has_next_page():
            page = page.get_next_page()
            yield page

    def __iter__(self) -> Iterator[ItemT]:
        for page in self.iter_pages():
            yield from page.data


class AsyncPage(PageContent[ItemT]):
    """One page of a list. Iterating goes through all items, on into the following pages."""

    def __init__(
        self,
        operation: ListOperation[ItemT],
        answer: PageAnswer[ItemT],
        request_id: str | None,
        fetch: Callable[[ListOperation[ItemT]], Awaitable[AsyncPage[ItemT]]],
    ) -> None:
        super().__init__(operation, answer, request_id)
        self._fetch = fetch

    async def get_next_page(self) -> AsyncPage[ItemT]:
        """Fetch the following page. Raises RuntimeError if there is none."""
        return await self._fetch(self.next_operation())

    async def iter_pages(self) -> AsyncIterator[AsyncPage[ItemT]]:
        """This page and all that follow."""
        page = self
        yield page
        while page.has_next_page():
            page = await page.get_next_page()
            yield page

    async def __aiter__(self) -> AsyncIterator[ItemT]:
        async for page in self.iter_pages():
            for item in page.data:
                yield item


class AsyncPager(Generic[ItemT]):
    """A list that was asked for: `await` gives its first page, `async for` all of its items."""

    def __init__(self, fetch: Callable[[], Awaitable[AsyncPage[ItemT]]]) -> None:
        self._fetch = fetch

    @staticmethod
    def first(fetch: Callable[[], Awaitable[AsyncPage[T]]]) -> AsyncPager[T]:
        """The first page, fetched when it is awaited."""
        return AsyncPager(fetch)

    def __await__(self) -> Generator[Any, None, AsyncPage[ItemT]]:
        return self._fetch().__await__()

    async def __aiter__(self) -> AsyncIterator[ItemT]:
        async for item in await self._fetch():
            yield item

"""A FastAPI endpoint that keeps a message with SQLAlchemy in SQLite, on disk before it answers."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import JSON, ForeignKey, event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(
    f"sqlite+aiosqlite:///{os.environ['BENCH_DATABASE']}", connect_args={"timeout": 60}
)
sessions = async_sessionmaker(engine, expire_on_commit=False)


@event.listens_for(engine.sync_engine, "connect")
def set_up(connection: Any, _: Any) -> None:
    """As Threadkeep sets SQLite up."""
    cursor = connection.cursor()
    cursor.execute("pragma journal_mode = wal")
    cursor.execute("pragma synchronous = full")
    cursor.close()


class Base(DeclarativeBase):
    """All tables."""


class ThreadRow(Base):
    __tablename__ = "threads"
    id: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[int]


class MessageRow(Base):
    __tablename__ = "messages"
    id: Mapped[str] = mapped_column(primary_key=True)
    thread_id: Mapped[str] = mapped_column(ForeignKey("threads.id"), index=True)
    created_at: Mapped[int]
    role: Mapped[str]
    content: Mapped[list[Any]] = mapped_column(JSON)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class Text(BaseModel):
    value: str
    annotations: list[Any] = []


class TextPart(BaseModel):
    type: Literal["text"] = "text"
    text: Text


class NewMessage(BaseModel):
    role: Literal["user", "assistant"]
    content: str
    metadata: dict[str, str] = {}


class Message(BaseModel):
    id: str
    object: Literal["thread.message"] = "thread.message"
    created_at: int
    thread_id: str
    role: str
    content: list[TextPart]
    assistant_id: str | None = None
    run_id: str | None = None
    attachments: list[Any] = []
    metadata: dict[str, str]


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)
Session = Annotated[AsyncSession, Depends(session)]


@app.post("/v1/threads")
async def create_thread(database: Session) -> dict[str, str]:
    row = ThreadRow(id=f"thread_{uuid.uuid4().hex}", created_at=int(time.time()))
    database.add(row)
    await database.commit()
    return {"id": row.id}


@app.post("/v1/threads/{thread_id}/messages")
async def create_message(thread_id: str, body: NewMessage, database: Session) -> Message:
    if await database.get(ThreadRow, thread_id) is None:
        raise HTTPException(404)
    content = [TextPart(text=Text(value=body.content))]
    row = MessageRow(
        id=f"msg_{uuid.uuid4().hex}",
        thread_id=thread_id,
        created_at=int(time.time()),
        role=body.role,
        content=[part.model_dump() for part in content],
        details=body.metadata,
    )
    database.add(row)
    await database.commit()
    return Message(
        id=row.id,
        created_at=row.created_at,
        thread_id=thread_id,
        role=body.role,
        content=content,
        metadata=body.metadata,
    )

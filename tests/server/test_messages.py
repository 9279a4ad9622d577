from __future__ import annotations

import pytest

from tests.support.conversation import finish, new_assistant, new_run, new_thread, texts
from tests.support.http import Answer, Http


@pytest.fixture
def http(shared_http: Http) -> Http:
    return shared_http


@pytest.fixture
def thread(http: Http) -> str:
    return new_thread(http)


def say(http: Http, thread: str, *messages: str) -> list[str]:
    body = [{"role": "user", "content": text} for text in messages]
    return [http.ok("POST", f"/threads/{thread}/messages", one)["id"] for one in body]


def test_a_message_has_every_field_in_the_usual_order(http: Http, thread: str):
    message = http.ok(
        "POST", f"/threads/{thread}/messages", {"role": "user", "content": "Hi 【†】"}
    )
    assert list(message) == [
        "id",
        "object",
        "created_at",
        "assistant_id",
        "thread_id",
        "run_id",
        "status",
        "incomplete_details",
        "incomplete_at",
        "completed_at",
        "role",
        "content",
        "attachments",
        "metadata",
    ]
    assert message["id"].startswith("msg_")
    assert message["content"] == [
        {"type": "text", "text": {"value": "Hi 【†】", "annotations": []}}
    ]
    assert (message["assistant_id"], message["run_id"]) == (None, None)
    assert (message["attachments"], message["metadata"]) == ([], {})
    assert http.ok("GET", f"/threads/{thread}/messages/{message['id']}") == message


def test_text_beyond_ascii_is_not_escaped(http: Http, thread: str):
    answer = http.post(f"/threads/{thread}/messages", {"role": "user", "content": "【4:0†source】"})
    assert "【4:0†source】".encode() in answer.body


def show(http: Http, thread: str, url: str) -> Answer:
    content = [{"type": "image_url", "image_url": {"url": url}}]
    return http.post(f"/threads/{thread}/messages", {"role": "user", "content": content})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cat.png",
        "ftp://example.com/cat.png",
        "https://a b",
        "https:///cat.png",
        "https://example.com/cat.png\n",
        "data:text/plain,cat",
    ],
)
def test_an_image_has_an_address_that_a_model_can_read(http: Http, thread: str, url: str):
    refused = show(http, thread, url)
    assert (refused.status, refused.error) == (
        400,
        {
            "message": (
                "Invalid 'content[0].image_url.url'. "
                "Expected a valid URL, but got a value with an invalid format."
            ),
            "type": "invalid_request_error",
            "param": "content[0].image_url.url",
            "code": "invalid_value",
        },
    )


@pytest.mark.parametrize(
    ("url", "extension"),
    [
        ("https://example.com/cat.svg", ".svg"),
        ("https://example.com/a.png/report.PDF?as=.png#.png", ".pdf"),
        ("https://example.com/a.{path}", ".{path}"),
    ],
)
def test_an_address_that_ends_like_no_picture_is_refused(
    http: Http, thread: str, url: str, extension: str
):
    refused = show(http, thread, url)
    assert (refused.status, refused.error["message"]) == (
        400,
        (
            "Invalid 'content[0].image_url.url'. Expected url to end in a supported format: "
            f".jpeg, .jpg, .png, .gif, .webp but got {extension}."
        ),
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/cat.jpeg",
        "HTTP://EXAMPLE.COM/CAT.JPG",
        "https://example.com/cat.webp?signature=a.b#c.d",
        "https://example.com/cats/1",
        "https://example.com",
        "data:image/png;base64,iVBORw0KGgo=",
    ],
)
def test_an_address_of_a_picture_is_kept_as_it_is(http: Http, thread: str, url: str):
    [part] = show(http, thread, url).json["content"]
    assert part["image_url"]["url"] == url


def test_images_get_the_usual_detail(http: Http, thread: str):
    url = "https://example.com/cat.png"
    content = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": url}},
        {"type": "image_url", "image_url": {"url": url, "detail": "low"}},
    ]
    body = {"role": "user", "content": content}
    message = http.ok("POST", f"/threads/{thread}/messages", body)
    assert message["content"] == [
        {"type": "text", "text": {"value": "What is it?", "annotations": []}},
        {"type": "image_url", "image_url": {"url": url, "detail": "auto"}},
        {"type": "image_url", "image_url": {"url": url, "detail": "low"}},
    ]


def test_only_metadata_can_be_changed(http: Http, thread: str):
    [message] = say(http, thread, "Hi")
    path = f"/threads/{thread}/messages/{message}"
    updated = http.ok("POST", path, {"metadata": {"seen": "yes"}})
    assert (updated["metadata"], updated["attachments"]) == ({"seen": "yes"}, [])
    assert http.ok("GET", path) == updated
    assert http.post(path, {"content": "Bye"}).error["message"] == "Unknown parameter: 'content'."


def test_a_deleted_message_is_gone(http: Http, thread: str):
    first, second = say(http, thread, "one", "two")
    path = f"/threads/{thread}/messages/{first}"
    assert http.ok("DELETE", path) == {
        "id": first,
        "object": "thread.message.deleted",
        "deleted": True,
    }
    assert http.get(path).error["message"] == f"No message found with id '{first}'."
    assert http.delete(path).status == 404
    assert [m["id"] for m in http.ok("GET", f"/threads/{thread}/messages")["data"]] == [second]


def test_pages_go_both_ways_from_a_cursor(http: Http, thread: str):
    made = say(http, thread, *"abcdefg")

    def page(query: str) -> tuple[list[str], bool]:
        body = http.ok("GET", f"/threads/{thread}/messages?{query}")
        data = [item["id"] for item in body["data"]]
        assert (body["first_id"], body["last_id"]) == (data[0], data[-1])
        return data, body["has_more"]

    assert page("") == (made[::-1], False)
    assert page("order=asc&limit=2") == (made[:2], True)
    assert page(f"order=asc&limit=2&after={made[1]}") == (made[2:4], True)
    assert page(f"order=asc&after={made[4]}") == (made[5:], False)
    assert page(f"order=asc&before={made[2]}") == (made[:2], False)
    assert page(f"order=asc&limit=2&before={made[5]}") == (made[3:5], True)
    assert page(f"limit=2&after={made[4]}") == (made[3:1:-1], True)
    assert page(f"limit=2&before={made[4]}") == (made[:4:-1], False)


def test_messages_of_one_run_can_be_listed(http: Http, thread: str):
    say(http, thread, "Hello")
    assistant = new_assistant(http)
    runs = [finish(http, new_run(http, thread, assistant)) for _ in range(2)]
    [answer] = http.ok("GET", f"/threads/{thread}/messages?run_id={runs[0]['id']}")["data"]
    assert (answer["run_id"], answer["assistant_id"], answer["role"]) == (
        runs[0]["id"],
        assistant,
        "assistant",
    )
    assert len(texts(http, thread)) == 3


def test_attachments_of_files_that_are_not_there_are_refused(http: Http, thread: str):
    attachment = {"file_id": "file-1", "tools": [{"type": "file_search"}]}
    body = {"role": "user", "content": "Read it", "attachments": [attachment]}
    answer = http.post(f"/threads/{thread}/messages", body)
    assert answer.status == 404
    assert answer.error["message"] == "No such File object: file-1"
    assert answer.error["param"] == "id"
    assert texts(http, thread) == []


@pytest.mark.parametrize("text", ["a\u0000b", "🧪 日本語", '"\\', "\u2028", " "])
def test_every_character_survives(http: Http, thread: str, text: str):
    [message] = say(http, thread, text)
    stored = http.ok("GET", f"/threads/{thread}/messages/{message}")
    assert stored["content"][0]["text"]["value"] == text
    assert texts(http, thread) == [text]

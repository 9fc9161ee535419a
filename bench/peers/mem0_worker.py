"""mem0 on JSON lines: {"add": text, "user", "key"} stores a text as it is, {"search": text, "user", "limit"} answers the keys of what it finds."""

import json
import os
import sys
import tempfile

os.environ.update(MEM0_TELEMETRY="False", MEM0_DIR=tempfile.mkdtemp(), OPENAI_API_KEY="bench")
from mem0 import Memory  # noqa: E402: it reads these variables when it is loaded.

url = sys.argv[1]
memory = Memory.from_config({
    "embedder": {"provider": "openai", "config": {"model": "bench", "openai_base_url": url, "api_key": "bench", "embedding_dims": 384}},
    "llm": {"provider": "openai", "config": {"model": "bench", "openai_base_url": url, "api_key": "bench"}},
    "vector_store": {"provider": "qdrant", "config": {"path": tempfile.mkdtemp(), "embedding_model_dims": 384, "collection_name": "bench"}},
})
out = os.fdopen(os.dup(1), "w", buffering=1)
for line in sys.stdin:
    asked = json.loads(line)
    if "add" in asked:
        memory.add(asked["add"], user_id=asked["user"], infer=False, metadata={"key": asked["key"]})
        answer = {}
    else:
        found = memory.search(asked["search"], filters={"user_id": asked["user"]}, top_k=asked["limit"], threshold=0.0)
        answer = {"keys": [one["metadata"]["key"] for one in found["results"]]}
    print(json.dumps(answer), file=out, flush=True)

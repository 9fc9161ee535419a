"""A spoken reply with OpenAI's client: words as they come, and the sound in reply.wav."""

import base64
import os
import sys
import wave

from openai import OpenAI

client = OpenAI(
    base_url=os.environ.get("HEARKEN_URL", "http://127.0.0.1:8787") + "/v1",
    api_key=os.environ.get("HEARKEN_KEY", "local"),
)
stream = client.chat.completions.create(
    model="companion",
    messages=[{"role": "user", "content": " ".join(sys.argv[1:]) or "Good evening."}],
    modalities=["text", "audio"],
    audio={"voice": "alloy", "format": "pcm16"},
    stream=True,
)
with wave.open("reply.wav", "wb") as out:
    out.setnchannels(1)
    out.setsampwidth(2)
    out.setframerate(24_000)
    for chunk in stream:
        for choice in chunk.choices:
            print(choice.delta.content or "", end="", flush=True)
            if choice.delta.audio and choice.delta.audio.data:
                out.writeframes(base64.b64decode(choice.delta.audio.data))
print()

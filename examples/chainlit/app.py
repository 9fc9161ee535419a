"""Chainlit talks with hearken: text streams in, the reply is heard, and the microphone is heard, too."""

import base64
import io
import os
import wave

import chainlit as cl
from openai import AsyncOpenAI

SAMPLES_PER_SECOND = 24_000  # what hearken speaks as pcm16, and what .chainlit/config.toml records
client = AsyncOpenAI(
    base_url=os.environ.get("HEARKEN_URL", "http://127.0.0.1:8787") + "/v1",
    api_key=os.environ.get("HEARKEN_KEY", "local"),
)


def wav(samples: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLES_PER_SECOND)
        out.writeframes(samples)
    return file.getvalue()


async def answer(content):
    """One turn. The conversation is kept by hearken, so only what is new is sent."""
    reply, samples = cl.Message(content=""), bytearray()
    stream = await client.chat.completions.create(
        model="companion",
        messages=[{"role": "user", "content": content}],
        modalities=["text", "audio"],
        audio={"voice": "alloy", "format": "pcm16"},
        stream=True,
        extra_body={"conversation": cl.user_session.get("id"), "user": "chainlit"},
    )
    async for chunk in stream:
        heard = (chunk.model_extra or {}).get("input_transcript")
        if heard:
            await cl.Message(content=heard, author="You", type="user_message").send()
        if not chunk.choices:
            continue
        delta = chunk.choices[0].delta
        if delta.content:
            await reply.stream_token(delta.content)
        if delta.audio and delta.audio.data:
            samples += base64.b64decode(delta.audio.data)
    if samples:
        reply.elements = [cl.Audio(content=wav(bytes(samples)), mime="audio/wav", name="reply.wav", auto_play=True)]
    await reply.send()


@cl.on_message
async def on_message(message: cl.Message):
    await answer(message.content)


@cl.on_audio_start
async def on_audio_start():
    cl.user_session.set("recording", [])
    return True


@cl.on_audio_chunk
async def on_audio_chunk(chunk: cl.InputAudioChunk):
    # Each chunk comes in a task of its own, so they may arrive out of order.
    cl.user_session.get("recording").append((chunk.elapsedTime, chunk.data))


@cl.on_audio_end
async def on_audio_end():
    samples = b"".join(data for _, data in sorted(cl.user_session.get("recording") or []))
    if samples:
        sound = base64.b64encode(wav(samples)).decode()
        await answer([{"type": "input_audio", "input_audio": {"data": sound, "format": "wav"}}])

"""What OpenAI's client for Python gets of a realtime session: JSON on the output."""

import asyncio
import base64
import json
import sys

from openai import AsyncOpenAI

WEATHER = {"type": "function", "name": "weather", "description": "The weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}
missing = []


async def until(connection, kind):
    """The first event of a type; everything on its way is held to its own model."""
    seen = []
    while True:
        event = await asyncio.wait_for(connection.recv(), 30)
        for name, field in type(event).model_fields.items():
            if field.is_required() and getattr(event, name, None) is None and not str(field.annotation).startswith("typing.Optional"):
                missing.append([event.type, name])
        if event.type == "error":
            raise RuntimeError(event.error.message)
        seen.append(event)
        if event.type == kind:
            return event, seen


def said(text):
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


async def main():
    client = AsyncOpenAI(base_url=sys.argv[1], api_key="any", max_retries=0)
    told = {}
    async with client.realtime.connect(model="companion") as connection:
        await connection.session.update(session={"type": "realtime", "instructions": "Be brief.", "audio": {"input": {"transcription": {"model": "whisper-1"}}}})
        await until(connection, "session.updated")
        await connection.conversation.item.create(item=said("Hello"))
        await connection.response.create(response={"output_modalities": ["text"]})
        done, seen = await until(connection, "response.done")
        text = "".join(event.delta for event in seen if event.type == "response.output_text.delta")
        told["text"] = [text, done.response.status, done.response.usage.total_tokens]

        await connection.conversation.item.create(item=said("How is it in Lima?"))
        await connection.response.create(response={"tools": [WEATHER], "output_modalities": ["text"]})
        done, _ = await until(connection, "response.done")
        call = done.response.output[0]
        await connection.conversation.item.create(item={"type": "function_call_output", "call_id": call.call_id, "output": "mild in Lima"})
        await connection.response.create(response={"output_modalities": ["text"]})
        done, _ = await until(connection, "response.done")
        told["call"] = [call.name, json.loads(call.arguments), done.response.output[0].content[0].text]

        await connection.input_audio_buffer.append(audio=base64.b64encode(open(sys.argv[2], "rb").read()).decode())
        done, seen = await until(connection, "response.done")
        told["heard"] = next(event.transcript for event in seen if event.type == "conversation.item.input_audio_transcription.completed")
        item = done.response.output[0]
        told["reply"] = item.content[0].transcript
        told["sound_bytes"] = sum(len(base64.b64decode(event.delta)) for event in seen if event.type == "response.output_audio.delta")
        await connection.conversation.item.truncate(item_id=item.id, content_index=0, audio_end_ms=500)
        await until(connection, "conversation.item.truncated")
        await connection.conversation.item.retrieve(item_id=item.id)
        kept, _ = await until(connection, "conversation.item.retrieved")
        told["left"] = kept.item.content[0].transcript
    told["missing"] = missing
    print(json.dumps(told))


asyncio.run(main())

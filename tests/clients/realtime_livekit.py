"""What LiveKit's plugin for the Realtime protocol gets: JSON on the output."""

import asyncio
import json
import sys

from livekit import rtc
from livekit.agents import llm
from livekit.plugins.openai import realtime

RATE = 24_000
FRAME_BYTES = RATE // 10 * 2
WEATHER = {"name": "weather", "description": "The weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}


@llm.function_tool(raw_schema=WEATHER)
async def weather(raw_arguments: dict):
    return "mild"


async def whole(generation):
    """All that a generation says, sounds and calls."""
    got = {"text": "", "sound_bytes": 0, "calls": []}

    async def words(message):
        async for part in message.text_stream:
            got["text"] += part

    async def sound(message):
        async for frame in message.audio_stream:
            got["sound_bytes"] += len(frame.data) * 2

    async def messages():
        async for message in generation.message_stream:
            await asyncio.gather(words(message), sound(message))

    async def calls():
        async for call in generation.function_stream:
            got["calls"].append([call.call_id, call.name, json.loads(call.arguments)])

    async with asyncio.timeout(40):
        await asyncio.gather(messages(), calls())
    return got


async def main():
    model = realtime.RealtimeModel(base_url=sys.argv[1], api_key="any", model="companion")
    session = model.session()
    told = {"errors": [], "heard": []}
    spoken_to = asyncio.Queue()
    session.on("error", lambda event: told["errors"].append(str(event.error)))
    session.on("input_audio_transcription_completed", lambda event: event.is_final and told["heard"].append(event.transcript))
    session.on("generation_created", lambda event: event.user_initiated or spoken_to.put_nowait(event))

    async def answered(*items):
        context = session.chat_ctx.copy()
        context.items.extend(items)
        await session.update_chat_ctx(context)
        return await whole(await asyncio.wait_for(session.generate_reply(), 40))

    def said(text):
        return llm.ChatMessage(role="user", content=[text])

    await session.update_instructions("Be brief.")
    told["greeting"] = await answered(said("Hello"))
    await session.update_tools([weather])
    told["called"] = await answered(said("How is it in Lima?"))
    call_id, name, _ = told["called"]["calls"][0]
    told["told"] = await answered(llm.FunctionCallOutput(call_id=call_id, name=name, output="mild in Lima", is_error=False))
    await session.update_tools([])
    with open(sys.argv[2], "rb") as file:
        sound = file.read()
    for at in range(0, len(sound), FRAME_BYTES):
        frame = sound[at : at + FRAME_BYTES]
        session.push_audio(rtc.AudioFrame(data=frame, sample_rate=RATE, num_channels=1, samples_per_channel=len(frame) // 2))
        await asyncio.sleep(0.1)
    told["spoken"] = await whole(await asyncio.wait_for(spoken_to.get(), 40))
    told["items"] = [[item.type, getattr(item, "text_content", None)] for item in session.chat_ctx.items]
    print(json.dumps(told))
    await session.aclose()
    await model.aclose()


asyncio.run(main())

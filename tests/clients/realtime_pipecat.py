"""What pipecat's service for the Realtime protocol gets: JSON on the output."""

import asyncio
import json
import sys

from loguru import logger

logger.remove()
logger.add(sys.stderr, level="WARNING")

from pipecat.adapters.llm.schemas.function_schema import FunctionSchema  # noqa: E402: its log is set first.
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import ErrorFrame, InputAudioRawFrame, LLMRunFrame, TTSAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.workers.runner import WorkerRunner

RATE = 24_000
FRAME_BYTES = RATE // 10 * 2
told = {"errors": [], "sound_bytes": 0, "called": []}


class Watch(FrameProcessor):
    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            told["sound_bytes"] += len(frame.audio)
        if isinstance(frame, ErrorFrame):
            told["errors"].append(frame.error)
        await self.push_frame(frame, direction)


async def weather(params):
    told["called"].append(params.arguments)
    await params.result_callback(f"mild in {params.arguments['city']}")


async def talk(worker, context, sound):
    def replies():
        return [message["content"] for message in context.get_messages() if message["role"] == "assistant" and message.get("content")]

    async def until(count):
        async with asyncio.timeout(40):
            while len(replies()) < count:
                await asyncio.sleep(0.05)

    await worker.queue_frames([LLMRunFrame()])
    await until(1)
    # The microphone stays open behind what is said.
    sound += bytes(RATE * 2 * 20)
    heard = asyncio.create_task(until(2))
    for at in range(0, len(sound), FRAME_BYTES):
        if heard.done():
            break
        await worker.queue_frames([InputAudioRawFrame(audio=sound[at : at + FRAME_BYTES], sample_rate=RATE, num_channels=1)])
        await asyncio.sleep(0.1)
    await heard
    said = [message["content"] for message in context.get_messages() if message["role"] == "user"]
    print(json.dumps({**told, "said": said, "replies": replies()}))
    await worker.cancel()


async def main():
    hearing = events.AudioConfiguration(input=events.AudioInput(transcription=events.InputAudioTranscription()))
    settings = OpenAIRealtimeLLMService.Settings(system_instruction="Be brief.", session_properties=events.SessionProperties(audio=hearing))
    service = OpenAIRealtimeLLMService(api_key="any", base_url=sys.argv[1], settings=settings)
    service.register_function("weather", weather)
    tool = FunctionSchema(name="weather", description="The weather", properties={"city": {"type": "string"}}, required=["city"])
    context = LLMContext([{"role": "user", "content": "Hello"}], ToolsSchema(standard_tools=[tool]))
    user, assistant = LLMContextAggregatorPair(context)
    params = PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE)
    worker = PipelineWorker(Pipeline([user, service, Watch(), assistant]), params=params, idle_timeout_secs=None)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    with open(sys.argv[2], "rb") as file:
        sound = file.read()
    await asyncio.gather(runner.run(), talk(worker, context, sound))


asyncio.run(main())

"""What pipecat's service for transcription sessions writes down: JSON on the output."""

import asyncio
import json
import sys

from loguru import logger

logger.remove()
logger.add(sys.stderr, level="WARNING")

from pipecat.frames.frames import (  # noqa: E402: its log is set first.
    EndFrame,
    ErrorFrame,
    InputAudioRawFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.openai.stt import OpenAIRealtimeSTTService
from pipecat.workers.runner import WorkerRunner

RATE = 24_000
FRAME_BYTES = RATE // 10 * 2
told = {"errors": [], "words": []}


class Watch(FrameProcessor):
    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame):
            told["words"].append(frame.text)
        if isinstance(frame, ErrorFrame):
            told["errors"].append(frame.error)
        await self.push_frame(frame, direction)


async def say(worker, sound, is_local):
    """The end of what is said is told by the pipeline itself, or found by the server."""
    count = len(told["words"])
    if is_local:
        await worker.queue_frames([VADUserStartedSpeakingFrame()])
    for at in range(0, len(sound), FRAME_BYTES):
        await worker.queue_frames([InputAudioRawFrame(audio=sound[at : at + FRAME_BYTES], sample_rate=RATE, num_channels=1)])
        await asyncio.sleep(0.05)
    if is_local:
        await worker.queue_frames([VADUserStoppedSpeakingFrame()])
    async with asyncio.timeout(40):
        while len(told["words"]) == count:
            await asyncio.sleep(0.05)
    await worker.queue_frames([EndFrame()])


async def main():
    with open(sys.argv[2], "rb") as file:
        sound = file.read()
    for turn_detection in (False, {"type": "server_vad"}):
        service = OpenAIRealtimeSTTService(api_key="any", base_url=sys.argv[1], turn_detection=turn_detection)
        params = PipelineParams(audio_in_sample_rate=RATE)
        worker = PipelineWorker(Pipeline([service, Watch()]), params=params, idle_timeout_secs=None)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        await asyncio.gather(runner.run(), say(worker, sound, turn_detection is False))
    print(json.dumps(told))


asyncio.run(main())

"""pipecat's usual pipeline over the bench's provider: its WebSocket transport, Silero's voice detection and its default end of turn (Smart Turn)."""

import asyncio
import sys

from loguru import logger

logger.remove()

from pipecat.audio.vad.silero import SileroVADAnalyzer  # noqa: E402: its log is off first.
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.serializers.protobuf import ProtobufFrameSerializer
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.transports.websocket.server import SingleClientWebsocketServerParams, SingleClientWebsocketServerTransport
from pipecat.workers.runner import WorkerRunner


async def main() -> None:
    port, provider = int(sys.argv[1]), {"api_key": "bench", "base_url": sys.argv[2]}
    params = SingleClientWebsocketServerParams(audio_in_enabled=True, audio_out_enabled=True, serializer=ProtobufFrameSerializer())
    transport = SingleClientWebsocketServerTransport(params=params, host="127.0.0.1", port=port)
    user, assistant = LLMContextAggregatorPair(LLMContext(), user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer()))
    steps = [transport.input(), OpenAISTTService(**provider), user, OpenAILLMService(**provider), OpenAITTSService(**provider), transport.output(), assistant]
    worker = PipelineWorker(Pipeline(steps), params=PipelineParams(audio_in_sample_rate=16_000, audio_out_sample_rate=24_000), idle_timeout_secs=None)
    runner = WorkerRunner()
    await runner.add_workers(worker)
    await runner.run()


asyncio.run(main())

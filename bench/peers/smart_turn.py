"""Smart Turn v3.2 as pipecat ships it: a line `{"audio": base64 of PCM16 at 24 kHz, "at_ms": [...]}` in, its probabilities of an end at those moments out."""

import base64
import json
import sys

import numpy as np
from loguru import logger

logger.remove()

from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3  # noqa: E402: its log is off first.

RATE_HZ = 24_000
analyzer = LocalSmartTurnAnalyzerV3()
analyzer.set_sample_rate(RATE_HZ)
for line in sys.stdin:
    ask = json.loads(line)
    sound = np.frombuffer(base64.b64decode(ask["audio"]), dtype="<i2").astype(np.float32) / 32_768
    heard = (sound[: int(at_ms * RATE_HZ / 1_000)] for at_ms in ask["at_ms"])
    print(json.dumps([analyzer._predict_endpoint(part)["probability"] for part in heard]), flush=True)

"""Speech recognition for local/transcription.mjs: PocketSphinx, one request after another.

stdin: a 4-byte little-endian length, then that many bytes of 16 kHz 16-bit mono samples; repeated.
stdout: one JSON line for each request, {"text": ...} or {"error": ...}. The first line is {"ready": true}.
"""
import json
import struct
import sys

BYTES_MAX = 64 * 1024 * 1024


def main():
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=16000, loglevel="FATAL")
    source, sink = sys.stdin.buffer, sys.stdout
    print(json.dumps({"ready": True}), file=sink, flush=True)
    while True:
        head = source.read(4)
        if len(head) < 4:
            return
        (length,) = struct.unpack("<I", head)
        if length > BYTES_MAX:
            print(json.dumps({"error": "too long"}), file=sink, flush=True)
            return
        samples = source.read(length)
        try:
            decoder.start_utt()
            decoder.process_raw(samples, no_search=False, full_utt=True)
            decoder.end_utt()
            found = decoder.hyp()
            answer = {"text": found.hypstr if found else ""}
        except Exception as error:  # one bad recording must not end the process
            answer = {"error": str(error)}
        print(json.dumps(answer), file=sink, flush=True)


main()

//! Containers of encoded audio: Opus packets in and out of Ogg, WebM and MP4; MP3 frames; recognition. Pure.

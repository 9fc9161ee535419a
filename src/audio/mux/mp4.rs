//! Opus packets into fragmented MP4 (ISO/IEC 14496-12, "Encapsulation of Opus in ISO Base Media File Format")
//! while they are made.
//!
//! `ftyp` and a `moov` without samples, then one `moof` and `mdat` for each flush. Time is in samples at 48 kHz and
//! starts at 0 with the pre-skip, which `dOps` and an edit list tell the player to drop. The last sample's duration
//! is shortened by the end trim.

use crate::audio::mark;
use crate::audio::opus::{OpusHead, SAMPLES_PER_SECOND};

const TRACK_ID: u32 = 1;
/// Depends on nothing, is a key frame: every Opus packet.
const SAMPLE_FLAGS: u32 = 0x0200_0000;
/// Rotation and scale of nothing, as every writer has it.
const MATRIX: [u32; 9] = [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000];

/// Writes fragments; the queue of packets belongs to the caller.
#[derive(Debug)]
pub(super) struct Mp4Writer {
    samples: u64,
    sequence: u32,
}

impl Mp4Writer {
    pub fn new() -> Self {
        Self {
            samples: 0,
            sequence: 0,
        }
    }

    /// `ftyp` and `moov`.
    pub fn header(&mut self, head: &OpusHead, is_marked: bool, out: &mut Vec<u8>) {
        boxed(out, b"ftyp", |out| {
            out.extend_from_slice(b"iso5\0\0\x02\0iso5iso6mp41");
        });
        boxed(out, b"moov", |out| {
            full(out, b"mvhd", 0, 0, movie_header);
            boxed(out, b"trak", |out| trak(head, out));
            boxed(out, b"mvex", |out| {
                full(out, b"trex", 0, 0, |out| {
                    for field in [TRACK_ID, 1, 0, 0, SAMPLE_FLAGS] {
                        u32(out, field);
                    }
                });
            });
            if is_marked {
                boxed(out, b"udta", |out| full(out, b"meta", 0, 0, tags));
            }
        });
    }

    /// One fragment; nothing when there are no packets.
    pub fn packets(&mut self, packets: &[(&[u8], u32)], end_trim: Option<u32>, out: &mut Vec<u8>) {
        if packets.is_empty() {
            return;
        }
        self.sequence = self.sequence.wrapping_add(1);
        let trim = end_trim.unwrap_or_default();
        let first_samples = packets.first().map_or(0, |&(_, samples)| samples);
        let is_uniform = trim == 0 && packets.iter().all(|&(_, samples)| samples == first_samples);
        let shared_samples = is_uniform.then_some(first_samples);
        let bytes: usize = packets.iter().map(|(packet, _)| packet.len() + 8).sum();
        out.reserve(bytes + 128);

        let moof_at = out.len();
        let mut offset_at = 0;
        boxed(out, b"moof", |out| {
            full(out, b"mfhd", 0, 0, |out| u32(out, self.sequence));
            boxed(out, b"traf", |out| {
                offset_at = traf(self.samples, packets, shared_samples, trim, out)
            });
        });
        // The data begins after the header of the next box.
        let data_offset = u32::try_from(out.len() - moof_at + 8).unwrap_or_default();
        patch(out, offset_at, data_offset);
        boxed(out, b"mdat", |out| {
            for (packet, _) in packets {
                out.extend_from_slice(packet);
            }
        });
        self.samples += packets
            .iter()
            .map(|&(_, samples)| u64::from(samples))
            .sum::<u64>();
    }
}

/// Answers where the data offset stands, to be filled in.
fn traf(start: u64, packets: &[(&[u8], u32)], shared: Option<u32>, trim: u32, out: &mut Vec<u8>) -> usize {
    const DEFAULT_BASE_IS_MOOF: u32 = 0x02_0000;
    const DEFAULT_DURATION: u32 = 0x08;
    const DATA_OFFSET: u32 = 0x01;
    const DURATIONS: u32 = 0x100;
    const SIZES: u32 = 0x200;
    let track_flags = DEFAULT_BASE_IS_MOOF | if shared.is_some() { DEFAULT_DURATION } else { 0 };
    full(out, b"tfhd", 0, track_flags, |out| {
        u32(out, TRACK_ID);
        if let Some(samples) = shared {
            u32(out, samples);
        }
    });
    full(out, b"tfdt", 1, 0, |out| {
        out.extend_from_slice(&start.to_be_bytes())
    });
    let run_flags = DATA_OFFSET | SIZES | if shared.is_some() { 0 } else { DURATIONS };
    let mut offset_at = 0;
    full(out, b"trun", 0, run_flags, |out| {
        u32(out, u32::try_from(packets.len()).unwrap_or_default());
        offset_at = out.len();
        u32(out, 0);
        for (index, &(packet, samples)) in packets.iter().enumerate() {
            let is_last = index + 1 == packets.len();
            if shared.is_none() {
                u32(out, samples.saturating_sub(if is_last { trim } else { 0 }));
            }
            u32(out, u32::try_from(packet.len()).unwrap_or_default());
        }
    });
    offset_at
}

fn movie_header(out: &mut Vec<u8>) {
    for field in [0, 0, SAMPLES_PER_SECOND, 0, 0x0001_0000] {
        u32(out, field); // Created, modified, time scale, duration (unknown), rate 1.0.
    }
    out.extend_from_slice(&[1, 0]); // Volume 1.0.
    out.extend_from_slice(&[0; 10]);
    MATRIX.iter().for_each(|&field| u32(out, field));
    out.extend_from_slice(&[0; 24]);
    u32(out, TRACK_ID + 1);
}

/// The mark, as a tag of a free name in iTunes' list.
fn tags(out: &mut Vec<u8>) {
    const UTF8: u32 = 1;
    full(out, b"hdlr", 0, 0, |out| {
        out.extend_from_slice(b"\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0");
    });
    boxed(out, b"ilst", |out| {
        boxed(out, b"----", |out| {
            for (kind, text) in [(b"mean", "com.apple.iTunes"), (b"name", mark::NAME)] {
                full(out, kind, 0, 0, |out| out.extend_from_slice(text.as_bytes()));
            }
            full(out, b"data", 0, UTF8, |out| {
                u32(out, 0); // Of no country.
                out.extend_from_slice(mark::TERM.as_bytes());
            });
        });
    });
}

fn trak(head: &OpusHead, out: &mut Vec<u8>) {
    const ENABLED_IN_MOVIE: u32 = 3;
    full(out, b"tkhd", 0, ENABLED_IN_MOVIE, |out| {
        for field in [0, 0, TRACK_ID, 0, 0, 0, 0] {
            u32(out, field); // Created, modified, track, reserved, duration, reserved twice.
        }
        out.extend_from_slice(&[0, 0, 0, 1, 1, 0, 0, 0]); // Layer 0, alternate group 1, volume 1.0.
        MATRIX.iter().for_each(|&field| u32(out, field));
        out.extend_from_slice(&[0; 8]);
    });
    boxed(out, b"edts", |out| {
        full(out, b"elst", 0, 0, |out| {
            // One entry; duration 0 lasts to the end of the fragments; start after the pre-skip at rate 1.
            for field in [1, 0, u32::from(head.pre_skip), 0x0001_0000] {
                u32(out, field);
            }
        });
    });
    boxed(out, b"mdia", |out| {
        full(out, b"mdhd", 0, 0, |out| {
            for field in [0, 0, SAMPLES_PER_SECOND, 0, 0x55C4_0000] {
                u32(out, field); // The last: language "und".
            }
        });
        full(out, b"hdlr", 0, 0, |out| {
            out.extend_from_slice(b"\0\0\0\0soun\0\0\0\0\0\0\0\0\0\0\0\0hearken\0");
        });
        boxed(out, b"minf", |out| minf(head, out));
    });
}

fn minf(head: &OpusHead, out: &mut Vec<u8>) {
    const IN_THIS_FILE: u32 = 1;
    full(out, b"smhd", 0, 0, |out| u32(out, 0));
    boxed(out, b"dinf", |out| {
        full(out, b"dref", 0, 0, |out| {
            u32(out, 1);
            full(out, b"url ", 0, IN_THIS_FILE, |_| ());
        });
    });
    boxed(out, b"stbl", |out| {
        full(out, b"stsd", 0, 0, |out| {
            u32(out, 1);
            boxed(out, b"Opus", |out| sample_entry(head, out));
        });
        for empty_table in [b"stts", b"stsc", b"stco"] {
            full(out, empty_table, 0, 0, |out| u32(out, 0));
        }
        full(out, b"stsz", 0, 0, |out| out.extend_from_slice(&[0; 8]));
    });
}

fn sample_entry(head: &OpusHead, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // Data reference 1.
    out.extend_from_slice(&[head.channels, 0, 16, 0, 0, 0, 0]); // 16 bits a sample.
    u32(out, SAMPLES_PER_SECOND << 16);
    boxed(out, b"dOps", |out| {
        out.extend_from_slice(&[0, head.channels]);
        out.extend_from_slice(&head.pre_skip.to_be_bytes());
        u32(out, SAMPLES_PER_SECOND);
        out.extend_from_slice(&head.gain_q8.to_be_bytes());
        out.push(0); // Mapping family.
    });
}

fn u32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

fn boxed(out: &mut Vec<u8>, kind: &[u8; 4], body: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    u32(out, 0);
    out.extend_from_slice(kind);
    body(out);
    let bytes = u32::try_from(out.len() - at).unwrap_or_default();
    patch(out, at, bytes);
}

fn full(out: &mut Vec<u8>, kind: &[u8; 4], version: u8, flags: u32, body: impl FnOnce(&mut Vec<u8>)) {
    boxed(out, kind, |out| {
        u32(out, u32::from(version) << 24 | flags);
        body(out);
    });
}

fn patch(out: &mut [u8], at: usize, value: u32) {
    for (place, byte) in out.iter_mut().skip(at).zip(value.to_be_bytes()) {
        *place = byte;
    }
}

// Ogg pages for Opus packets (RFC 3533 §6, RFC 7845 §5). Writes only: one logical stream, mono, 48 kHz granules.

/** A page's segment table holds this many lacing values (RFC 3533 §6). */
const SEGMENTS_MAX = 255;

const CRC = new Uint32Array(256).map((_, byte) => {
  let register = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) register = (register << 1) ^ (register & 0x80000000 ? 0x04c11db7 : 0);
  return register >>> 0;
});

/** The page checksum: polynomial 0x04c11db7, not reflected, no final inversion. */
export function oggCrc(bytes) {
  let register = 0;
  for (const byte of bytes) register = ((register << 8) ^ CRC[(register >>> 24) ^ byte]) >>> 0;
  return register;
}

export class OggOpusPager {
  #serial; #sequence = 0; #granule; #packets = [];

  /** `pre_skip` in 48 kHz samples, `input_rate_hz` what the encoder was fed (informational, RFC 7845 §5.1). */
  constructor({ serial, pre_skip, input_rate_hz, packets_per_page = 10, samples_per_packet = 960 }) {
    Object.assign(this, { pre_skip, input_rate_hz, packets_per_page, samples_per_packet });
    this.#serial = serial >>> 0;
    this.#granule = 0;
  }

  /** The two header pages: OpusHead and OpusTags. */
  head() {
    const head = Buffer.alloc(19);
    head.write('OpusHead', 0, 'latin1');
    head[8] = 1; // version
    head[9] = 1; // channels
    head.writeUInt16LE(this.pre_skip, 10);
    head.writeUInt32LE(this.input_rate_hz, 12);
    const vendor = Buffer.from('hearken local');
    const tags = Buffer.alloc(8 + 4 + vendor.length + 4);
    tags.write('OpusTags', 0, 'latin1');
    tags.writeUInt32LE(vendor.length, 8);
    vendor.copy(tags, 12);
    return Buffer.concat([this.#page([head], 0, 0x02), this.#page([tags], 0, 0)]);
  }

  /** Takes one packet; returns a page once it is full. The last packet is kept back, so that `finish` can mark it. */
  push(packet) {
    let page;
    if (this.#packets.length === this.packets_per_page) {
      this.#granule += this.#packets.length * this.samples_per_packet;
      page = this.#page(this.#packets, this.#granule, 0);
      this.#packets = [];
    }
    this.#packets.push(packet);
    return page;
  }

  /** The last page; `total_samples` (48 kHz, without pre-skip) trims the padding of the last packet (RFC 7845 §4.4). */
  finish(total_samples) {
    const page = this.#page(this.#packets, this.pre_skip + total_samples, 0x04);
    this.#packets = [];
    return page;
  }

  #page(packets, granule, flags) {
    const lacing = [];
    for (const packet of packets) {
      for (let left = packet.length; left >= 0; left -= 255) lacing.push(Math.min(left, 255));
    }
    if (lacing.length > SEGMENTS_MAX) throw new Error('too many packets for one page');
    const header = Buffer.alloc(27 + lacing.length);
    header.write('OggS', 0, 'latin1');
    header[5] = flags;
    header.writeBigInt64LE(BigInt(granule), 6);
    header.writeUInt32LE(this.#serial, 14);
    header.writeUInt32LE(this.#sequence++, 18);
    header[26] = lacing.length;
    header.set(lacing, 27);
    const page = Buffer.concat([header, ...packets]);
    page.writeUInt32LE(oggCrc(page), 22);
    return page;
  }
}

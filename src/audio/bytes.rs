//! Reading integers out of byte slices without a way to panic: every getter answers `None` past the end.

/// The `N` bytes at `at`.
pub(super) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

pub(super) fn u16_le(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

pub(super) fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

pub(super) fn u64_le(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

pub(super) fn u32_be(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

pub(super) fn u64_be(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_be_bytes)
}

/// The 28-bit size of an ID3v2 tag: four bytes of seven bits each; `None` when a top bit is set.
pub(super) fn synchsafe(bytes: &[u8], at: usize) -> Option<usize> {
    array::<4>(bytes, at)?.iter().try_fold(0usize, |size, &byte| {
        (byte < 0x80).then_some((size << 7) | usize::from(byte))
    })
}

/// The slice from `at` on; empty past the end.
pub(super) fn tail(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(at..).unwrap_or(&[])
}

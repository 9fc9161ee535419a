//! Lower-case hexadecimal.

/// Two digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |four: u8| {
        DIGITS
            .get(usize::from(four))
            .map_or('0', |digit| char::from(*digit))
    };
    let mut out = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        out.push(digit(byte >> 4));
        out.push(digit(byte & 15));
    }
    out
}

/// Of the first bytes alone.
pub fn hex_of_first(bytes: &[u8], count: usize) -> String {
    hex(bytes.get(..count).unwrap_or(bytes))
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_byte_is_two_digits() {
        assert_eq!(super::hex(&[0, 0x0f, 0xa5, 0xff]), "000fa5ff");
        assert_eq!(super::hex_of_first(&[1, 2, 3], 2), "0102");
        assert_eq!(super::hex_of_first(&[1], 2), "01");
    }
}

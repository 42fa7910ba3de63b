//! Hashes and encodings that cases about challenges and codes are made of.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::Digest as _;

/// The SHA-256 digest of a text in lower-case hexadecimal.
#[must_use]
pub fn sha256_hex(text: &str) -> String {
    let mut hex = String::new();
    for byte in sha2::Sha256::digest(text.as_bytes()) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// What anybody can read in an opaque value: the value itself, and each of its parts between dots as decoded from
/// either alphabet of base64, with or without padding.
#[must_use]
pub fn readings(value: &str) -> Vec<String> {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engines =
        [GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT), GeneralPurpose::new(&alphabet::STANDARD, LENIENT)];
    let mut all = vec![value.to_owned()];
    for part in std::iter::once(value).chain(value.split('.')) {
        let decoded = engines.iter().filter_map(|engine| engine.decode(part).ok());
        all.extend(decoded.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_spelled_in_lower_case() {
        assert_eq!(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_value_is_read_whole_and_in_its_parts() {
        // {"a":1} in base64url, as a part and alone, and padded.
        assert!(readings("x.eyJhIjoxfQ").contains(&"{\"a\":1}".to_owned()));
        assert!(readings("eyJhIjoxfQ==").contains(&"{\"a\":1}".to_owned()));
        assert!(readings("!").contains(&"!".to_owned()));
    }
}

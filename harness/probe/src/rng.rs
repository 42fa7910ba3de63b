//! Randomness that can be repeated: each case draws from a seed of its own.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A seed that nobody can guess: a target that could would know our states and code verifiers.
#[must_use]
pub fn fresh_seed() -> Vec<u8> {
    use ring::rand::SecureRandom as _;
    let mut seed = vec![0; 32];
    if ring::rand::SystemRandom::new().fill(&mut seed).is_err() {
        // Without system randomness TLS does not work either; the time at least keeps two runs apart.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        seed = now.as_nanos().to_be_bytes().to_vec();
    }
    seed
}

/// A stream of bytes derived from a seed and a name. Whoever knows the seed of a run can repeat every value of it.
#[derive(Debug, Clone)]
pub struct Rng {
    seed: [u8; 32],
    drawn: u64,
}

impl Rng {
    /// The stream of a name under a run's seed.
    #[must_use]
    pub fn new(seed: &[u8], name: &str) -> Self {
        let seed = Sha256::new().chain_update(seed).chain_update(name.as_bytes()).finalize().into();
        Rng { seed, drawn: 0 }
    }

    /// The next 32 bytes.
    pub fn block(&mut self) -> [u8; 32] {
        self.drawn += 1;
        Sha256::new().chain_update(self.seed).chain_update(self.drawn.to_be_bytes()).finalize().into()
    }

    /// A word of 43 characters of the base64url alphabet, carrying 256 bits.
    pub fn word(&mut self) -> String {
        URL_SAFE_NO_PAD.encode(self.block())
    }

    /// A short word of `length` lower-case letters and digits that begins with a letter.
    pub fn name(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
        const ALL: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let bytes: Vec<u8> = std::iter::repeat_with(|| self.block()).flatten().take(length).collect();
        bytes
            .iter()
            .enumerate()
            .map(|(i, b)| {
                let alphabet = if i == 0 { LETTERS } else { ALL };
                char::from(alphabet[usize::from(*b) % alphabet.len()])
            })
            .collect()
    }

    /// A code verifier of `length` characters that uses the whole unreserved alphabet (RFC 7636 §4.1).
    pub fn verifier(&mut self, length: usize) -> String {
        const UNRESERVED: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
        std::iter::repeat_with(|| self.block())
            .flatten()
            .take(length)
            .map(|b| char::from(UNRESERVED[usize::from(b) % UNRESERVED.len()]))
            .collect()
    }

    /// A number below `bound`, which must not be zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.block();
        u64::from_be_bytes([a, b, c, d, e, f, g, h]) % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_name_repeat_and_another_name_does_not() {
        assert_eq!(Rng::new(b"s", "a").word(), Rng::new(b"s", "a").word());
        assert_ne!(Rng::new(b"s", "a").word(), Rng::new(b"s", "b").word());
        assert_eq!(Rng::new(b"s", "a").verifier(128).len(), 128);
        assert!(Rng::new(b"s", "a").name(8).starts_with(|c: char| c.is_ascii_lowercase()));
    }
}

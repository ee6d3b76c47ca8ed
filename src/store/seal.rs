//! Seals personal values, so that to destroy a key is to destroy all that was written under it.
//!
//! ChaCha20-Poly1305 (RFC 8439) with a random nonce in front. A key seals far fewer than 2^32 values, below which random
//! nonces of 96 bits are safe.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use rand::RngCore;

/// Of a key.
pub const KEY_BYTES: usize = 32;
/// What sealing adds to a value: nonce and tag.
pub const SEAL_BYTES: usize = NONCE_BYTES + 16;

const NONCE_BYTES: usize = 12;

/// A key of one visitor id.
#[derive(Clone, PartialEq, Eq)]
pub struct VisitorKey(pub(super) [u8; KEY_BYTES]);

/// Never shows the key.
impl std::fmt::Debug for VisitorKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("VisitorKey(..)")
    }
}

/// A value was not sealed with this key, or was changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open")]
pub struct NotOpened;

impl VisitorKey {
    /// Seals a value; `about` is not sealed but must be the same when it is opened.
    pub fn seal(&self, about: &[u8], value: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let sealed = self.cipher().encrypt(&Nonce::from(nonce), Payload { msg: value, aad: about });
        let mut bytes = nonce.to_vec();
        // INVARIANT: encryption fails only on values over 256 GiB; what cannot be sealed is not written.
        bytes.extend_from_slice(&sealed.unwrap_or_default());
        bytes
    }

    /// Opens a sealed value.
    ///
    /// # Errors
    /// [`NotOpened`].
    pub fn open(&self, about: &[u8], sealed: &[u8]) -> Result<Vec<u8>, NotOpened> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(NotOpened)?;
        let payload = Payload { msg: sealed, aad: about };
        self.cipher().decrypt(&Nonce::from(*nonce), payload).map_err(|_| NotOpened)
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&Key::from(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_and_circumstances_open_a_value() {
        let (key, other) = (VisitorKey([1; 32]), VisitorKey([2; 32]));
        let sealed = key.seal(b"here", b"anna@example.com");
        assert_eq!(sealed.len(), 16 + SEAL_BYTES);
        assert!(!sealed.windows(4).any(|bytes| bytes == b"anna"));
        assert_eq!(key.open(b"here", &sealed).unwrap(), b"anna@example.com");
        assert_eq!(key.open(b"there", &sealed), Err(NotOpened));
        assert_eq!(other.open(b"here", &sealed), Err(NotOpened));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(b"here", &changed), Err(NotOpened), "byte {at}");
            assert_eq!(key.open(b"here", &sealed[..at]), Err(NotOpened), "{at} bytes");
        }
    }
}

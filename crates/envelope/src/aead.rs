//! XChaCha20-Poly1305 with an explicit nonce: the one cipher for envelopes and files.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use zeroize::Zeroizing;

/// Sealed bytes that do not open: another key, another context, or altered bytes; a cipher cannot tell which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed bytes do not open with this key: they were altered, or sealed for something else")]
pub struct AeadError;

/// Bytes the authentication tag adds to a plaintext.
pub(crate) const TAG_BYTES: usize = 16;

/// Seals `plaintext` with XChaCha20-Poly1305 under `key` and `nonce`, bound to `aad`. A pair of key and nonce must never seal two
/// different plaintexts. The answer is 16 bytes longer than the plaintext.
///
/// A plaintext of more than 256 GiB cannot be sealed by this cipher; since such a slice cannot be a value the product makes, the
/// answer is then empty and opens as nothing.
#[must_use]
pub fn aead_seal(key: &[u8; 32], nonce: &[u8; 24], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    XChaCha20Poly1305::new(key.into()).encrypt(nonce.into(), Payload { msg: plaintext, aad }).unwrap_or_default()
}

/// Opens what [`aead_seal`] made with the same key, nonce and `aad`.
///
/// # Errors
/// [`AeadError`] when a byte of any of them differs.
pub fn aead_open(key: &[u8; 32], nonce: &[u8; 24], aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, AeadError> {
    XChaCha20Poly1305::new(key.into())
        .decrypt(nonce.into(), Payload { msg: sealed, aad })
        .map(Zeroizing::new)
        .map_err(|_| AeadError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_and_nothing_else_does() {
        let sealed = aead_seal(&[1; 32], &[2; 24], b"context", b"text");
        assert_eq!(sealed.len(), 4 + TAG_BYTES);
        assert_eq!(aead_open(&[1; 32], &[2; 24], b"context", &sealed).unwrap().as_slice(), b"text");
        assert_eq!(aead_open(&[9; 32], &[2; 24], b"context", &sealed), Err(AeadError));
        assert_eq!(aead_open(&[1; 32], &[9; 24], b"context", &sealed), Err(AeadError));
        assert_eq!(aead_open(&[1; 32], &[2; 24], b"other", &sealed), Err(AeadError));
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(aead_open(&[1; 32], &[2; 24], b"context", &altered), Err(AeadError));
        }
        assert_eq!(aead_open(&[1; 32], &[2; 24], b"context", &[]), Err(AeadError));
    }
}

//! Serde adapters that move byte strings whole instead of byte by byte; in postcard the encoding is that of a `Vec<u8>`.
//!
//! ```
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Record {
//!     #[serde(with = "enginus_envelope::blob::one")]
//!     bytes: Vec<u8>,
//!     #[serde(with = "enginus_envelope::blob::many")]
//!     list: Vec<Vec<u8>>,
//! }
//! ```

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A byte string on its way through serde.
struct Blob(Vec<u8>);

/// A borrowed byte string on its way out.
struct BlobRef<'a>(&'a [u8]);

impl Serialize for BlobRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(BlobVisitor)
    }
}

struct BlobVisitor;

impl<'de> de::Visitor<'de> for BlobVisitor {
    type Value = Blob;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a byte string")
    }
    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Blob, E> {
        Ok(Blob(bytes.to_vec()))
    }
    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Blob, E> {
        Ok(Blob(bytes))
    }
}

/// `#[serde(with = "blob::one")]` for a `Vec<u8>`.
pub mod one {
    use super::*;

    /// Writes a length and the bytes.
    ///
    /// # Errors
    /// The serializer's own.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        BlobRef(bytes).serialize(serializer)
    }
    /// Reads what `serialize` wrote.
    ///
    /// # Errors
    /// The deserializer's own.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        Blob::deserialize(deserializer).map(|blob| blob.0)
    }
}

/// `#[serde(with = "blob::many")]` for a `Vec<Vec<u8>>`.
pub mod many {
    use super::*;

    /// Writes a count, then each as a length and its bytes.
    ///
    /// # Errors
    /// The serializer's own.
    pub fn serialize<S: Serializer>(list: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(|bytes| BlobRef(bytes)))
    }
    /// Reads what `serialize` wrote.
    ///
    /// # Errors
    /// The deserializer's own.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<u8>>, D::Error> {
        let list = Vec::<Blob>::deserialize(deserializer)?;
        Ok(list.into_iter().map(|blob| blob.0).collect())
    }
}

//! The file that carries a project between devices without a network.
//!
//! `ENGINUSB`, a version byte, the genesis record, then records, then an end record with their count and a hash over everything before
//! it. It names nothing in clear: envelopes and objects are sealed, the genesis record holds keys only. A reader trusts none of it:
//! a cut, altered or extended file is noticed at the end record, and every envelope is checked like one from the network.
//!
//! ```
//! use enginus_sync::bundle::{BundleReader, BundleWriter, Record};
//!
//! let mut writer = BundleWriter::new(Vec::new(), b"genesis")?;
//! writer.envelope(b"an encoded envelope")?;
//! let file = writer.finish()?;
//!
//! let mut reader = BundleReader::new(file.as_slice())?;
//! assert_eq!(reader.genesis(), b"genesis");
//! assert_eq!(reader.next()?, Some(Record::Envelope(b"an encoded envelope".to_vec())));
//! assert_eq!(reader.next()?, None); // the end was reached and everything is whole
//! # Ok::<(), enginus_sync::bundle::BundleError>(())
//! ```

use std::io::{self, Read, Write};

use enginus_envelope::MAX_ENVELOPE_BYTES;
use enginus_model::Hash;

/// How every bundle begins.
pub const MAGIC: &[u8; 8] = b"ENGINUSB";
/// The longest genesis record.
pub const MAX_GENESIS_BYTES: usize = 64 << 10;
/// The longest sealed object: a chunk of 4 MiB with room for what sealing adds.
pub const MAX_OBJECT_BYTES: usize = 8 << 20;

const VERSION: u8 = 1;
const TAG_ENVELOPE: u8 = 1;
const TAG_OBJECT: u8 = 2;
const TAG_END: u8 = 0xFF;

/// One thing in a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// An encoded envelope. A writer puts each log's entries in order, so that a reader can store them as they come.
    Envelope(Vec<u8>),
    /// A sealed object of the vault.
    Object {
        /// BLAKE3 of its bytes; checked while reading.
        name: Hash,
        /// Its sealed bytes.
        bytes: Vec<u8>,
    },
}

/// Why a bundle cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file ended before its end record.
    #[error("the bundle is cut short: {read} complete records were read before it ended; copy the file again")]
    Truncated {
        /// How many records were whole.
        read: u64,
    },
    /// Not a bundle.
    #[error("the file is not an ENGINUS bundle; choose a file that was written by a bundle export")]
    Foreign,
    /// Written by a version this one does not know.
    #[error("the bundle has format {found}, which this version does not know; update ENGINUS to read it")]
    NewerVersion {
        /// The version byte that was found.
        found: u8,
    },
    /// Bytes were altered.
    #[error("the bundle is damaged ({what}); copy or export the file again")]
    Damaged {
        /// What was noticed.
        what: &'static str,
    },
    /// A record is longer than its kind may be.
    #[error("a {what} of {bytes} bytes is more than a bundle may carry")]
    TooLarge {
        /// Which kind.
        what: &'static str,
        /// Its length.
        bytes: u64,
    },
    /// The file could not be read or written.
    #[error("the bundle could not be read or written: {0}; check the disk or the stick and try again")]
    Io(#[source] io::Error),
}

/// Writes a bundle, record by record; memory stays flat.
pub struct BundleWriter<W: Write> {
    inner: W,
    hasher: blake3::Hasher,
    count: u64,
}

impl<W: Write> std::fmt::Debug for BundleWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BundleWriter").field("count", &self.count).finish_non_exhaustive()
    }
}

impl<W: Write> BundleWriter<W> {
    /// Begins a bundle of the project with this encoded genesis record.
    ///
    /// # Errors
    /// [`BundleError::TooLarge`], [`BundleError::Io`].
    pub fn new(inner: W, genesis: &[u8]) -> Result<Self, BundleError> {
        fits("genesis record", genesis, MAX_GENESIS_BYTES)?;
        let mut writer = Self { inner, hasher: hasher(), count: 0 };
        writer.put(MAGIC)?;
        writer.put(&[VERSION])?;
        writer.put_sized(genesis)?;
        Ok(writer)
    }

    /// Adds an encoded envelope.
    ///
    /// # Errors
    /// [`BundleError::TooLarge`], [`BundleError::Io`].
    pub fn envelope(&mut self, bytes: &[u8]) -> Result<(), BundleError> {
        fits("envelope", bytes, MAX_ENVELOPE_BYTES)?;
        self.put(&[TAG_ENVELOPE])?;
        self.put_sized(bytes)?;
        self.count += 1;
        Ok(())
    }

    /// Adds a sealed object under the name the vault gave it.
    ///
    /// # Errors
    /// [`BundleError::TooLarge`], [`BundleError::Io`], and [`BundleError::Damaged`] when the name is not the hash of the bytes.
    pub fn object(&mut self, name: &Hash, bytes: &[u8]) -> Result<(), BundleError> {
        if Hash::of(bytes) != *name {
            return Err(BundleError::Damaged { what: "an object is not the one it is named for" });
        }
        fits("object", bytes, MAX_OBJECT_BYTES)?;
        self.put(&[TAG_OBJECT])?;
        self.put(name.as_bytes())?;
        self.put_sized(bytes)?;
        self.count += 1;
        Ok(())
    }

    /// Ends the bundle and gives back what it was written to, flushed. A file is only safe after it was also synced to the disk.
    ///
    /// # Errors
    /// [`BundleError::Io`].
    pub fn finish(mut self) -> Result<W, BundleError> {
        self.put(&[TAG_END])?;
        self.put(&self.count.to_le_bytes())?;
        let hash = self.hasher.finalize();
        self.inner.write_all(hash.as_bytes()).map_err(BundleError::Io)?;
        self.inner.flush().map_err(BundleError::Io)?;
        Ok(self.inner)
    }

    fn put_sized(&mut self, bytes: &[u8]) -> Result<(), BundleError> {
        self.put(&(bytes.len() as u32).to_le_bytes())?;
        self.put(bytes)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), BundleError> {
        self.hasher.update(bytes);
        self.inner.write_all(bytes).map_err(BundleError::Io)
    }
}

/// Reads a bundle, record by record; memory stays flat. What was read counts for nothing by itself until [`BundleReader::next`] has
/// answered `None`, but each record may be kept at once where it is checked like one from the network.
pub struct BundleReader<R: Read> {
    inner: R,
    hasher: blake3::Hasher,
    genesis: Vec<u8>,
    count: u64,
    ended: bool,
}

impl<R: Read> std::fmt::Debug for BundleReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BundleReader").field("count", &self.count).field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl<R: Read> BundleReader<R> {
    /// Reads the beginning.
    ///
    /// # Errors
    /// [`BundleError`] when it is no bundle this version reads.
    pub fn new(inner: R) -> Result<Self, BundleError> {
        let mut reader = Self { inner, hasher: hasher(), genesis: Vec::new(), count: 0, ended: false };
        let magic: [u8; 8] = reader.get().map_err(|error| match error {
            BundleError::Truncated { .. } => BundleError::Foreign,
            other => other,
        })?;
        if magic != *MAGIC {
            return Err(BundleError::Foreign);
        }
        let [version] = reader.get()?;
        if version != VERSION {
            return Err(BundleError::NewerVersion { found: version });
        }
        reader.genesis = reader.get_sized("genesis record", MAX_GENESIS_BYTES)?;
        Ok(reader)
    }

    /// The project's encoded genesis record; its hash is the project's id.
    #[must_use]
    pub fn genesis(&self) -> &[u8] {
        &self.genesis
    }

    /// The next record; `None` once, and only once, the end was reached and the hash over everything holds.
    ///
    /// # Errors
    /// [`BundleError`]; do not read on after one.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator of results would hide the one answer that says it is whole"
    )]
    pub fn next(&mut self) -> Result<Option<Record>, BundleError> {
        if self.ended {
            return Ok(None);
        }
        let [tag] = self.get()?;
        let record = match tag {
            TAG_ENVELOPE => Record::Envelope(self.get_sized("envelope", MAX_ENVELOPE_BYTES)?),
            TAG_OBJECT => {
                let name = Hash(self.get()?);
                let bytes = self.get_sized("object", MAX_OBJECT_BYTES)?;
                if Hash::of(&bytes) != name {
                    return Err(BundleError::Damaged { what: "an object is not the one it is named for" });
                }
                Record::Object { name, bytes }
            }
            TAG_END => {
                self.end()?;
                return Ok(None);
            }
            _ => return Err(BundleError::Damaged { what: "a record is of no known kind" }),
        };
        self.count += 1;
        Ok(Some(record))
    }

    fn end(&mut self) -> Result<(), BundleError> {
        let count = u64::from_le_bytes(self.get()?);
        let expected = self.hasher.finalize();
        let found: [u8; 32] = self.get()?;
        if count != self.count || expected != blake3::Hash::from_bytes(found) {
            return Err(BundleError::Damaged { what: "the hash over the whole does not hold" });
        }
        match self.inner.read(&mut [0]) {
            Ok(0) => {}
            Ok(_) => return Err(BundleError::Damaged { what: "something follows its end" }),
            Err(error) => return Err(BundleError::Io(error)),
        }
        self.ended = true;
        Ok(())
    }

    fn get_sized(&mut self, what: &'static str, max: usize) -> Result<Vec<u8>, BundleError> {
        let len = u32::from_le_bytes(self.get()?);
        if len as usize > max {
            return Err(BundleError::TooLarge { what, bytes: u64::from(len) });
        }
        let mut bytes = Vec::new();
        // Grows with what is there, so that a lie about the length costs no memory.
        let read = (&mut self.inner).take(u64::from(len)).read_to_end(&mut bytes).map_err(BundleError::Io)?;
        if read < len as usize {
            return Err(BundleError::Truncated { read: self.count });
        }
        self.hasher.update(&bytes);
        Ok(bytes)
    }

    fn get<const N: usize>(&mut self) -> Result<[u8; N], BundleError> {
        let mut bytes = [0; N];
        self.inner.read_exact(&mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => BundleError::Truncated { read: self.count },
            _ => BundleError::Io(error),
        })?;
        self.hasher.update(&bytes);
        Ok(bytes)
    }
}

/// Checked before anything of a record is written, so that a refusal leaves the bundle whole.
fn fits(what: &'static str, bytes: &[u8], max: usize) -> Result<(), BundleError> {
    if bytes.len() > max {
        return Err(BundleError::TooLarge { what, bytes: bytes.len() as u64 });
    }
    Ok(())
}

fn hasher() -> blake3::Hasher {
    blake3::Hasher::new_derive_key("enginus 1 bundle")
}

#[cfg(test)]
#[path = "bundle_tests.rs"]
mod tests;

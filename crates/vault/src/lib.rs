//! Files sealed, cut into chunks, kept on this device and in buckets the user owns.
//!
//! A file is read once, in chunks of 4 MiB. Each chunk is sealed under a key derived from the domain's [`DedupSecret`] and the
//! chunk's own hash, and becomes an **object** named by the BLAKE3 hash of its sealed bytes: equal content in one epoch of one
//! domain is kept once, and anybody can check an object without being able to read it. A sealed **manifest** lists the chunks. A
//! [`Vault`] keeps objects in a folder of this device; a [`Bucket`] keeps them, and envelopes, in a local folder, S3, Azure or
//! Google storage; [`upload`] and [`download`] move them between the two and can be interrupted at any moment.
//!
//! Nothing here is believed because a path exists: what is read is hashed, what is stored is proved ([`Proof`]), and a bucket
//! counts only where the project's marker object is found.
//!
//! This crate deliberately does not know documents, folders, who may read what, or where secrets come from. It keeps no list of
//! what should be where: callers ask and record. Of the client's crates only this one names `object_store`.
//!
//! ```
//! use enginus_envelope::EpochSecret;
//! use enginus_vault::{CancellationToken, Vault};
//! # let place = std::env::temp_dir().join(format!("enginus-vault-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&place)?;
//! # let (drawing, copy) = (place.join("drawing.pdf"), place.join("copy.pdf"));
//! # std::fs::write(&drawing, b"lines")?;
//! let secret = EpochSecret::from_bytes([7; 32]); // in the product: opened with the device's key
//! let vault = Vault::open(&place.join("objects"))?;
//! let cancel = CancellationToken::new();
//!
//! let sealed = vault.seal_file(&drawing, &secret.dedup_secret(), secret.id(), &|_| (), &cancel)?;
//! assert_eq!(sealed.file.size, 5);
//! vault.open_file(&sealed.file, &secret.dedup_secret(), &copy, &|_| (), &cancel)?;
//! assert_eq!(std::fs::read(&copy)?, b"lines");
//! # std::fs::remove_dir_all(&place)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`DedupSecret`]: enginus_envelope::DedupSecret

mod batch;
mod bucket;
mod cache;
mod chunk;
#[cfg(feature = "conformance")]
pub mod conformance;
mod disk;
mod manifest;
mod open;
mod progress;
mod seal;
#[cfg(feature = "simulation")]
pub mod simulated;
mod transfer;

pub use bucket::{
    Bucket, BucketError, BucketErrorKind, BucketOptions, EnvelopeName, FoundProject, Limits, Proof, Stored, Variables,
};
pub use cache::{CacheError, Held, Vault};
pub use chunk::{CHUNK_BYTES, MAX_OBJECT_BYTES};
pub use manifest::MAX_FILE_BYTES;
pub use open::OpenError;
pub use progress::{OnProgress, Progress};
pub use seal::{SealError, Sealed};
pub use tokio_util::sync::CancellationToken;
pub use transfer::{
    DownloadReport, EnvelopeReport, TRANSFERS_AT_ONCE, TransferError, TransferProblem, UploadReport, download,
    fetch_file, upload, upload_envelopes,
};

use enginus_model::Hash;

/// One object: sealed bytes under a name that proves them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectInfo {
    /// BLAKE3 of the sealed bytes.
    pub name: Hash,
    /// How many sealed bytes.
    pub size: u64,
}

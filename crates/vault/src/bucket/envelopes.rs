//! Envelopes in a bucket: two devices that share nothing else find each other's here.

use bytes::Bytes;
use enginus_envelope::{DecodeError, Envelope, MAX_ENVELOPE_BYTES, Tip};
use enginus_model::{DomainId, LogId};

use super::layout::Layout;
use super::{Bucket, BucketError, BucketErrorKind, Stored};

/// A first byte above this is no version of a form yet to come.
const NEWER_FORMS_MAX: u8 = 16;

/// Which envelope: its domain, its log, its place there and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvelopeName {
    /// The domain it belongs to.
    pub domain: DomainId,
    /// Log, place and hash.
    pub tip: Tip,
}

impl Bucket {
    /// Stores an envelope and proves it. What stands under its name already is kept when it is genuine, else replaced.
    ///
    /// # Errors
    /// [`BucketErrorKind::Damaged`] when `bytes` are not this envelope or the bucket keeps giving back others; every other kind.
    pub async fn put_envelope(&self, name: &EnvelopeName, bytes: &Bytes) -> Result<Stored, BucketError> {
        let path = self.layout.envelope(name);
        if !self.is_genuine(name, bytes) {
            return Err(self
                .store
                .error(BucketErrorKind::Damaged, &path)
                .because("the bytes to store are not this envelope"));
        }
        self.put_proved(&path, bytes, MAX_ENVELOPE_BYTES, |found| self.is_genuine(name, found)).await
    }

    /// Reads an envelope; its signature, its place and its body are checked.
    ///
    /// # Errors
    /// [`BucketErrorKind::NotFound`]; [`BucketErrorKind::Damaged`] when it is not the one its name says;
    /// [`BucketErrorKind::NewerVersion`]; every other kind.
    pub async fn get_envelope(&self, name: &EnvelopeName) -> Result<Bytes, BucketError> {
        let path = self.layout.envelope(name);
        let bytes = self.store.get(&path, MAX_ENVELOPE_BYTES).await?;
        if self.is_genuine(name, &bytes) {
            return Ok(bytes);
        }
        let kind = match Envelope::decode(&bytes) {
            // Garbage begins with any byte; a form that this program does not know yet with one of the next.
            Err(DecodeError::NewerVersion { found }) if found <= NEWER_FORMS_MAX => BucketErrorKind::NewerVersion,
            _ => BucketErrorKind::Damaged,
        };
        Err(self.store.error(kind, &path))
    }

    fn is_genuine(&self, name: &EnvelopeName, bytes: &[u8]) -> bool {
        Envelope::decode(bytes).is_ok_and(|envelope| {
            envelope.header.project == self.project()
                && envelope.header.domain == name.domain
                && envelope.tip() == name.tip
                && envelope.verify().is_ok()
        })
    }

    /// Every log the bucket has envelopes of, in the domains that `wanted` says. Foreign names are passed over.
    ///
    /// # Errors
    /// [`BucketError`] when the bucket cannot be listed.
    pub async fn list_logs(&self, wanted: impl Fn(&DomainId) -> bool) -> Result<Vec<(DomainId, LogId)>, BucketError> {
        let folders = self.store.folders(&self.layout.logs()).await?;
        Ok(folders.iter().filter_map(Layout::parse_log).filter(|(domain, _)| wanted(domain)).collect())
    }

    /// The envelopes of one log with a greater seq than `seq`, in order, at most `at_most` of them: the first ones. Branches of a
    /// forked log that lie at or before `seq` are found with `seq` 0.
    ///
    /// # Errors
    /// [`BucketError`] when the bucket cannot be listed.
    pub async fn list_after(
        &self,
        domain: &DomainId,
        log: &LogId,
        seq: u64,
        at_most: usize,
    ) -> Result<Vec<EnvelopeName>, BucketError> {
        let after = self.layout.after(domain, log, seq);
        let found = self.store.list(&self.layout.log(domain, log), Some(&after), at_most).await?;
        Ok(found.iter().filter_map(|path| Layout::parse_envelope(*domain, *log, path)).collect())
    }

    /// Every envelope of one log, in order of place and hash.
    ///
    /// # Errors
    /// [`BucketError`] when the bucket cannot be listed.
    pub async fn list_log(&self, domain: &DomainId, log: &LogId) -> Result<Vec<EnvelopeName>, BucketError> {
        let found = self.store.list_all(&self.layout.log(domain, log)).await?;
        Ok(found.iter().filter_map(|(path, _)| Layout::parse_envelope(*domain, *log, path)).collect())
    }
}

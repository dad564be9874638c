//! How failures below the engine are told to a person.

use enginus_store::{CommitError, OpenError as StoreOpenError, ReadError};
use enginus_vault::{BucketError, BucketErrorKind, CacheError, OpenError as VaultOpenError, SealError};

use crate::api::{Failure, FailureKind};

impl From<StoreOpenError> for Failure {
    fn from(error: StoreOpenError) -> Self {
        let kind = match &error {
            StoreOpenError::InUse { .. } => FailureKind::Busy,
            _ => FailureKind::Storage,
        };
        let hint = error.hint();
        Self::new(kind, error.to_string()).hint(hint)
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        let hint = error.hint();
        Self::new(FailureKind::Storage, error.to_string()).hint(hint)
    }
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Self {
        let hint = error.hint();
        Self::new(FailureKind::Storage, error.to_string()).hint(hint)
    }
}

impl From<CacheError> for Failure {
    fn from(error: CacheError) -> Self {
        let hint = error.hint();
        Self::new(FailureKind::Storage, error.to_string()).hint(hint)
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        let kind = match &error {
            SealError::Full { .. } | SealError::Cache(_) => FailureKind::Storage,
            SealError::Cancelled { .. } => FailureKind::Cancelled,
            _ => FailureKind::BadInput,
        };
        let hint = error.hint();
        Self::new(kind, error.to_string()).hint(hint)
    }
}

impl From<VaultOpenError> for Failure {
    fn from(error: VaultOpenError) -> Self {
        let kind = match &error {
            VaultOpenError::Cancelled => FailureKind::Cancelled,
            _ => FailureKind::Storage,
        };
        let hint = error.hint();
        Self::new(kind, error.to_string()).hint(hint)
    }
}

impl From<BucketError> for Failure {
    fn from(error: BucketError) -> Self {
        let kind = match error.kind() {
            BucketErrorKind::BadAddress | BucketErrorKind::Misconfigured => FailureKind::Invalid,
            BucketErrorKind::Full => FailureKind::Storage,
            BucketErrorKind::NotFound | BucketErrorKind::NotTheProjectsBucket => FailureKind::NotFound,
            BucketErrorKind::Denied => FailureKind::NotAllowed,
            _ => FailureKind::Unreachable,
        };
        let hint = error.hint();
        Self::new(kind, error.to_string()).hint(hint)
    }
}

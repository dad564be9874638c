//! What went wrong with a bucket, by meaning: the kind says what to do, whatever provider said it in whatever words.

use std::error::Error as StdError;
use std::io;

use object_store::client::{HttpError, HttpErrorKind};

use crate::disk;

/// What a failure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BucketErrorKind {
    /// The address is not one of a bucket.
    BadAddress,
    /// The credentials or settings in the environment do not make sense.
    Misconfigured,
    /// The provider or the file system refused (401, 403, permission).
    Denied,
    /// What was asked for is not there; on opening: the folder or bucket itself.
    NotFound,
    /// The project's marker is not there: another folder, an unmounted drive, a fresh bucket.
    NotTheProjectsBucket,
    /// Nobody answered, or the connection broke.
    Unreachable,
    /// It answered too slowly or not at all.
    TimedOut,
    /// It answers, but with failures (5xx).
    Failing,
    /// No space or quota is left.
    Full,
    /// What is stored is not what its name says.
    Damaged,
    /// Written by a version this one does not know.
    NewerVersion,
    /// Anything else.
    Other,
}

/// Why an operation on a bucket failed.
#[derive(Debug)]
pub struct BucketError {
    kind: BucketErrorKind,
    bucket: String,
    path: String,
    no_credentials: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl BucketError {
    pub(crate) fn new(kind: BucketErrorKind, bucket: &str, path: &str) -> Self {
        Self { kind, bucket: bucket.to_owned(), path: path.to_owned(), no_credentials: false, source: None }
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn without_credentials(mut self, missing: bool) -> Self {
        self.no_credentials = missing;
        self
    }

    pub(crate) fn with_kind(mut self, kind: BucketErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// What it means.
    #[must_use]
    pub fn kind(&self) -> BucketErrorKind {
        self.kind
    }

    /// The bucket's address, without anything secret.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The object or folder inside the bucket; empty for the bucket itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        use BucketErrorKind as K;
        match self.kind {
            K::Denied | K::Unreachable | K::TimedOut if self.no_credentials => {
                "no credentials for this kind of bucket are set in the environment: set them \
                 (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, \
                 or GOOGLE_APPLICATION_CREDENTIALS) and try again"
            }
            K::BadAddress => {
                "write file:///folder, s3://bucket/prefix, az://container/prefix or gs://bucket/prefix, without credentials"
            }
            K::Misconfigured => "check the AWS_…, AZURE_… or GOOGLE_… variables in the environment",
            K::Denied => "check the credentials in the environment and that they may list, read and write here",
            K::NotFound => {
                "check the address; a folder may lie on a drive that is not connected, a cloud bucket is created with its provider"
            }
            K::NotTheProjectsBucket => {
                "check the address and that the drive is connected; to make it one of the project's buckets, add it from the owner's device"
            }
            K::Unreachable => "check the network and the address; work goes on and is sent when the bucket answers",
            K::TimedOut => "the bucket or the network is slow; work goes on and is sent later",
            K::Failing => "the provider has a fault; work goes on and is sent later",
            K::Full => "free or buy space, or add another bucket; nothing was lost",
            K::Damaged => "a good copy replaces it when a device that has one sends it again",
            K::NewerVersion => "update ENGINUS on this device",
            K::Other => "look at the cause below; work goes on and is sent later",
        }
    }

    /// Whether trying the same again soon can help.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        use BucketErrorKind as K;
        matches!(self.kind, K::Unreachable | K::TimedOut | K::Failing)
    }
}

impl std::fmt::Display for BucketError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use BucketErrorKind as K;
        let bucket = &self.bucket;
        match self.kind {
            K::BadAddress => return write!(f, "\"{bucket}\" is not the address of a bucket"),
            K::Misconfigured => return write!(f, "the settings for bucket {bucket} in the environment are not usable"),
            K::Denied => write!(f, "bucket {bucket} refused access")?,
            K::NotFound if self.path.is_empty() => return write!(f, "bucket {bucket} does not exist"),
            K::NotFound => return write!(f, "bucket {bucket} does not have {}", self.path),
            K::NotTheProjectsBucket => return write!(f, "{bucket} is not one of this project's buckets"),
            K::Unreachable => write!(f, "bucket {bucket} cannot be reached")?,
            K::TimedOut => write!(f, "bucket {bucket} did not answer in time")?,
            K::Failing => write!(f, "bucket {bucket} answered with a failure of its own")?,
            K::Full => write!(f, "bucket {bucket} is full")?,
            K::Damaged => return write!(f, "bucket {bucket} holds a damaged {}", self.path),
            K::NewerVersion => return write!(f, "bucket {bucket} was written by a newer version of ENGINUS"),
            K::Other => write!(f, "bucket {bucket} could not do what was asked")?,
        }
        if self.path.is_empty() { Ok(()) } else { write!(f, " ({})", self.path) }
    }
}

impl StdError for BucketError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|e| e as _)
    }
}

/// What an error of the storage library means; `status` is the last HTTP status seen while it happened.
pub(crate) fn meaning(error: &object_store::Error, status: Option<u16>) -> BucketErrorKind {
    use BucketErrorKind as K;
    use object_store::Error as E;
    match error {
        E::NotFound { .. } => return K::NotFound,
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => return K::Denied,
        E::InvalidPath { .. } => return K::BadAddress,
        E::UnknownConfigurationKey { .. } => return K::Misconfigured,
        _ => {}
    }
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(cause) = next {
        if let Some(kind) = cause.downcast_ref::<HttpError>().and_then(http_meaning) {
            return kind;
        }
        if let Some(kind) = cause.downcast_ref::<io::Error>().and_then(io_meaning) {
            return kind;
        }
        next = cause.source();
    }
    status.map_or(K::Other, status_meaning)
}

fn http_meaning(error: &HttpError) -> Option<BucketErrorKind> {
    match error.kind() {
        HttpErrorKind::Timeout => Some(BucketErrorKind::TimedOut),
        HttpErrorKind::Connect | HttpErrorKind::Request | HttpErrorKind::Interrupted => {
            Some(BucketErrorKind::Unreachable)
        }
        // Cut off in the middle of an answer.
        HttpErrorKind::Decode | HttpErrorKind::Unknown => Some(BucketErrorKind::Unreachable),
        _ => None,
    }
}

fn io_meaning(error: &io::Error) -> Option<BucketErrorKind> {
    use io::ErrorKind as I;
    if disk::is_full(error) {
        return Some(BucketErrorKind::Full);
    }
    match error.kind() {
        I::NotFound | I::NotADirectory => Some(BucketErrorKind::NotFound),
        I::PermissionDenied | I::ReadOnlyFilesystem => Some(BucketErrorKind::Denied),
        I::TimedOut => Some(BucketErrorKind::TimedOut),
        I::ConnectionRefused
        | I::ConnectionReset
        | I::HostUnreachable
        | I::NetworkUnreachable
        | I::StaleNetworkFileHandle => Some(BucketErrorKind::Unreachable),
        _ => None,
    }
}

fn status_meaning(status: u16) -> BucketErrorKind {
    match status {
        401 | 403 => BucketErrorKind::Denied,
        404 => BucketErrorKind::NotFound,
        408 | 504 => BucketErrorKind::TimedOut,
        507 => BucketErrorKind::Full,
        429 | 500..=599 => BucketErrorKind::Failing,
        _ => BucketErrorKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use BucketErrorKind as K;

    #[test]
    fn causes_deep_down_decide_the_meaning() {
        let generic = |source: Box<dyn StdError + Send + Sync>| object_store::Error::Generic { store: "x", source };
        for (kind, expected) in [
            (io::ErrorKind::StorageFull, K::Full),
            (io::ErrorKind::QuotaExceeded, K::Full),
            (io::ErrorKind::PermissionDenied, K::Denied),
            (io::ErrorKind::ReadOnlyFilesystem, K::Denied),
            (io::ErrorKind::NotFound, K::NotFound),
        ] {
            let wrapped = generic(Box::new(generic(Box::new(io::Error::from(kind)))));
            assert_eq!(meaning(&wrapped, None), expected);
        }
        for (status, expected) in
            [(401, K::Denied), (403, K::Denied), (404, K::NotFound), (500, K::Failing), (507, K::Full)]
        {
            assert_eq!(meaning(&generic("said no".into()), Some(status)), expected);
        }
        assert_eq!(meaning(&generic("said no".into()), None), K::Other);
    }

    #[test]
    fn a_message_says_what_where_and_what_to_do() {
        let error = BucketError::new(K::Denied, "s3://plans", "enginus/ab/project");
        assert_eq!(error.to_string(), "bucket s3://plans refused access (enginus/ab/project)");
        assert!(error.hint().starts_with("check the credentials"));
        assert!(error.without_credentials(true).hint().starts_with("no credentials"));
        let other = BucketError::new(K::NotTheProjectsBucket, "file:///mnt/usb", "");
        assert_eq!(other.to_string(), "file:///mnt/usb is not one of this project's buckets");
    }
}

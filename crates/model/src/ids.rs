//! Identifiers: newtypes, so that a document's id can never stand where a person's belongs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// An identifier that could not be read from text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a valid {what}")]
pub struct ParseIdError {
    /// What was expected, for people ("document id", "hash" …).
    pub what: &'static str,
    /// The text that was given, shortened.
    pub text: String,
}

impl ParseIdError {
    fn new(what: &'static str, text: &str) -> Self {
        Self { what, text: text.chars().take(40).collect() }
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(Uuid);

        impl $name {
            /// A UUIDv7 (RFC 9562) from a time in UTC milliseconds and 10 random bytes.
            #[must_use]
            pub fn new(unix_ms: u64, random: &[u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_ms, random).into_uuid())
            }
            /// From its 16 bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
            /// Its 16 bytes, big-endian; byte order is creation order.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(s: &str) -> Result<Self, ParseIdError> {
                Uuid::parse_str(s).map(Self).map_err(|_| ParseIdError::new($what, s))
            }
        }
    };
}

uuid_id!(
    /// One document of the register, across all its revisions.
    DocumentId,
    "document id"
);
uuid_id!(
    /// One revision of one document. Two people revising offline make two of these with the same code.
    RevisionId,
    "revision id"
);
uuid_id!(
    /// What reading is granted on: a folder, or one of the project-wide domains.
    /// It is random (folders) or derived from the project (the rest), so it can travel in clear as a tag.
    DomainId,
    "domain id"
);

impl DomainId {
    /// The project-wide domain `name` of `project`: `authority`, `keys`, `settings` or `directory`.
    #[must_use]
    fn derived(project: &ProjectId, name: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("enginus 1 project-wide domain");
        hasher.update(project.as_bytes()).update(name.as_bytes());
        let mut bytes = [0u8; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
    /// Where signed statements about access live; every member pulls it.
    #[must_use]
    pub fn authority(project: &ProjectId) -> Self {
        Self::derived(project, "authority")
    }
    /// Where sealed epoch secrets live; its envelopes are not sealed again, each record is.
    #[must_use]
    pub fn keys(project: &ProjectId) -> Self {
        Self::derived(project, "keys")
    }
    /// Where the project's name, folders, code lists and buckets live.
    #[must_use]
    pub fn settings(project: &ProjectId) -> Self {
        Self::derived(project, "settings")
    }
    /// Where members' names, organisations and addresses live.
    #[must_use]
    pub fn directory(project: &ProjectId) -> Self {
        Self::derived(project, "directory")
    }
}

macro_rules! bytes_id {
    ($(#[$doc:meta])* $name:ident, $len:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Its bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
            /// The first eight hexadecimal digits, to tell things apart at a glance.
            #[must_use]
            pub fn short(&self) -> String {
                hex::encode(&self.0[..4])
            }
        }

        /// Hexadecimal where people read it, bytes elsewhere.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    self.0.serialize(serializer)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                    text.parse().map_err(serde::de::Error::custom)
                } else {
                    <[u8; $len]>::deserialize(deserializer).map(Self)
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.short())
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(s: &str) -> Result<Self, ParseIdError> {
                let mut out = [0u8; $len];
                hex::decode_to_slice(s, &mut out).map_err(|_| ParseIdError::new($what, s))?;
                Ok(Self(out))
            }
        }
    };
}

bytes_id!(
    /// A project: the BLAKE3 hash of its genesis record.
    ProjectId, 32, "project id"
);
bytes_id!(
    /// A person: their ed25519 public key.
    PersonId, 32, "person id"
);
bytes_id!(
    /// A device: its ed25519 public key, which is also its network address of record.
    DeviceId, 32, "device id"
);
bytes_id!(
    /// A BLAKE3 hash.
    Hash, 32, "hash"
);
bytes_id!(
    /// A SHA-256 digest: the one people compare with other tools.
    Sha256, 32, "SHA-256 digest"
);
bytes_id!(
    /// One epoch of a domain: the hash of its secret.
    EpochId, 32, "epoch id"
);
bytes_id!(
    /// One append-only log: one device, one domain, one incarnation.
    LogId, 16, "log id"
);

impl EpochId {
    /// The mark of an envelope whose content needs no epoch (the `keys` domain).
    pub const NONE: Self = Self([0; 32]);
}

impl Hash {
    /// The hash before the first entry of a log.
    pub const ZERO: Self = Self([0; 32]);
    /// BLAKE3 of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

/// The part of a domain that decides who may *write*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Lane {
    /// Documents and their revisions.
    Records = 0,
    /// Remarks; everybody who reads may write here.
    Comments = 1,
    /// Decisions on revisions.
    Reviews = 2,
}

impl Lane {
    /// Every lane, in order.
    pub const ALL: [Self; 3] = [Self::Records, Self::Comments, Self::Reviews];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_and_parse_back() {
        let id = DocumentId::new(1_700_000_000_000, &[7; 10]);
        assert_eq!(id.to_string().parse::<DocumentId>().unwrap(), id);
        let hash = Hash::of(b"x");
        assert_eq!(hash.to_string().parse::<Hash>().unwrap(), hash);
        assert!("xyz".parse::<Hash>().is_err());
    }

    #[test]
    fn ids_are_text_in_json() {
        let digest = Sha256([0xab; 32]);
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(json, format!("\"{}\"", "ab".repeat(32)));
        assert_eq!(serde_json::from_str::<Sha256>(&json).unwrap(), digest);
        assert!(serde_json::from_str::<Sha256>("\"ab\"").is_err());
    }

    #[test]
    fn ids_sort_by_creation() {
        assert!(DocumentId::new(1, &[255; 10]) < DocumentId::new(2, &[0; 10]));
    }

    #[test]
    fn project_wide_domains_differ_by_name_and_project() {
        let (a, b) = (ProjectId([1; 32]), ProjectId([2; 32]));
        assert_ne!(DomainId::authority(&a), DomainId::keys(&a));
        assert_ne!(DomainId::authority(&a), DomainId::authority(&b));
    }
}

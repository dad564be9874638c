//! How a document lies in the shard: short keys, few operations, nothing that two people could create twice.
//!
//! ```text
//! root ─ docs ─ <document id> ─ n number · t title · p path · f:<name> further column · x removed or restored (bytes)
//!      │                      └ r:<revision id> ─ c code · s status · y reason · f files (bytes)
//!      └ entries ─ <key> value (JSON text)
//! ```
//! Absent means empty. Who wrote a thing, and when, is never a field: it follows from the change that carries it. Further columns
//! lie beside the others rather than in a map of their own, because two people adding their first column at once
//! would make two maps and hide one.

use std::fmt;
use std::str::FromStr;

use enginus_model::{FileRef, RevisionId};
use serde::{Deserialize, Serialize};

use crate::id::revision_of;
use crate::limits::{
    MAX_CODE_BYTES, MAX_FIELD_NAME_BYTES, MAX_FILE_NAME_BYTES, MAX_FILES, MAX_NUMBER_BYTES, MAX_PATH_BYTES,
    MAX_TEXT_BYTES, MAX_TITLE_BYTES,
};

pub(crate) const DOCS: &str = "docs";
pub(crate) const ENTRIES: &str = "entries";
pub(crate) const NUMBER: &str = "n";
pub(crate) const TITLE: &str = "t";
pub(crate) const PATH: &str = "p";
pub(crate) const REMOVAL: &str = "x";
pub(crate) const CUSTOM: &str = "f:";
pub(crate) const CODE: &str = "c";
pub(crate) const STATUS: &str = "s";
pub(crate) const REASON: &str = "y";
pub(crate) const FILES: &str = "f";

/// The version byte of what lies in a bytes value.
const BYTES_VERSION: u8 = 1;

/// A field of a document that can be edited, and be in conflict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Field {
    /// The document number.
    Number,
    /// The title.
    Title,
    /// The subfolder.
    Path,
    /// A further column.
    Custom(String),
    /// Whether the document is removed. Changed by `Edit::Remove` and `Edit::Restore`, never set.
    Removal,
    /// A field of one revision.
    Revision(RevisionId, RevisionField),
}

/// A field of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RevisionField {
    /// The code: `P01`, `C02` …
    Code,
    /// The suitability.
    Status,
    /// Why it was added.
    Reason,
    /// Its files. Changed by `Edit::SetFiles`, never set as text.
    Files,
}

impl Field {
    /// Its key in the document's map, or in the revision's.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Number => NUMBER.into(),
            Self::Title => TITLE.into(),
            Self::Path => PATH.into(),
            Self::Custom(name) => format!("{CUSTOM}{name}"),
            Self::Removal => REMOVAL.into(),
            Self::Revision(_, field) => field.key().into(),
        }
    }

    /// How many bytes its text may have.
    pub(crate) const fn limit(&self) -> usize {
        match self {
            Self::Number => MAX_NUMBER_BYTES,
            Self::Title => MAX_TITLE_BYTES,
            Self::Path => MAX_PATH_BYTES,
            Self::Revision(_, RevisionField::Code | RevisionField::Status) => MAX_CODE_BYTES,
            _ => MAX_TEXT_BYTES,
        }
    }
}

impl RevisionField {
    /// Its key in the revision's map.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Code => CODE,
            Self::Status => STATUS,
            Self::Reason => REASON,
            Self::Files => FILES,
        }
    }
    const ALL: [(Self, &'static str); 4] =
        [(Self::Code, "code"), (Self::Status, "status"), (Self::Reason, "reason"), (Self::Files, "files")];
}

impl fmt::Display for Field {
    /// `number`, `title`, `path`, `removal`, `field:<name>`, `revision:<id>:code` … — read back by [`FromStr`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number => f.write_str("number"),
            Self::Title => f.write_str("title"),
            Self::Path => f.write_str("path"),
            Self::Removal => f.write_str("removal"),
            Self::Custom(name) => write!(f, "field:{name}"),
            Self::Revision(id, field) => {
                let name = RevisionField::ALL.iter().find(|(other, _)| other == field).map_or("", |(_, name)| name);
                write!(f, "revision:{id}:{name}")
            }
        }
    }
}

/// A field name that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a field; use number, title, path, removal, field:<name> or revision:<id>:<code, status, reason or files>"
)]
pub struct ParseFieldError(pub String);

impl FromStr for Field {
    type Err = ParseFieldError;
    fn from_str(text: &str) -> Result<Self, ParseFieldError> {
        let unknown = || ParseFieldError(text.chars().take(60).collect());
        Ok(match text {
            "number" => Self::Number,
            "title" => Self::Title,
            "path" => Self::Path,
            "removal" => Self::Removal,
            _ => {
                if let Some(name) = text.strip_prefix("field:") {
                    return Ok(Self::Custom(name.into()));
                }
                let (id, name) = text.strip_prefix("revision:").and_then(|t| t.split_once(':')).ok_or_else(unknown)?;
                let id = id.parse().map_err(|_| unknown())?;
                let (field, _) = *RevisionField::ALL.iter().find(|(_, n)| *n == name).ok_or_else(unknown)?;
                Self::Revision(id, field)
            }
        })
    }
}

/// What a key of a document's map holds.
pub(crate) enum DocumentKey {
    Text,
    Removal,
    Revision(RevisionId),
    /// A revision's prefix with something else behind it: nothing writes that.
    Broken,
    /// A later version's.
    Unknown,
}

pub(crate) fn document_field(key: &str) -> DocumentKey {
    match key {
        NUMBER | TITLE | PATH => DocumentKey::Text,
        REMOVAL => DocumentKey::Removal,
        _ if key.starts_with("r:") => revision_of(key).map_or(DocumentKey::Broken, DocumentKey::Revision),
        _ => match key.strip_prefix(CUSTOM) {
            Some(name) if (1..=MAX_FIELD_NAME_BYTES).contains(&name.len()) => DocumentKey::Text,
            Some(_) => DocumentKey::Broken,
            None => DocumentKey::Unknown,
        },
    }
}

pub(crate) fn revision_field(key: &str) -> Option<RevisionField> {
    RevisionField::ALL.iter().map(|(field, _)| *field).find(|field| field.key() == key)
}

/// Whether a document is gone, and why it was removed or brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RemovalMark {
    pub(crate) gone: bool,
    pub(crate) reason: String,
}

/// Why a bytes value could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BytesError {
    Newer,
    Broken,
}

fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    // Plain data into memory: postcard has nothing to refuse; an empty answer would be refused by every reader as broken.
    postcard::to_extend(value, vec![BYTES_VERSION]).unwrap_or_default()
}

fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, BytesError> {
    let (version, rest) = bytes.split_first().ok_or(BytesError::Broken)?;
    match *version {
        BYTES_VERSION => match postcard::take_from_bytes(rest) {
            Ok((value, [])) => Ok(value),
            _ => Err(BytesError::Broken),
        },
        0 => Err(BytesError::Broken),
        _ => Err(BytesError::Newer),
    }
}

pub(crate) fn encode_removal(mark: &RemovalMark) -> Vec<u8> {
    encode(mark)
}

pub(crate) fn decode_removal(bytes: &[u8]) -> Result<RemovalMark, BytesError> {
    decode(bytes)
}

pub(crate) fn encode_files(files: &[FileRef]) -> Vec<u8> {
    encode(&files)
}

pub(crate) fn decode_files(bytes: &[u8]) -> Result<Vec<FileRef>, BytesError> {
    let files: Vec<FileRef> = decode(bytes)?;
    if files.len() > MAX_FILES || files.iter().any(|file| file.name.len() > MAX_FILE_NAME_BYTES) {
        return Err(BytesError::Broken);
    }
    Ok(files)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_field_prints_and_parses_back() {
        let id = RevisionId::from_bytes([5; 16]);
        let mut fields = vec![Field::Number, Field::Title, Field::Path, Field::Removal, Field::Custom("a:b c".into())];
        fields.extend(RevisionField::ALL.map(|(field, _)| Field::Revision(id, field)));
        for field in fields {
            assert_eq!(field.to_string().parse::<Field>(), Ok(field));
        }
        assert!("revision:x:code".parse::<Field>().is_err());
        assert!("colour".parse::<Field>().is_err());
    }

    #[test]
    fn bytes_of_another_version_or_with_a_tail_are_told_apart() {
        let bytes = encode_removal(&RemovalMark { gone: true, reason: "wrong folder".into() });
        assert!(decode_removal(&bytes).unwrap().gone);
        let mut newer = bytes.clone();
        newer[0] = 2;
        assert_eq!(decode_removal(&newer), Err(BytesError::Newer));
        let mut tail = bytes;
        tail.push(0);
        assert_eq!(decode_removal(&tail), Err(BytesError::Broken));
        assert_eq!(decode_removal(&[]), Err(BytesError::Broken));
    }
}

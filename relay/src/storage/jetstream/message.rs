//! What stands in a message of a project's stream: one append, whole, or a note that an object came or went.
//!
//! One append is one message, because a message is stored as a whole or not at all. What is longer than a message may be lies in
//! the project's bucket, and the message only names it.

use enginus_model::{Hash, Instant};
use serde::{Deserialize, Serialize};

use super::super::change::Change;
use super::super::{Record, RecordError, StorageError};

/// First byte of every message.
const VERSION: u8 = 1;

/// A message of a project's stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Message {
    /// Encoded records, appended together.
    Records(Vec<Encoded>),
    /// A message that lies in the bucket under this name, the hash of its bytes.
    Elsewhere(Hash),
    /// An object came.
    ObjectKept { name: Hash, bytes: u64, used: Instant },
    /// An object went.
    ObjectDropped { name: Hash },
}

/// An encoded record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Encoded(#[serde(with = "enginus_envelope::blob::one")] Vec<u8>);

impl Message {
    pub(super) fn of(records: &[Record]) -> Result<Self, StorageError> {
        let encoded = records.iter().map(|record| Ok(Encoded(record.encode()?))).collect::<Result<_, RecordError>>()?;
        Ok(Self::Records(encoded))
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, StorageError> {
        postcard::to_extend(self, vec![VERSION]).map_err(|error| StorageError::Failed(error.to_string()))
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, StorageError> {
        let damaged = || StorageError::Damaged("a message of a project's stream does not read".to_owned());
        match bytes.split_first() {
            Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(|_| damaged()),
            Some((&found, _)) if found > VERSION => Err(StorageError::NewerVersion { found }),
            _ => Err(damaged()),
        }
    }

    /// What it does to the index. Nothing where it lies elsewhere: that has to be fetched first.
    pub(super) fn changes(self) -> Result<Vec<Change>, StorageError> {
        match self {
            Self::Records(records) => records.iter().map(|record| Change::of(Record::decode(&record.0)?)).collect(),
            Self::Elsewhere(_) => Ok(Vec::new()),
            Self::ObjectKept { name, bytes, used } => Ok(vec![Change::KeepObject { name, bytes, used }]),
            Self::ObjectDropped { name } => Ok(vec![Change::DropObject { name }]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_read_back_and_others_are_told_apart() {
        let records = [Record::Statement(vec![1; 40]), Record::LetGo { up_to: vec![] }];
        let messages = [
            Message::of(&records).unwrap(),
            Message::Elsewhere(Hash([1; 32])),
            Message::ObjectKept { name: Hash([2; 32]), bytes: 7, used: Instant(9) },
            Message::ObjectDropped { name: Hash([3; 32]) },
        ];
        for message in messages {
            assert_eq!(Message::decode(&message.encode().unwrap()).unwrap(), message);
        }
        assert_eq!(Message::of(&records).unwrap().changes().unwrap().len(), 2);
        assert!(matches!(Message::decode(&[2]), Err(StorageError::NewerVersion { found: 2 })));
        assert!(matches!(Message::decode(&[]), Err(StorageError::Damaged(_))));
        assert!(matches!(Message::decode(&[1, 99]), Err(StorageError::Damaged(_))));
    }
}

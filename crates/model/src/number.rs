//! Document numbers: any text a project uses, and the fields of ISO 19650 where the number has them.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::text::{clean_line, fold};

/// The longest document number, in bytes of UTF-8. It is as long as the longest file name, so that every file name is a number.
pub const MAX_NUMBER_BYTES: usize = crate::MAX_NAME_BYTES;

/// A document number as written. Two spellings people take for the same number have the same [`key`](Self::key).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct DocumentNumber(String);

/// A number that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Nothing is left of it.
    #[error("the document number is empty; give it at least one visible character")]
    Empty,
    /// It is too long.
    #[error("the document number \"{start}…\" takes {bytes} bytes and {MAX_NUMBER_BYTES} are allowed; shorten it")]
    TooLong {
        /// The beginning of the number.
        start: String,
        /// Its length in bytes.
        bytes: usize,
    },
}

impl DocumentNumber {
    /// The number as written, without what cannot be seen.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// What is compared: a folder has one document per key.
    #[must_use]
    pub fn key(&self) -> String {
        fold(&self.0)
    }
    /// Its ISO 19650 fields, where it has them.
    #[must_use]
    pub fn fields(&self) -> Option<NumberFields<'_>> {
        NumberFields::parse(&self.0)
    }
}

impl FromStr for DocumentNumber {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let cleaned = clean_line(text);
        if cleaned.is_empty() {
            return Err(NumberError::Empty);
        }
        if cleaned.len() > MAX_NUMBER_BYTES {
            return Err(NumberError::TooLong { start: cleaned.chars().take(40).collect(), bytes: cleaned.len() });
        }
        Ok(Self(cleaned))
    }
}

impl fmt::Display for DocumentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The seven fields of a container id (ISO 19650-2, UK National Annex 2021). No field has a fixed length.
///
/// ```
/// use enginus_model::NumberFields;
/// let fields = NumberFields::parse("EDORM-BBA-00-ZZ-DR-A-2001").unwrap();
/// assert_eq!((fields.originator(), fields.form(), fields.discipline()), ("BBA", "DR", "A"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberFields<'a>([&'a str; 7]);

impl<'a> NumberFields<'a> {
    /// The fields, where the number consists of exactly seven, joined by `-`, each of letters and digits.
    #[must_use]
    pub fn parse(number: &'a str) -> Option<Self> {
        let mut fields = [""; 7];
        let mut parts = number.split('-');
        for field in &mut fields {
            *field = parts.next().filter(|part| is_field(part))?;
        }
        parts.next().is_none().then_some(Self(fields))
    }
    /// The project.
    #[must_use]
    pub const fn project(&self) -> &'a str {
        self.0[0]
    }
    /// Who made it.
    #[must_use]
    pub const fn originator(&self) -> &'a str {
        self.0[1]
    }
    /// The functional breakdown; before 2021 the volume or system.
    #[must_use]
    pub const fn functional(&self) -> &'a str {
        self.0[2]
    }
    /// The spatial breakdown; before 2021 the level or location.
    #[must_use]
    pub const fn spatial(&self) -> &'a str {
        self.0[3]
    }
    /// The form of information (DR, M3, SH …); before 2021 the type.
    #[must_use]
    pub const fn form(&self) -> &'a str {
        self.0[4]
    }
    /// The discipline; before 2021 the role.
    #[must_use]
    pub const fn discipline(&self) -> &'a str {
        self.0[5]
    }
    /// The running number.
    #[must_use]
    pub const fn number(&self) -> &'a str {
        self.0[6]
    }
}

/// Letters and digits only, at least one.
pub(crate) fn is_field(part: &str) -> bool {
    !part.is_empty() && part.chars().all(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_container_id_has_seven_fields() {
        let number: DocumentNumber = "EDORM-BBA-00-GF-SH-A-0001".parse().unwrap();
        let f = number.fields().unwrap();
        assert_eq!(
            [f.project(), f.originator(), f.functional(), f.spatial(), f.form(), f.discipline(), f.number()],
            ["EDORM", "BBA", "00", "GF", "SH", "A", "0001"]
        );
    }

    #[test]
    fn free_numbers_are_numbers_without_fields() {
        for text in ["A-101", "2024/15", "EDORM-BBA-00-GF-SH-A-", "EDORM-BBA-00-GF-SH-A-1-2", "A-B-C-D-E-F-G H", "Tapu"]
        {
            let number: DocumentNumber = text.parse().unwrap();
            assert_eq!(number.as_str(), text);
            assert_eq!(number.fields(), None, "{text}");
        }
    }

    #[test]
    fn spellings_of_one_number_share_a_key() {
        let key = |text: &str| text.parse::<DocumentNumber>().unwrap().key();
        assert_eq!(key(" ges-01-İST "), key("GES-01-IST"));
        assert_ne!(key("GES-01"), key("GES-1"));
    }

    #[test]
    fn empty_and_endless_numbers_are_refused() {
        assert_eq!(" \u{200b}\n".parse::<DocumentNumber>(), Err(NumberError::Empty));
        let message = "x".repeat(300).parse::<DocumentNumber>().unwrap_err().to_string();
        assert!(message.contains("300 bytes"), "{message}");
    }

    proptest! {
        #[test]
        fn fields_join_back_to_the_number(parts in proptest::array::uniform7("[A-Z0-9]{1,6}")) {
            let number = parts.join("-");
            let fields = NumberFields::parse(&number).unwrap();
            prop_assert_eq!(fields.0.join("-"), number);
        }
    }
}

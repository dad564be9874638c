//! What a revision may be used for (ISO 19650-2, UK National Annex 2021). The words for each code come from the project's template.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The highest `n` of `An` and `Bn`.
const MAX_STAGE: u8 = 99;

/// A suitability code. The order is that of a document's life: S0 … S7, CR, B1 …, A1 ….
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Suitability {
    /// `S0` in development, `S1` coordination, `S2` information, `S3` review and comment, `S4` review and authorization,
    /// `S5` review and acceptance; `S6` and `S7` were withdrawn in 2021.
    Shared(u8),
    /// `CR`, as constructed record; withdrawn in 2021.
    Record,
    /// `B1` …: partial sign-off.
    Partial(u8),
    /// `A1` …: authorized and accepted.
    Accepted(u8),
}

/// A text that is no suitability code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a suitability code; use S0 to S5, A1 … or B1 …")]
pub struct UnknownSuitability {
    /// The text that was given, shortened.
    pub text: String,
}

impl Suitability {
    /// True for codes withdrawn in 2021: taken from older sets, never offered.
    #[must_use]
    pub const fn is_withdrawn(self) -> bool {
        matches!(self, Self::Shared(6 | 7) | Self::Record)
    }
    /// True for codes that follow from a review and are never set by a writer.
    #[must_use]
    pub const fn comes_from_review(self) -> bool {
        matches!(self, Self::Partial(_) | Self::Accepted(_))
    }
}

impl FromStr for Suitability {
    type Err = UnknownSuitability;

    fn from_str(text: &str) -> Result<Self, UnknownSuitability> {
        let code = text.trim().to_ascii_uppercase();
        let unknown = || UnknownSuitability { text: text.trim().chars().take(20).collect() };
        if code == "CR" {
            return Ok(Self::Record);
        }
        let digits = code.get(1..).filter(|d| !d.is_empty() && d.len() <= 2 && d.bytes().all(|b| b.is_ascii_digit()));
        let number: u8 = digits.and_then(|d| d.parse().ok()).ok_or_else(unknown)?;
        match (code.as_bytes().first(), number) {
            (Some(b'S'), 0..=7) => Ok(Self::Shared(number)),
            (Some(b'A'), 1..=MAX_STAGE) => Ok(Self::Accepted(number)),
            (Some(b'B'), 1..=MAX_STAGE) => Ok(Self::Partial(number)),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for Suitability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shared(n) => write!(f, "S{n}"),
            Self::Record => f.write_str("CR"),
            Self::Partial(n) => write!(f, "B{n}"),
            Self::Accepted(n) => write!(f, "A{n}"),
        }
    }
}

impl TryFrom<String> for Suitability {
    type Error = UnknownSuitability;
    fn try_from(text: String) -> Result<Self, UnknownSuitability> {
        text.parse()
    }
}

impl From<Suitability> for String {
    fn from(code: Suitability) -> Self {
        code.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Suitability {
        text.parse().unwrap()
    }

    #[test]
    fn codes_print_as_they_were_read() {
        for text in ["S0", "S5", "S7", "CR", "A1", "A12", "B3"] {
            assert_eq!(code(text).to_string(), text);
        }
        assert_eq!(code(" s3 "), code("S3"));
    }

    #[test]
    fn only_codes_of_2021_are_offered() {
        for text in ["S6", "S7", "CR"] {
            assert!(code(text).is_withdrawn(), "{text}");
        }
        for text in ["S0", "S5", "A6", "B7"] {
            assert!(!code(text).is_withdrawn(), "{text}");
        }
    }

    #[test]
    fn reviews_give_a_and_b() {
        assert!(code("A1").comes_from_review() && code("B1").comes_from_review());
        assert!(!code("S4").comes_from_review());
        assert!(code("S5") < code("B1") && code("B2") < code("A1"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "S", "S8", "A0", "B0", "A100", "S-1", "X1", "S+1", "Ş1", "S 1"] {
            assert_eq!(text.parse::<Suitability>().unwrap_err().text, text);
        }
    }
}

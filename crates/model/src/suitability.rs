//! What a revision may be used for (ISO 19650-2, UK National Annex 2021). The words for each code come from the project's template.

use std::fmt;

/// The highest `n` of `An` and `Bn`.
const MAX_STAGE: u8 = 99;

/// A suitability code. The order is that of a document's life: S0 … S7, CR, B1 …, A1 ….
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

impl Suitability {
    /// Reads a code, in capitals or small letters; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let code = text.trim().to_ascii_uppercase();
        if code == "CR" {
            return Some(Self::Record);
        }
        let digits = code.get(1..).filter(|d| (1..=2).contains(&d.len()) && d.bytes().all(|b| b.is_ascii_digit()))?;
        let number: u8 = digits.parse().ok()?;
        match (code.as_bytes().first(), number) {
            (Some(b'S'), 0..=7) => Some(Self::Shared(number)),
            (Some(b'A'), 1..=MAX_STAGE) => Some(Self::Accepted(number)),
            (Some(b'B'), 1..=MAX_STAGE) => Some(Self::Partial(number)),
            _ => None,
        }
    }
    /// True for codes withdrawn in 2021: taken from older sets, never offered.
    #[must_use]
    pub const fn is_withdrawn(self) -> bool {
        matches!(self, Self::Shared(6 | 7) | Self::Record)
    }
    /// True for codes a writer sets; the others follow from a review.
    #[must_use]
    pub const fn is_writable(self) -> bool {
        matches!(self, Self::Shared(_) | Self::Record)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Suitability {
        Suitability::parse(text).unwrap()
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
        assert!(!code("A1").is_writable() && !code("B1").is_writable());
        assert!(code("S4").is_writable() && code("CR").is_writable());
        assert!(code("S5") < code("B1") && code("B2") < code("A1"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "S", "S8", "A0", "B0", "A100", "S-1", "X1", "S+1", "Ş1", "S 1"] {
            assert_eq!(Suitability::parse(text), None, "{text}");
        }
    }
}

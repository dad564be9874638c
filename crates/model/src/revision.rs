//! Revision codes and their order.
//!
//! ISO 19650 writes `P01.01, P01.02 … → P01` when shared, `P02.01 … → P02`, and `C01` once contractual. Others write letters,
//! numbers or words. Every text is a code, and any two codes have one order on every device, since the current revision of a
//! document is the highest.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::clean_line;

/// The longest code a person may give, in bytes of UTF-8.
pub const MAX_REVISION_BYTES: usize = 32;
/// More digits than these are text, not a number: the rest would not fit a `u64`.
const MAX_DIGITS: usize = 18;
/// Longer prefixes before a number are words.
const MAX_PREFIX_LETTERS: usize = 3;
/// Longer letter codes are words: `AB` follows `AA`, `IFC` follows nothing.
const MAX_SERIES_LETTERS: usize = 2;

/// A revision code, in capitals.
///
/// The order is: no code, `A` … `ZZ`, `P01.01`, `P01`, `P02` …, other letters with numbers (`R01`), numbers (`0`, `1`, `1.1`),
/// `C01` …, words. It is total and agrees with equality.
///
/// ```
/// use enginus_model::RevisionCode;
/// let code = |text| RevisionCode::new(text);
/// assert!(code("P01.01") < code("P01") && code("P01") < code("P02.01") && code("P02") < code("C01"));
/// assert_eq!(code("P01").next(), code("P02"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct RevisionCode(String);

/// A code that cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevisionError {
    /// Nothing is left of it.
    #[error("the revision code is empty; use one such as P01, C01, A or 1")]
    Empty,
    /// It is too long.
    #[error(
        "the revision code \"{start}…\" takes {bytes} bytes and {MAX_REVISION_BYTES} are allowed; use one such as P01, C01, A or 1"
    )]
    TooLong {
        /// The beginning of the code.
        start: String,
        /// Its length in bytes.
        bytes: usize,
    },
}

/// What the order goes by; the variants stand in that order. Equal keys of different text (`P1`, `P01`) fall back to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    /// Empty, or marks only, such as `-` for the first issue.
    Blank,
    /// A series of letters: its length, then the letters.
    Letters(usize, &'a str),
    /// `P01.02`: its number, then its work in progress, which precedes the number itself.
    Preliminary(u64, Progress),
    /// `R01`, `V1.2`.
    Prefixed(&'a str, u64, u64),
    /// `0`, `1`, `1.1`.
    Number(u64, u64),
    /// `C01`.
    Contractual(u64, Progress),
    /// Anything else: the words, then the number they end in.
    Words(&'a str, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    Version(u64),
    Shared,
}

impl RevisionCode {
    /// The code a document begins with: `P01`.
    #[must_use]
    pub fn first() -> Self {
        Self("P01".to_owned())
    }

    /// Takes any text as it comes from another device or a workbook. What a person types goes through [`FromStr`], which has limits.
    #[must_use]
    pub fn new(text: &str) -> Self {
        // Two passes: capitals may bring up characters that compose.
        Self(clean_line(&clean_line(text).to_uppercase()))
    }

    /// The code in capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for no code at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The code that follows, always higher: `P01` → `P02`, `P01.02` → `P01.03`, `A` → `B`, `Z` → `AA`, `09` → `10`, `FINAL` → `FINAL 2`.
    #[must_use]
    pub fn next(&self) -> Self {
        match self.key() {
            Key::Blank => Self("A".to_owned()),
            Key::Letters(_, letters) => Self(next_letters(letters)),
            Key::Words(words, number) if words.len() == self.0.len() => {
                debug_assert_eq!(number, 0, "words without a number count as zero");
                Self(format!("{} 2", self.0))
            }
            _ => Self(raise_last_number(&self.0)),
        }
    }

    fn key(&self) -> Key<'_> {
        let code = self.0.as_str();
        if !code.chars().any(char::is_alphanumeric) {
            return Key::Blank;
        }
        let letters = code.len() - code.trim_start_matches(|c: char| c.is_ascii_uppercase()).len();
        let (prefix, rest) = code.split_at(letters);
        if rest.is_empty() && letters <= MAX_SERIES_LETTERS {
            return Key::Letters(letters, code);
        }
        match (prefix, numbers(rest)) {
            ("P", Some((number, sub))) => Key::Preliminary(number, Progress::of(sub)),
            ("C", Some((number, sub))) => Key::Contractual(number, Progress::of(sub)),
            // A missing sub-number counts as the lowest here: 1, 1.1, 1.2, 2 is how versions are written.
            ("", Some((number, sub))) => Key::Number(number, sub.map_or(0, |n| n.saturating_add(1))),
            (_, Some((number, sub))) if letters <= MAX_PREFIX_LETTERS => {
                Key::Prefixed(prefix, number, sub.map_or(0, |n| n.saturating_add(1)))
            }
            _ => words(code),
        }
    }
}

impl Progress {
    fn of(sub: Option<u64>) -> Self {
        sub.map_or(Self::Shared, Self::Version)
    }
}

/// `01` or `01.02`, of at most [`MAX_DIGITS`] digits each.
fn numbers(text: &str) -> Option<(u64, Option<u64>)> {
    match text.split_once('.') {
        Some((number, sub)) => Some((digits(number)?, Some(digits(sub)?))),
        None => Some((digits(text)?, None)),
    }
}

fn digits(text: &str) -> Option<u64> {
    let plain = (1..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn words(code: &str) -> Key<'_> {
    let stem = code.trim_end_matches(|c: char| c.is_ascii_digit());
    match digits(&code[stem.len()..]) {
        Some(number) => Key::Words(stem, number),
        None => Key::Words(code, 0),
    }
}

/// `A` → `B`, `Z` → `AA`, `AZ` → `BA`, `ZZ` → `AAA`.
fn next_letters(letters: &str) -> String {
    let mut out: Vec<char> = letters.chars().collect();
    for letter in out.iter_mut().rev() {
        if *letter != 'Z' {
            *letter = char::from_u32(u32::from(*letter) + 1).unwrap_or('Z');
            return out.into_iter().collect();
        }
        *letter = 'A';
    }
    out.push('A');
    out.into_iter().collect()
}

/// Raises the number a code ends in and keeps its leading zeros.
fn raise_last_number(code: &str) -> String {
    let stem = code.trim_end_matches(|c: char| c.is_ascii_digit());
    let tail = &code[stem.len()..];
    let number = digits(tail).unwrap_or(0).saturating_add(1);
    format!("{stem}{number:0width$}", width = tail.len())
}

impl Ord for RevisionCode {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for RevisionCode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for RevisionCode {
    type Err = RevisionError;

    fn from_str(text: &str) -> Result<Self, RevisionError> {
        let code = Self::new(text);
        if code.is_empty() {
            return Err(RevisionError::Empty);
        }
        if code.0.len() > MAX_REVISION_BYTES {
            return Err(RevisionError::TooLong { start: code.0.chars().take(16).collect(), bytes: code.0.len() });
        }
        Ok(code)
    }
}

impl From<String> for RevisionCode {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<RevisionCode> for String {
    fn from(code: RevisionCode) -> Self {
        code.0
    }
}

impl fmt::Display for RevisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(text: &str) -> RevisionCode {
        RevisionCode::new(text)
    }

    #[test]
    fn codes_stand_in_the_order_people_expect() {
        let sorted = [
            "",
            "-",
            "A",
            "B",
            "Z",
            "AA",
            "AB",
            "P01.01",
            "P01.02",
            "P01.10",
            "P01",
            "P02.01",
            "P02",
            "P10",
            "R01",
            "R2",
            "0",
            "1",
            "1.1",
            "1.2",
            "02",
            "9",
            "10",
            "C01.01",
            "C01",
            "C02",
            "AS BUILT",
            "AS BUILT 2",
            "AS BUILT 10",
            "FINAL",
        ];
        for (i, low) in sorted.iter().enumerate() {
            for high in &sorted[i + 1..] {
                assert!(code(low) < code(high), "{low} should precede {high}");
            }
        }
    }

    #[test]
    fn spelling_in_small_letters_is_the_same_code() {
        assert_eq!(code(" p01 "), code("P01"));
        assert_eq!(code("\u{2068}c02\u{2069}").as_str(), "C02");
        assert_ne!(code("P1"), code("P01"));
        assert!(code("P01") < code("P1") && code("P1") < code("P02"));
    }

    #[test]
    fn the_next_code_continues_the_series() {
        for (now, then) in [
            ("P01", "P02"),
            ("P09", "P10"),
            ("P99", "P100"),
            ("C01", "C02"),
            ("P01.02", "P01.03"),
            ("A", "B"),
            ("Z", "AA"),
            ("AZ", "BA"),
            ("1", "2"),
            ("09", "10"),
            ("1.9", "1.10"),
            ("R01", "R02"),
            ("-", "A"),
            ("", "A"),
            ("FINAL", "FINAL 2"),
            ("FINAL 2", "FINAL 3"),
            ("IFC", "IFC 2"),
            ("ÇİZİM", "ÇİZİM 2"),
        ] {
            assert_eq!(code(now).next().as_str(), then, "after {now}");
        }
        assert_eq!(RevisionCode::first(), code("P01"));
    }

    #[test]
    fn what_a_person_types_has_limits() {
        assert_eq!(" ".parse::<RevisionCode>(), Err(RevisionError::Empty));
        assert!(matches!("x".repeat(33).parse::<RevisionCode>(), Err(RevisionError::TooLong { bytes: 33, .. })));
        assert_eq!("p03".parse::<RevisionCode>(), Ok(code("P03")));
    }

    #[test]
    fn data_carries_the_text() {
        assert_eq!(serde_json::to_string(&code("P01")).unwrap(), "\"P01\"");
        assert_eq!(serde_json::from_str::<RevisionCode>("\"p01\"").unwrap(), code("P01"));
    }

    fn any_code() -> impl Strategy<Value = RevisionCode> {
        prop_oneof![
            "[PCRpc][0-9]{1,3}(\\.[0-9]{1,2})?",
            "[A-Z]{1,4}",
            "[0-9]{1,3}(\\.[0-9]{1,2})?",
            "[A-Z ]{0,6}[0-9]{0,20}",
            any::<String>(),
        ]
        .prop_map(|text| code(&text))
    }

    proptest! {
        #[test]
        fn the_order_is_total_and_agrees_with_equality(a in any_code(), b in any_code(), c in any_code()) {
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
            prop_assert_eq!(a.cmp(&b) == Ordering::Equal, a == b);
            if a <= b && b <= c {
                prop_assert!(a <= c);
            }
        }

        #[test]
        fn the_next_code_is_always_higher(a in any_code()) {
            prop_assert!(a.next() > a, "{} follows {}", a.next(), a);
        }

        #[test]
        fn a_code_taken_again_changes_nothing(a in any_code()) {
            prop_assert_eq!(RevisionCode::new(a.as_str()), a);
        }
    }
}

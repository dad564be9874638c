//! Sizes and times as people write them: `10 GiB`, `30 s`. Read strictly: a number that means something else than was meant is
//! worse than an error.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const SIZES: [(&str, u64); 5] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];
const TIMES: [(&str, u64); 5] = [("ms", 1), ("s", 1000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// A text that is no size or no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is no {what}: write a whole number, a space and one of {allowed}, as in “{example}”")]
pub struct BadUnit {
    text: String,
    what: &'static str,
    allowed: &'static str,
    example: &'static str,
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl Size {
    /// That many MiB.
    #[must_use]
    pub const fn mib(count: u64) -> Self {
        Self(count << 20)
    }
    /// That many GiB.
    #[must_use]
    pub const fn gib(count: u64) -> Self {
        Self(count << 30)
    }
    /// As an index or a length on this machine.
    #[must_use]
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl FromStr for Size {
    type Err = BadUnit;
    fn from_str(text: &str) -> Result<Self, BadUnit> {
        read(text, &SIZES).map(Self).ok_or_else(|| BadUnit {
            text: text.to_owned(),
            what: "size",
            allowed: "B, KiB, MiB, GiB, TiB",
            example: "10 GiB",
        })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.0, &SIZES)
    }
}

/// A length of time, to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl Span {
    /// That many seconds.
    #[must_use]
    pub const fn seconds(count: u64) -> Self {
        Self(Duration::from_secs(count))
    }
}

impl FromStr for Span {
    type Err = BadUnit;
    fn from_str(text: &str) -> Result<Self, BadUnit> {
        read(text, &TIMES).map(|ms| Self(Duration::from_millis(ms))).ok_or_else(|| BadUnit {
            text: text.to_owned(),
            what: "length of time",
            allowed: "ms, s, min, h, d",
            example: "30 s",
        })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX), &TIMES)
    }
}

/// `<digits> <unit>`, one space or none between them.
fn read(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.strip_prefix(' ').unwrap_or(unit);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// In the largest unit that leaves a whole number.
fn write(f: &mut fmt::Formatter<'_>, value: u64, units: &[(&str, u64)]) -> fmt::Result {
    let fits = units.iter().rev().find(|(_, factor)| value != 0 && value.is_multiple_of(*factor));
    let (name, factor) = fits.or(units.first()).copied().unwrap_or(("", 1));
    write!(f, "{} {name}", value / factor)
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
as_text!(Size, Span);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_read_and_written_alike() {
        for (text, bytes) in [("0 B", 0), ("1 B", 1), ("1 KiB", 1024), ("1536 B", 1536), ("10 GiB", 10 << 30)] {
            assert_eq!(text.parse::<Size>().unwrap(), Size(bytes));
            assert_eq!(Size(bytes).to_string(), text);
        }
        for (text, ms) in
            [("250 ms", 250), ("30 s", 30_000), ("5 min", 300_000), ("2 h", 7_200_000), ("7 d", 604_800_000)]
        {
            assert_eq!(text.parse::<Span>().unwrap(), Span(Duration::from_millis(ms)));
            assert_eq!(Span(Duration::from_millis(ms)).to_string(), text);
        }
        assert_eq!("10GiB".parse::<Size>().unwrap(), Size::gib(10));
    }

    #[test]
    fn what_could_mean_something_else_is_refused_with_what_is_allowed() {
        for text in ["", "10", "10 GB", "10 gib", "-1 B", "1.5 GiB", "10  GiB", "GiB", " 1 B", "99999999999 TiB"] {
            let error = text.parse::<Size>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("KiB") && error.contains("10 GiB"), "{error}");
        }
        for text in ["30", "30 sec", "1 m", "0.5 s"] {
            let error = text.parse::<Span>().unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("min") && error.contains("30 s"), "{error}");
        }
    }
}

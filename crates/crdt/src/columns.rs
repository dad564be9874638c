//! Bounded readers of the columnar form in which a change stores its operations.
//!
//! The library's own reader trusts the run lengths: thirty bytes can claim 2^60 operations and keep it busy for ever. Here every
//! reader stops where the caller stops asking, and no length is believed before the bytes behind it are there.

use crate::quarantine::Quarantine;

const CUT: Quarantine = Quarantine::Malformed("it ends too early");

/// Bytes with a position.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    data: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(data: &'a [u8]) -> Self {
        Self { data }
    }
    pub(crate) const fn is_empty(&self) -> bool {
        self.data.is_empty()
    }
    pub(crate) const fn len(&self) -> usize {
        self.data.len()
    }
    pub(crate) fn take(&mut self, len: u64) -> Result<&'a [u8], Quarantine> {
        let len = usize::try_from(len).map_err(|_| CUT)?;
        let (head, tail) = self.data.split_at_checked(len).ok_or(CUT)?;
        self.data = tail;
        Ok(head)
    }
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Quarantine> {
        let (head, tail) = self.data.split_first_chunk().ok_or(CUT)?;
        self.data = tail;
        Ok(*head)
    }
    fn byte(&mut self) -> Result<u8, Quarantine> {
        self.array::<1>().map(|[byte]| byte)
    }
    /// An unsigned LEB128 number of at most 64 bits.
    pub(crate) fn u64(&mut self) -> Result<u64, Quarantine> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Quarantine::Malformed("a number is too long"))
    }
    /// A signed LEB128 number of at most 64 bits.
    pub(crate) fn i64(&mut self) -> Result<i64, Quarantine> {
        let mut value = 0i64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = i64::from(byte & 0x7f);
            if shift == 63 && bits != 0 && bits != 0x7f {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                if shift < 57 && byte & 0x40 != 0 {
                    value |= -1 << (shift + 7);
                }
                return Ok(value);
            }
        }
        Err(Quarantine::Malformed("a number is too long"))
    }
    /// A length and that much text.
    pub(crate) fn text(&mut self) -> Result<&'a str, Quarantine> {
        let len = self.u64()?;
        std::str::from_utf8(self.take(len)?).map_err(|_| Quarantine::Malformed("a text is not UTF-8"))
    }
}

/// What a run-length column is made of.
pub(crate) trait Item<'a>: Copy {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Quarantine>;
}
impl<'a> Item<'a> for u64 {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Quarantine> {
        reader.u64()
    }
}
impl<'a> Item<'a> for i64 {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Quarantine> {
        reader.i64()
    }
}
impl<'a> Item<'a> for &'a str {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Quarantine> {
        reader.text()
    }
}

/// A run-length column: positive count = that often the one value behind it; negative = that many values; zero = a
/// count of nulls, which none of our columns has.
pub(crate) struct Runs<'a, T> {
    reader: Reader<'a>,
    left: u64,
    repeated: Option<T>,
}

impl<'a, T: Item<'a>> Runs<'a, T> {
    pub(crate) const fn new(data: &'a [u8]) -> Self {
        Self { reader: Reader::new(data), left: 0, repeated: None }
    }
    /// The next value, `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<T>, Quarantine> {
        if self.left == 0 {
            if self.reader.is_empty() {
                return Ok(None);
            }
            let count = self.reader.i64()?;
            self.left = count.unsigned_abs();
            self.repeated = match count {
                0 => return Err(Quarantine::NotAllowed("an empty place in a column")),
                1.. => Some(T::read(&mut self.reader)?),
                _ => None,
            };
        }
        self.left -= 1;
        match self.repeated {
            Some(value) => Ok(Some(value)),
            None => T::read(&mut self.reader).map(Some),
        }
    }
    /// The next value where one is due.
    pub(crate) fn due(&mut self) -> Result<T, Quarantine> {
        self.next()?.ok_or(Quarantine::Malformed("a column is too short"))
    }
    pub(crate) const fn is_done(&self) -> bool {
        self.left == 0 && self.reader.is_empty()
    }
}

/// A column of differences.
pub(crate) struct Deltas<'a> {
    runs: Runs<'a, i64>,
    value: i64,
}

impl<'a> Deltas<'a> {
    pub(crate) const fn new(data: &'a [u8]) -> Self {
        Self { runs: Runs::new(data), value: 0 }
    }
    pub(crate) fn due(&mut self) -> Result<i64, Quarantine> {
        let delta = self.runs.due()?;
        self.value = self.value.checked_add(delta).ok_or(Quarantine::Malformed("a number overflows"))?;
        Ok(self.value)
    }
    pub(crate) const fn is_done(&self) -> bool {
        self.runs.is_done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length_are_read() {
        assert_eq!(Reader::new(&[0xe5, 0x8e, 0x26]).u64(), Ok(624_485));
        assert_eq!(Reader::new(&[0xc0, 0xbb, 0x78]).i64(), Ok(-123_456));
        assert_eq!(Reader::new(&[0x7f]).i64(), Ok(-1));
        let max = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(Reader::new(&max).u64(), Ok(u64::MAX));
        let min = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f];
        assert_eq!(Reader::new(&min).i64(), Ok(i64::MIN));
        assert!(Reader::new(&[0x80; 11]).u64().is_err());
        assert!(Reader::new(&[0x80; 11]).i64().is_err());
        assert!(Reader::new(&[0x80]).u64().is_err());
    }

    #[test]
    fn a_run_of_any_length_is_read_one_by_one() {
        let mut huge = vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f]; // a long positive run …
        huge.push(7); // … of sevens
        let mut runs = Runs::<u64>::new(&huge);
        for _ in 0..1000 {
            assert_eq!(runs.next(), Ok(Some(7)));
        }
        assert!(!runs.is_done());
        let mut literal = Runs::<u64>::new(&[0x7e, 1, 2]);
        assert_eq!((literal.next(), literal.next(), literal.next()), (Ok(Some(1)), Ok(Some(2)), Ok(None)));
        assert!(Runs::<u64>::new(&[0, 5]).next().is_err());
    }

    #[test]
    fn a_length_past_the_end_is_refused_before_anything_is_kept() {
        assert!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f, b'a']).text().is_err());
        assert!(Reader::new(&[1, 0xff]).text().is_err());
        assert!(Deltas::new(&[0x7e, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f]).due().is_ok());
    }
}

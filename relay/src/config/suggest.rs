//! The known key that an unknown one was probably meant to be.

/// The nearest of `known` to `found`, where one is near enough to be a slip.
pub(super) fn nearest<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (found.chars().count() / 3).max(1);
    known.map(|key| (distance(found, key), key)).filter(|(d, _)| *d <= allowed).min().map(|(_, key)| key)
}

/// How many letters must be put in, taken out or replaced to make one of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut above_left = i;
        let mut left = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            let here = (above_left + usize::from(x != *y)).min(above + 1).min(left + 1);
            row[j] = left;
            above_left = above;
            left = here;
        }
        row[b.len()] = left;
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        assert_eq!((distance("", "abc"), distance("abc", "abc"), distance("kitten", "sitting")), (3, 0, 3));
        let known = ["mailbox", "relay", "host"];
        assert_eq!(nearest("mailbx", known.into_iter()), Some("mailbox"));
        assert_eq!(nearest("relays", known.into_iter()), Some("relay"));
        assert_eq!(nearest("telemetry", known.into_iter()), None);
    }
}

//! The further columns of a document. They are few, and a register holds a hundred thousand documents: a map's node alone would take
//! more memory than everything else of a row together, so they are one sorted list of shared texts.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Texts by name, in order of name.
///
/// ```
/// use enginus_query::Fields;
/// let mut fields = Fields::from([("zone", "North"), ("form", "DR")]);
/// fields.insert("zone", "South");
/// assert_eq!(fields.get("zone"), Some("South"));
/// assert_eq!(fields.keys().collect::<Vec<_>>(), ["form", "zone"]);
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Fields(Box<[(Arc<str>, Arc<str>)]>);

impl Fields {
    /// No column at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// The value of a column.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.place(name).ok().map(|at| &*self.0[at].1)
    }
    /// Sets a column.
    pub fn insert(&mut self, name: impl Into<Arc<str>>, value: impl Into<Arc<str>>) {
        let (name, value) = (name.into(), value.into());
        match self.place(&name) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => {
                let mut list = std::mem::take(&mut self.0).into_vec();
                list.insert(at, (name, value));
                self.0 = list.into_boxed_slice();
            }
        }
    }
    /// Names and values, in order of name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
    /// The names, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }
    /// The values, in order of name.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(_, value)| value)
    }
    /// True without any column.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// As a map of its own.
    #[must_use]
    pub fn to_map(&self) -> BTreeMap<String, String> {
        self.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| (**other).cmp(name))
    }
}

impl<N: Into<Arc<str>>, V: Into<Arc<str>>> FromIterator<(N, V)> for Fields {
    /// Of one name the last value counts.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Self {
        let mut list: Vec<(Arc<str>, Arc<str>)> =
            entries.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        if !list.is_sorted_by(|(a, _), (b, _)| a < b) {
            list.reverse();
            list.sort_by(|(a, _), (b, _)| a.cmp(b)); // stable, so the last of a name now comes first
            list.dedup_by(|(a, _), (b, _)| a == b);
        }
        Self(list.into_boxed_slice())
    }
}

impl<N: Into<Arc<str>>, V: Into<Arc<str>>, const COUNT: usize> From<[(N, V); COUNT]> for Fields {
    fn from(entries: [(N, V); COUNT]) -> Self {
        entries.into_iter().collect()
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_one_name_the_last_value_counts_whatever_the_order() {
        let fields = Fields::from([("b", "1"), ("a", "2"), ("b", "3")]);
        assert_eq!(fields.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
        let mut other = Fields::new();
        for (name, value) in [("b", "1"), ("a", "2"), ("b", "3")] {
            other.insert(name, value);
        }
        assert_eq!(fields, other);
        assert_eq!((fields.get("b"), fields.get("c")), (Some("3"), None));
    }
}

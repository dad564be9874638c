//! Sharing of what repeats. Of a hundred thousand rows most have one of a few authors, codes, statuses and reasons.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::row::Author;

/// Texts remembered at once. A register whose texts hardly repeat must not have all of them kept here a second time.
const TEXTS_MAX: usize = 4096;

/// Gives equal texts and authors as one. It only saves memory: rows made without it are equal to those made with it.
#[derive(Debug, Default)]
pub struct Pool {
    texts: HashSet<Arc<str>>,
    authors: HashMap<Author, Arc<Author>>,
}

impl Pool {
    /// This text, shared with whoever asked for it before.
    pub fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        if self.texts.len() >= TEXTS_MAX {
            self.texts.clear();
        }
        let new: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&new));
        new
    }

    /// This author, shared with whoever asked for them before. There are as many as devices.
    pub fn author(&mut self, author: Author) -> Arc<Author> {
        Arc::clone(self.authors.entry(author).or_insert_with(|| Arc::new(author)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::author;

    #[test]
    fn equals_are_one_and_the_pool_stays_small() {
        let mut pool = Pool::default();
        assert!(Arc::ptr_eq(&pool.text("S3"), &pool.text("S3")));
        assert!(Arc::ptr_eq(&pool.author(author(1)), &pool.author(author(1))));
        for n in 0..2 * TEXTS_MAX {
            assert_eq!(*pool.text(&n.to_string()), n.to_string());
        }
        assert!(pool.texts.len() <= TEXTS_MAX);
    }
}

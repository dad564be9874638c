//! Colours and sizes, which are data: `assets/theme.json`. Views name them by what they mean and never write one down.

mod apply;
mod tokens;

pub(crate) use apply::apply;
pub use tokens::{Theme, ThemeChoice, Tokens};

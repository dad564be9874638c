//! What an operator does to a storage that nobody serves from: check it, back it up, restore it, tidy it.
//!
//! All of it goes through [`Storage`](crate::storage::Storage), so that it is the same for every engine. It opens nothing that is
//! sealed: it knows what anybody can check.

pub mod backup;
mod backup_file;
pub mod check;
pub mod gc;
mod walk;

#[cfg(test)]
mod tests;

//! A folder's log as an Excel workbook that anyone can open, sort and filter.
//!
//! The first sheet holds one row per revision and nothing but shared facts, in the order given: two devices in sync write equal
//! rows. What belongs to this one export (when, from which state) stands on the second sheet. Two hidden columns carry the ids of
//! document and revision, so that an edited log finds its way back.
//!
//! Text stays text: what begins with `=`, `+`, `-` or `@` is never a formula. Up to [`TABLE_ROWS_MAX`] rows the sheet is a real
//! Excel table; above that it is written row by row in constant memory, with the same filters and frozen header.
//!
//! What it deliberately does **not** know: where rows come from, who may see them, how a changed workbook is merged back. It reads no
//! clock, so the same input gives the same bytes.
//!
//! ```
//! use enginus_excel::{LogRow, LogSheet, write_log_to};
//! use enginus_model::{Hash, Instant, Language};
//!
//! let sheet = LogSheet {
//!     project: "GES 1".into(),
//!     folder: "Projects".into(),
//!     language: Language::En,
//!     heads: Hash::ZERO,
//!     exported_at: Instant(1_795_340_096_789),
//!     rows: Vec::new(),
//! };
//! let mut workbook = Vec::new();
//! write_log_to(&sheet, &mut workbook)?;
//! assert!(workbook.starts_with(b"PK"));
//! # Ok::<(), enginus_excel::ExcelError>(())
//! ```

mod about;
mod columns;
mod error;
mod row;
mod text;
mod words;
mod write;

pub use columns::Heading;
pub use error::ExcelError;
pub use row::{LogConflict, LogFile, LogRemoval, LogRow};
pub use write::{HYPERLINKS_MAX, LogSheet, ROWS_MAX, TABLE_ROWS_MAX, write_log, write_log_to};

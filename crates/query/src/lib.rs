//! The read model: immutable registers that share structure between generations, and the filtering and sorting of what a table shows.
//!
//! Everything here is a pure function of rows. It deliberately does not know where rows come from (envelopes, Automerge, redb), who
//! may see them, what a folder is called, or how a window draws them. A [`FolderView`] is cloned in constant time and updated in
//! logarithmic time, so a new snapshot after every change is cheap however large the project; a [`TableView`] is computed off the
//! thread that draws.
//!
//! ```
//! use std::sync::Arc;
//! use enginus_model::{DeviceId, DocumentId, DomainId, Instant};
//! use enginus_query::{Author, DocumentRow, Fields, FolderView, People, TableQuery, Tables};
//!
//! let domain = DomainId::from_bytes([1; 16]);
//! let mut folder = FolderView::new(domain);
//! folder.put(DocumentRow {
//!     id: DocumentId::from_bytes([2; 16]), domain, number: "GES-001".into(), title: "Vaziyet planı".into(),
//!     path: "".into(), fields: Fields::new(), by: Arc::new(Author { person: None, device: DeviceId([3; 32]) }),
//!     at: Instant(0), removed: None, revisions: vec![], conflicts: vec![], number_clash: false,
//! });
//! let query = TableQuery { text: "VAZİYET".into(), ..TableQuery::default() };
//! let table = Tables::default().view(1, &[&folder], &People::new(), &query);
//! assert_eq!(table.rows[0].number, "GES-001");
//! ```

mod collate;
mod column;
mod fields;
mod folder;
mod pool;
mod row;
mod table;

#[cfg(test)]
mod samples;

pub use collate::collation_key;
pub use column::{Cell, Column};
pub use fields::Fields;
pub use folder::{Counts, FolderBuilder, FolderView, ViewRow};
pub use pool::Pool;
pub use row::{Author, DocumentRow, FieldConflict, People, Removal, RevisionRow};
pub use table::{Direction, MAX_QUERY_CHARS, MAX_SORT_COLUMNS, TableQuery, TableView, Tables};

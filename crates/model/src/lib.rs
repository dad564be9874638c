//! The vocabulary of an engineering project: identifiers, folders, document numbers, revision codes, roles, templates.
//!
//! Pure data and its rules. It deliberately does not know how anything is stored, sealed, sent or merged; it reads no clock,
//! no randomness and no file.
//!
//! ```
//! use enginus_model::Instant;
//! assert_eq!(Instant(0).to_string(), "1970-01-01T00:00:00.000Z");
//! ```

mod file;
mod file_name;
mod ids;
mod language;
mod localized;
mod name;
mod number;
mod revision;
mod role;
mod suitability;
mod template;
mod text;
mod time;

pub use file::{FileRef, ManifestRef};
pub use file_name::ParsedFileName;
pub use ids::{
    DeviceId, DocumentId, DomainId, EpochId, Hash, Lane, LogId, ParseIdError, PersonId, ProjectId, RevisionId, Sha256,
};
pub use language::Language;
pub use localized::Localized;
pub use name::{
    MAX_NAME_BYTES, MAX_SUBFOLDER_DEPTH, NameError, portable_file_name, safe_file_name, safe_subfolder, split_extension,
};
pub use number::{DocumentNumber, MAX_NUMBER_BYTES, NumberError, NumberFields};
pub use revision::{MAX_REVISION_BYTES, RevisionCode, RevisionError};
pub use role::{FolderSet, RoleTemplate};
pub use suitability::Suitability;
pub use template::{Code, FolderTemplate, MAX_CODES, MAX_FOLDERS, MAX_ROLES, Template, TemplateError};
pub use text::{clean_line, fold};
pub use time::Instant;

//! Why a workbook was not written.

use std::io;

use rust_xlsxwriter::XlsxError;

/// Why a workbook was not written. The file that was there before is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ExcelError {
    /// More rows than a sheet has.
    #[error("the log has {rows} rows and an Excel sheet holds {limit}")]
    TooManyRows {
        /// How many there are.
        rows: usize,
        /// How many fit.
        limit: usize,
    },
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The system refused to write it, most often because the file is open in another program.
    #[error("{0}")]
    Io(#[source] io::Error),
    /// A defect: the writer refused what was built for it.
    #[error("the workbook could not be built: {0}")]
    Workbook(String),
}

impl ExcelError {
    /// What a person can do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::TooManyRows { .. } => "export the folder in parts",
            Self::Full => "free some space on the disk and try again",
            Self::Io(_) => "close the workbook where it is open in another program, or choose another place",
            Self::Workbook(_) => "report this with the project's size and language",
        }
    }
}

impl From<io::Error> for ExcelError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io(error),
        }
    }
}

impl From<XlsxError> for ExcelError {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::IoError(error) | XlsxError::TempFileError(_, error) => error.into(),
            XlsxError::ZipError(error) => io::Error::from(error).into(),
            other => Self::Workbook(other.to_string()),
        }
    }
}

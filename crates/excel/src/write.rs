//! Writing the workbook.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use enginus_model::{Hash, Instant, Language};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, IgnoreError, Table, TableColumn, TableStyle, Url, Workbook,
    Worksheet, XlsxError,
};

use crate::about::{self, HEADING_COLOUR};
use crate::columns::{self, Heading, SheetColumn, Value};
use crate::error::ExcelError;
use crate::row::LogRow;
use crate::text;
use crate::words::Words;

/// Rows a sheet holds besides its header.
pub const ROWS_MAX: usize = 1_048_575;
/// Rows up to which the sheet is a real Excel table; a table of more is held in memory as a whole.
pub const TABLE_ROWS_MAX: usize = 20_000;
/// Links Excel opens in one sheet; further file names are plain text.
pub const HYPERLINKS_MAX: usize = 65_530;

const PAPER_A3: u8 = 8;

/// What a log is written from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSheet {
    /// The project's name.
    pub project: String,
    /// The folder's name in the language of the log.
    pub folder: String,
    /// The language of headings and explanations.
    pub language: Language,
    /// The digest of the state the rows come from: equal on devices in sync.
    pub heads: Hash,
    /// When this export is made.
    pub exported_at: Instant,
    /// The rows, in the order they are to stand.
    pub rows: Vec<LogRow>,
}

/// Writes the log to `path`: into a file beside it first, so that a workbook that is there stays whole until the new one is.
///
/// # Errors
/// [`ExcelError`]; nothing is left behind then.
pub fn write_log(sheet: &LogSheet, path: impl AsRef<Path>) -> Result<(), ExcelError> {
    let path = path.as_ref();
    let unfinished = beside(path);
    let written = write_file(sheet, &unfinished).and_then(|()| Ok(std::fs::rename(&unfinished, path)?));
    if written.is_err() {
        let _ = std::fs::remove_file(&unfinished);
    }
    written
}

/// Writes the log to any writer.
///
/// # Errors
/// [`ExcelError`].
pub fn write_log_to(sheet: &LogSheet, writer: impl Write + Send) -> Result<(), ExcelError> {
    build(sheet, None)?.save_to_writer(writer)?;
    Ok(())
}

fn write_file(sheet: &LogSheet, path: &Path) -> Result<(), ExcelError> {
    let mut out = BufWriter::new(File::create_new(path)?);
    build(sheet, path.parent())?.save_to_writer(&mut out)?;
    out.flush()?;
    out.get_ref().sync_all()?;
    Ok(())
}

/// A name no other export uses, in the same folder, so that the last step is one rename.
fn beside(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{count}.part", std::process::id()));
    path.with_file_name(name)
}

/// `scratch` is where the rows of a large log lie while it is written: beside it, not in a folder others may read.
fn build(sheet: &LogSheet, scratch: Option<&Path>) -> Result<Workbook, ExcelError> {
    if sheet.rows.len() > ROWS_MAX {
        return Err(ExcelError::TooManyRows { rows: sheet.rows.len(), limit: ROWS_MAX });
    }
    let words = Words::of(sheet.language);
    let mut workbook = Workbook::new();
    if let Some(folder) = scratch.filter(|folder| !folder.as_os_str().is_empty()) {
        workbook.set_tempdir(folder)?;
    }
    workbook.set_properties(&properties(sheet));
    let columns = columns::columns(&sheet.rows, words);
    let as_table = sheet.rows.len() <= TABLE_ROWS_MAX;
    let first = if as_table { workbook.add_worksheet() } else { workbook.add_worksheet_with_constant_memory()? };
    let mut name = text::sheet_name(&sheet.folder, words.log);
    if name.to_lowercase() == words.about.to_lowercase() {
        name = words.log.to_owned();
    }
    first.set_name(&name)?;
    lay_out(first, sheet, &columns, words)?;
    if as_table {
        add_table(first, &columns, sheet.rows.len())?;
    } else {
        add_plain_header(first, &columns, sheet.rows.len())?;
    }
    write_rows(first, sheet, &columns, words)?;
    let second = workbook.add_worksheet();
    second.set_name(words.about)?;
    about::fill(second, sheet, words)?;
    Ok(workbook)
}

fn properties(sheet: &LogSheet) -> DocProperties {
    let properties = DocProperties::new()
        .set_title(text::heading(&format!("{} – {}", sheet.project, sheet.folder)))
        .set_author("ENGINUS");
    // Without a time the writer would ask the clock.
    let at = excel_moment(sheet.exported_at).or_else(|| ExcelDateTime::from_ymd(1970, 1, 1).ok());
    match at {
        Some(at) => properties.set_creation_datetime(&at),
        None => properties,
    }
}

fn lay_out(
    worksheet: &mut Worksheet,
    sheet: &LogSheet,
    columns: &[SheetColumn],
    words: &Words,
) -> Result<(), XlsxError> {
    for (at, column) in (0u16..).zip(columns) {
        worksheet.set_column_width(at, column.width)?;
        if column.hidden {
            worksheet.set_column_hidden(at)?;
        }
    }
    worksheet.set_freeze_panes(1, Heading::Number as u16 + 1)?;
    worksheet.set_row_height(0, 22)?;
    worksheet.set_landscape();
    worksheet.set_paper_size(PAPER_A3);
    worksheet.set_print_fit_to_pages(1, 0);
    // Paper has room for what a register is; the rest is for the screen.
    let last_row = sheet.rows.len().max(1) as u32;
    worksheet.set_print_area(0, 0, last_row, Heading::Removed as u16)?;
    worksheet.set_repeat_rows(0, 0)?;
    worksheet.set_footer(format!("&R{}", words.page));
    // Document numbers and revision codes are text even where they look like numbers; no green triangles for that.
    worksheet.ignore_error_range(1, 0, last_row, columns.len() as u16 - 1, IgnoreError::NumberStoredAsText)?;
    Ok(())
}

fn heading_format() -> Format {
    Format::new()
        .set_bold()
        .set_font_color(rust_xlsxwriter::Color::White)
        .set_background_color(HEADING_COLOUR)
        .set_align(FormatAlign::VerticalCenter)
}

fn add_table(worksheet: &mut Worksheet, columns: &[SheetColumn], rows: usize) -> Result<(), XlsxError> {
    let headings: Vec<TableColumn> = columns
        .iter()
        .map(|column| TableColumn::new().set_header(&column.heading).set_header_format(heading_format()))
        .collect();
    let table = Table::new().set_name("Log").set_columns(&headings).set_style(TableStyle::Light9);
    // A table has at least one row, if an empty one.
    worksheet.add_table(0, 0, rows.max(1) as u32, columns.len() as u16 - 1, &table)?;
    Ok(())
}

fn add_plain_header(worksheet: &mut Worksheet, columns: &[SheetColumn], rows: usize) -> Result<(), XlsxError> {
    let format = heading_format();
    for (at, column) in (0u16..).zip(columns) {
        worksheet.write_string_with_format(0, at, &column.heading, &format)?;
    }
    worksheet.autofilter(0, 0, rows as u32, columns.len() as u16 - 1)?;
    Ok(())
}

struct Formats {
    moment: Format,
    date: Format,
    bytes: Format,
    link: Format,
    digest: Format,
}

fn write_rows(
    worksheet: &mut Worksheet,
    sheet: &LogSheet,
    columns: &[SheetColumn],
    words: &Words,
) -> Result<(), XlsxError> {
    let formats = Formats {
        moment: Format::new().set_num_format(words.moment_format).set_align(FormatAlign::Left),
        date: Format::new().set_num_format(words.date_format).set_align(FormatAlign::Left),
        bytes: Format::new().set_num_format("#,##0_)"),
        link: Format::new().set_hyperlink(),
        // Otherwise it would run over the empty cells beside it.
        digest: Format::new().set_align(FormatAlign::Fill),
    };
    let mut links = 0;
    for (at, row) in (1u32..).zip(&sheet.rows) {
        for (column_at, column) in (0u16..).zip(columns) {
            let mut value = column.value(row, &sheet.folder, words);
            if let Value::Link { text, .. } = &value {
                links += 1;
                if links > HYPERLINKS_MAX {
                    value = Value::Text(text.clone());
                }
            }
            write_cell(worksheet, at, column_at, &value, &formats)?;
        }
    }
    Ok(())
}

fn write_cell(
    worksheet: &mut Worksheet,
    row: u32,
    column: u16,
    value: &Value,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match value {
        Value::Empty => {}
        Value::Text(text) => {
            worksheet.write_string(row, column, text::cell(text))?;
        }
        Value::Digest(text) => {
            worksheet.write_string_with_format(row, column, text::cell(text), &formats.digest)?;
        }
        Value::Link { text, target } => {
            worksheet.write_url_with_options(
                row,
                column,
                Url::new(target),
                text::cell(text),
                "",
                Some(&formats.link),
            )?;
        }
        Value::Moment(at) => match excel_moment(*at) {
            Some(at) => {
                worksheet.write_datetime_with_format(row, column, &at, &formats.moment)?;
            }
            None => {
                worksheet.write_string(row, column, at.to_string())?;
            }
        },
        Value::Date(date) => match excel_date(*date) {
            Some(date) => {
                worksheet.write_datetime_with_format(row, column, &date, &formats.date)?;
            }
            None => {
                worksheet.write_string(row, column, date.to_string())?;
            }
        },
        Value::Bytes(bytes) => {
            worksheet.write_number_with_format(row, column, *bytes as f64, &formats.bytes)?;
        }
    }
    Ok(())
}

/// A moment as Excel has it; `None` outside the years 1900 to 9999.
pub(crate) fn excel_moment(at: Instant) -> Option<ExcelDateTime> {
    let at = at.to_civil();
    excel_date(at.date())?
        .and_hms_milli(
            at.hour().unsigned_abs().into(),
            at.minute().unsigned_abs(),
            at.second().unsigned_abs(),
            at.millisecond().unsigned_abs(),
        )
        .ok()
}

fn excel_date(date: jiff::civil::Date) -> Option<ExcelDateTime> {
    let year = u16::try_from(date.year()).ok().filter(|year| *year >= 1900)?;
    ExcelDateTime::from_ymd(year, date.month().unsigned_abs(), date.day().unsigned_abs()).ok()
}

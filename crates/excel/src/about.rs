//! The second sheet: what this export is, and how to read it.

use std::collections::BTreeSet;

use rust_xlsxwriter::{Color, Format, FormatAlign, Worksheet, XlsxError};

use crate::text;
use crate::words::Words;
use crate::write::{LogSheet, excel_moment};

/// The colour of headings, also of the table's style.
pub(crate) const HEADING_COLOUR: Color = Color::RGB(0x1F_4E_79);

/// Characters of an explanation that surely fit one line.
const LINE_CHARS: usize = 96;
const LINE_POINTS: f64 = 16.0;

pub(crate) fn fill(worksheet: &mut Worksheet, sheet: &LogSheet, words: &Words) -> Result<(), XlsxError> {
    let label = Format::new().set_bold().set_align(FormatAlign::Top);
    let value = Format::new().set_text_wrap().set_align(FormatAlign::Left).set_align(FormatAlign::Top);
    let title = Format::new().set_bold().set_font_size(14).set_font_color(HEADING_COLOUR);
    let moment = Format::new().set_num_format(words.moment_format).set_align(FormatAlign::Left);

    worksheet.set_column_width(0, 30)?;
    worksheet.set_column_width(1, 100)?;
    worksheet.set_screen_gridlines(false);
    worksheet.set_print_fit_to_pages(1, 0);
    worksheet.write_string_with_format(0, 0, text::cell(&sheet.folder), &title)?;

    let documents: BTreeSet<_> = sheet.rows.iter().map(|row| row.document).collect();
    worksheet.write_string_with_format(2, 0, words.project, &label)?;
    worksheet.write_string_with_format(2, 1, text::cell(&sheet.project), &value)?;
    worksheet.write_string_with_format(3, 0, words.folder, &label)?;
    worksheet.write_string_with_format(3, 1, text::cell(&sheet.folder), &value)?;
    worksheet.write_string_with_format(4, 0, words.documents, &label)?;
    worksheet.write_number_with_format(4, 1, documents.len() as f64, &value)?;
    worksheet.write_string_with_format(5, 0, words.revisions, &label)?;
    worksheet.write_number_with_format(5, 1, sheet.rows.len() as f64, &value)?;
    worksheet.write_string_with_format(6, 0, words.state, &label)?;
    worksheet.write_string_with_format(6, 1, sheet.heads.to_string(), &value)?;
    worksheet.write_string_with_format(7, 0, words.exported_at, &label)?;
    match excel_moment(sheet.exported_at) {
        Some(at) => worksheet.write_datetime_with_format(7, 1, &at, &moment)?,
        None => worksheet.write_string_with_format(7, 1, sheet.exported_at.to_string(), &value)?,
    };
    worksheet.write_string_with_format(9, 0, words.how_to_read, &label)?;
    for (row, explanation) in (9u32..).zip(words.explanations) {
        worksheet.write_string_with_format(row, 1, *explanation, &value)?;
        // Not every program makes a row higher by itself where its text breaks.
        let lines = explanation.chars().count().div_ceil(LINE_CHARS);
        worksheet.set_row_height(row, LINE_POINTS * lines as f64)?;
    }
    Ok(())
}

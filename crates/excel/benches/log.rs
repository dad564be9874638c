//! A log of 100,000 rows as a workbook, against the writing library alone putting the same cells into a file.
//!
//! `cargo bench -p enginus-excel`; the budget is 1.2 times. The cells are read back out of our own workbook, so that both write the same.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may fail loudly, and answers by printing")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use calamine::{Data, Range, Reader, Xlsx, open_workbook};
use enginus_excel::{LogFile, LogRow, LogSheet, write_log};
use enginus_model::{DocumentId, Hash, Language, RevisionId};
use rust_xlsxwriter::{Format, Workbook};

const ROWS: u64 = 100_000;
const ROUNDS: usize = 5;
/// 2026-11-22 09:34:56 UTC.
const AT: i64 = 1_795_340_096_000;

fn row(n: u64) -> LogRow {
    let number = format!("GES-ORG-{:02}-ZZ-DR-E-{n:06}", n % 40);
    let fields = [("discipline", "E"), ("form", "DR"), ("originator", "ORG"), ("planned_date", "2026-12-01")];
    LogRow {
        document: DocumentId::new(n, &[1; 10]),
        revision: Some(RevisionId::new(n, &[2; 10])),
        subfolder: String::new(),
        title: format!("Cable route, block {}", n / 250),
        code: format!("P{:02}", n % 4 + 1),
        current: true,
        status: format!("S{}", n % 6),
        added_by: "Design office".to_owned(),
        added_at: enginus_model::Instant(AT + (n as i64) * 1000),
        reason: "Issued for review".to_owned(),
        file: Some(LogFile {
            name: format!("{number}_Cable route-P01.pdf"),
            size: 180_000 + n,
            sha256: Hash::of(&n.to_be_bytes()).to_string(),
            link: None,
        }),
        number,
        other_files: Vec::new(),
        fields: BTreeMap::from(fields.map(|(id, value)| (id.to_owned(), value.to_owned()))),
        number_clash: false,
        code_clash: false,
        conflicts: Vec::new(),
        removed: None,
    }
}

/// The same cells by the library alone, in the same mode: one row in memory at a time.
fn write_alone(cells: &Range<Data>, path: &Path) {
    let mut workbook = Workbook::new();
    workbook.set_tempdir(path.parent().unwrap()).unwrap();
    let sheet = workbook.add_worksheet_with_constant_memory().unwrap();
    let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    for (row, column, cell) in cells.used_cells() {
        let (row, column) = (row as u32, column as u16);
        match cell {
            Data::String(text) => sheet.write_string(row, column, text).map(|_| ()).unwrap(),
            Data::DateTime(at) => {
                sheet.write_number_with_format(row, column, at.as_f64(), &moment).map(|_| ()).unwrap();
            }
            Data::Float(number) => sheet.write_number(row, column, *number).map(|_| ()).unwrap(),
            other => unreachable!("no cell of a log is {other:?}"),
        }
    }
    workbook.save(path).unwrap();
}

fn median(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[ROUNDS / 2]
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, alone) = (folder.path().join("log.xlsx"), folder.path().join("alone.xlsx"));
    let log = LogSheet {
        project: "Solar plant".to_owned(),
        folder: "Projects".to_owned(),
        language: Language::En,
        heads: Hash::of(b"heads"),
        exported_at: enginus_model::Instant(AT),
        rows: (0..ROWS).map(row).collect(),
    };
    let by_us = median(|| write_log(&log, &ours).unwrap());
    let mut workbook: Xlsx<_> = open_workbook(&ours).unwrap();
    let cells = workbook.worksheet_range_at(0).unwrap().unwrap();
    let by_library = median(|| write_alone(&cells, &alone));
    let count = cells.used_cells().count();
    println!("{ROWS} rows, {count} cells: {by_us:.2?}; the library alone {by_library:.2?}");
    println!("that is {:.2} times", by_us.as_secs_f64() / by_library.as_secs_f64());
}

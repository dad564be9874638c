//! Workbooks read back by another library.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx};
use enginus_excel::{
    ExcelError, HYPERLINKS_MAX, Heading, LogConflict, LogFile, LogRemoval, LogRow, LogSheet, TABLE_ROWS_MAX, write_log,
    write_log_to,
};
use enginus_model::{DocumentId, Hash, Instant, Language, RevisionId};

/// 2026-11-22 09:34:56.789 UTC.
const AT: Instant = Instant(1_795_340_096_789);

fn row(n: u64) -> LogRow {
    LogRow {
        document: DocumentId::new(n, &[1; 10]),
        revision: Some(RevisionId::new(n, &[2; 10])),
        subfolder: String::new(),
        number: format!("GES-ABC-00-ZZ-DR-E-{n:04}"),
        title: "Yerleşim planı".to_owned(),
        code: "P01".to_owned(),
        current: true,
        status: "S3".to_owned(),
        added_by: "Design office".to_owned(),
        added_at: AT,
        reason: "Issued for review".to_owned(),
        file: Some(LogFile { name: format!("plan {n}.pdf"), size: 1_234_567, sha256: "ab".repeat(32), link: None }),
        other_files: Vec::new(),
        fields: BTreeMap::from([
            ("discipline".to_owned(), "E".to_owned()),
            ("planned_date".to_owned(), "2026-12-01".to_owned()),
        ]),
        number_clash: false,
        code_clash: false,
        conflicts: Vec::new(),
        removed: None,
    }
}

fn sheet(language: Language, rows: Vec<LogRow>) -> LogSheet {
    LogSheet {
        project: "GES 1".to_owned(),
        folder: if language == Language::Tr { "Projeler" } else { "Projects" }.to_owned(),
        language,
        heads: Hash::of(b"heads"),
        exported_at: AT,
        rows,
    }
}

fn bytes(sheet: &LogSheet) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_log_to(sheet, &mut bytes).unwrap();
    bytes
}

struct Opened {
    names: Vec<String>,
    headings: Vec<String>,
    rows: Vec<Vec<Data>>,
    about: Vec<Vec<Data>>,
}

fn open(bytes: Vec<u8>) -> Opened {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let names = workbook.sheet_names();
    let mut cells = |name: &str| -> Vec<Vec<Data>> {
        workbook.worksheet_range(name).unwrap().rows().map(<[Data]>::to_vec).collect()
    };
    let mut rows = cells(&names[0]);
    let about = cells(&names[1]);
    let headings = rows.remove(0).iter().map(ToString::to_string).collect();
    Opened { names, headings, rows, about }
}

impl Opened {
    fn cell(&self, row: usize, heading: Heading) -> &Data {
        let at = self.headings.iter().position(|text| Heading::parse(text) == Some(heading)).unwrap();
        &self.rows[row][at]
    }
    fn text(&self, row: usize, heading: Heading) -> String {
        self.cell(row, heading).to_string()
    }
}

fn part(bytes: &[u8], name: &str) -> String {
    // Through the system's own unzip would be another tool to need; calamine's archive reader is the same `zip`.
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn cells_have_their_values_and_types() {
    let book = open(bytes(&sheet(Language::En, vec![row(1), row(2)])));
    assert_eq!(book.names, ["Projects", "About"]);
    assert_eq!(book.rows.len(), 2);
    assert_eq!(book.text(1, Heading::Folder), "Projects");
    assert_eq!(book.text(1, Heading::Number), "GES-ABC-00-ZZ-DR-E-0002");
    assert_eq!(book.text(0, Heading::Title), "Yerleşim planı");
    assert_eq!(book.text(0, Heading::Current), "Yes");
    assert_eq!(book.text(0, Heading::Reason), "Issued for review");
    assert_eq!(book.text(0, Heading::Discipline), "E");
    assert_eq!(book.cell(0, Heading::Size), &Data::Float(1_234_567.0));
    assert_eq!(book.text(0, Heading::Sha256), "ab".repeat(32));
    assert_eq!(book.text(0, Heading::DocumentId), DocumentId::new(1, &[1; 10]).to_string());
    assert_eq!(book.text(0, Heading::RevisionId), RevisionId::new(1, &[2; 10]).to_string());
    let Data::DateTime(at) = book.cell(0, Heading::AddedAt) else {
        panic!("not a date: {:?}", book.cell(0, Heading::AddedAt))
    };
    assert!(at.is_datetime());
    // Days since 1899-12-30.
    assert!((at.as_f64() - (46_348.0 + (9.0 * 3600.0 + 34.0 * 60.0 + 56.789) / 86_400.0)).abs() < 1e-8, "{at:?}");
    let Data::DateTime(planned) = book.cell(0, Heading::PlannedDate) else { panic!("not a date") };
    assert!((planned.as_f64() - 46_357.0).abs() < 1e-9, "{planned:?}");
}

#[test]
fn a_turkish_log_speaks_turkish() {
    let book = open(bytes(&sheet(Language::Tr, vec![row(1)])));
    assert_eq!(book.names, ["Projeler", "Hakkında"]);
    assert_eq!(
        book.headings[..18],
        [
            "Klasör",
            "Alt klasör",
            "Belge no",
            "Başlık",
            "Revizyon",
            "Güncel",
            "Durum",
            "Disiplin",
            "Belge türü",
            "Hazırlayan",
            "Ekleyen",
            "Eklenme zamanı (UTC)",
            "Gerekçe",
            "Dosya",
            "Boyut (bayt)",
            "SHA-256",
            "Çakışma",
            "Kaldırıldı"
        ]
    );
    assert_eq!(book.text(0, Heading::Current), "Evet");
    let about: Vec<String> = book.about.iter().flatten().map(ToString::to_string).collect();
    assert!(about.contains(&"Bu döküm nasıl okunur".to_owned()), "{about:?}");
    assert!(about.contains(&Hash::of(b"heads").to_string()));
}

#[test]
fn formulas_controls_and_long_texts_stay_text() {
    let mut hostile = row(1);
    hostile.title = "=HYPERLINK(\"http://example.invalid\",\"x\")".to_owned();
    hostile.number = "@SUM(1)".to_owned();
    hostile.reason = "+1\u{7}\u{0}b\r\nsecond".to_owned();
    hostile.status = "-2".to_owned();
    hostile.code = "<r><t>raw</t></r>".to_owned();
    hostile.added_by = "x".repeat(40_000);
    let written = bytes(&sheet(Language::En, vec![hostile]));
    assert!(!part(&written, "xl/worksheets/sheet1.xml").contains("<f>"), "a formula was written");
    let book = open(written);
    assert_eq!(book.text(0, Heading::Title), "=HYPERLINK(\"http://example.invalid\",\"x\")");
    assert_eq!(book.cell(0, Heading::Number), &Data::String("@SUM(1)".to_owned()));
    assert_eq!(book.cell(0, Heading::Status), &Data::String("-2".to_owned()));
    assert_eq!(book.text(0, Heading::Reason), "+1b\nsecond");
    assert_eq!(book.text(0, Heading::Revision).trim(), "<r><t>raw</t></r>");
    assert_eq!(book.text(0, Heading::AddedBy).encode_utf16().count(), 32_767);
}

#[test]
fn conflicts_removals_and_plans_are_told() {
    let mut removed = row(1);
    removed.number_clash = true;
    removed.code_clash = true;
    removed.conflicts =
        vec![LogConflict { field: "title".to_owned(), losers: vec![("Other".to_owned(), "Contractor".to_owned())] }];
    removed.removed = Some(LogRemoval { by: "Owner".to_owned(), at: AT, reason: "wrong folder".to_owned() });
    let planned = LogRow { revision: None, code: String::new(), file: None, ..row(2) };
    let book = open(bytes(&sheet(Language::En, vec![removed, planned])));
    assert_eq!(
        book.text(0, Heading::Conflict),
        "number used twice; revision added twice; title: also “Other” (Contractor)"
    );
    assert_eq!(book.text(0, Heading::Removed), "2026-11-22 09:34 UTC, Owner: wrong folder");
    for empty in
        [Heading::RevisionId, Heading::File, Heading::Size, Heading::Sha256, Heading::Removed, Heading::Conflict]
    {
        assert_eq!(book.cell(1, empty), &Data::Empty, "{empty:?}");
    }
}

#[test]
fn equal_rows_give_equal_first_sheets_and_equal_input_equal_bytes() {
    let one = sheet(Language::En, vec![row(1), row(2)]);
    assert_eq!(bytes(&one), bytes(&one));
    let later = LogSheet { exported_at: AT.plus_seconds(3600), ..one.clone() };
    let (one, later) = (bytes(&one), bytes(&later));
    for same in ["xl/worksheets/sheet1.xml", "xl/tables/table1.xml"] {
        assert_eq!(part(&one, same), part(&later, same));
    }
    assert_ne!(part(&one, "xl/worksheets/sheet2.xml"), part(&later, "xl/worksheets/sheet2.xml"));
}

#[test]
fn the_sheet_is_a_table_with_filters_a_frozen_header_and_hidden_ids() {
    let written = bytes(&sheet(Language::En, vec![row(1)]));
    let first = part(&written, "xl/worksheets/sheet1.xml");
    assert!(first.contains("state=\"frozen\""));
    assert!(first.contains("hidden=\"1\""));
    let table = part(&written, "xl/tables/table1.xml");
    assert!(table.contains("<autoFilter ref=\"A1:AA2\"/>"), "{table}");
    assert!(table.contains("name=\"Document id\"") && table.contains("name=\"Revision id\""));
}

#[test]
fn an_empty_log_opens() {
    let book = open(bytes(&sheet(Language::En, Vec::new())));
    assert_eq!(book.headings.len(), Heading::ALL.len());
    assert!(book.rows.iter().flatten().all(|cell| *cell == Data::Empty));
}

#[test]
fn own_columns_of_a_project_stand_before_the_ids() {
    let mut one = row(1);
    one.fields.insert("Inverter".to_owned(), "INV-07".to_owned());
    one.fields.insert("title".to_owned(), "a field that repeats a heading".to_owned());
    let book = open(bytes(&sheet(Language::En, vec![one, row(2)])));
    assert_eq!(book.headings[25..], ["Inverter", "title (2)", "Document id", "Revision id"]);
    assert_eq!(book.rows[0][25], Data::String("INV-07".to_owned()));
    assert_eq!(book.rows[1][25], Data::Empty);
}

#[test]
fn links_lead_to_files_beside_the_workbook_only() {
    let rows = vec![row(1).linked_to("Electrical/plan #1.pdf"), row(2).linked_to("../../outside.pdf"), row(3)];
    let written = bytes(&sheet(Language::En, rows));
    let relations = part(&written, "xl/worksheets/_rels/sheet1.xml.rels");
    assert!(relations.contains("Target=\"Electrical/plan%20%231.pdf\""), "{relations}");
    assert_eq!(relations.matches("/hyperlink\"").count(), 1);
    assert!(!relations.contains("outside"));
    let book = open(written);
    assert_eq!(book.text(0, Heading::File), "plan 1.pdf");
    assert_eq!(book.text(1, Heading::File), "plan 2.pdf");
}

#[test]
fn a_large_log_keeps_filters_and_header_without_a_table() {
    let rows: Vec<LogRow> = (0..=TABLE_ROWS_MAX as u64).map(row).collect();
    let count = rows.len();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.xlsx");
    write_log(&sheet(Language::En, rows), &path).unwrap();
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["log.xlsx"]);
    let written = std::fs::read(&path).unwrap();
    let first = part(&written, "xl/worksheets/sheet1.xml");
    assert!(first.contains("state=\"frozen\"") && first.contains("<autoFilter ref="));
    assert!(
        !zip::ZipArchive::new(Cursor::new(&written)).unwrap().file_names().any(|name| name.unwrap().contains("table1"))
    );
    let book = open(written);
    assert_eq!(book.rows.len(), count);
    assert_eq!(book.text(count - 1, Heading::Number), format!("GES-ABC-00-ZZ-DR-E-{:04}", count - 1));
    assert!(matches!(book.cell(count - 1, Heading::AddedAt), Data::DateTime(_)));
}

#[test]
fn links_past_the_limit_of_excel_are_plain_text() {
    let rows: Vec<LogRow> = (0..HYPERLINKS_MAX as u64 + 3).map(|n| row(n).linked_to(format!("{n}.pdf"))).collect();
    let count = rows.len();
    let written = bytes(&sheet(Language::En, rows));
    let relations = part(&written, "xl/worksheets/_rels/sheet1.xml.rels");
    assert_eq!(relations.matches("/hyperlink\"").count(), HYPERLINKS_MAX);
    assert_eq!(open(written).text(count - 1, Heading::File), format!("plan {}.pdf", count - 1));
}

#[test]
fn a_refused_write_leaves_the_old_workbook() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.xlsx");
    // A folder with something in it stands where the workbook should go.
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("x"), b"x").unwrap();
    let error = write_log(&sheet(Language::En, vec![row(1)]), &path).unwrap_err();
    assert!(matches!(error, ExcelError::Io(_)), "{error:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    assert!(write_log(&sheet(Language::En, vec![]), folder.path().join("missing/log.xlsx")).is_err());
}

#[test]
fn a_folder_named_like_the_second_sheet_still_opens() {
    let mut one = sheet(Language::En, vec![row(1)]);
    one.folder = "ABOUT".to_owned();
    assert_eq!(open(bytes(&one)).names, ["Log", "About"]);
}

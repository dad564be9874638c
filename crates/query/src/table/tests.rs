use super::*;
use crate::DocumentRow;
use crate::samples::{FOLDER, author, file, id, removed, revision, row};
use proptest::prelude::*;

fn titled(n: u32, number: &str, title: &str) -> DocumentRow {
    let mut one = row(n, number);
    one.title = title.to_owned();
    one
}

fn folder(rows: impl IntoIterator<Item = DocumentRow>) -> FolderView {
    FolderView::from_rows(FOLDER, rows)
}

fn numbers(folder: &FolderView, query: &TableQuery) -> Vec<String> {
    let people =
        People::from([(PersonId([1; 32]), "Design Office".to_owned()), (PersonId([2; 32]), "Müşavir".to_owned())]);
    let table = Tables::default().view(1, &[folder], &people, query);
    table.rows.iter().map(|row| row.number.clone()).collect()
}

fn text(text: &str) -> TableQuery {
    TableQuery { text: text.to_owned(), ..TableQuery::default() }
}

fn sorted(column: Column, direction: Direction) -> TableQuery {
    TableQuery { sort: vec![(column, direction)], language: Language::Tr, ..TableQuery::default() }
}

#[test]
fn every_word_must_be_found_somewhere() {
    let view = folder([
        titled(1, "A-1", "TRAFO YERLEŞİMİ"),
        titled(2, "A-2", "Trafo kesiti"),
        titled(3, "B-1", "Vaziyet planı"),
    ]);
    assert_eq!(numbers(&view, &text("")), ["A-1", "A-2", "B-1"]);
    assert_eq!(numbers(&view, &text("trafo")), ["A-1", "A-2"]);
    assert_eq!(numbers(&view, &text(" TRAFO  a-2 ")), ["A-2"]);
    assert_eq!(numbers(&view, &text("yerlesimi")), ["A-1"]);
    assert_eq!(numbers(&view, &text("trafo vaziyet")), [""; 0]);
}

#[test]
fn the_authors_name_is_searched_too() {
    let mut other = row(2, "A-2");
    other.revisions[0].by = author(2).into();
    let view = folder([row(1, "A-1"), other]);
    assert_eq!(numbers(&view, &text("musavir")), ["A-2"]);
    assert_eq!(numbers(&view, &text("design a-")), ["A-1"]);
}

#[test]
fn removed_and_settled_rows_are_shown_when_asked_for() {
    let view = folder([row(1, "A"), row(2, "A"), row(3, "B"), removed(row(4, "C"))]);
    assert_eq!(numbers(&view, &TableQuery::default()), ["A", "A", "B"]);
    assert_eq!(numbers(&view, &TableQuery { show_removed: true, ..TableQuery::default() }), ["A", "A", "B", "C"]);
    assert_eq!(numbers(&view, &TableQuery { only_attention: true, ..TableQuery::default() }), ["A", "A"]);
}

#[test]
fn a_subfolder_shows_what_is_inside_it() {
    let at = |n, number, path: &str| DocumentRow { path: path.into(), ..row(n, number) };
    let view = folder([at(1, "A", "Block 1"), at(2, "B", "Block 1/Level 2"), at(3, "C", "Block 10"), at(4, "D", "")]);
    assert_eq!(numbers(&view, &TableQuery { path: "Block 1".to_owned(), ..TableQuery::default() }), ["A", "B"]);
}

#[test]
fn columns_sort_by_their_own_kind() {
    let make = |n, number, title, code, size| {
        let mut one = titled(n, number, title);
        one.revisions = vec![revision(1, code, 10 - i64::from(n))];
        one.revisions[0].files = vec![file("f", size)];
        one
    };
    let view = folder([
        make(1, "A-2", "Çatı", "C01", 9),
        make(2, "A-10", "Duvar", "P02", 100),
        make(3, "A-1", "cam", "P02.01", 20),
    ]);
    let by = |column| numbers(&view, &sorted(column, Direction::Ascending));
    assert_eq!(by(Column::Number), ["A-1", "A-2", "A-10"]);
    assert_eq!(by(Column::Title), ["A-1", "A-2", "A-10"]);
    assert_eq!(by(Column::Revision), ["A-1", "A-10", "A-2"]);
    assert_eq!(by(Column::Size), ["A-2", "A-1", "A-10"]);
    assert_eq!(by(Column::AddedAt), ["A-1", "A-10", "A-2"]);
    assert_eq!(numbers(&view, &sorted(Column::Title, Direction::Descending)), ["A-10", "A-2", "A-1"]);
}

#[test]
fn empty_cells_come_last_either_way() {
    let mut with = row(1, "B");
    with.revisions[0].status = "S1".into();
    let view = folder([with, row(2, "A")]);
    for direction in [Direction::Ascending, Direction::Descending] {
        assert_eq!(numbers(&view, &sorted(Column::Status, direction)), ["B", "A"]);
    }
}

#[test]
fn the_second_column_settles_what_the_first_leaves_open() {
    let view = folder([titled(1, "A", "x"), titled(2, "B", "y"), titled(3, "C", "x")]);
    let query = TableQuery {
        sort: vec![(Column::Title, Direction::Ascending), (Column::Number, Direction::Descending)],
        ..TableQuery::default()
    };
    assert_eq!(numbers(&view, &query), ["C", "A", "B"]);
}

#[test]
fn folders_keep_their_order_and_one_can_be_chosen() {
    let other = DomainId::from_bytes([1; 16]);
    let first = folder([row(1, "Z")]);
    let second = FolderView::from_rows(other, [DocumentRow { domain: other, ..row(2, "A") }]);
    let show = |query: &TableQuery| {
        let table = Tables::default().view(1, &[&first, &second], &People::new(), query);
        table.rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(show(&TableQuery::default()), [id(1), id(2)]);
    assert_eq!(show(&TableQuery { folder: Some(other), ..TableQuery::default() }), [id(2)]);
    assert_eq!(show(&sorted(Column::Number, Direction::Ascending)), [id(2), id(1)]);
}

#[test]
fn a_new_generation_is_not_answered_from_the_old_order() {
    let mut view = folder([row(1, "A")]);
    let mut tables = Tables::default();
    let people = People::new();
    assert_eq!(tables.view(1, &[&view], &people, &TableQuery::default()).rows.len(), 1);
    view.put(row(2, "B"));
    let table = tables.view(2, &[&view], &people, &TableQuery::default());
    assert_eq!((table.generation, table.rows.len()), (2, 2));
}

fn query() -> impl Strategy<Value = TableQuery> {
    let column = proptest::sample::select(Column::ALL);
    let direction = prop_oneof![Just(Direction::Ascending), Just(Direction::Descending)];
    let sort = proptest::collection::vec((column, direction), 0..3);
    ("[ab1 ]{0,2}", sort, any::<bool>(), any::<bool>()).prop_map(|(text, sort, show_removed, only_attention)| {
        TableQuery { text, sort, show_removed, only_attention, ..TableQuery::default() }
    })
}

fn rows() -> impl Strategy<Value = Vec<DocumentRow>> {
    let one = ("[aA]?[12]?", "[ab]{0,2}", any::<bool>(), 0u8..3);
    proptest::collection::vec(one, 0..12).prop_map(|rows| {
        let rows = rows.into_iter().zip(0u32..).map(|((number, title, gone, at), n)| {
            let mut one = titled(n, &number, &title);
            one.revisions[0].at = Instant(i64::from(at));
            if gone { removed(one) } else { one }
        });
        rows.collect()
    })
}

proptest! {
    /// What is kept between questions never shows in the answers, and neither does the order in which rows arrived.
    #[test]
    fn answers_depend_on_the_question_alone(rows in rows(), queries in proptest::collection::vec(query(), 1..6)) {
        let view = folder(rows.clone());
        let mut arrived = FolderView::new(FOLDER);
        for row in rows.into_iter().rev() {
            arrived.put(row);
        }
        let people = People::new();
        let mut kept = Tables::default();
        for query in &queries {
            let warm = kept.view(1, &[&view], &people, query);
            let cold = Tables::default().view(1, &[&arrived], &people, query);
            prop_assert_eq!(&warm.rows, &cold.rows);
            let expected = view.rows().filter(|row| fits(row, query) && Words::new(&query.text, &people).fit(row)).count();
            prop_assert_eq!(warm.rows.len(), expected);
        }
    }
}

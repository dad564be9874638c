use super::*;
use crate::samples::{FOLDER, file, id, removed, row};
use proptest::prelude::*;

fn clashing(view: &FolderView) -> Vec<DocumentId> {
    view.rows().filter(|row| row.number_clash).map(|row| row.id).collect()
}

fn ids(rows: impl IntoIterator<Item = Arc<ViewRow>>) -> Vec<DocumentId> {
    rows.into_iter().map(|row| row.id).collect()
}

#[test]
fn a_number_used_twice_is_marked_on_both_and_unmarked_when_one_changes() {
    let mut view = FolderView::new(FOLDER);
    assert_eq!(ids(view.put(row(1, "ges-01-İST"))), [id(1)]);
    assert_eq!(ids(view.put(row(2, "GES-01-IST"))), [id(1), id(2)]);
    assert_eq!(clashing(&view), [id(1), id(2)]);
    assert_eq!(ids(view.put(row(3, "GES-01-ıst"))), [id(3)], "the others clash already");
    assert_eq!(view.counts().attention, 3);

    assert_eq!(ids(view.put(row(3, "GES-02"))), [id(3)]);
    assert_eq!(clashing(&view), [id(1), id(2)]);
    assert_eq!(ids(view.put(removed(row(2, "GES-01-IST")))), [id(1), id(2)], "a removed document holds no number");
    assert_eq!(clashing(&view), []);
    assert_eq!(ids(view.put(row(2, "GES-01-IST"))), [id(1), id(2)], "restored, it clashes again");
    assert_eq!(ids(view.take(&id(1))), [id(2)]);
    assert_eq!(clashing(&view), []);
}

#[test]
fn documents_without_a_number_do_not_clash() {
    let mut view = FolderView::new(FOLDER);
    view.put(row(1, ""));
    view.put(row(2, " "));
    assert_eq!(clashing(&view), []);
    assert_eq!(clashing(&FolderView::from_rows(FOLDER, [row(1, ""), row(2, " ")])), []);
}

#[test]
fn putting_the_same_row_again_changes_nothing() {
    let mut view = FolderView::from_rows(FOLDER, [row(1, "A"), row(2, "A")]);
    assert_eq!(ids(view.put(row(1, "A"))), [], "the mark is the view's own");
    let mut titled = row(1, "A");
    titled.title = "Other".to_owned();
    assert_eq!(ids(view.put(titled)), [id(1)]);
    assert_eq!(clashing(&view), [id(1), id(2)]);
}

#[test]
fn a_clone_does_not_see_later_changes() {
    let mut view = FolderView::from_rows(FOLDER, [row(1, "A")]);
    let before = view.clone();
    view.put(row(2, "A"));
    assert_eq!((before.len(), clashing(&before).len()), (1, 0));
    assert_eq!((view.len(), clashing(&view).len()), (2, 2));
    assert_ne!(view, before);
}

#[test]
fn only_rows_that_changed_are_told_of() {
    let earlier = FolderView::from_rows(FOLDER, (0..500).map(|n| row(n, &n.to_string())));
    let mut view = earlier.clone();
    assert_eq!(view.changed_since(&earlier).count(), 0);
    view.take(&id(7));
    view.put(row(600, "250"));
    assert_eq!(ids(view.changed_since(&earlier).cloned()), [id(250), id(600)], "the one whose number clashes now too");
    assert_eq!(view.changed_since(&FolderView::new(FOLDER)).count(), 500);
}

#[test]
fn counts_follow_the_rows() {
    let mut with_file = row(1, "A");
    with_file.revisions[0].files.push(file("a.pdf", 5));
    let mut view = FolderView::from_rows(FOLDER, [with_file, row(2, "B"), removed(row(3, "C"))]);
    assert_eq!(view.counts(), Counts { documents: 2, attention: 0, planned: 1, removed: 1 });
    view.put(row(3, "A"));
    assert_eq!(view.counts(), Counts { documents: 3, attention: 2, planned: 2, removed: 0 });
    for n in 1..=3 {
        view.take(&id(n));
    }
    assert_eq!(view.counts(), Counts::default());
    assert!(view.is_empty() && view.take(&id(1)).is_none());
}

#[test]
fn a_listing_is_in_order_of_number_then_id() {
    let view = FolderView::from_rows(
        FOLDER,
        [row(3, "b-1"), removed(row(1, "B-1")), row(2, "B-1"), row(4, "A-2"), row(5, "ç")],
    );
    let order: Vec<_> = view.listing().map(|row| row.id).collect();
    assert_eq!(order, [id(4), id(2), id(3), id(1), id(5)]);
    let found: Vec<_> = view.numbered("B-1").map(|row| row.id).collect();
    assert_eq!(found, [id(2), id(3), id(1)]);
    assert_eq!(view.numbered("B").count(), 0);
}

#[test]
fn search_text_is_folded_and_keeps_parts_apart() {
    let mut one = row(1, "GES-İ-1");
    one.title = "TRAFO YERLEŞİMİ".to_owned();
    one.fields.insert("zone", "Blok Ç");
    one.revisions[0].reason = "İlk yayın".into();
    one.revisions[0].files.push(file("Çizim.dwg", 1));
    let view = FolderView::from_rows(FOLDER, [one]);
    let text = view.get(&id(1)).unwrap().search_text();
    assert_eq!(text, "ges-i-1\ntrafo yerlesimi\nblok c\np01\nilk yayin\ncizim.dwg");
}

#[test]
fn a_mark_keeps_what_was_derived() {
    let mut view = FolderView::from_rows(FOLDER, [row(1, "A")]);
    let text = view.get(&id(1)).unwrap().search_text().to_owned();
    view.put(row(2, "A"));
    let marked = view.get(&id(1)).unwrap();
    assert!(marked.number_clash);
    assert_eq!(marked.search.get().map(|text| &**text), Some(text.as_str()));
}

/// A step of a register's life: row `n` gets number `number`, is removed, or is taken out.
#[derive(Debug, Clone)]
enum Step {
    Put(u32, &'static str, bool),
    Take(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let number = prop_oneof![Just("A"), Just("a"), Just("B"), Just("")];
    prop_oneof![
        4 => (0u32..6, number, any::<bool>()).prop_map(|(n, number, removed)| Step::Put(n, number, removed)),
        1 => (0u32..6).prop_map(Step::Take),
    ]
}

proptest! {
    /// The incremental index agrees with one made from scratch, and names exactly the rows that changed.
    #[test]
    fn step_by_step_equals_all_at_once(steps in proptest::collection::vec(step(), 0..40)) {
        let mut view = FolderView::new(FOLDER);
        for step in steps {
            let before = view.clone();
            let told = match step {
                Step::Put(n, number, true) => view.put(removed(row(n, number))),
                Step::Put(n, number, false) => view.put(row(n, number)),
                Step::Take(n) => view.take(&id(n)).into_iter().collect(),
            };
            for row in &told {
                prop_assert_eq!(view.get(&row.id), Some(row), "told as it is now");
            }
            let mut told = ids(told);
            told.sort();
            let changed: Vec<_> =
                view.rows().filter(|row| before.get(&row.id) != Some(row)).map(|row| row.id).collect();
            prop_assert_eq!(told, changed);

            let fresh = FolderView::from_rows(FOLDER, view.rows().map(|row| (***row).clone()));
            prop_assert_eq!(&view, &fresh);
            prop_assert_eq!(view.counts(), fresh.counts());
            prop_assert!(view.listing().eq(fresh.listing()));
            prop_assert_eq!(view.listing().count(), view.len());
        }
    }
}

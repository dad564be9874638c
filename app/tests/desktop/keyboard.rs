//! Everything without a pointer.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use enginus_desktop::Action;
use enginus_engine::api::{Command, ProjectSnapshot};
use enginus_query::DocumentRow;

use crate::samples;
use crate::stand::{Look, Stand};

fn large() -> (Stand, Vec<DocumentRow>) {
    let rows: Vec<_> = (0..2_000).map(|n| samples::generated(n, samples::domain(2))).collect();
    (Stand::on(samples::project(rows.clone()), &Look::default()), rows)
}

fn selected(stand: &Stand) -> Option<enginus_model::DocumentId> {
    stand.harness.state().as_ref().unwrap().selected()
}

#[test]
fn keys_move_through_a_register() {
    let (mut stand, rows) = large();
    let expect = |stand: &mut Stand, key, row: usize| {
        stand.key(Modifiers::NONE, key);
        assert_eq!(selected(stand), Some(rows[row].id), "{key:?}");
        assert!(stand.has(&rows[row].number), "{key:?} shows the row");
    };
    expect(&mut stand, Key::ArrowDown, 0);
    expect(&mut stand, Key::ArrowDown, 1);
    expect(&mut stand, Key::ArrowUp, 0);
    expect(&mut stand, Key::ArrowUp, 0);
    expect(&mut stand, Key::End, 1_999);
    expect(&mut stand, Key::ArrowDown, 1_999);
    expect(&mut stand, Key::Home, 0);
    stand.key(Modifiers::NONE, Key::PageDown);
    let page = rows.iter().position(|row| Some(row.id) == selected(&stand)).unwrap();
    assert!((5..100).contains(&page), "a page is what fits, not {page}");
    expect(&mut stand, Key::PageUp, 0);
    stand.key(Modifiers::NONE, Key::Escape);
    assert_eq!(selected(&stand), None);
}

#[test]
fn only_seen_rows_are_in_the_window() {
    let (stand, _) = large();
    let drawn = stand.harness.query_all_by_role(Role::Row).count();
    assert!((5..100).contains(&drawn), "{drawn} rows drawn of 2000");
}

#[test]
fn search_narrows_and_enter_leads_into_the_table() {
    let mut stand = Stand::drawings(&Look::default());
    stand.key(Modifiers::COMMAND, Key::F);
    stand.write("Search", "earthing");
    assert!(stand.has("Earthing layout") && !stand.has("Fence and gates"));
    assert!(stand.has("1 of 22"));
    stand.key(Modifiers::NONE, Key::Enter);
    assert!(selected(&stand).is_some(), "the first row that fits is chosen");
    assert!(stand.shared.asked().is_empty(), "and nothing was opened by the same key");
}

#[test]
fn turkish_capitals_are_found_by_small_letters() {
    let mut rows = samples::drawings(samples::domain(2));
    rows[3].title = "İŞ SAĞLIĞI PLANI".to_owned();
    let mut stand = Stand::on(samples::project(rows), &Look::default());
    stand.key(Modifiers::COMMAND, Key::F);
    stand.write("Search", "iş sağlığı");
    assert!(stand.has("İŞ SAĞLIĞI PLANI") && stand.has("1 of 22"));
}

#[test]
fn the_chosen_document_stays_chosen_when_rows_come_and_go() {
    let mut stand = Stand::drawings(&Look::default());
    stand.key(Modifiers::NONE, Key::End);
    let chosen = selected(&stand).unwrap();
    let mut rows = samples::drawings(samples::domain(2));
    for n in 0..40 {
        rows.push(samples::generated(500 + n, samples::domain(2)));
    }
    stand.shared.publish(|world| {
        let next = ProjectSnapshot { generation: 2, ..samples::project(rows) };
        world.project = Some(std::sync::Arc::new(next));
    });
    stand.settle();
    assert_eq!(selected(&stand), Some(chosen));
    assert!(stand.has("62 documents"));
}

#[test]
fn a_click_on_a_head_sorts_up_down_and_back() {
    let mut stand = Stand::drawings(&Look::default());
    let first =
        |stand: &Stand| stand.harness.query_all_by_role(Role::Row).next().unwrap().accesskit_node().label().unwrap();
    let register = first(&stand);
    let head = |stand: &mut Stand, label: &str| {
        stand.harness.get_by_role_and_label(Role::ColumnHeader, label).click();
        stand.settle();
    };
    head(&mut stand, "Title");
    assert!(first(&stand).contains("Cable routes, direct current"), "{}", first(&stand));
    head(&mut stand, "Title, sorted upwards");
    assert!(first(&stand).contains("Transformer station layout"), "{}", first(&stand));
    head(&mut stand, "Title, sorted downwards");
    assert_eq!(first(&stand), register);
}

#[test]
fn enter_opens_the_file_and_delete_asks_why() {
    let mut stand = Stand::drawings(&Look::default());
    stand.key(Modifiers::NONE, Key::ArrowDown);
    stand.key(Modifiers::NONE, Key::Enter);
    stand.wait_for("the file to be fetched", |stand| !stand.shared.asked().is_empty());
    let asked = stand.shared.asked();
    assert!(
        matches!(&asked[..], [Command::DocGet { number, output, .. }] if output.is_dir() && output.to_str().unwrap().contains(number)),
        "{asked:?}"
    );
    stand.key(Modifiers::NONE, Key::Delete);
    assert!(stand.has("Remove from the register"));
}

#[test]
fn bare_keys_are_letters_while_somebody_writes() {
    let mut stand = Stand::drawings(&Look::default());
    stand.key(Modifiers::NONE, Key::ArrowDown);
    stand.key(Modifiers::COMMAND, Key::F);
    stand.key(Modifiers::NONE, Key::Delete);
    assert!(!stand.has("Remove from the register"));
}

#[test]
fn every_action_is_in_the_palette_or_the_menu_by_its_name() {
    let mut stand = Stand::drawings(&Look::default());
    stand.key(Modifiers::NONE, Key::ArrowDown);
    stand.key(Modifiers::COMMAND, Key::K);
    stand.harness.event(egui::Event::Text("members".to_owned()));
    stand.settle();
    assert!(stand.has("Show the members") && !stand.has("Sync now"));
    stand.key(Modifiers::NONE, Key::Enter);
    assert!(stand.has("Names are as each person wrote them"));
    stand.key(Modifiers::NONE, Key::F1);
    let keys = Action::ALL.iter().filter(|action| action.shortcut().is_some()).count();
    assert!(keys > 10 && stand.has("Ctrl+N") && stand.has("F2"));
}

//! The window on a real engine and a real home.

use std::path::Path;

use enginus_desktop::Host;
use enginus_engine::{NetworkOptions, Options};

use crate::pictures::delivery;
use crate::stand::{Look, Shared, Stand};

pub(crate) fn open(home: &Path) -> (Stand, Host) {
    let network = NetworkOptions { at_once: false, bind: std::net::Ipv4Addr::LOCALHOST.into(), mdns: false };
    let host = Host::new(Options { home: home.to_owned(), network }).unwrap();
    let stand = Stand::opened_by(Shared::default(), &Look::default(), home.to_owned(), host.opener(), None);
    (stand, host)
}

#[test]
fn from_nothing_to_documents_that_are_there_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let (mut stand, host) = open(home.path());
    stand.write("Your name", "Owner");
    stand.press("Continue");
    stand.wait_for("the identity", |stand| stand.has("Welcome, Owner") && stand.has("Your 24 words"));
    stand.key(egui::Modifiers::NONE, egui::Key::Escape);
    stand.press_button("Create a project");
    stand.write("Project name", "Plant");
    stand.press("Create the project");
    stand.wait_for("the project", |stand| stand.has("No documents here yet"));
    stand.settle();

    let (_dir, files) = delivery();
    stand.press("Projects");
    stand.drop_files(&files);
    stand.write("Reason", "Delivery of week 47");
    stand.press("Add 4 documents");
    stand.wait_for("the documents", |stand| stand.has("4 of 4 added, 0 refused"));
    stand.press("Done");
    stand.wait_for("the rows", |stand| stand.has("4 documents") && stand.has("Auxiliary supply"));

    // A second window on the same home is told that it is in use, and lets the person try again.
    let (mut second, second_host) = open(home.path());
    assert!(second.has("ENGINUS is already running here"));
    drop(stand);
    host.close();
    second.press("Try again");
    second.wait_for("the home", |stand| stand.has("4 documents"));
    assert!(second.has("Weather station") && second.has("Meeting minutes 14"));
    drop(second);
    second_host.close();
}
